"""Which frames of a piece need a shape of their own: between two of them every frame is interpolated, as Blender does it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from .. import interrupt
from .contours import Outline
from .splines import Places, Shapes, curve

STEPS = 10
"""Places along the curve from one point to the next that are looked at."""
WINDOW = 12
"""How many places ahead and back of its own a place may lie on the other line: what slides along the outline strays nowhere."""


def keyed(knots: npt.NDArray[np.intp], shapes: Shapes, places: Places, tolerance: float) -> Iterator[int]:
    """The numbers of the frames to be keyed: the first and the last, and as few between as keep all within `tolerance` pixels.

    Each keyframe is followed by the farthest one that leaves the frames between them near enough.
    """
    frames = len(shapes)
    along = _along(knots, places.shape[1])
    here = 0
    yield here

    def near(first: int, last: int) -> bool:
        interrupt.check()
        return all(_strays(shapes, first, last, at, places[at], along, tolerance) for at in _middle_first(first, last))

    while here < frames - 1:
        good, step = here + 1, 1
        while good + step < frames and near(here, good + step):
            good, step = good + step, step * 2
        bad = min(good + step, frames)
        while bad - good > 1:
            between = (good + bad) // 2
            good, bad = (between, bad) if near(here, between) else (good, between)
        here = good
        yield here


def strays(shape: npt.NDArray[np.float64], knots: npt.NDArray[np.intp], outline: Outline) -> float:
    """How far one frame's spline, (points, 3, 2), and its outline are apart at most, pixels."""
    return _apart(curve(shape[None], STEPS)[0], outline, _along(knots, len(outline)))


def _strays(shapes: Shapes, first: int, last: int, at: int, outline: Outline, along: npt.NDArray[np.float64], tolerance: float) -> bool:
    """Whether what is interpolated at a frame between two keyframes is near enough."""
    share = (at - first) / (last - first)
    drawn = curve(((1 - share) * shapes[first] + share * shapes[last])[None], STEPS)[0]
    straight = drawn - outline[np.round(along).astype(np.intp) % len(outline)]
    if float(np.hypot(*straight.T).max()) <= tolerance:
        return True
    return _apart(drawn, outline, along) <= tolerance


def _middle_first(first: int, last: int) -> list[int]:
    """The frames between, those likeliest to stray first."""
    return sorted(range(first + 1, last), key=lambda at: abs(2 * at - first - last))


def _along(knots: npt.NDArray[np.intp], count: int) -> npt.NDArray[np.float64]:
    """The place of the outline that each place of the curve belongs to."""
    gaps = np.diff(np.concatenate([knots, knots[:1] + count]))
    return (knots[:, None] + gaps[:, None] * (np.arange(STEPS) / STEPS)).ravel()


def _apart(drawn: Outline, outline: Outline, along: npt.NDArray[np.float64]) -> float:
    """The farthest that either line is from the other, each place looking for the other line near its own place."""
    on_outline = np.round(along).astype(np.intp)
    own = np.arange(len(outline))
    back = np.searchsorted(along, np.where(own < along[0], own + len(outline), own)) % len(drawn)
    reach = int(WINDOW * max(1.0, len(outline) / len(drawn)))
    return max(_farthest(drawn, outline, on_outline, reach), _farthest(outline, drawn, back, WINDOW))


def _farthest(points: Outline, line: Outline, near: npt.NDArray[np.intp], window: int) -> float:
    """How far the worst of `points` is from the closed `line`, of which the part around `near` is looked at."""
    at = (near[:, None] + np.arange(-window, window)) % len(line)
    begin = line[at]
    step = line[(at + 1) % len(line)] - begin
    off = points[:, None] - begin
    share = np.clip((off * step).sum(axis=-1) / np.maximum(1e-12, (step * step).sum(axis=-1)), 0.0, 1.0)
    apart = off - share[..., None] * step
    return float(np.sqrt((apart * apart).sum(axis=-1).min(axis=1).max()))
