"""One plain panel in the Movie Clip Editor's sidebar."""

from __future__ import annotations

import textwrap
from typing import Any

import bpy

from .. import jobs, preview, properties
from ..link import Cancelled, session

LINE = 36
"""Letters that fit into the sidebar at its usual width."""


class MATTEWRIGHT_UL_objects(bpy.types.UIList):
    bl_idname = "MATTEWRIGHT_UL_objects"

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: Any,
        item: Any,
        icon: int | None,
        active_data: Any,
        active_property: str | None,
        index: int | None = 0,
        flag: int | None = 0,
    ) -> None:
        row = layout.row(align=True)
        color = row.row()
        color.ui_units_x = 1.0
        color.prop(item, "color", text="")
        row.prop(item, "name", text="", emboss=False)
        row.label(text=f"{len(item.prompts)}", icon="KEYFRAME_HLT" if len(item.prompts) else "KEYFRAME")


class MATTEWRIGHT_PT_shot(bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_shot"
    bl_label = "Mattewright"
    bl_space_type = "CLIP_EDITOR"
    bl_region_type = "UI"
    bl_category = "Matte"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return isinstance(context.space_data, bpy.types.SpaceClipEditor) and context.space_data.clip is not None

    def draw(self, context: bpy.types.Context) -> None:
        space, layout = context.space_data, self.layout
        if not isinstance(space, bpy.types.SpaceClipEditor) or space.clip is None or layout is None:
            return
        shot = properties.of(space.clip)
        row = layout.row()
        row.template_list(MATTEWRIGHT_UL_objects.bl_idname, "", shot, "objects", shot, "active_index", rows=3)
        buttons = row.column(align=True)
        buttons.operator("mattewright.object_add", text="", icon="ADD")
        buttons.operator("mattewright.object_remove", text="", icon="REMOVE")
        column = layout.column(align=True)
        column.enabled = properties.active_object(shot) is not None
        column.operator("mattewright.prompt_point_add")
        column.operator("mattewright.prompt_box_set")
        column.operator("mattewright.prompt_mask_set")
        column.operator("mattewright.prompt_clear")
        column = layout.column(align=True)
        column.prop(shot, "use_clip_range")
        if not shot.use_clip_range:
            row = column.row(align=True)
            row.prop(shot, "first")
            row.prop(shot, "last")
        column = layout.column(align=True)
        column.prop(shot, "tracker")
        column.prop(shot, "precision")
        column.prop(shot, "compiled")
        column.prop(shot, "draft")
        layout.prop(shot, "overlap")
        layout.prop(shot, "store")
        self._jobs(layout)
        _draw_preview(layout)
        column = layout.column(align=True)
        column.operator("mattewright.build_nodes").keying = False
        column.operator("mattewright.build_nodes", text="Build Nodes and Key").keying = True

    def _jobs(self, layout: bpy.types.UILayout) -> None:
        job = session.job
        column = layout.column(align=True)
        row = column.row(align=True)
        row.enabled = session.running is None
        row.operator("mattewright.track")
        row.operator("mattewright.refine")
        if job is None:
            return
        if session.running:
            progress = job.progress
            share = progress.done / progress.total if progress and progress.total else 0.0
            column.progress(factor=share, type="BAR", text="stopping" if job.cancelling else jobs.progress_line(job))
            column.operator("mattewright.cancel")
        elif job.error is not None:
            _tell(column, str(job.error), "CANCEL" if isinstance(job.error, Cancelled) else "ERROR")
        elif job.result is not None:
            _tell(column, jobs.summary(job.method, job.result), "CHECKMARK")


def _draw_preview(layout: bpy.types.UILayout) -> None:
    chosen = preview.settings.current()
    if chosen is None:
        return
    column = layout.column(align=True)
    row = column.row(align=True)
    row.prop(chosen, "show", icon="HIDE_OFF" if chosen.show else "HIDE_ON", toggle=True)
    if not chosen.show:
        return
    row.prop(chosen, "view", text="", expand=True)
    if chosen.view == "OVERLAY":
        row = column.row(align=True)
        row.prop(chosen, "opacity", slider=True)
        row.prop(chosen, "outline", toggle=True)
    column.prop(chosen, "whole")
    if preview.live.problem:
        _tell(column, preview.live.problem, "ERROR")


def _tell(layout: bpy.types.UILayout, text: str, icon: Any) -> None:
    """As many lines as it takes: a label alone is cut in its middle."""
    column = layout.column(align=True)
    for number, line in enumerate(textwrap.wrap(text, LINE)):
        column.label(text=line, icon="BLANK1" if number else icon)


CLASSES = (MATTEWRIGHT_UL_objects, MATTEWRIGHT_PT_shot)
