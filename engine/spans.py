"""Frames that follow one another, and how they are said."""

from __future__ import annotations

from collections.abc import Iterable

from .shot.messages import Span

SHOWN = 6
"""Runs of frames that are named."""


def spans_of(frames: Iterable[int]) -> tuple[Span, ...]:
    """(first, last) of each run of frames that follow one another."""
    runs: list[Span] = []
    for frame in sorted(frames):
        if runs and frame == runs[-1][1] + 1:
            runs[-1] = runs[-1][0], frame
        else:
            runs.append((frame, frame))
    return tuple(runs)


def listed(frames: Iterable[int]) -> str:
    """``frames 3 to 7, 9``."""
    spans = spans_of(frames)
    shown = ", ".join(f"{first} to {last}" if last > first else f"{first}" for first, last in spans[:SHOWN])
    more = f" and {len(spans) - SHOWN} more stretches" if len(spans) > SHOWN else ""
    several = len(spans) > 1 or (spans and spans[0][0] != spans[0][1])
    return f"frame{'s' if several else ''} {shown}{more}"
