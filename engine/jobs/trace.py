"""An object's mattes, as they are in the store, become splines."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .. import interrupt
from ..refine import Box, Region
from ..refine.chain import live
from ..shot import MattewrightError, ShotObject
from ..shot.outlines import Outlines, Shape, to_lines
from ..store import atomic_path
from ..trace import Settings, Tracing
from .masks import MaskSources
from .opened import OpenShot
from .progress import Pace, Progress


@dataclass(frozen=True)
class TraceMade:
    path: Path
    """The file in the store."""
    outlines: Outlines
    shapes: Sequence[Shape]
    """By frame."""


TraceJob = Generator[Progress, None, TraceMade]
"""Yields after each frame that was looked at, and after each keyframe. Closing it stops it there, and nothing is written."""


def trace_job(opened: OpenShot, name: str, settings: Settings, first: int | None = None, last: int | None = None) -> TraceJob:
    """Trace the mattes of the object `name` from `first` to `last`, by default the shot's range, live steps and all, into the store.

    Neither the model nor, unless a live step asks for it, the footage is needed. Raises MattewrightError where a matte is missing.
    """
    item = opened.shot.object(name)
    frames = opened.frames(first, last)
    there = {frame for frame, _ in opened.store.layout.files(name, "mask")}
    missing = [frame for frame in frames if frame not in there]
    if missing:
        shown = f"{missing[0]}" + (f" and {len(missing) - 1} more" if len(missing) > 1 else "")
        raise MattewrightError(f"{opened.path}: object '{name}' has no matte on frame {shown}: track first, or choose other frames")
    tracing, sources = Tracing(settings), MaskSources(opened)
    pace = Pace(len(frames))
    for frame in frames:
        tracing.add(frame, _matte(opened, sources, item, frame))
        yield pace.tick("trace", frame, name)
    pieces = tracing.pieces()
    pace, done = Pace(sum(len(piece.outlines) for piece in pieces)), 0
    for piece in pieces:
        at = piece.first - 1
        for frame in tracing.fit(piece):
            interrupt.check()
            done += frame - at
            at = frame
            # Keyframes come at any distance; a rate of them would mislead.
            yield replace(pace.tick("fit", frame, name), done=done, frames_per_second=0.0, seconds_left=None)
        done += piece.last - at
    outlines, shapes = tracing.outlines(name, opened.size, frames.first, frames.last)
    path = opened.store.layout.outlines(name)
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(to_lines(outlines, shapes))
    return TraceMade(path, outlines, shapes)


def _matte(opened: OpenShot, sources: MaskSources, item: ShotObject, frame: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """The matte as one sees it, (height, width), 0 to 1: the stored one and the steps that the compositor does after it."""
    pixels = opened.store.read_mask(item.name, frame)
    if pixels.shape != opened.size:
        path = opened.store.layout.file(item.name, "mask", frame)
        raise MattewrightError(f"{path}: {pixels.shape[1]} x {pixels.shape[0]} pixels, not the footage's: run again")
    matte = pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)
    steps = live(item.refine)
    if not steps:
        return matte
    whole = Box.whole(opened.size)
    made = sources.chain(replace(item, refine=steps)).over(Region(whole, matte).trimmed(), frame)
    return made.over(whole)
