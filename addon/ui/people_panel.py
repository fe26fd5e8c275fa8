"""People become objects."""

from __future__ import annotations

import bpy

from .. import clips, properties
from . import network_parts
from .parts import MattePanel


class MATTEWRIGHT_PT_people(MattePanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_people"
    bl_label = "People"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clips.shown(context), self.layout
        if clip is None or layout is None:
            return
        said = properties.of(clip).people
        network_parts.draw(layout, clip, "people")
        column = layout.column()
        column.use_property_split, column.use_property_decorate = True, False
        column.prop(said, "frames")
        if said.frames == "EVERY":
            column.prop(said, "every")
        column.prop(said, "together")
        if any(properties.is_of_classes(item) for item in properties.of(clip).objects):
            column.prop(said, "over_classes")
        column.prop(said, "score", slider=True)
        column = layout.column(align=True)
        column.operator("mattewright.people_detect", icon="COMMUNITY")
        network_parts.draw_stop(column, "detect")


CLASSES = (MATTEWRIGHT_PT_people,)
