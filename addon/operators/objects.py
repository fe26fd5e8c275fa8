"""Add and remove objects."""

import bpy
from bpy.props import FloatVectorProperty, StringProperty

from ...engine.shot.document import LAST_FRAME
from .. import animation, preferences, properties
from .base import ClipOperator, ObjectOperator, shown_shot


class MATTEWRIGHT_OT_object_add(ClipOperator, bpy.types.Operator):
    bl_idname = "mattewright.object_add"
    bl_label = "Add Object"
    bl_description = "Add an object to be matted to the clip, and make it the active one"
    bl_options = {"REGISTER", "UNDO"}

    name: StringProperty(name="Name", description="The new object's name; empty for the next free one", maxlen=63, options={"SKIP_SAVE"})
    color: FloatVectorProperty(name="Color", description="Of the overlay", subtype="COLOR", size=3, min=0.0, max=1.0, options={"SKIP_SAVE"})

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        shot = properties.of(clip)
        taken = {known.name for known in shot.objects}
        free = next(name for number in range(len(taken) + 1) if (name := f"Object {number + 1}") not in taken)
        if not shot.objects and not shot.is_property_set("model") and preferences.model():
            shot.model = preferences.model()
        made = properties.add_object(shot, self.name or free)
        if self.properties.is_property_set("color"):
            made.color = self.color
        return ""


class MATTEWRIGHT_OT_object_remove(ObjectOperator, bpy.types.Operator):
    bl_idname = "mattewright.object_remove"
    bl_label = "Remove Object"
    bl_description = "Remove the object, with its socket and its prompts; its files in the store stay"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        shot = shown_shot(context)
        return "" if shot is None or len(shot.objects) else "There is no object"

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        shot = properties.of(clip)
        name = self.chosen(clip).name
        switched_off = []
        for item in shot.objects:
            for number, step in enumerate(item.refine, 1):
                if step.enabled and any(value.kind == "OBJECT" and value.reference == name for value in step.values):
                    step.enabled = False
                    switched_off.append(f"step {number} of '{item.name}'")
        place = next(index for index, known in enumerate(shot.objects) if known.name == name)
        animation.renumber_objects(clip, lambda number: None if number == place else number - (number > place))
        shot.objects.remove(place)
        shot.active_index = max(0, min(shot.active_index, len(shot.objects) - 1))
        self.follow(clip)
        return f"switched off, as they asked for '{name}': {', '.join(switched_off)}" if switched_off else ""


class MATTEWRIGHT_OT_object_lock(ObjectOperator, bpy.types.Operator):
    bl_idname = "mattewright.object_lock"
    bl_label = "Lock Object"
    bl_description = "Lock the object's masks on all frames, so that no job changes those that there are; again: unlock them"
    bl_options = {"REGISTER", "UNDO"}

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        item = self.chosen(clip)
        if properties.is_wholly_locked(item):
            for index in reversed(range(len(item.locked))):
                if properties.covers_all(item.locked[index]):
                    item.locked.remove(index)
        else:
            made = item.locked.add()
            made.first, made.last = 0, LAST_FRAME
        return ""


CLASSES = (MATTEWRIGHT_OT_object_add, MATTEWRIGHT_OT_object_remove, MATTEWRIGHT_OT_object_lock)
