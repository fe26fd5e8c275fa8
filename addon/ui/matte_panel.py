"""The active object's matte: how soft alpha is made of its masks, a look at it on the current frame, and the jobs that make it."""

from __future__ import annotations

from typing import Any

import bpy

from .. import clips, frames, preview, properties
from ..link import session
from ..operators import mattes
from ..translations import CONTEXT, phrase
from .next_step import COMMAND, count_of
from .parts import ObjectPanel, tell

BUTTONS: tuple[tuple[str, str, Any], ...] = (
    ("HERE", "This Frame", "NONE"),
    ("PLAYED", "Scene Range", "NONE"),
    ("BOTH", "All Frames", "NONE"),
)
FOUND = 0.2
"""Seconds of work on an alpha from which on the panel says that it is being made."""


class MATTEWRIGHT_PT_matte(ObjectPanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_matte"
    bl_label = "Matte"
    bl_translation_context = CONTEXT

    def draw_header(self, context: bpy.types.Context) -> None:
        item = _active(context)
        if item is not None and self.layout is not None:
            self.layout.prop(item.matte, "enabled", text="")

    def draw(self, context: bpy.types.Context) -> None:
        clip, item, layout = clips.shown(context), _active(context), self.layout
        if clip is None or item is None or layout is None or context.scene is None:
            return
        said = item.matte
        _draw_look(layout, preview.overlay_settings.of(context.scene))
        values = layout.column()
        values.use_property_split, values.use_property_decorate = True, False
        values.prop(said, "method")
        if said.method == "rvm":
            tell(values, "For people only", "INFO")
        band = values.column(align=True)
        band.prop(said, "width")
        band.prop(said, "inside")
        band.prop(said, "outside")
        values.prop(said, "steady", slider=True)
        values.prop(said, "foreground")
        if said.foreground:
            spill = values.column(align=True)
            spill.prop(said, "despill")
            if said.despill != "none":
                spill.prop(said, "despill_strength", slider=True)
        _draw_jobs(layout, clip, item, context)


def _active(context: bpy.types.Context) -> properties.MatteObject | None:
    clip = clips.shown(context)
    return properties.active_object(properties.of(clip)) if clip is not None else None


def _draw_look(layout: bpy.types.UILayout, chosen: preview.overlay_settings.OverlaySettings) -> None:
    """What the overlay shows, and how the engine gets on with it."""
    column = layout.column(align=True)
    column.row(align=True).prop(chosen, "stage", expand=True)
    live = preview.settings.current()
    if chosen.stage == "MASK":
        return
    if not chosen.show:
        tell(column, "The overlay is off", "INFO")
    elif live is None or not live.show:
        tell(column, "Live Mask is off: alphas are shown as they are stored" if chosen.stage == "ALPHA" else "Needs Live Mask", "INFO")
    elif preview.matte.waited > FOUND:
        tell(column, "Being made...", "TIME")
    elif preview.matte.problem:
        _draw_problem(column, preview.matte.problem)
    elif preview.matte.shown is not None and preview.matte.shown.done.method:
        column.label(text=phrase("By {method}", method=_method(preview.matte.shown.done.method)), icon="CHECKMARK", translate=False)


def _draw_jobs(layout: bpy.types.UILayout, clip: bpy.types.MovieClip, item: properties.MatteObject, context: bpy.types.Context) -> None:
    column = layout.column(align=True)
    row = column.row(align=True)
    for span, text, icon in BUTTONS:
        button: Any = row.operator("mattewright.matte_span", text=text, icon=icon)
        button.span = span
    if session.running is not None and session.running.method == "matte":
        column.operator("mattewright.cancel", text="Stop at Once" if session.running.cancelling else "Stop", icon="X")
    found = frames.of_object(clip, item.name)
    if found is None or session.running is not None:
        return
    reason = mattes.MATTEWRIGHT_OT_matte_span.why_not(context)
    if reason:
        _draw_problem(column, reason)
    if count_of(found.masked):
        told = phrase("{have} of {count} alphas", have=count_of(found.matted), count=count_of(found.masked))
        whole = count_of(found.matted) == count_of(found.masked)
        column.label(text=told, translate=False, icon="CHECKMARK" if whole else "RENDER_ANIMATION")
    if not item.matte.enabled and count_of(found.matted):
        tell(column, "Switched off: nodes and keying go by the mask", "INFO")


def _draw_problem(layout: bpy.types.UILayout, problem: str) -> None:
    """With the command that mends it, where it names one."""
    told, _, command = problem.partition(COMMAND)
    tell(layout, told, "ERROR")
    if command:
        button: Any = layout.operator("mattewright.command_copy", text="Copy the Command", icon="COPYDOWN")
        button.arguments = command


def _method(name: str) -> str:
    """As the panel calls it."""
    items: Any = properties.MatteSettings.bl_rna.properties["method"]
    return next((phrase(item.name) for item in items.enum_items if item.identifier == name), name)


CLASSES = (MATTEWRIGHT_PT_matte,)
