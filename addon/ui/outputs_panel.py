"""What leaves the shot: the list of its outputs, how the active one is set, what it lacks, and the buttons that export."""

from __future__ import annotations

from typing import Any

import bpy

from ...engine.shot import MattewrightError, Parameter, formats
from ...engine.shot.messages import ExportDone
from ...engine.shot.outputs import FAMILIES
from .. import clips, other_outputs, output_state, outputs, properties
from ..link import session
from ..properties import FIELDS, MatteOutput, OutputValue
from ..translations import phrase
from .chain import label_of
from .parts import MattePanel, tell

MOST_WRONG = 5
"""Files that are named of those that verifying found wrong."""
MOST_LACKS = 4
"""Objects that are named of those that lack frames."""


def format_label(name: str) -> str:
    """The format's name as menus show it."""
    declaration = formats().get(name)
    return phrase(declaration.label) if declaration else name


class MATTEWRIGHT_UL_outputs(bpy.types.UIList):
    bl_idname = "MATTEWRIGHT_UL_outputs"

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
        row.prop(item, "enabled", text="")
        name = row.row()
        name.active = item.enabled
        wrong = outputs.wrong(item.id_data, index or 0)
        name.prop(item, "name", text="", emboss=False, icon="ERROR" if wrong else "NONE")
        label = format_label(item.format)
        if item.name.startswith(label):
            return  # as it was called when it was added
        kind = row.row()
        kind.alignment = "RIGHT"
        kind.active = False
        kind.label(text=label, translate=False)


class MATTEWRIGHT_MT_output_add(bpy.types.Menu):
    bl_idname = "MATTEWRIGHT_MT_output_add"
    bl_label = "Add Output"

    def draw(self, context: bpy.types.Context) -> None:
        if self.layout is not None:
            _draw_formats(self.layout, "mattewright.output_add")


class MATTEWRIGHT_MT_output_format(bpy.types.Menu):
    bl_idname = "MATTEWRIGHT_MT_output_format"
    bl_label = "Format"

    def draw(self, context: bpy.types.Context) -> None:
        if self.layout is not None:
            _draw_formats(self.layout, "mattewright.output_format")


def _draw_formats(layout: bpy.types.UILayout, operator: str) -> None:
    known = list(formats().values())
    shown = 0
    for family in FAMILIES:
        ours = [declaration for declaration in known if declaration.family == family]
        if not ours:
            continue
        if shown:
            layout.separator()
        shown += 1
        layout.label(text=family)
        for declaration in ours:
            button: Any = layout.operator(operator, text=declaration.label)
            button.format = declaration.name


class MATTEWRIGHT_MT_output_specials(bpy.types.Menu):
    bl_idname = "MATTEWRIGHT_MT_output_specials"
    bl_label = "Output Specials"

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clips.shown(context), self.layout
        item = properties.active_output(properties.of(clip)) if clip is not None else None
        if layout is None:
            return
        layout.operator("mattewright.output_duplicate", icon="DUPLICATE")
        button: Any = layout.operator("mattewright.output_move", text="Move Up", icon="TRIA_UP")
        button.direction = "UP"
        button = layout.operator("mattewright.output_move", text="Move Down", icon="TRIA_DOWN")
        button.direction = "DOWN"
        if item is None:
            return
        layout.separator()
        button = layout.operator("mattewright.export", text="Export What There Is")
        button.output, button.incomplete = item.name, True
        button = layout.operator("mattewright.export", text="Export and Replace Others' Files")
        button.output, button.overwrite = item.name, True
        button = layout.operator("mattewright.export_verify", text="Verify This One")
        button.output = item.name


