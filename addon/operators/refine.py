"""The steps of an object's refine chain: add, remove, move, and hand over to the compositor."""

from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ...engine.shot import MattewrightError, catalogue
from .. import animation, compositor, jobs, properties, store
from ..link import find_python
from .base import ObjectOperator


class StepOperator(ObjectOperator):
    """Works on one step of an object's chain."""

    index: IntProperty(
        name="Step", description="Its place in the chain, from 0; -1 for the last", default=-1, min=-1, options={"SKIP_SAVE"}
    )

    def place(self, item: properties.MatteObject) -> int:
        """The step's place. Raises MattewrightError if there is none such."""
        count = len(item.refine)
        place = self.index if self.index >= 0 else count - 1
        if not 0 <= place < count:
            steps = f"has {count} steps, 0 to {count - 1}" if count else "has no steps"
            raise MattewrightError(f"step {self.index}: the chain of '{item.name}' {steps}")
        return int(place)


class MATTEWRIGHT_OT_refine_add(ObjectOperator, bpy.types.Operator):
    bl_idname = "mattewright.refine_add"
    bl_label = "Add Step"
    bl_description = "Append an op to the object's refine chain"
    bl_options = {"REGISTER", "UNDO"}

    op: StringProperty(name="Op", description="The op's name", options={"SKIP_SAVE"})
    bare: BoolProperty(
        name="Bare",
        description="Begin an empty chain with this op, which then gets the model's probabilities, instead of with a threshold",
        default=False,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        declaration = catalogue().get(properties.op)
        return declaration.description if declaration else cls.bl_description

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        if self.op not in catalogue():
            raise MattewrightError(f"op '{self.op}': there is none such; there are {', '.join(catalogue())}")
        item = self.chosen(clip)
        if not self.bare and self.op != properties.FIRST_OP:
            properties.begin_chain(item)  # without it, the op would get shades of grey
        was_live = any(step.enabled and step.live for step in item.refine)
        properties.add_refine(item, self.op)
        steps = list(item.refine)
        if not was_live:
            return ""
        reason = properties.make_live(steps, len(steps) - 1)
        properties.settle_live(steps)
        self.follow(clip)
        return f"the steps before it are baked again: {reason}" if reason else ""


class MATTEWRIGHT_OT_refine_remove(StepOperator, bpy.types.Operator):
    bl_idname = "mattewright.refine_remove"
    bl_label = "Remove Step"
    bl_description = "Remove the step from the object's refine chain, with its keyframes"
    bl_options = {"REGISTER", "UNDO"}

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        item = self.chosen(clip)
        place = self.place(item)
        animation.renumber_steps(clip, number_of(clip, item), lambda step: None if step == place else step - (step > place))
        item.refine.remove(place)
        self.follow(clip)
        return ""


class MATTEWRIGHT_OT_refine_move(StepOperator, bpy.types.Operator):
    bl_idname = "mattewright.refine_move"
    bl_label = "Move Step"
    bl_description = "Move the step up or down in the object's refine chain"
    bl_options = {"REGISTER", "UNDO"}

    direction: EnumProperty(
        name="Direction",
        description="Where to in the chain",
        items=(("UP", "Up", "Earlier"), ("DOWN", "Down", "Later")),
        default="UP",
        options={"SKIP_SAVE"},
    )

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        item = self.chosen(clip)
        place = self.place(item)
        there = place + (-1 if self.direction == "UP" else 1)
        if not 0 <= there < len(item.refine):
            raise MattewrightError(f"step {place}: it is the {'first' if self.direction == 'UP' else 'last'} one")
        swapped = {place: there, there: place}
        animation.renumber_steps(clip, number_of(clip, item), lambda step: swapped.get(step, step))
        item.refine.move(place, there)
        properties.settle_live(list(item.refine))
        self.follow(clip)
        return ""


class MATTEWRIGHT_OT_refine_clear(ObjectOperator, bpy.types.Operator):
    bl_idname = "mattewright.refine_clear"
    bl_label = "Clear Chain"
    bl_description = "Remove all steps of the object's refine chain: its mask is then where the model thinks it likelier than not"
    bl_options = {"REGISTER", "UNDO"}

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        item = self.chosen(clip)
        animation.renumber_steps(clip, number_of(clip, item), lambda step: None)
        item.refine.clear()
        self.follow(clip)
        return ""


class MATTEWRIGHT_OT_refine_live(StepOperator, bpy.types.Operator):
    bl_idname = "mattewright.refine_live"
    bl_label = "In the Compositor"
    bl_description = "Let nodes of the clip's node group do this step and those after it, to be tuned there; or bake it into the mask files"
    bl_options = {"REGISTER", "UNDO"}

    live: BoolProperty(name="Live", description="Whether nodes do it", default=True, options={"SKIP_SAVE"})

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        item = self.chosen(clip)
        steps = list(item.refine)
        place = self.place(item)
        if len(item.locked):
            raise MattewrightError(
                f"object '{item.name}': its locked frames' files were made with the chain as it is: unlock them first, or leave the step"
            )
        if self.live:
            reason = properties.make_live(steps, place)
            if reason:
                raise MattewrightError(reason)
        else:
            steps[place].live = False
        self._hand_over(clip, item)
        return ""

    def _hand_over(self, clip: bpy.types.MovieClip, item: properties.MatteObject) -> None:
        """Have the nodes do what the mask files no longer have in them, and the other way round; files that are there are made anew.

        Where they can't be made now, the nodes stay as they are, and why is said: they would do a step twice, or nobody would do it.
        """
        if compositor.group_of(clip) is None:
            return
        try:
            if any(store.layout(clip).files(item.name, "mask")):
                find_python()  # raises where there is no engine
                (jobs.run if bpy.app.background else jobs.start)("refine", clip, (item.name,))
        except MattewrightError as error:
            self.report({"WARNING"}, f"the nodes follow when the masks of '{item.name}' are refined, which can't be now: {error}")
            return
        self.follow(clip)


def number_of(clip: bpy.types.MovieClip, item: properties.MatteObject) -> int:
    """The object's place among the clip's."""
    return list(properties.of(clip).objects).index(item)


CLASSES = (
    MATTEWRIGHT_OT_refine_add,
    MATTEWRIGHT_OT_refine_remove,
    MATTEWRIGHT_OT_refine_move,
    MATTEWRIGHT_OT_refine_clear,
    MATTEWRIGHT_OT_refine_live,
)
