"""What becomes of classes: objects, prompts for the tracker, garbage mattes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from .. import classes, document, properties
from ..naming import free_name
from ..translations import phrase
from .base import NO_OBJECT, ClipOperator, ObjectOperator, shown_shot
from .networks import why_not as why_no_network


class ClassOperator(ClipOperator):
    """Works with classes of the clip's network."""

    classes: StringProperty(
        name="Classes", description="Names, separated by commas; empty for those that are chosen in the list", options={"SKIP_SAVE"}
    )

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        shot = shown_shot(context)
        return "No class is listed yet: the engine tells which there are" if shot is not None and not len(shot.classes.known) else ""

    def names(self, clip: bpy.types.MovieClip) -> tuple[str, ...]:
        """The classes that are meant. Raises MattewrightError for none, and for one that there isn't."""
        return classes.named(clip, [name for said in self.classes.split(",") if (name := said.strip())])


class MATTEWRIGHT_OT_class_object_add(ClassOperator, bpy.types.Operator):
    bl_idname = "mattewright.class_object_add"
    bl_label = "Add as Object"
    bl_description = "Add an object that is made of the chosen classes: it needs no prompts, and Classify makes its masks"
    bl_options = {"REGISTER", "UNDO"}

    name: StringProperty(name="Name", description="The new object's name; empty for that of its classes", maxlen=63, options={"SKIP_SAVE"})

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        name = classes.add_object(clip, self.names(clip), self.name).name
        self.follow(clip)
        return phrase("'{object}' is added: Classify makes its masks", object=name)


class MATTEWRIGHT_OT_class_prompts(ClassOperator, bpy.types.Operator):
    bl_idname = "mattewright.class_prompts"
    bl_label = "Use as Prompts"
    bl_description = "Prompt an object with what the chosen classes cover on every so many frames; the tracker follows it from there"
    # Nothing to undo yet when it returns: the step of undo is pushed as the engine has answered.

    object: StringProperty(
        name="Object",
        description="The object that is prompted, which may be new; empty for a new one after the classes",
        maxlen=63,
        options={"SKIP_SAVE"},
    )
    every: IntProperty(
        name="Every",
        description="Prompt on every so many frames, from the first; 0 for what the panel says",
        default=0,
        min=0,
        max=10000,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        return why_no_network(context, "classes") or super().why_not(context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """From a button: ask which object is meant, the active one if nothing is said of it yet, and on which frames."""
        shot = shown_shot(context)
        if shot is not None:
            item = properties.active_object(shot)
            is_bare = item is not None and not properties.is_of_classes(item) and not len(item.prompts)
            self.object = self.object or (
                str(item.name) if item is not None and is_bare else _free(shot, properties.chosen_classes(shot.classes))
            )
            self.every = self.every or shot.classes.every
        manager: Any = context.window_manager
        return manager.invoke_props_dialog(self, confirm_text=self.bl_label)

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        if layout is not None:
            layout.use_property_split = True
            layout.prop(self, "object")
            layout.prop(self, "every")

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        shot, names = properties.of(clip), self.names(clip)
        name = self.object or _free(shot, names)
        return classes.prompt(clip, name, names, document.shot_of(clip).range, self.every or shot.classes.every)


class MATTEWRIGHT_OT_class_garbage_matte(ClassOperator, ObjectOperator, bpy.types.Operator):
    bl_idname = "mattewright.class_garbage_matte"
    bl_label = "Use as Garbage Matte"
    bl_description = "Add a step to the active object's refine chain that keeps what lies inside, or outside, the chosen classes"
    bl_options = {"REGISTER", "UNDO"}

    keep: EnumProperty(
        name="Keep",
        description="Which side of the classes stays",
        items=(("inside", "Inside", "What lies inside stays", 0), ("outside", "Outside", "What lies outside stays", 1)),
        default="inside",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        shot = shown_shot(context)
        return NO_OBJECT if shot is not None and not len(shot.objects) else super().why_not(context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """From a button: ask which side stays."""
        manager: Any = context.window_manager
        return manager.invoke_props_dialog(self, confirm_text=self.bl_label)

    def draw(self, context: bpy.types.Context) -> None:
        if self.layout is not None:
            self.layout.prop(self, "keep", expand=True)

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        source = classes.garbage_matte(clip, self.chosen(clip), self.names(clip), keep=self.keep)
        self.follow(clip)
        return phrase("The step takes the mask of '{object}', which Classify makes", object=source)


class MATTEWRIGHT_OT_object_untie(ObjectOperator, bpy.types.Operator):
    bl_idname = "mattewright.object_untie"
    bl_label = "Track Instead"
    bl_description = "Make the object one that is tracked from its prompts, and no longer made of classes; its files stay until then"
    bl_options = {"REGISTER", "UNDO"}

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        self.chosen(clip).classes.clear()
        return ""


def _free(shot: properties.ShotProperties, names: Sequence[str]) -> str:
    """A free name for an object after these classes."""
    return free_name((item.name for item in shot.objects), " + ".join(names)[:63])


CLASSES = (
    MATTEWRIGHT_OT_class_object_add,
    MATTEWRIGHT_OT_class_prompts,
    MATTEWRIGHT_OT_class_garbage_matte,
    MATTEWRIGHT_OT_object_untie,
)
