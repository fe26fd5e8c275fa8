"""What an output lacks, said before an export starts: by what the engine last said of the frames, and by a thread's look at its folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

import bpy

from ..engine.shot import FrameRange, formats
from . import frames, labels, properties
from .looking import Looks
from .outputs import objects_of, shot_range, stage_of


class Lack(NamedTuple):
    """Frames of one object that are missing, or stale."""

    object: str
    what: Literal["masks", "classes", "alphas", "stale", "labels", "stale_labels"]
    """No masks, none of what is made of classes, no alphas, stale ones; or of no object, no labels, or stale ones."""
    frames: int


def lacks(clip: bpy.types.MovieClip, item: properties.MatteOutput) -> list[Lack]:
    """What isn't there yet, as the engine last said, or as labels lie in the store. Nothing, too, while nothing is known."""
    declaration = formats().get(item.format)
    if declaration is not None and not declaration.needs_objects:
        return _of_labels(clip, item)
    said = frames.states.of(clip.name_full)
    if said is None:
        return []
    whole = FrameRange(said.first, said.last)
    first = max(item.first, whole.first) if item.use_range else whole.first
    last = min(item.last, whole.last) if item.use_range else whole.last
    known = {one.object: one for one in said.objects}
    found = []
    for of in objects_of(clip, item):
        stage, state = stage_of(item, of), known.get(of.name)
        spans = (state.matted if stage == "alpha" else state.masked) if state else ()
        missing = last - first + 1 - _within(spans, first, last)
        if missing > 0:
            nothing: Literal["classes", "masks"] = "classes" if properties.is_of_classes(of) else "masks"
            found.append(Lack(of.name, "alphas" if stage == "alpha" else nothing, missing))
        stale = _within(state.stale, first, last) if state else 0
        if stale:
            found.append(Lack(of.name, "stale", stale))
    return found


def _of_labels(clip: bpy.types.MovieClip, item: properties.MatteOutput) -> list[Lack]:
    there, whole = labels.labelled(clip), shot_range(clip)
    first, last = (max(item.first, whole.first), min(item.last, whole.last)) if item.use_range else (whole.first, whole.last)
    missing = sum(frame not in there for frame in range(first, last + 1)) if there is not None else 0
    said = frames.states.of(clip.name_full)
    stale = _within(said.stale_labels, first, last) if said is not None else 0
    return ([Lack("", "labels", missing)] if missing else []) + ([Lack("", "stale_labels", stale)] if stale else [])


def _within(spans: Iterable[tuple[int, int]], first: int, last: int) -> int:
    """How many of the frames from `first` to `last` the spans, which don't overlap, have."""
    return sum(max(0, min(end, last) - max(start, first) + 1) for start, end in spans)


def why_not_writable(folder: Path) -> str:
    """Why nothing can be written into `folder`, which need not be there yet; empty where it can. A look at the disk: not while drawing."""
    there = next((place for place in (folder, *folder.parents) if place.is_dir()), None)
    if there is None:
        return f"{folder}: no such drive"
    if folder.exists() and not folder.is_dir():
        return f"{folder}: is a file, and no folder"
    return "" if os.access(there, os.W_OK) else f"{there}: can't be written to"


def _problem(folder: Path) -> str:
    try:
        return why_not_writable(folder)
    except OSError as error:
        return f"{folder}: {error.strerror or error}"


folders: Looks[Path, str] = Looks(_problem)
"""Why outputs' folders can't be written to; empty where they can."""


def register() -> None:
    pass


def unregister() -> None:
    folders.end()
