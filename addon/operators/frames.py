"""Go to the frames that most need eyes."""

import bpy

from ...engine.shot import MattewrightError
from .. import clips, frames
from .base import ObjectOperator


class DoubtfulOperator(ObjectOperator):
    bl_options = {"REGISTER", "UNDO_GROUPED"}
    bl_undo_group = "Frame Change"

    step: int

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        space = context.space_data
        return not isinstance(space, bpy.types.SpaceClipEditor) or space.mode != "MASK"  # there the key is Blender's own

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        scene, item = context.scene, self.chosen(clip)
        if scene is None:
            raise MattewrightError("no scene: nothing says what the current frame is")
        if bpy.app.background:
            frames.fetch(clip)
        if frames.of_object(clip, item.name) is None:
            problem = frames.states.problem(clip.name_full)
            raise MattewrightError(problem or f"object '{item.name}': nothing is known of its frames yet: track first")
        found = frames.doubtful_near(clip, item.name, scene.frame_current, self.step)
        if found is None:
            return f"{item.name}: no doubtful frame {'after' if self.step > 0 else 'before'} this one"
        clips.go_to(scene, found.frame)
        return f"{item.name}, frame {found.frame}: {found.reason}"


class MATTEWRIGHT_OT_next_doubtful(DoubtfulOperator, bpy.types.Operator):
    bl_idname = "mattewright.next_doubtful"
    bl_label = "Next Doubtful Frame"
    bl_description = "Go to the active object's next frame that needs eyes, and say why"

    step = 1


class MATTEWRIGHT_OT_previous_doubtful(DoubtfulOperator, bpy.types.Operator):
    bl_idname = "mattewright.previous_doubtful"
    bl_label = "Previous Doubtful Frame"
    bl_description = "Go to the active object's previous frame that needs eyes, and say why"

    step = -1


CLASSES = (MATTEWRIGHT_OT_next_doubtful, MATTEWRIGHT_OT_previous_doubtful)
