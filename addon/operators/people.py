"""Find people: they become objects with prompts."""

from __future__ import annotations

from dataclasses import replace

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty

from ...engine.shot import FrameRange
from ...engine.shot.people import PeopleSettings
from .. import people, properties
from ..properties import LOOKS
from .base import ClipOperator
from .jobs import scene_of
from .networks import why_not


class MATTEWRIGHT_OT_people_detect(ClipOperator, bpy.types.Operator):
    bl_idname = "mattewright.people_detect"
    bl_label = "Detect People"
    bl_description = "Find people, and add an object with prompts for each, or one for all; objects that there are stay as they are"
    # Nothing to undo yet when it returns: the step of undo is pushed as the engine has answered.

    frames: EnumProperty(
        name="Frames",
        description="The frames on which people are looked for",
        items=(
            ("PANEL", "As in the Panel", "What is set for the clip", 0),
            ("HERE", "This Frame", "On the current frame: who comes in later is not found", 1),
            ("EVERY", "Every N-th", "On every so many frames: people who come in later are found too", 2),
            ("ALL", "All Frames", "On each frame, which takes longest", 3),
        ),
        default="PANEL",
        options={"SKIP_SAVE"},
    )
    every: IntProperty(
        name="Every", description="Frames from one look to the next; 0 for what the panel says", min=0, max=10000, options={"SKIP_SAVE"}
    )
    together: BoolProperty(name="Together", description="Make one object of all people", options={"SKIP_SAVE"})
    over_classes: BoolProperty(
        name="Also within Classes", description="Also add people whom an object made of classes covers already", options={"SKIP_SAVE"}
    )
    score: FloatProperty(
        name="Least Score",
        description="How sure the detector must be of a person; -1 for what the panel says",
        default=-1.0,
        min=-1.0,
        max=1.0,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        return why_not(context, "people")

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        settings = self.settings(clip)
        here = scene_of(context).frame_current
        frames = FrameRange(here, here) if settings.look == "first" else None
        if bpy.app.background:
            return people.run(clip, settings, frames)
        people.start(clip, settings, frames)
        return ""

    def settings(self, clip: bpy.types.MovieClip) -> PeopleSettings:
        """What is set for the clip, but for what is said here."""
        found = properties.people_of(properties.of(clip).people)
        if self.frames != "PANEL":
            found = replace(found, look=LOOKS[self.frames])
        if self.every:
            found = replace(found, every=self.every)
        if self.properties.is_property_set("together"):
            found = replace(found, together=self.together)
        if self.properties.is_property_set("over_classes"):
            found = replace(found, over_classes=self.over_classes)
        if self.score >= 0:
            found = replace(found, least_score=round(self.score, 6))
        return found


CLASSES = (MATTEWRIGHT_OT_people_detect,)
