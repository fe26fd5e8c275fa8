"""A clip's outputs: add, remove and change them, export them, and look whether their files are as they were written."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ...engine.shot import MattewrightError, formats
from ...engine.shot.outputs import usual_folder
from .. import exporting, jobs, other_outputs, outputs, properties
from ..naming import free_name
from .base import ClipOperator, shown_shot, why_no_place
from .jobs import why_busy

NO_OUTPUT = "There is no output yet: add one"


class OutputOperator(ClipOperator):
    """Works on one output: that called `output`, or the active one."""

    output: StringProperty(name="Output", description="The output's name; empty for the active one", options={"SKIP_SAVE"})

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        shot = shown_shot(context)
        return "" if shot is None or len(shot.outputs) else NO_OUTPUT

    def place(self, clip: bpy.types.MovieClip) -> int:
        """Where the output is among the clip's. Raises MattewrightError where there is none such."""
        shot = properties.of(clip)
        if self.output:
            return outputs.chosen(clip, (self.output,))[0]
        if properties.active_output(shot) is None:
            raise MattewrightError(f"clip '{clip.name}': no output yet: add one")
        return int(shot.active_output)


class MATTEWRIGHT_OT_output_add(ClipOperator, bpy.types.Operator):
    bl_idname = "mattewright.output_add"
    bl_label = "Add Output"
    bl_description = "Add an output in this format"
    bl_options = {"REGISTER", "UNDO"}

    format: StringProperty(name="Format", description="The format's name", options={"SKIP_SAVE"})
    name: StringProperty(name="Name", description="What it is called; empty for the format's name", options={"SKIP_SAVE"})

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        declaration = formats().get(properties.format)
        return f"{declaration.description}.\n{declaration.convention}" if declaration else cls.bl_description

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        check_format(self.format)
        shot = properties.of(clip)
        name = free_name((item.name for item in shot.outputs), self.name or formats()[self.format].label)
        made = shot.outputs.add()
        made.name, made.format = name, self.format
        made.folder = usual_folder(self.format, name, made.folder)
        whole = outputs.shot_range(clip)
        made.first, made.last = whole.first, whole.last
        shot.active_output = len(shot.outputs) - 1
        clip.use_fake_user = True  # a clip that nothing uses is not saved
        return ""


class MATTEWRIGHT_OT_outputs_take_over(ClipOperator, bpy.types.Operator):
    bl_idname = "mattewright.outputs_take_over"
    bl_label = "Take Over Outputs"
    bl_description = (
        "Put the outputs that were added by the command line into this list, which says from then on how they are set; their files stay"
    )
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        shot = shown_shot(context)
        return "" if shot is None else why_no_place(shot)

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        if not other_outputs.take_over(clip):
            raise MattewrightError(f"clip '{clip.name}': its shot has no outputs of the command line")
        return ""


class MATTEWRIGHT_OT_output_remove(OutputOperator, bpy.types.Operator):
    bl_idname = "mattewright.output_remove"
    bl_label = "Remove Output"
    bl_description = "Remove the output from the list; its files stay"
    bl_options = {"REGISTER", "UNDO"}

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        shot = properties.of(clip)
        place, active = self.place(clip), int(shot.active_output)
        shot.outputs.remove(place)
        shot.active_output = max(0, min(active - (place < active), len(shot.outputs) - 1))
        return ""


class MATTEWRIGHT_OT_output_duplicate(OutputOperator, bpy.types.Operator):
    bl_idname = "mattewright.output_duplicate"
    bl_label = "Duplicate Output"
    bl_description = "Add another output that is set as this one"
    bl_options = {"REGISTER", "UNDO"}

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        shot = properties.of(clip)
        place = self.place(clip)
        name = free_name((item.name for item in shot.outputs), shot.outputs[place].name)
        shot.outputs.add()
        properties.copy_output(shot.outputs[place], shot.outputs[len(shot.outputs) - 1])
        shot.outputs[len(shot.outputs) - 1].name = name
        shot.outputs.move(len(shot.outputs) - 1, place + 1)
        shot.active_output = place + 1
        return ""


