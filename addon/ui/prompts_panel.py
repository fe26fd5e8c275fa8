"""What was said of the active object on this frame."""

from __future__ import annotations

from typing import Any

import bpy

from .. import clips, properties
from ..translations import CONTEXT, phrase
from .chain import is_registered
from .parts import ObjectPanel, tell

MOST = 8
"""Points that are listed; more are counted."""


class MATTEWRIGHT_PT_prompts(ObjectPanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_prompts"
    bl_label = "Prompts"

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout, scene = clips.shown(context), self.layout, context.scene
        item = properties.active_object(properties.of(clip)) if clip is not None else None
        if item is None or layout is None or scene is None:
            return
        if properties.is_of_classes(item):
            tell(layout, "It is made of classes, and needs no prompts", "GROUP_VCOL")
            layout.operator("mattewright.object_untie")
            return
        if is_registered("prompt_tool"):
            row = layout.row()
            row.scale_y = 1.3
            row.operator("mattewright.prompt_tool", icon="RESTRICT_SELECT_OFF")
        said = properties.prompts_at(item, scene.frame_current)
        if said is None:
            layout.label(text="None on this frame", icon="INFO")
        else:
            _draw_said(layout, said)
        if len(item.prompts):
            row = layout.row(align=True)
            row.operator("mattewright.previous_prompted", text="", icon="TRIA_LEFT")
            told = phrase("{count} Prompted Frame" if len(item.prompts) == 1 else "{count} Prompted Frames", count=len(item.prompts))
            row.operator("mattewright.next_prompted", text=told, translate=False)
            row.operator("mattewright.next_prompted", text="", icon="TRIA_RIGHT")
        row = layout.row(align=True)
        row.operator("mattewright.prompt_point_add", text="Point")
        row.operator("mattewright.prompt_box_set", text="Box", text_ctxt=CONTEXT)
        row.operator("mattewright.prompt_mask_set", text="Mask", text_ctxt=CONTEXT)
        if said is not None:
            layout.operator("mattewright.prompt_clear", text="Clear This Frame", icon="X")


def _draw_said(layout: bpy.types.UILayout, said: properties.ObjectPrompts) -> None:
    column = layout.column(align=True)
    for number, point in enumerate(said.points):
        if number == MOST:
            column.label(text=phrase("and {count} points more", count=len(said.points) - MOST), icon="BLANK1")
            break
        row = column.row(align=True)
        row.prop(point, "positive", text="", icon="ADD" if point.positive else "REMOVE", toggle=True)
        row.prop(point, "x")
        row.prop(point, "y")
        _remove(row, "POINT", number)
    if said.use_box:
        row = layout.row(align=True)
        left, top, right, bottom = said.box
        row.label(
            text=phrase("Box {left:.0f}, {top:.0f} to {right:.0f}, {bottom:.0f}", left=left, top=top, right=right, bottom=bottom),
            icon="SELECT_SET",
        )
        _remove(row, "BOX", 0)
    for number, scribble in enumerate(said.scribbles):
        row = layout.row(align=True)
        text = "Scribble, {count} points" if scribble.positive else "Background scribble, {count} points"
        row.label(text=phrase(text, count=len(scribble.points)), icon="GREASEPENCIL")
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
