"""Go to the frames on which an object is prompted."""

import bpy

from ...engine.shot import MattewrightError
from .. import clips, properties
from .base import ObjectOperator, shown_shot


class PromptedOperator(ObjectOperator):
    bl_options = {"REGISTER", "UNDO_GROUPED"}
    bl_undo_group = "Frame Change"

    step: int

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        shot = shown_shot(context)
        item = properties.active_object(shot) if shot is not None else None
        return "The object is prompted on no frame yet" if item is not None and not len(item.prompts) else ""

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        scene, item = context.scene, self.chosen(clip)
        if scene is None:
            raise MattewrightError("no scene: nothing says what the current frame is")
        here = scene.frame_current
        beyond = [said.frame for said in item.prompts if (said.frame - here) * self.step > 0]
        if not beyond:
            return f"{item.name}: no prompted frame {'after' if self.step > 0 else 'before'} this one"
        clips.go_to(scene, min(beyond, key=lambda frame: abs(frame - here)))
        return ""


class MATTEWRIGHT_OT_next_prompted(PromptedOperator, bpy.types.Operator):
    bl_idname = "mattewright.next_prompted"
    bl_label = "Next Prompted Frame"
    bl_description = "Go to the next frame on which the active object is prompted"

    step = 1


class MATTEWRIGHT_OT_previous_prompted(PromptedOperator, bpy.types.Operator):
    bl_idname = "mattewright.previous_prompted"
    bl_label = "Previous Prompted Frame"
    bl_description = "Go to the previous frame on which the active object is prompted"

    step = -1


CLASSES = (MATTEWRIGHT_OT_next_prompted, MATTEWRIGHT_OT_previous_prompted)
