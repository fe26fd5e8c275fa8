"""What an output lacks, said before an export starts: by what the engine last said of the frames, and by a thread's look at its folder."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal, NamedTuple

import bpy

from ..engine.shot import FrameRange
from . import frames, properties
from .link import redraw_clip_editors
from .outputs import objects_of, stage_of

AGE = 5.0
"""Seconds after which a folder is looked at again, if it is still asked for."""
TICK = 0.1


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


class Folders:
    """Whether outputs' folders can be written to; a thread looks, for a network's folder may take long."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._known: dict[Path, tuple[float, str]] = {}
        self._thread: threading.Thread | None = None

    @property
    def looking(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def problem(self, folder: Path) -> str:
        """Why `folder` can't be written to, as far as is known by now; never waits."""
        at, found = self._known.get(folder, (float("-inf"), ""))
        if not self.looking and self._now() - at > AGE:
            self._thread = threading.Thread(target=self._look, args=(folder,), daemon=True)
            self._thread.start()
            if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
                bpy.app.timers.register(_tick, first_interval=TICK, persistent=True)
        return found

    def wait(self, seconds: float | None = None) -> None:
        """Until no folder is looked at, or so long."""
        if self._thread is not None:
            self._thread.join(seconds)

    def forget(self) -> None:
        self.wait(1.0)
        self._known.clear()

    def _look(self, folder: Path) -> None:
        try:
            found = why_not_writable(folder)
        except OSError as error:
            found = f"{folder}: {error.strerror or error}"
        self._known[folder] = self._now(), found


folders = Folders()
"""The one of this Blender."""


def _tick() -> float | None:
    if folders.looking:
        return TICK
    redraw_clip_editors()
    return None


def register() -> None:
    pass


def unregister() -> None:
    if not bpy.app.background and bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    folders.forget()
