"""What was said of the active object on this frame."""

from __future__ import annotations

from typing import Any

import bpy

from .. import properties
from .chain import is_registered
from .parts import ObjectPanel, clip_of

MOST = 8
"""Points that are listed; more are counted."""


class MATTEWRIGHT_PT_prompts(ObjectPanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_prompts"
    bl_label = "Prompts"

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout, scene = clip_of(context), self.layout, context.scene
        item = properties.active_object(properties.of(clip)) if clip is not None else None
        if item is None or layout is None or scene is None:
            return
        if is_registered("prompt_tool"):
            row = layout.row()
            row.scale_y = 1.3
            row.operator("mattewright.prompt_tool", icon="RESTRICT_SELECT_OFF")
        said = properties.prompts_at(item, scene.frame_current)
        if said is None:
            others = len(item.prompts)
            layout.label(
                text="None on this frame" + (f", {others} on others" if others > 1 else ", one on another" if others else ""), icon="INFO"
            )
        else:
            _draw_said(layout, said)
        row = layout.row(align=True)
        row.operator("mattewright.prompt_point_add", text="Point")
        row.operator("mattewright.prompt_box_set", text="Box")
        row.operator("mattewright.prompt_mask_set", text="Mask")
        if said is not None:
            layout.operator("mattewright.prompt_clear", text="Clear This Frame", icon="X")


def _draw_said(layout: bpy.types.UILayout, said: properties.ObjectPrompts) -> None:
    column = layout.column(align=True)
    for number, point in enumerate(said.points):
        if number == MOST:
            column.label(text=f"and {len(said.points) - MOST} points more", icon="BLANK1")
            break
        row = column.row(align=True)
        row.prop(point, "positive", text="", icon="ADD" if point.positive else "REMOVE", toggle=True)
        row.prop(point, "x")
        row.prop(point, "y")
        _remove(row, "POINT", number)
    if said.use_box:
        row = layout.row(align=True)
        left, top, right, bottom = said.box
        row.label(text=f"Box {left:.0f}, {top:.0f} to {right:.0f}, {bottom:.0f}", icon="SELECT_SET")
        _remove(row, "BOX", 0)
    for number, scribble in enumerate(said.scribbles):
        row = layout.row(align=True)
        row.label(text=f"{'Scribble' if scribble.positive else 'Background scribble'}, {len(scribble.points)} points", icon="GREASEPENCIL")
        _remove(row, "SCRIBBLE", number)
    if said.mask:
        row = layout.row(align=True)
        row.prop(said, "mask", text="", icon="IMAGE_ALPHA")
        _remove(row, "MASK", 0)


def _remove(row: bpy.types.UILayout, kind: str, number: int) -> None:
    if is_registered("prompt_remove"):
        button: Any = row.operator("mattewright.prompt_remove", text="", icon="X")
        button.kind, button.index = kind, number


CLASSES = (MATTEWRIGHT_PT_prompts,)
