"""One set of points for all frames of a piece: where they are on each frame, with Bezier handles.

Between two neighbouring points each frame has a cubic of its own, by least squares along the outline (Schneider, "An Algorithm for
Automatically Fitting Digitized Curves", Graphics Gems, 1990, with both handles free so that corners stay corners). A point is added where
any frame's curve strays farthest, until none strays farther than it may; then points that none needs go again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .. import interrupt

Places = npt.NDArray[np.float64]
"""(frames, count, 2): a piece's outline on each frame, points of one number belonging together."""
Shapes = npt.NDArray[np.float64]
"""(frames, points, 3, 2): the handle that arrives, the point and the handle that leaves."""

FEWEST = 4
SHORTEST = 3
"""Places from one point to the next, at least."""
LONGEST_HANDLE = 0.9
"""As a share of the outline's length between two points; a longer one makes loops."""
SMOOTH = 0.94
"""The cosine of the angle up to which two handles are meant to lie on one line."""


@dataclass(frozen=True)
class _Segment:
    """The outline between two points, on all frames."""

    first: int
    last: int
    """Places; may go on beyond the last one, around."""
    handles: npt.NDArray[np.float64]
    """(frames, 2, 2): the leaving and the arriving one."""
    error: float
    """How far any frame strays, pixels."""
    worst: int
    """Where."""