class MATTEWRIGHT_PT_outputs(MattePanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_outputs"
    bl_label = "Export"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clips.shown(context), self.layout
        if clip is None or layout is None:
            return
        shot = properties.of(clip)
        if not len(shot.outputs):
            tell(layout, "Nothing leaves the shot yet: add an output", "INFO")
            layout.menu(MATTEWRIGHT_MT_output_add.bl_idname, text="Add Output", icon="ADD")
            _draw_others(layout, clip)
            return
        row = layout.row()
        row.template_list(MATTEWRIGHT_UL_outputs.bl_idname, "", shot, "outputs", shot, "active_output", rows=3)
        buttons = row.column(align=True)
        buttons.menu(MATTEWRIGHT_MT_output_add.bl_idname, text="", icon="ADD")
        buttons.operator("mattewright.output_remove", text="", icon="REMOVE")
        buttons.separator()
        buttons.menu(MATTEWRIGHT_MT_output_specials.bl_idname, text="", icon="DOWNARROW_HLT")
        _draw_others(layout, clip)
        item = properties.active_output(shot)
        if item is not None:
            _draw_output(layout, clip, item)
            _draw_state(layout, clip, item, int(shot.active_output))
        _draw_buttons(layout, clip, item)


def _draw_others(layout: bpy.types.UILayout, clip: bpy.types.MovieClip) -> None:
    """What the document has besides, from the command line."""
    count = len(other_outputs.known(clip))
    if not count:
        return
    column = layout.column(align=True)
    tell(
        column,
        phrase("1 output of the command line") if count == 1 else phrase("{count} outputs of the command line", count=count),
        "CONSOLE",
    )
    column.operator("mattewright.outputs_take_over", text="Take Over")


def _draw_output(layout: bpy.types.UILayout, clip: bpy.types.MovieClip, item: MatteOutput) -> None:
    """How the output is set."""
    declaration = formats().get(item.format)
    layout.menu(MATTEWRIGHT_MT_output_format.bl_idname, text=format_label(item.format), icon="FILE" if declaration else "ERROR")
    if declaration is None:
        tell(layout, "This Mattewright has no such format: update it, or choose another one", "BLANK1")
        return
    tell(layout, declaration.convention, "INFO")
    values = layout.column()
    values.use_property_split, values.use_property_decorate = True, False
    for parameter in declaration.parameters:
        _draw_option(values, item, parameter)
    if declaration.needs_objects:
        values.prop(item, "all_objects")
        if not item.all_objects:
            _draw_objects(layout, clip, item)
        rest = layout.column()
        rest.use_property_split, rest.use_property_decorate = True, False
        rest.prop(item, "content")
    else:
        rest = values
    rest.prop(item, "folder")
    if declaration.pattern:
        rest.prop(item, "pattern", placeholder=declaration.pattern_of(properties.options_of(item)))
        _draw_example(layout, clip, item)
    layout.prop(item, "use_range")
    if item.use_range:
        ends = layout.row(align=True)
        ends.prop(item, "first")
        ends.prop(item, "last")


def _draw_option(layout: bpy.types.UILayout, item: MatteOutput, parameter: Parameter) -> None:
    value: OutputValue | None = item.values.get(parameter.name)
    label = phrase(label_of(parameter.name))
    if value is None:  # of a file that an earlier version saved, until it is completed
        layout.label(text=f"{label}: {parameter.default}", translate=False)
    else:
        layout.prop(value, FIELDS[value.kind], text=label, translate=False)


def _draw_objects(layout: bpy.types.UILayout, clip: bpy.types.MovieClip, item: MatteOutput) -> None:
    """A button for each object, and for those that are gone."""
    chosen = {one.name for one in item.objects}
    column = layout.column(align=True)
    for known in properties.of(clip).objects:
        inside = known.name in chosen
        button: Any = column.operator(
            "mattewright.output_object",
            text=known.name,
            translate=False,
            icon="CHECKBOX_HLT" if inside else "CHECKBOX_DEHLT",
            depress=inside,
        )
        button.output, button.object = item.name, known.name
    for name in outputs.missing_objects(clip, item):
        button = column.operator("mattewright.output_object", text=phrase("{object} is gone", object=name), translate=False, icon="ERROR")
        button.output, button.object = item.name, name


def _draw_example(layout: bpy.types.UILayout, clip: bpy.types.MovieClip, item: MatteOutput) -> None:
    """How a file will be called."""
    try:
        tell(layout, outputs.example(clip, item), "FILE_IMAGE")
    except MattewrightError as error:
        tell(layout, str(error), "ERROR")


def _draw_state(layout: bpy.types.UILayout, clip: bpy.types.MovieClip, item: MatteOutput, index: int) -> None:
    """What hinders the export, and what the output would lack."""
    wrong = outputs.wrong(clip, index)
    if wrong:
        tell(layout, wrong.partition(".")[2], "ERROR")
        return
    folder = outputs.folder_of(clip, item)
    if folder is None:
        tell(layout, outputs.UNSAVED, "ERROR")
        return
    problem = output_state.folders.of(folder)
    if problem:
        tell(layout, phrase("The folder can't be used: {problem}", problem=problem), "ERROR")
    other = outputs.clash(clip, index)
    if other:
        tell(layout, phrase("'{output}' writes the same files: give one of the two a folder of its own", output=other), "ERROR")
    found = output_state.lacks(clip, item)
    for lack in found[:MOST_LACKS]:
        text = {
            "masks": "'{object}': {count} frames have no mask: track first",
            "classes": "'{object}': {count} frames have no mask: classify first",
            "labels": "{count} frames have no labels: classify first",
            "alphas": "'{object}': {count} frames have no alpha: make the matte first",
            "stale": "'{object}': {count} frames are stale: they are exported as they are, or made anew first",
            "stale_labels": "The labels of {count} frames are stale: they are exported as they are, or classify first",
        }[lack.what]
        stale = lack.what in ("stale", "stale_labels")
        tell(layout, phrase(text, object=lack.object, count=lack.frames), "FILE_REFRESH" if stale else "ERROR")
    if len(found) > MOST_LACKS:
        layout.label(text=phrase("and {count} more", count=len(found) - MOST_LACKS), translate=False, icon="BLANK1")


def _draw_buttons(layout: bpy.types.UILayout, clip: bpy.types.MovieClip, item: MatteOutput | None) -> None:
    column = layout.column(align=True)
    several = len(properties.of(clip).outputs) > 1
    if several:
        count = sum(one.enabled for one in properties.of(clip).outputs)
        every = column.row(align=True)
        every.enabled = count > 0
        text = phrase("Export {count} Enabled", count=count) if count else phrase("None Is Enabled")
        button: Any = every.operator("mattewright.export", text=text, translate=False, icon="EXPORT")
        button.output = ""
    row = column.row(align=True)
    if item is not None:
        button = row.operator("mattewright.export", text="Export This One" if several else "Export", icon="NONE" if several else "EXPORT")
        button.output = item.name
    button = row.operator("mattewright.export_verify", icon="CHECKMARK")
    button.output = "" if several else (item.name if item is not None else "")
    _draw_verified(layout, clip)


def _draw_verified(layout: bpy.types.UILayout, clip: bpy.types.MovieClip) -> None:
    """What the last look at the files found wrong."""
    job = session.job
    done = job.result if job is not None and job.clip == clip.name else None
    if not isinstance(done, ExportDone):
        return
    for line in done.wrong[:MOST_WRONG]:
        tell(layout, line, "ERROR")
    if len(done.wrong) > MOST_WRONG:
        layout.label(text=phrase("and {count} more", count=len(done.wrong) - MOST_WRONG), translate=False, icon="BLANK1")


CLASSES = (
    MATTEWRIGHT_UL_outputs,
    MATTEWRIGHT_MT_output_add,
    MATTEWRIGHT_MT_output_format,
    MATTEWRIGHT_MT_output_specials,
    MATTEWRIGHT_PT_outputs,
)