class MATTEWRIGHT_OT_output_move(OutputOperator, bpy.types.Operator):
    bl_idname = "mattewright.output_move"
    bl_label = "Move Output"
    bl_description = "Move the output up or down in the list: they are made in this order"
    bl_options = {"REGISTER", "UNDO"}

    direction: EnumProperty(
        name="Direction",
        description="Where to in the list",
        items=(("UP", "Up", "Earlier"), ("DOWN", "Down", "Later")),
        default="UP",
        options={"SKIP_SAVE"},
    )

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        shot = properties.of(clip)
        place = self.place(clip)
        there = min(max(place + (-1 if self.direction == "UP" else 1), 0), len(shot.outputs) - 1)
        shot.outputs.move(place, there)
        shot.active_output = there
        return ""


class MATTEWRIGHT_OT_output_format(OutputOperator, bpy.types.Operator):
    bl_idname = "mattewright.output_format"
    bl_label = "Format"
    bl_description = "Make the output in this format; options that it has too keep their values"
    bl_options = {"REGISTER", "UNDO"}

    format: StringProperty(name="Format", description="The format's name", options={"SKIP_SAVE"})

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        return MATTEWRIGHT_OT_output_add.description(context, properties)

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        check_format(self.format)
        item = properties.of(clip).outputs[self.place(clip)]
        item.format = self.format
        if not formats()[self.format].pattern:
            item.pattern = ""  # it names its files itself
        return ""


class MATTEWRIGHT_OT_output_object(OutputOperator, bpy.types.Operator):
    bl_idname = "mattewright.output_object"
    bl_label = "Object of the Output"
    bl_description = "Export this object too; again: leave it out"
    bl_options = {"REGISTER", "UNDO"}

    object: StringProperty(name="Object", description="The object's name", options={"SKIP_SAVE"})

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        item = properties.of(clip).outputs[self.place(clip)]
        found = [index for index, one in enumerate(item.objects) if one.name == self.object]
        for index in reversed(found):
            item.objects.remove(index)
        if not found:
            properties.choose_object(item, properties.of_name(properties.of(clip).objects, self.object))
            item.all_objects = False
        return ""


class ExportOperator(ClipOperator):
    output: StringProperty(name="Output", description="The output's name; empty for all that are enabled", options={"SKIP_SAVE"})

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        reason, shot = why_busy(), shown_shot(context)
        if reason or shot is None:
            return reason
        return why_no_place(shot) if len(shot.outputs) else NO_OUTPUT

    def wish(self) -> exporting.Wish:
        raise NotImplementedError

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        if not bpy.app.background:
            exporting.start(clip, self.wish())
            return ""
        done = exporting.run(clip, self.wish())
        if done.wrong:
            raise MattewrightError("; ".join(done.wrong))
        return jobs.summary("export", done)

    def names(self) -> tuple[str, ...]:
        return (self.output,) if self.output else ()


class MATTEWRIGHT_OT_export(ExportOperator, bpy.types.Operator):
    bl_idname = "mattewright.export"
    bl_label = "Export"
    bl_description = "Write what is stale or missing of the files of the enabled outputs, or of one; what is fresh stays as it is"

    incomplete: BoolProperty(
        name="What There Is",
        description="Leave out frames of which there is no mask or alpha, instead of refusing to export",
        default=False,
        options={"SKIP_SAVE"},
    )
    overwrite: BoolProperty(
        name="Replace Files",
        description="Replace files of the same names that Mattewright did not write, instead of refusing to export",
        default=False,
        options={"SKIP_SAVE"},
    )

    def wish(self) -> exporting.Wish:
        return exporting.Wish(self.names(), False, self.incomplete, self.overwrite)


class MATTEWRIGHT_OT_export_verify(ExportOperator, bpy.types.Operator):
    bl_idname = "mattewright.export_verify"
    bl_label = "Verify"
    bl_description = "Read exported files back: whether all are there, as they were written, readable, and made of what the shot is now"

    def wish(self) -> exporting.Wish:
        return exporting.Wish(self.names(), True)


def check_format(name: str) -> None:
    """Raises MattewrightError for a format that there isn't."""
    if name not in formats():
        raise MattewrightError(f"format '{name}': there is none such; there are {', '.join(formats())}")


CLASSES = (
    MATTEWRIGHT_OT_output_add,
    MATTEWRIGHT_OT_outputs_take_over,
    MATTEWRIGHT_OT_output_remove,
    MATTEWRIGHT_OT_output_duplicate,
    MATTEWRIGHT_OT_output_move,
    MATTEWRIGHT_OT_output_format,
    MATTEWRIGHT_OT_output_object,
    MATTEWRIGHT_OT_export,
    MATTEWRIGHT_OT_export_verify,
)
