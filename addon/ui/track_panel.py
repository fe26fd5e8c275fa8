"""Tracking, as Blender's own tracking panel has it."""

from __future__ import annotations

from typing import Any

import bpy

from .. import clips, properties
from ..link import session
from ..translations import CONTEXT
from .parts import ObjectPanel

BUTTONS = (
    ("BACK_ONE", "TRACKING_BACKWARDS_SINGLE"),
    ("TO_START", "TRACKING_BACKWARDS"),
    ("TO_END", "TRACKING_FORWARDS"),
    ("FORWARD_ONE", "TRACKING_FORWARDS_SINGLE"),
)


class MATTEWRIGHT_PT_track(ObjectPanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_track"
    bl_label = "Track"
    bl_translation_context = CONTEXT

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clips.shown(context), self.layout
        if clip is None or layout is None:
            return
        shot = properties.of(clip)
        column = layout.column(align=True)
        row = column.row(align=True)
        row.label(text="Track:", text_ctxt=CONTEXT)
        buttons = row.row(align=True)
        buttons.scale_x = 1.5
        for span, icon in BUTTONS:
            _button(buttons, span, "", icon)
        row = column.row(align=True)
        _button(row, "BOTH", "Both Ways", "NONE")
        _button(row, "PLAYED", "Scene Range", "NONE")
        cancelling = session.running is not None and session.running.cancelling
        column.operator("mattewright.cancel", text="Stop at Once" if cancelling else "Stop", icon="X")
        layout.operator("mattewright.refine", text="Refine Masks", icon="FILE_REFRESH")
        column = layout.column(align=True)
        column.prop(shot, "use_clip_range")
        if not shot.use_clip_range:
            row = column.row(align=True)
            row.prop(shot, "first")
            row.prop(shot, "last")


def _button(row: bpy.types.UILayout, span: str, text: str, icon: Any) -> None:
    button: Any = row.operator("mattewright.track_span", text=text, icon=icon)
    button.span = span


CLASSES = (MATTEWRIGHT_PT_track,)
