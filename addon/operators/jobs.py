"""Ask the engine: with a window it works while Blender goes on, in background the operator returns when all is done."""

from typing import Any

import bpy
from bpy.props import IntProperty, StringProperty

from ...engine.shot import FrameRange
from ...engine.shot.messages import StageName
from .. import document, jobs
from ..link import session
from .base import ClipOperator


class JobOperator(ClipOperator):
    method: StageName

    object: StringProperty(name="Object", description="The object's name; empty for all objects", options={"SKIP_SAVE"})
    first: IntProperty(name="First", description="First scene frame; -1 for the shot's", default=-1, min=-1, options={"SKIP_SAVE"})
    last: IntProperty(name="Last", description="Last scene frame; -1 for the shot's", default=-1, min=-1, options={"SKIP_SAVE"})

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        objects = (self.object,) if self.object else ()
        frames = self.frames(clip)
        if bpy.app.background:
            return jobs.summary(self.method, jobs.run(self.method, clip, objects, frames))
        jobs.start(self.method, clip, objects, frames)
        return ""

    def frames(self, clip: bpy.types.MovieClip) -> FrameRange | None:
        if self.first < 0 and self.last < 0:
            return None
        whole = document.shot_of(clip).range
        return FrameRange(self.first if self.first >= 0 else whole.first, self.last if self.last >= 0 else whole.last)


class MATTEWRIGHT_OT_track(JobOperator, bpy.types.Operator):
    bl_idname = "mattewright.track"
    bl_label = "Track"
    bl_description = "Follow the prompted objects through the clip, and write their masks"

    method: StageName = "track"


class MATTEWRIGHT_OT_refine(JobOperator, bpy.types.Operator):
    bl_idname = "mattewright.refine"
    bl_label = "Refine"
    bl_description = "Make the masks anew from what was tracked, with the objects' refine chains"

    method: StageName = "refine"


class MATTEWRIGHT_OT_cancel(bpy.types.Operator):
    bl_idname = "mattewright.cancel"
    bl_label = "Cancel"
    bl_description = "Stop the running job after its frame, and keep what is done; once more: stop the engine at once"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return session.running is not None

    def execute(self, context: bpy.types.Context) -> Any:
        if session.running and session.running.cancelling:
            session.stop(patience=0.5)
        else:
            session.cancel()
        return {"FINISHED"}


CLASSES = (MATTEWRIGHT_OT_track, MATTEWRIGHT_OT_refine, MATTEWRIGHT_OT_cancel)
