"""The mask over the clip, and the node group."""

from __future__ import annotations

import bpy

from .. import compositor, preview
from .parts import MattePanel, ObjectPanel, clip_of, tell


class MATTEWRIGHT_PT_live(ObjectPanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_live"
    bl_label = "Live Mask"

    def draw_header(self, context: bpy.types.Context) -> None:
        chosen = preview.settings.current()
        if chosen is not None and self.layout is not None:
            self.layout.prop(chosen, "show", text="")

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = preview.settings.current(), self.layout
        if chosen is None or layout is None:
            return
        column = layout.column()
        column.active = chosen.show
        column.row().prop(chosen, "view", expand=True)
        if chosen.view == "OVERLAY":
            row = column.row(align=True)
            row.prop(chosen, "opacity", slider=True)
            row.prop(chosen, "outline", toggle=True)
        column.prop(chosen, "whole")
        if chosen.show and preview.live.problem:
            tell(column, preview.live.problem, "ERROR")


class MATTEWRIGHT_PT_nodes(MattePanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_nodes"
    bl_label = "Nodes"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clip_of(context), self.layout
        if clip is None or layout is None:
            return
        there = compositor.group_of(clip) is not None
        column = layout.column(align=True)
        column.operator("mattewright.build_nodes", text="Update Nodes" if there else "Build Nodes", icon="NODETREE").keying = False
        column.operator("mattewright.build_nodes", text="Build Nodes and Key").keying = True


CLASSES = (MATTEWRIGHT_PT_live, MATTEWRIGHT_PT_nodes)
