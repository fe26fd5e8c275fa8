"""The hands that prompt: one in a window, over any of its Movie Clip Editors. Holds no datablocks, for an undo makes them all anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import bpy

from ..ui.placement import Placement
from .gestures import Action, Gestures


@dataclass(frozen=True)
class Waiting:
    """What a hand has meant, on scene frame `frame` of the clip with that full name."""

    action: Action
    clip: str
    frame: int
    place: Placement
    """Where the clip was in the region then."""

    def found(self) -> bpy.types.MovieClip | None:
        """The clip, if it is still there."""
        return next((clip for clip in bpy.data.movieclips if clip.name_full == self.clip), None)


@dataclass
class Hand:
    """One running tool."""

    gestures: Gestures = field(default_factory=Gestures)
    area: int = 0
    """The pointer of the editor that it is over, or began to draw in."""
    waiting: list[Waiting] = field(default_factory=list)
    """What is not done yet, for what was tracked, which it mends, is on its way."""
    hover: Waiting | None = None
    """The same of what a click would select."""
    timer: Any = None
    ends: bool = False
    """It was asked to leave."""
    status: str = ""
    """What the status bar says."""


hands: dict[int, Hand] = {}
"""By the window's pointer."""


def scale() -> float:
    """Blender's resolution scale."""
    preferences = bpy.context.preferences
    return float(preferences.system.ui_scale) if preferences else 1.0


def refusal(space: bpy.types.SpaceClipEditor) -> str:
    """Why the editor's clip can't be prompted; empty where it can."""
    tracking: Any = space.clip.tracking if space.clip else None
    if tracking and space.show_stable and tracking.stabilization.use_2d_stabilization:
        return "turn off Display > Stabilization to prompt: prompts belong to the picture as it was filmed"
    if space.clip_user.use_render_undistorted:
        return "turn off Display > Render Undistorted to prompt: prompts belong to the picture as it was filmed"
    return ""
