"""The active object's refine chain: a row for each step, with its values as the op declares them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import bpy

from ...engine.shot import Parameter, catalogue
from .. import clips, masks, preview, properties
from ..compositor import refusals, tuning
from ..compositor.curves import TunedCurve
from ..properties import FIELDS, MatteObject, RefineOp, RefineValue
from ..translations import phrase
from .parts import ObjectPanel, tell


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


class MATTEWRIGHT_PT_chain(ObjectPanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_chain"
    bl_label = "Refine"

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clips.shown(context), self.layout
        item = properties.active_object(properties.of(clip)) if clip is not None else None
        if clip is None or item is None or layout is None:
            return
        preview.ask_before_drawing()  # panels are laid out before anything of the window is drawn
        tuned = _tuned(clip, item)
        for number, step in enumerate(item.refine):
            _draw_step(layout, step, number, {one.parameter: one for one in tuned if one.step == step.identity})
        if not len(item.refine):
            tell(layout, "No steps: the mask is where the model thinks it likelier than not", "INFO")
        row = layout.row(align=True)
        row.menu(MATTEWRIGHT_MT_refine_add.bl_idname, icon="ADD")
        row.menu("MATTEWRIGHT_MT_chain_presets", text="", icon="PRESET")
        if len(item.refine):
            row.operator("mattewright.refine_clear", text="", icon="TRASH")
        _draw_tuned(layout, item, tuned, _tuned_curves(clip, item))


def _tuned(clip: bpy.types.MovieClip, item: MatteObject) -> list[tuning.Tuned]:
    if not any(step.enabled and step.live for step in item.refine):
        return []
    return [one for one in tuning.tuned(clip) if one.object == item.name]


def _tuned_curves(clip: bpy.types.MovieClip, item: MatteObject) -> list[TunedCurve]:
    return tuning.tuned_curves(clip, item.name) if any(step.enabled and step.live for step in item.refine) else []


def tell_curves(layout: bpy.types.UILayout, curves: Sequence[TunedCurve]) -> None:
    """Which values have other keyframes in the nodes."""
    for text, ours in (
        ("Keyframes changed in the nodes: {names}", [one for one in curves if one.panel is not None]),
        ("Keyframes changed in the nodes, which keep them: {names}", [one for one in curves if one.panel is None]),
    ):
        if ours:
            tell(layout, phrase(text, names=", ".join(sorted({one.label for one in ours}))), "INFO")


def _draw_step(layout: bpy.types.UILayout, step: RefineOp, number: int, tuned: Mapping[str, tuning.Tuned]) -> None:
    declaration = catalogue().get(step.op)
    box = layout.box()
    head = box.row(align=True)
    head.prop(step, "show_expanded", text="", icon="DISCLOSURE_TRI_DOWN" if step.show_expanded else "DISCLOSURE_TRI_RIGHT", emboss=False)
    head.prop(step, "enabled", text="")
    name = head.row()
    name.active = step.enabled
    name.label(text=label_of(step.op), icon="NONE" if declaration else "ERROR")
    live: Any = head.operator("mattewright.refine_live", text="", icon="NODETREE", depress=step.live)
    live.index, live.live = number, not step.live
    moves: tuple[tuple[str, Any], ...] = (("UP", "TRIA_UP"), ("DOWN", "TRIA_DOWN"))
    for direction, icon in moves:
        button: Any = head.operator("mattewright.refine_move", text="", icon=icon)
        button.index, button.direction = number, direction
    button = head.operator("mattewright.refine_remove", text="", icon="X")
    button.index = number
    if declaration is None:
        tell(box, "This Mattewright has no such step: update it, or remove the step", "BLANK1")
        return
    reason = refusals.why_not(step) if step.enabled and step.live else ""
    if reason:  # a choice that was keyed since, say
        tell(box, reason, "ERROR")
    if not step.show_expanded:
        return
    values = box.column(align=True)
    values.active = step.enabled
    for parameter in declaration.parameters:
        if parameter.kind == "color" and _is_idle(step):
            continue
        _draw_value(values, step, parameter)
        if parameter.name in tuned:
            _draw_other(values, tuned[parameter.name])


def _is_idle(step: RefineOp) -> bool:
    """Whether nothing looks at the step's colour: only the distance from it does."""
    channel = step.values.get("on")
    return channel is not None and channel.choice != "distance"


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
        reason = masks.why_not(value.reference) if value.reference and step.enabled else ""
        if reason:
            tell(layout, phrase("{reason}. Choose another one, or switch this step off", reason=phrase(reason)), "ERROR")
    else:
        layout.prop(value, FIELDS[value.kind], text=label)


def _draw_other(layout: bpy.types.UILayout, one: tuning.Tuned) -> None:
    """What the nodes say instead."""
    for content in one.nodes.values() if one.group is None else [one.group]:
        layout.label(text=phrase("In the nodes: {value}", value=tuning.shown(content)), icon="NODETREE")


def _draw_tuned(layout: bpy.types.UILayout, item: MatteObject, tuned: list[tuning.Tuned], curves: list[TunedCurve]) -> None:
    """The ways to have the panel and the nodes say the same."""
    if not tuned and not curves:
        return
    column = layout.column(align=True)
    if tuned:
        text = "{count} value otherwise in the nodes than here" if len(tuned) == 1 else "{count} values otherwise in the nodes than here"
        tell(column, phrase(text, count=len(tuned)), "NODETREE")
    tell_curves(column, curves)
    nodes = sorted({node.name for one in tuned for node in one.nodes})
    for node in nodes if len(nodes) > 1 else [""]:
        take: Any = column.operator(
            "mattewright.take_from_nodes", text=phrase("Take from '{node}'", node=node) if node else "Take Values from Nodes", icon="IMPORT"
        )
        take.object, take.node = item.name, node
    give: Any = column.operator("mattewright.give_to_nodes", icon="EXPORT")
    give.object = item.name


CLASSES = (MATTEWRIGHT_MT_refine_add, MATTEWRIGHT_PT_chain)
