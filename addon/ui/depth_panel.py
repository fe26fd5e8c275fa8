"""How far away things are: for steps of the refine chain that measure the depth, and for defocus."""

from __future__ import annotations

import bpy

from .. import clips, labels, properties
from . import network_parts
from .parts import MattePanel, tell


class MATTEWRIGHT_PT_depth(MattePanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_depth"
    bl_label = "Depth"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clips.shown(context), self.layout
        if clip is None or layout is None:
            return
        network_parts.draw(layout, clip, "depth")
        column = layout.column()
        column.use_property_split, column.use_property_decorate = True, False
        column.prop(properties.of(clip).depth, "steady", slider=True)
        column = layout.column(align=True)
        column.label(text="Estimate Depth:")
        network_parts.draw_spans(column, "mattewright.depth", "depth")
        there = labels.with_depth(clip)
        network_parts.draw_count(column, clip, there, "{have} of {count} frames have depth")
        if there:
            tell(column, "Steps of the chain that measure the picture can measure it: set On to Depth", "INFO")


CLASSES = (MATTEWRIGHT_PT_depth,)
