"""What an output lacks, said before an export starts: by what the engine last said of the frames, and by a thread's look at its folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

import bpy

from ..engine.shot import FrameRange
from . import frames, properties
from .looking import Looks
from .outputs import objects_of, stage_of


class Lack(NamedTuple):
    """Frames of one object that are missing, or stale."""

    object: str
    what: Literal["masks", "alphas", "stale"]
    frames: int


def lacks(clip: bpy.types.MovieClip, item: properties.MatteOutput) -> list[Lack]:
    """What isn't there yet, as the engine last said: no masks, no alphas, or stale ones. Nothing, too, while the
    engine has said nothing."""
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
            found.append(Lack(of.name, "alphas" if stage == "alpha" else "masks", missing))
        stale = _within(state.stale, first, last) if state else 0
        if stale:
            found.append(Lack(of.name, "stale", stale))
    return found


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
