"""What the user is just prompting, if so: then the mask that is shown is the model's answer to the prompts, not yet the tracked one.

Said by the tool; by names, for an undo makes all datablocks anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import bpy

from ...engine.shot import Point, Prompts
from .. import document, properties, store
from .wanted import Wanted, clicked


@dataclass
class Prompting:
    """Where the hand is. Nothing while `clip` is empty."""

    clip: str = ""
    """The clip's full name."""
    scene: str = ""
    hover: Point | None = None
    """What a click would add; in the picture's pixels."""


state = Prompting()


def stop() -> None:
    """Nobody prompts."""
    state.clip, state.scene, state.hover = "", "", None


def target() -> tuple[bpy.types.MovieClip, int] | None:
    """The clip that is being prompted, and its scene's frame."""
    if not state.clip:
        return None
    clip = next((known for known in bpy.data.movieclips if known.name_full == state.clip), None)
    scene = bpy.data.scenes.get(state.scene)
    return (clip, scene.frame_current) if clip is not None and scene is not None and len(properties.of(clip).objects) else None


def wanted(clip: bpy.types.MovieClip, frame: int) -> Wanted | None:
    """The model's answer to the active object's prompts on the frame; None where it was asked nothing, or nobody prompts the clip.

    Raises MattewrightError for a shot that can't be worked on.
    """
    item = properties.active_object(properties.of(clip))
    if clip.name_full != state.clip or item is None:
        return None
    said = properties.prompts_at(item, frame)
    prompts = Prompts(frame)
    if said is not None and not document.is_empty(said):
        prompts = document.prompts_of(said, store.folder(clip), clip)
    elif state.hover is None:
        return None
    if state.hover is not None:
        prompts = replace(prompts, points=(*prompts.points, state.hover))
    return clicked(clip, item.name, prompts)
