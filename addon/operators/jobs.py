"""Ask the engine: with a window it works while Blender goes on, in background the operator returns when all is done."""

from typing import Any, Literal

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from ...engine.shot import FrameRange, MattewrightError
from ...engine.shot.messages import StageName
from .. import clips, document, jobs, properties
from ..link import Job, session
from ..translations import phrase
from .base import NO_OBJECT, ClipOperator, shown_shot, why_no_place

OF_CLASSES = "Passed over, as Classify makes them: {objects}"


def why_busy() -> str:
    """Why the engine can't be asked for a job now; empty if it can."""
    return "" if session.running is None else phrase("'{job}' is still running: wait for it, or stop it", job=session.running.method)


class JobOperator(ClipOperator):
    method: StageName

    object: StringProperty(name="Object", description="The object's name; empty for all objects", options={"SKIP_SAVE"})
    first: IntProperty(name="First", description="First scene frame; -1 for the shot's", default=-1, min=-1, options={"SKIP_SAVE"})
    last: IntProperty(name="Last", description="Last scene frame; -1 for the shot's", default=-1, min=-1, options={"SKIP_SAVE"})

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        return why_busy()

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        objects = (self.object,) if self.object else ()
        frames = self.frames(clip)
        if bpy.app.background:
            return jobs.summary(self.method, jobs.run(self.method, clip, objects, frames))
        jobs.start(self.method, clip, objects, frames)
        return _told_without(self, clip, self.method) if not objects else ""

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

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        return why_no_job(context)


Span = Literal["BACK_ONE", "TO_START", "BOTH", "PLAYED", "TO_END", "FORWARD_ONE", "HERE"]


class MATTEWRIGHT_OT_track_span(ClipOperator, bpy.types.Operator):
    bl_idname = "mattewright.track_span"
    bl_label = "Track from Here"
    bl_description = "Follow the prompted objects from the current frame on"

    span: EnumProperty(
        name="Frames",
        description="Which frames, seen from the current one",
        items=(
            ("BACK_ONE", "One Frame Back", "Make the frame before the current one, and go there", 0),
            ("TO_START", "To the Start", "All frames up to the current one", 1),
            ("BOTH", "Both Ways", "All frames of the shot", 2),
            ("PLAYED", "Scene Range", "The frames that the scene plays", 3),
            ("TO_END", "To the End", "All frames from the current one on", 4),
            ("FORWARD_ONE", "One Frame Forward", "Make the frame after the current one, and go there", 5),
        ),
        default="BOTH",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        text = {
            "BACK_ONE": "Track one frame back, and go there",
            "TO_START": "Track the shot up to the current frame",
            "BOTH": "Track the whole shot, both ways from the prompted frames",
            "PLAYED": "Track the frames that the scene plays",
            "TO_END": "Track the shot from the current frame on",
            "FORWARD_ONE": "Track one frame forward, and go there",
        }[properties.span]
        return phrase(text)

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        shot = shown_shot(context)
        if session.running is None and shot is not None and len(shot.objects):
            tracked = [item for item in shot.objects if not properties.is_of_classes(item)]
            if not tracked:
                return "All objects are made of classes, which are not tracked: Classify makes their masks"
            if not any(len(item.prompts) or len(item.tracks) for item in tracked):
                return "No object is prompted yet: say on a frame where it is"
        return why_no_job(context)

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        scene = scene_of(context)
        here = scene.frame_current
        frames = span_frames(self.span, here, document.shot_of(clip).range, played_by(scene))
        if bpy.app.background:
            told = jobs.summary("track", jobs.run("track", clip, (), frames))
            go(scene, here, self.span)
            return told
        name = scene.name_full
        span = self.span

        def done(job: Job) -> None:
            scene = next((scene for scene in bpy.data.scenes if scene.name_full == name), None)
            if scene is not None and job.error is None and scene.frame_current == here:  # unless the user has gone elsewhere meanwhile
                go(scene, here, span)

        jobs.start("track", clip, (), frames).on_done.append(done)
        return _told_without(self, clip, "track")


def _told_without(operator: bpy.types.Operator, clip: bpy.types.MovieClip, method: StageName) -> str:
    """Warn of the objects that the job passes over; what to tell of those that another one makes."""
    lacking = jobs.left_out(clip, method)
    if lacking:
        operator.report({"WARNING"}, f"without {'; '.join(lacking)}")
    others = jobs.passed_over(clip) if method == "track" else []
    return phrase(OF_CLASSES, objects=", ".join(others)) if others else ""


def go(scene: bpy.types.Scene, here: int, span: Span) -> None:
    """After one frame was tracked, Blender's own tracker is on it too."""
    step = {"BACK_ONE": -1, "FORWARD_ONE": 1}.get(span, 0)
    if step:
        clips.go_to(scene, here + step)


def scene_of(context: bpy.types.Context) -> bpy.types.Scene:
    """Raises MattewrightError where there is none."""
    if context.scene is None:
        raise MattewrightError("no scene: nothing says what the current frame is")
    return context.scene


def played_by(scene: bpy.types.Scene) -> FrameRange:
    """The frames that the scene plays."""
    if scene.use_preview_range:
        return FrameRange(scene.frame_preview_start, scene.frame_preview_end)
    return FrameRange(scene.frame_start, scene.frame_end)


def span_frames(span: Span, here: int, whole: FrameRange, played: FrameRange) -> FrameRange:
    """The frames of `span` at the current frame `here` in the shot's range. Raises MattewrightError where there are none."""
    first, last = {
        "BACK_ONE": (here - 1, here - 1),
        "TO_START": (whole.first, min(here, whole.last)),
        "BOTH": (whole.first, whole.last),
        "PLAYED": (max(played.first, whole.first), min(played.last, whole.last)),
        "TO_END": (max(here, whole.first), whole.last),
        "FORWARD_ONE": (here + 1, here + 1),
        "HERE": (here, here),
    }[span]
    if first > last or first not in whole or last not in whole:
        raise MattewrightError(f"no frame to work on there: the shot is frames {whole.first} to {whole.last}")
    return FrameRange(first, last)


def why_no_job(context: bpy.types.Context) -> str:
    """Why no job can be done in the context's editor; empty where one can, or where no editor says which clip is meant."""
    reason, shot = why_busy(), shown_shot(context)
    if reason or shot is None:
        return reason
    return why_no_place(shot) if len(shot.objects) else NO_OBJECT


CLASSES = (MATTEWRIGHT_OT_track, MATTEWRIGHT_OT_track_span, MATTEWRIGHT_OT_refine)
