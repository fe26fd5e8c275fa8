"""Stop what runs, and mend an engine that doesn't."""

from typing import Any

import bpy
from bpy.props import StringProperty

from ...engine.shot import MattewrightError
from .. import playback, properties
from ..link import session
from .base import ClipOperator, ExplainedOperator


class MATTEWRIGHT_OT_cancel(ExplainedOperator, bpy.types.Operator):
    bl_idname = "mattewright.cancel"
    bl_label = "Stop"
    bl_description = "Stop the running job, and keep the frames that are done; once more: stop the engine at once"

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        return "Nothing is running" if session.running is None else ""

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        playing = context.screen is not None and context.screen.is_animation_playing
        if event.type == "ESC" and (playing or playback.has_just_stopped()):
            return {"PASS_THROUGH"}  # that Esc is for the playback
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> Any:
        if session.running and session.running.cancelling:
            session.halt()
        else:
            session.cancel()
        return {"FINISHED"}


class MATTEWRIGHT_OT_engine_restart(bpy.types.Operator):
    bl_idname = "mattewright.engine_restart"
    bl_label = "Restart Engine"
    bl_description = "End the engine, by force if it hangs, and start another; prompts and finished masks stay as they are"

    def execute(self, context: bpy.types.Context) -> Any:
        try:
            session.restart()
        except MattewrightError as error:
            self.report({"ERROR"}, " ".join(str(error).split()))
            return {"CANCELLED"}
        return {"FINISHED"}


class MATTEWRIGHT_OT_take_less(ClipOperator, bpy.types.Operator):
    bl_idname = "mattewright.take_less"
    bl_label = "Use Less Memory"
    bl_description = "Set the smaller working size or model; frames that were tracked with another are tracked anew by the next Track"
    bl_options = {"REGISTER", "UNDO"}

    size: StringProperty(name="Size", description="The working size; empty to leave it", options={"SKIP_SAVE"})
    model: StringProperty(name="Model", description="The model; empty to leave it", options={"SKIP_SAVE"})

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        shot = properties.of(clip)
        if self.size:
            try:
                shot.size = self.size
            except TypeError:
                raise MattewrightError(f"size '{self.size}': there is no such working size") from None
        if self.model:
            shot.model = self.model
        session.dismiss()
        return ""


class MATTEWRIGHT_OT_trouble_dismiss(bpy.types.Operator):
    bl_idname = "mattewright.trouble_dismiss"
    bl_label = "Try Again"
    bl_description = "Forget what went wrong"

    def execute(self, context: bpy.types.Context) -> Any:
        session.dismiss()
        return {"FINISHED"}


CLASSES = (MATTEWRIGHT_OT_cancel, MATTEWRIGHT_OT_engine_restart, MATTEWRIGHT_OT_take_less, MATTEWRIGHT_OT_trouble_dismiss)
