"""The active object's refine chain: a row for each step, with its values as the op declares them."""

from __future__ import annotations

from typing import Any

import bpy

from ...engine.shot import Parameter, catalogue
from .. import preview, properties
from ..properties import FIELDS, MatteObject, RefineOp, RefineValue


def label_of(name: str) -> str:
    """``max_area`` as `Max Area`."""
    return name.replace("_", " ").title()


def is_registered(operator: str) -> bool:
    """Whether there is an operator `mattewright.<operator>`."""
    return hasattr(bpy.types, f"MATTEWRIGHT_OT_{operator}")


class MATTEWRIGHT_MT_refine_add(bpy.types.Menu):
    bl_idname = "MATTEWRIGHT_MT_refine_add"
    bl_label = "Add Step"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        if layout is None:
            return
        family = ""
        for declaration in catalogue().values():
            if declaration.family != family:
                if family:
                    layout.separator()
                family = declaration.family
                layout.label(text=family)
            button: Any = layout.operator("mattewright.refine_add", text=label_of(declaration.name))
            button.op = declaration.name


class MATTEWRIGHT_PT_chain(bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_chain"
    bl_label = "Refine"
    bl_space_type = "CLIP_EDITOR"
    bl_region_type = "UI"
    bl_category = "Matte"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _active(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        item, layout = _active(context), self.layout
        if item is None or layout is None:
            return
        preview.ask_before_drawing()  # panels are laid out before anything of the window is drawn
        for number, step in enumerate(item.refine):
            _draw_step(layout, item, step, number)
        if not len(item.refine):
            layout.label(text="Where the model thinks it likelier than not", icon="INFO")
        row = layout.row(align=True)
        row.menu(MATTEWRIGHT_MT_refine_add.bl_idname, icon="ADD")
        row.menu("MATTEWRIGHT_MT_chain_presets", text="", icon="PRESET")


def _active(context: bpy.types.Context) -> MatteObject | None:
    space = context.space_data
    if not isinstance(space, bpy.types.SpaceClipEditor) or space.clip is None:
        return None
    return properties.active_object(properties.of(space.clip))


def _draw_step(layout: bpy.types.UILayout, item: MatteObject, step: RefineOp, number: int) -> None:
    declaration = catalogue().get(step.op)
    box = layout.box()
    head = box.row(align=True)
    head.prop(step, "enabled", text="")
    name = head.row()
    name.active = step.enabled
    name.label(text=label_of(step.op), icon="NONE" if declaration else "ERROR")
    live: Any = head.operator("mattewright.refine_live", text="", icon="NODETREE", depress=step.live)
    live.index, live.live = number, not step.live
    _move(head, item, number, "UP", "TRIA_UP", number > 0)
    _move(head, item, number, "DOWN", "TRIA_DOWN", number + 1 < len(item.refine))
    if is_registered("refine_remove"):
        button: Any = head.operator("mattewright.refine_remove", text="", icon="X")
        button.index = number
    if declaration is None:
        box.label(text="This Mattewright has no such op", icon="BLANK1")
        return
    values = box.column(align=True)
    values.active = step.enabled
    for parameter in declaration.parameters:
        _draw_value(values, step, parameter)


def _move(row: bpy.types.UILayout, item: MatteObject, number: int, direction: str, icon: Any, possible: bool) -> None:
    if not is_registered("refine_move"):
        return
    cell = row.row(align=True)
    cell.enabled = possible
    button: Any = cell.operator("mattewright.refine_move", text="", icon=icon)
    button.index, button.direction = number, direction


def _draw_value(layout: bpy.types.UILayout, step: RefineOp, parameter: Parameter) -> None:
    value: RefineValue | None = step.values.get(parameter.name)
    label = label_of(parameter.name)
    if value is None:  # of a file that an earlier version saved, until it is completed
        layout.label(text=f"{label}: {parameter.default}", icon="BLANK1")
    elif value.kind == "OBJECT":
        clip: Any = value.id_data
        layout.prop_search(value, "reference", properties.of(clip), "objects", text=label)
    elif value.kind == "MASK":
        layout.prop_search(value, "reference", bpy.data, "masks", text=label)
    else:
        layout.prop(value, FIELDS[value.kind], text=label)


CLASSES = (MATTEWRIGHT_MT_refine_add, MATTEWRIGHT_PT_chain)
