"""The mask over the clip, how its edges come to be, where the files are, and the node group."""

from __future__ import annotations

from typing import Any

import bpy

from ...engine.shot import Layout, MattewrightError, Stage
from .. import clips, compositor, disk, frames, preview, properties, store
from ..compositor import tuning
from ..translations import phrase
from .chain import label_of, tell_curves
from .parts import MattePanel, ObjectPanel, tell

SOFT = ("feather", "blur", "bilateral", "guided")
"""Steps that make a hard edge soft."""


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
        column.prop(chosen, "whole")
        if chosen.show and preview.live.problem:
            tell(column, preview.live.problem, "ERROR")


class MATTEWRIGHT_PT_edges(ObjectPanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_edges"
    bl_label = "Overlap and Edges"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clips.shown(context), self.layout
        item = properties.active_object(properties.of(clip)) if clip is not None else None
        if clip is None or item is None or layout is None:
            return
        column = layout.column(align=True)
        column.label(text="Where objects overlap:")
        column.row(align=True).prop(properties.of(clip), "overlap", expand=True)
        column = layout.column(align=True)
        soft = [step.op for step in item.refine if step.enabled and (step.op in SOFT or _is_soft_threshold(step))]
        names = ", ".join(phrase(label_of(op)) for op in soft)
        column.label(text=phrase("Soft edges: {steps}", steps=names) if soft else "Edges are hard", icon="SMOOTHCURVE")
        row = column.row(align=True)
        for op, text in (("feather", "Feather"), ("guided", "Follow Picture")):
            button: Any = row.operator("mattewright.refine_add", text=text)
            button.op = op


class MATTEWRIGHT_PT_output(MattePanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_output"
    bl_label = "Output"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clips.shown(context), self.layout
        if clip is None or layout is None:
            return
        shot = properties.of(clip)
        layout.prop(shot, "store", text="")
        try:
            place = store.folder(clip)
        except MattewrightError as error:
            tell(layout, str(error), "ERROR")
            return
        if not shot.store.strip():
            tell(layout, store.default_folder(clip), "BLANK1")
        layout.operator("mattewright.store_open", icon="FILE_FOLDER")
        if not len(shot.objects):
            return
        item = properties.active_object(shot)
        found = disk.counts.of((place, tuple(known.name for known in shot.objects)))
        if item is not None:
            _draw_written(layout, item, Layout(place))
        _draw_sizes(layout, clip, found)


class MATTEWRIGHT_PT_nodes(MattePanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_nodes"
    bl_label = "Nodes"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clips.shown(context), self.layout
        if clip is None or layout is None:
            return
        group = compositor.group_of(clip)
        if group is not None:
            tell(layout, group.name, "NODETREE")
            if tuning.is_behind(clip):
                tell(layout, "Objects or steps have changed since: update the nodes", "ERROR")
            tuned = tuning.tuned(clip)
            if tuned:
                text = "{count} value tuned in the nodes" if len(tuned) == 1 else "{count} values tuned in the nodes"
                tell(layout, phrase(text, count=len(tuned)), "INFO")
            curves = tuning.tuned_curves(clip)
            tell_curves(layout, curves)
            if tuned or any(curve.panel is not None for curve in curves):
                take: Any = layout.operator("mattewright.take_from_nodes", icon="IMPORT")
                take.object = ""
        column = layout.column(align=True)
        column.operator("mattewright.build_nodes", text="Update Nodes" if group else "Build Nodes", icon="NODETREE").keying = False
        column.operator("mattewright.build_nodes", text="Update and Key" if group else "Build and Key the Clip").keying = True


def _is_soft_threshold(step: properties.RefineOp) -> bool:
    value = step.values.get("softness")
    return value is not None and float(value.number) > 0


def _draw_written(layout: bpy.types.UILayout, item: properties.MatteObject, place: Layout) -> None:
    """The names of the active object's files, and what they are."""
    live = any(step.enabled and step.live for step in item.refine)
    column = layout.column(align=True)
    _draw_name(column, item, "mask", place)
    column.label(text=phrase("Grey PNG, {bits} bits, Non-Color", bits=16 if live else 8), icon="BLANK1")
    if live:
        column.label(text="Without the steps that nodes do", icon="BLANK1")
    if item.matte.enabled:
        _draw_name(column, item, "alpha", place)
        column.label(text=phrase("Grey PNG, {bits} bits, Non-Color", bits=16), icon="BLANK1")
    if item.matte.enabled and item.matte.foreground:
        _draw_name(column, item, "foreground", place)
        tell(column, "Half-float EXR, scene-linear Rec.709, straight: not multiplied by alpha", "BLANK1")


def _draw_name(layout: bpy.types.UILayout, item: properties.MatteObject, stage: Stage, place: Layout) -> None:
    sample = place.file(item.name, stage, 0)
    name = sample.name.replace("_0000", "_####")
    tell(layout, f"{sample.parent.relative_to(place.root).as_posix()}/{name}", "FILE_IMAGE")


def _draw_sizes(layout: bpy.types.UILayout, clip: bpy.types.MovieClip, found: disk.StoreFiles | None) -> None:
    """What is on disk of each object."""
    if found is None:
        layout.label(text="Looking at the folder...", icon="TIME")
        return
    if not found.there:
        tell(layout, "Nothing is written yet", "INFO")
        return
    if found.problem:
        tell(layout, phrase("The folder can't be looked at: {problem}", problem=found.problem), "ERROR")
        return
    column = layout.column(align=True)
    for item in properties.of(clip).objects:
        files, known = found.objects.get(item.name, disk.ObjectFiles()), frames.of_object(clip, item.name)
        stale = sum(last - first + 1 for first, last in known.stale) if known else 0
        row = column.row(align=True)
        row.label(text=item.name, translate=False)
        share = row.row(align=True)
        share.alignment = "RIGHT"
        count = len(files.frames)
        text = "{count} mask, {size}" if count == 1 else "{count} masks, {size}"
        share.label(text=phrase(text, count=count, size=disk.size(files.masks)), translate=False)
        if stale:
            row = column.row()
            row.alignment = "RIGHT"
            row.label(text=phrase("{count} stale", count=stale), translate=False, icon="FILE_REFRESH")
    row = column.row(align=True)
    row.active = False
    row.label(text="All files, to refine from too")
    share = row.row(align=True)
    share.alignment = "RIGHT"
    share.label(text=disk.size(found.total))


CLASSES = (MATTEWRIGHT_PT_live, MATTEWRIGHT_PT_edges, MATTEWRIGHT_PT_output, MATTEWRIGHT_PT_nodes)
