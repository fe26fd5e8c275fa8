"""What kind of thing each pixel shows: the network's classes, how much of this frame each has, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy
from bpy.props import BoolProperty

from .. import clips, labels, preview, properties
from ..translations import phrase
from . import network_parts
from .parts import MattePanel, tell

LEAST = 0.0005
"""Of a picture: a class that has less of it is said to have none."""


class MATTEWRIGHT_UL_classes(bpy.types.UIList):
    bl_idname = "MATTEWRIGHT_UL_classes"

    here_first: BoolProperty(
        name="On This Frame First", description="List classes first that the current frame has any of", default=True, options=set()
    )

    def draw_filter(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        row = layout.row(align=True)
        row.prop(self, "filter_name", text="")
        row.prop(self, "here_first", text="", icon="SORTSIZE")

    def filter_items(self, context: bpy.types.Context, data: Any, property: str) -> tuple[list[int], list[int]]:
        scene, items = context.scene, getattr(data, property)
        there = labels.of(data.id_data, scene.frame_current).shares if self.here_first and scene is not None else {}
        return filtered(items, self.filter_name, there, self.bitflag_filter_item)

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
        row.prop(item, "chosen", text="")
        color = row.row()
        color.ui_units_x = 0.8
        color.enabled = False
        color.prop(item, "color", text="")
        found = labels.of(item.id_data, context.scene.frame_current).shares.get(item.label, 0.0) if context.scene is not None else 0.0
        row.label(text=phrase(item.name), translate=False)
        share = row.row()
        share.alignment = "RIGHT"
        share.active = False
        share.label(text=f"{100 * found:.{0 if found >= 0.1 else 1}f}%" if found >= LEAST else "", translate=False)


def filtered(items: Any, words: str, there: Mapping[int, float], flag: int) -> tuple[list[int], list[int]]:
    """For each of the list's items, `flag` if its name has the `words` in it, in English or as it is shown, and 0 if not; and its place in
    the list: what is `there` comes first.
    """
    names = [f"{item.name}\n{phrase(item.name)}".casefold() for item in items]
    places = [0] * len(names)
    for place, number in enumerate(sorted(range(len(names)), key=lambda number: there.get(items[number].label, 0.0) < LEAST)):
        places[number] = place
    return [flag if words.casefold() in name else 0 for name in names], places


class MATTEWRIGHT_PT_classes(MattePanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_classes"
    bl_label = "Classes"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clips.shown(context), self.layout
        if clip is None or layout is None or context.scene is None:
            return
        said = properties.of(clip).classes
        ready = network_parts.draw(layout, clip, "classes")
        if len(said.known):
            layout.template_list(MATTEWRIGHT_UL_classes.bl_idname, "", said, "known", said, "active", rows=6)
        column = layout.column()
        column.use_property_split, column.use_property_decorate = True, False
        column.prop(said, "look")
        column.prop(said, "edges")
        column.prop(said, "steady", slider=True)
        column = layout.column(align=True)
        column.label(text="Classify:")
        network_parts.draw_spans(column, "mattewright.classify", "classify")
        there = labels.labelled(clip)
        network_parts.draw_count(column, clip, there, "{have} of {count} frames have labels")
        if there:
            column.prop(preview.overlay_settings.of(context.scene), "classes", text="Show over the Clip", toggle=True, icon="OVERLAY")
        if ready and len(said.known):
            _draw_uses(layout, said)


def _draw_uses(layout: bpy.types.UILayout, said: properties.ClassSettings) -> None:
    """What becomes of the classes that are chosen."""
    column = layout.column(align=True)
    tell(column, phrase("Of {classes}:", classes=", ".join(phrase(name) for name in properties.chosen_classes(said))), "NONE")
    column.operator("mattewright.class_object_add", icon="ADD")
    column.operator_context = "INVOKE_DEFAULT"
    row = column.row(align=True)
    row.operator("mattewright.class_prompts", icon="RESTRICT_SELECT_OFF")
    row.prop(said, "every")
    column.operator("mattewright.class_garbage_matte", icon="MOD_MASK")


CLASSES = (MATTEWRIGHT_UL_classes, MATTEWRIGHT_PT_classes)
