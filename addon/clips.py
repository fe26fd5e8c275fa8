"""Which movie clip is meant."""

from __future__ import annotations

from typing import Any

import bpy

from ..engine.shot import MattewrightError

FALLBACK_SIZE = (256, 256)
"""What Blender says of a sequence whose first frame, counted from its offset, has no file, though it shows the other frames rightly."""


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


def shown(context: bpy.types.Context) -> bpy.types.MovieClip | None:
    """The clip in the context's Movie Clip Editor; None where there is no such editor, or no clip in it."""
    space = context.space_data
    return space.clip if isinstance(space, bpy.types.SpaceClipEditor) else None


def of_context(context: bpy.types.Context, name: str = "") -> bpy.types.MovieClip:
    """The clip called `name`; without a name the editor's, or the only one in the file."""
    return (None if name else shown(context)) or named(name)


def size(clip: bpy.types.MovieClip) -> tuple[int, int]:
    """(width, height) in pixels, as Blender shows the clip; zeros where it can't read it."""
    said = _said_size(clip)
    return _picture_size(clip) if said == FALLBACK_SIZE and clip.source == "SEQUENCE" else said


def is_size_lost(clip: bpy.types.MovieClip) -> bool:
    """Whether Blender itself is wrong about the clip's size."""
    return _said_size(clip) != size(clip)


def go_to(scene: bpy.types.Scene, frame: int) -> None:
    """Make `frame` the scene's current one. Not by `frame_set`: Movie Clip Editors don't follow that one."""
    scene.frame_current = frame


def _said_size(clip: bpy.types.MovieClip) -> tuple[int, int]:
    pixels: Any = clip.size  # 5.2's stubs don't know that it can be unpacked
    width, height = pixels
    return width, height


def _picture_size(clip: bpy.types.MovieClip) -> tuple[int, int]:
    """The size of the sequence's first picture, by its file."""
    try:
        picture = bpy.data.images.load(bpy.path.abspath(clip.filepath, library=clip.library))
    except RuntimeError:
        return 0, 0
    try:
        pixels: Any = picture.size
        width, height = pixels
        return width, height
    finally:
        bpy.data.images.remove(picture)


def _names() -> str:
    return ", ".join(f"'{clip.name}'" for clip in bpy.data.movieclips) or "none"
