"""The outlines of a matte: where it is half, between the pixels.

Method: marching squares (Lorensen and Cline, "Marching Cubes", SIGGRAPH 1987, in the plane), saddles decided by the cell's mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Outline = npt.NDArray[np.float64]
"""(count, 2): x and y, closed: the first point follows the last one."""
Matte = npt.NDArray[np.float32]
"""(height, width), 0 to 1."""

LEVEL = 0.5
_TOP, _RIGHT, _BOTTOM, _LEFT = range(4)
# By which corners of a cell are inside (top left 1, top right 2, bottom right 4, bottom left 8): from edge, to edge, inside to the right.
_ONE = {
    1: (_TOP, _LEFT),
    2: (_RIGHT, _TOP),
    3: (_RIGHT, _LEFT),
    4: (_BOTTOM, _RIGHT),
    6: (_BOTTOM, _TOP),
    7: (_BOTTOM, _LEFT),
    8: (_LEFT, _BOTTOM),
    9: (_TOP, _BOTTOM),
    11: (_RIGHT, _BOTTOM),
    12: (_LEFT, _RIGHT),
    13: (_TOP, _RIGHT),
    14: (_LEFT, _TOP),
}
_APART = {5: ((_TOP, _LEFT), (_BOTTOM, _RIGHT)), 10: ((_RIGHT, _TOP), (_LEFT, _BOTTOM))}
_JOINED = {5: ((_TOP, _RIGHT), (_BOTTOM, _LEFT)), 10: ((_LEFT, _TOP), (_RIGHT, _BOTTOM))}


@dataclass(frozen=True)
class Contour:
    """One closed outline on one frame, clockwise as seen around an island, the other way around a hole."""

    points: Outline
    area: float
    """Pixels; below 0 for a hole."""

    @property
    def hole(self) -> bool:
        return self.area < 0


def contours(matte: Matte, smallest: float = 0.0) -> list[Contour]:
    """The outlines of `matte`, those of at least `smallest` pixels, the largest first."""
    found = [Contour(points, area) for points in _loops(matte) if abs(area := signed_area(points)) >= max(smallest, 1e-6)]
    return sorted(found, key=lambda one: -abs(one.area))


def signed_area(points: Outline) -> float:
    """Square pixels within a closed outline; above 0 if it runs clockwise as seen."""
    x, y = points.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(np.roll(x, -1), y)) / 2


def _loops(matte: Matte) -> list[Outline]:
    rows, columns = np.flatnonzero(matte.max(axis=1) > LEVEL), np.flatnonzero(matte.max(axis=0) > LEVEL)
    if not len(rows):
        return []
    top, left = max(0, int(rows[0]) - 1), max(0, int(columns[0]) - 1)
    part = matte[top : int(rows[-1]) + 2, left : int(columns[-1]) + 2]
    values = np.pad(part.astype(np.float64), 1)  # the picture's edge closes what it cuts
    starts, ends, width = _segments(values)
    places = _crossings(values, starts, width) + np.array([left - 0.5, top - 0.5])
    order = np.argsort(starts)
    after = order[np.searchsorted(starts[order], ends)].tolist()
    loops, seen = [], [False] * len(after)
    for first in range(len(after)):
        if seen[first]:
            continue
        loop, at = [], first
        while not seen[at]:
            seen[at] = True
            loop.append(at)
            at = after[at]
        points = places[loop]
        apart = np.any(np.abs(points - np.roll(points, 1, axis=0)) > 1e-9, axis=1)
        if np.count_nonzero(apart) >= 3:
            loops.append(points[apart])
    return loops


def _segments(values: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], int]:
    """The pieces of outline through the cells, each from one edge to another by number; and the width that the numbers are by.

    Edge 2 * (y * width + x) is that from the value (y, x) to the one on its right, the next number that to the one below.
    """
    inside = values > LEVEL
    width = inside.shape[1]
    corners = inside[:-1, :-1] * 1 + inside[:-1, 1:] * 2 + inside[1:, 1:] * 4 + inside[1:, :-1] * 8
    ys, xs = np.nonzero((corners > 0) & (corners < 15))
    kinds = corners[ys, xs]
    mean = (values[ys, xs] + values[ys, xs + 1] + values[ys + 1, xs] + values[ys + 1, xs + 1]) / 4
    here = 2 * (ys * width + xs)
    edges = np.stack([here, here + 3, here + 2 * width, here + 1])
    starts, ends = [], []
    for kind, (begin, end) in _ONE.items():
        chosen = kinds == kind
        starts.append(edges[begin, chosen])
        ends.append(edges[end, chosen])
    for kind in (5, 10):
        for ways, which in ((_JOINED, mean > LEVEL), (_APART, mean <= LEVEL)):
            chosen = (kinds == kind) & which
            for begin, end in ways[kind]:
                starts.append(edges[begin, chosen])
                ends.append(edges[end, chosen])
    return np.concatenate(starts), np.concatenate(ends), width


def _crossings(values: npt.NDArray[np.float64], edges: npt.NDArray[np.intp], width: int) -> Outline:
    """Where the level lies on each edge, in columns and rows of `values`."""
    ys, xs = np.divmod(edges // 2, width)
    down = edges % 2
    here, there = values[ys, xs], values[ys + down, xs + 1 - down]
    share = (LEVEL - here) / (there - here)
    return np.stack([xs + share * (1 - down), ys + share * down], axis=1)
