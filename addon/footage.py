"""What only Blender knows of a clip's footage, as the shot document holds it."""

from __future__ import annotations

import re
from pathlib import Path

import bpy

from ..engine.shot import Footage, MattewrightError, Rate
from . import clips, paths, properties

_LAST_DIGITS = re.compile(r"(.*?)(\d+)(\D*)", re.DOTALL)


def footage_of(clip: bpy.types.MovieClip, place: Path) -> Footage:
    """The clip's footage, for a document in the folder `place`. Raises MattewrightError where it is missing or can't be read."""
    path = paths.absolute(clip.filepath, clip)
    if not path.is_file():
        raise MattewrightError(f"clip '{clip.name}': its footage is missing: {path}")
    width, height = clips.size(clip)
    movie = clip.source == "MOVIE"
    duration = clip.frame_duration if movie else sequence_length(path)
    if width < 1 or height < 1 or duration < 1:
        raise MattewrightError(f"clip '{clip.name}': Blender can't read its footage: {path}")
    return Footage(
        path=paths.for_document(clip.filepath, place, clip),
        kind="movie" if movie else "sequence",
        width=width,
        height=height,
        frame_duration=duration,
        frame_start=clip.frame_start,
        frame_offset=clip.frame_offset,
        fps=clip.fps if movie else 0.0,
        applies_rotation=bpy.app.version >= (4, 5, 0),
        wraps=properties.of(clip).panorama,
        view=properties.view_of(properties.of(clip)),
        alpha=properties.of(clip).alpha,
        rate=None if movie else scene_rate(),
    )


def is_linear(clip: bpy.types.MovieClip) -> bool:
    """Whether the footage is scene-linear, by its file's name: what is seen of it then goes by the shot's view."""
    return clip.source == "SEQUENCE" and clip.filepath.lower().endswith((".exr", ".hdr"))


def scene_rate() -> Rate | None:
    """The frames a second of the scene at hand, exactly: at these an image sequence is shown."""
    scene = bpy.context.scene
    return None if scene is None else Rate.of(scene.render.fps / scene.render.fps_base)


def sequence_length(path: Path) -> int:
    """The files of a sequence from `path` on, up to the first gap: what Blender counts when it opens the clip.

    Not `clip.frame_duration`: with an offset that changes from load to save to load (Blender 4.2 to 5.0 count from the offset on when
    they reload a clip, and may come to 0), while the pictures that are shown stay the same.
    """
    found = _LAST_DIGITS.fullmatch(path.stem)
    if not found:
        return 1
    head, digits, rest = found.groups()
    there = {other.name for other in path.parent.iterdir()}
    count = 0
    while f"{head}{int(digits) + count:0{len(digits)}d}{rest}{path.suffix}" in there:
        count += 1
    return count
