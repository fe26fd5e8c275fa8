"""Make mattes: soft alpha of an object's masks, on the current frame, those that the scene plays, or all."""

from typing import Any

import bpy

from ...engine.shot.messages import StageName
from .. import clips, frames, jobs, properties
from ..translations import phrase
from .base import ObjectOperator
from .jobs import JobOperator, why_no_job
from .span import SpanOperator

UNTRACKED = "'{object}' is not tracked yet: track it first"


class MATTEWRIGHT_OT_matte(JobOperator, bpy.types.Operator):
    bl_idname = "mattewright.matte"
    bl_label = "Matte"
    bl_description = "Make the alpha, and the foreground where it is asked for, of the objects whose matte is switched on"

    method: StageName = "matte"


class MATTEWRIGHT_OT_run(JobOperator, bpy.types.Operator):
    bl_idname = "mattewright.run"
    bl_label = "Make All Anew"
    bl_description = "Make all that is stale: track, classify, refine, and make the mattes that are switched on"

    method: StageName = "run"

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        return why_no_job(context)


class MATTEWRIGHT_OT_matte_span(SpanOperator, ObjectOperator, bpy.types.Operator):
    bl_idname = "mattewright.matte_span"
    bl_label = "Matte Object"
    bl_description = "Make the active object's alpha, and its foreground where that is asked for"

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        text = {
            "HERE": "Make the active object's matte on the current frame",
            "PLAYED": "Make the active object's matte on the frames that the scene plays",
            "BOTH": "Make the active object's matte on all frames of the shot that are tracked",
        }[properties.span]
        return phrase(text)

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        reason, clip = why_no_job(context), clips.shown(context)
        if reason or clip is None:
            return reason
        item = properties.active_object(properties.of(clip))
        found = frames.of_object(clip, item.name) if item is not None else None
        if item is None or found is None:
            return ""
        return found.lacking if found.masked else phrase(UNTRACKED, object=item.name)

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        name = (self.chosen(clip).name,)
        found = self.frames(context, clip)
        if bpy.app.background:
            return jobs.summary("matte", jobs.run("matte", clip, name, found))
        jobs.start("matte", clip, name, found)
        return ""


CLASSES = (MATTEWRIGHT_OT_matte, MATTEWRIGHT_OT_run, MATTEWRIGHT_OT_matte_span)
