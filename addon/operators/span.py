"""Work on the current frame, on the frames that the scene plays, or on all."""

from __future__ import annotations

from typing import Literal

import bpy
from bpy.props import EnumProperty

from ...engine.shot import FrameRange
from .. import document
from .base import ClipOperator
from .jobs import played_by, scene_of, span_frames


class SpanOperator(ClipOperator):
    span: EnumProperty(
        name="Frames",
        description="Which frames",
        items=(
            ("HERE", "This Frame", "The current frame alone", 0),
            ("PLAYED", "Scene Range", "The frames that the scene plays", 1),
            ("BOTH", "All Frames", "All frames of the shot", 2),
        ),
        default="BOTH",
        options={"SKIP_SAVE"},
    )

    def frames(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> FrameRange:
        """The frames that are meant. Raises MattewrightError where there are none."""
        span: Literal["HERE", "PLAYED", "BOTH"] = self.span
        scene = scene_of(context)
        return span_frames(span, scene.frame_current, document.shot_of(clip).range, played_by(scene))
