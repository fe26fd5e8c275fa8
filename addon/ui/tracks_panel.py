"""The motion tracks that are attached to the active object."""

from __future__ import annotations

from typing import Any

import bpy

from .. import clips, properties, tracks
from ..translations import phrase
from .parts import ObjectPanel, tell


class MATTEWRIGHT_PT_tracks(ObjectPanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_tracks"
    bl_label = "Motion Tracks"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clips.shown(context), self.layout
        item = properties.active_object(properties.of(clip)) if clip is not None else None
        if clip is None or item is None or layout is None:
            return
        for number, attached in enumerate(item.tracks):
            gone = tracks.find(clip, attached) is None
            row = layout.row(align=True)
            row.prop(attached, "positive", text="", icon="ADD" if attached.positive else "REMOVE", toggle=True)
            label = row.row()
            label.alert = gone
            label.label(text=attached.name, icon="ERROR" if gone else "TRACKER", translate=False)
            detach: Any = row.operator("mattewright.track_detach", text="", icon="X")
            detach.index = number
            if gone:
                tell(layout, phrase("'{object}' has no such track any more", object=attached.tracking_object), "BLANK1")
        if not len(item.tracks):
            layout.label(text="None is attached", icon="INFO")
        row = layout.row(align=True)
        row.operator("mattewright.tracks_attach", text="Attach Selected", icon="ADD")
        background: Any = row.operator("mattewright.tracks_attach", text="As Background", icon="REMOVE")
        background.positive = False


CLASSES = (MATTEWRIGHT_PT_tracks,)