def fit(places: Places, tolerance: float, most: int) -> tuple[npt.NDArray[np.intp], Shapes]:
    """Which places become points, and their shapes on every frame.

    None strays by more than `tolerance` pixels, unless `most` points are too few for that.
    """
    count = places.shape[1]
    knots = [count * number // FEWEST for number in range(FEWEST)]
    segments = {knot: _fit(places, knot, after) for knot, after in _pairs(knots, count)}
    while len(segments) < most:
        interrupt.check()
        splittable = [one for one in segments.values() if one.error > tolerance and one.last - one.first >= 2 * SHORTEST]
        if not splittable:
            break
        widest = max(splittable, key=lambda one: one.error)
        middle = min(max(widest.worst, widest.first + SHORTEST), widest.last - SHORTEST)
        segments[widest.first] = _fit(places, widest.first, middle)
        segments[middle % count] = _fit(places, middle % count, middle % count + widest.last - middle)
    segments = _without_needless(places, segments, tolerance)
    chosen = np.array(sorted(segments), np.intp)
    points = places[:, chosen]
    leaving = np.stack([segments[knot].handles[:, 0] for knot in chosen.tolist()], axis=1)
    arriving = np.roll(np.stack([segments[knot].handles[:, 1] for knot in chosen.tolist()], axis=1), 1, axis=1)
    return chosen, _smoothed(np.stack([arriving, points, leaving], axis=2))


def curve(shapes: Shapes, steps: int) -> npt.NDArray[np.float64]:
    """(frames, points * steps, 2): places along the splines, `steps` from each point on."""
    t = (np.arange(steps) / steps)[:, None]
    begin, end = shapes[:, :, None, 1], np.roll(shapes, -1, axis=1)[:, :, None, 1]
    leaving, arriving = shapes[:, :, None, 2], np.roll(shapes, -1, axis=1)[:, :, None, 0]
    drawn = (1 - t) ** 3 * begin + 3 * t * (1 - t) ** 2 * leaving + 3 * t * t * (1 - t) * arriving + t**3 * end
    return drawn.reshape(len(shapes), -1, 2)


def _pairs(knots: list[int], count: int) -> list[tuple[int, int]]:
    return list(zip(knots, [*knots[1:], knots[0] + count], strict=True))


def _without_needless(places: Places, segments: dict[int, _Segment], tolerance: float) -> dict[int, _Segment]:
    count = places.shape[1]
    for knot in sorted(segments):
        if len(segments) <= FEWEST:
            break
        order = sorted(segments)
        before = order[order.index(knot) - 1]
        first = segments[before]
        joined = _fit(places, first.first, first.last + segments[knot].last - segments[knot].first)
        if joined.error <= tolerance and joined.last - joined.first < count:
            del segments[knot]
            segments[before] = joined
    return segments


def _fit(places: Places, first: int, last: int) -> _Segment:
    """The best cubic from place `first` to `last`, on each frame."""
    outline = np.take(places, np.arange(first, last + 1), axis=1, mode="wrap")
    steps = np.hypot(*np.moveaxis(np.diff(outline, axis=1), -1, 0))
    travelled = np.concatenate([np.zeros((len(outline), 1)), np.cumsum(steps, axis=1)], axis=1)
    length = np.maximum(1e-9, travelled[:, -1:])
    t = travelled / length
    b0, b1, b2, b3 = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
    begin, end = outline[:, :1], outline[:, -1:]
    rest = outline - b0[..., None] * begin - b3[..., None] * end
    a11, a12, a22 = (b1 * b1).sum(axis=1), (b1 * b2).sum(axis=1), (b2 * b2).sum(axis=1)
    x1, x2 = (b1[..., None] * rest).sum(axis=1), (b2[..., None] * rest).sum(axis=1)
    determinant = a11 * a22 - a12 * a12
    solvable = determinant > 1e-6 * a11 * a22
    safe = np.where(solvable, determinant, 1.0)[:, None]
    leaving = (x1 * a22[:, None] - x2 * a12[:, None]) / safe
    arriving = (x2 * a11[:, None] - x1 * a12[:, None]) / safe
    third = (end - begin)[:, 0] / 3
    longest = LONGEST_HANDLE * length
    good = solvable[:, None] & (_length(leaving - begin[:, 0]) < longest) & (_length(arriving - end[:, 0]) < longest)
    leaving, arriving = np.where(good, leaving, begin[:, 0] + third), np.where(good, arriving, end[:, 0] - third)
    drawn = b0[..., None] * begin + b1[..., None] * leaving[:, None] + b2[..., None] * arriving[:, None] + b3[..., None] * end
    strayed = _across(drawn - outline, outline).max(axis=0)
    worst = int(np.argmax(strayed))
    return _Segment(first, last, np.stack([leaving, arriving], axis=1), float(strayed[worst]), first + worst)


def _across(off: Places, outline: Places) -> npt.NDArray[np.float64]:
    """How far `off` leads away from the outline: what leads along it strays nowhere."""
    ahead = np.gradient(outline, axis=1) if outline.shape[1] > 2 else np.broadcast_to(outline[:, -1:] - outline[:, :1], outline.shape)
    size = np.maximum(1e-9, np.hypot(ahead[..., 0], ahead[..., 1]))
    across = np.abs(off[..., 0] * ahead[..., 1] - off[..., 1] * ahead[..., 0]) / size
    along = np.abs(off[..., 0] * ahead[..., 0] + off[..., 1] * ahead[..., 1]) / size
    straying: npt.NDArray[np.float64] = np.maximum(across, along / 3)
    return straying


def _smoothed(shapes: Shapes) -> Shapes:
    """Handles that lie nearly on one line on every frame do so exactly, as those of a point that is no corner."""
    arriving, leaving = shapes[:, :, 0] - shapes[:, :, 1], shapes[:, :, 2] - shapes[:, :, 1]
    sizes = [np.maximum(1e-9, _length(handle)) for handle in (arriving, leaving)]
    into, out = -arriving / sizes[0], leaving / sizes[1]
    smooth = ((into * out).sum(axis=-1) > SMOOTH).all(axis=0)
    together = into + out
    together /= np.maximum(1e-9, _length(together))
    made = shapes.copy()
    made[:, smooth, 0] = (shapes[:, :, 1] - together * sizes[0])[:, smooth]
    made[:, smooth, 2] = (shapes[:, :, 1] + together * sizes[1])[:, smooth]
    return made


def _length(vectors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """With the last axis kept."""
    return np.hypot(vectors[..., :1], vectors[..., 1:])
