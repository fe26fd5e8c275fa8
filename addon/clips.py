"""Which movie clip is meant."""

from __future__ import annotations

from typing import Any

import bpy

from ..engine.shot import MattewrightError


def named(name: str) -> bpy.types.MovieClip:
    """The clip called `name`, or with an empty name the only one in the file. Raises MattewrightError naming those that there are."""
    clips = bpy.data.movieclips
    if name:
        clip = clips.get(name)
        if clip is None:
            raise MattewrightError(f"clip '{name}': not in this file; its clips: {_names()}")
        return clip
    if len(clips) == 1:
        return clips[0]
    if not clips:
        raise MattewrightError("this file has no movie clip: open one in the Movie Clip Editor")
    raise MattewrightError(f"this file has several movie clips, name one of them: {_names()}")


def of_context(context: bpy.types.Context, name: str = "") -> bpy.types.MovieClip:
    """The clip called `name`; without a name the editor's, or the only one in the file."""
    space = context.space_data
    if not name and isinstance(space, bpy.types.SpaceClipEditor) and space.clip:
        return space.clip
    return named(name)


def size(clip: bpy.types.MovieClip) -> tuple[int, int]:
    """(width, height) in pixels, as Blender shows the clip; zeros where it can't read it."""
    pixels: Any = clip.size  # 5.2's stubs don't know that it can be unpacked
    width, height = pixels
    return width, height


def _names() -> str:
    return ", ".join(f"'{clip.name}'" for clip in bpy.data.movieclips) or "none"
