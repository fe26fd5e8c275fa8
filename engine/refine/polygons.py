"""Outlines filled. OpenCV's fillPoly takes in the pixels under the outline as well, and rounds corners, so what it fills is too large."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .distance import Binary
from .op import Mask
from .region import Box

LINES = 16
"""Lines across each row of pixels along which an outline is followed."""
Corners = npt.NDArray[np.float64]
"""(count, 2): x and y of a closed outline's corners."""


def coverage(corners: Corners, box: Box) -> Mask:
    """How much of each pixel of `box` lies inside the outline, by the even-odd rule: (height, width) float32, 0 to 1.

    Pixel (0, 0) of the picture reaches from 0 to 1 each way. Exact across, sampled along LINES lines down; the same whatever the box.
    """
    height, width = box.size
    made = np.zeros((height, width + 2))
    lines, across = _crossings(corners, box.top * LINES, box.bottom * LINES)
    order = np.lexsort((across, lines))
    lines, across = lines[order] - box.top * LINES, np.clip(across[order] - box.left, 0, width)
    # Each line enters and leaves by turns. Entering at x counts for what is left of its pixel, and for the whole of those after it.
    sign = np.where(np.arange(len(lines)) % 2 == 0, 1.0, -1.0) / LINES
    column = np.floor(across).astype(np.intp)
    rest = across - column
    np.add.at(made, (lines // LINES, column), sign * (1 - rest))
    np.add.at(made, (lines // LINES, column + 1), sign * rest)
    return np.asarray(np.clip(np.cumsum(made[:, :width], axis=1), 0.0, 1.0), np.float32)


def _crossings(corners: Corners, first: int, last: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Where the outline crosses the lines `first` to before `last`: their numbers, and x. Each line is crossed an even number of times."""
    begin, end = corners, np.roll(corners, -1, axis=0)
    down = begin[:, 1] <= end[:, 1]
    upper, lower = np.where(down[:, None], begin, end), np.where(down[:, None], end, begin)
    from_line = np.clip(np.ceil(upper[:, 1] * LINES - 0.5), first, last).astype(np.intp)
    to_line = np.clip(np.ceil(lower[:, 1] * LINES - 0.5), first, last).astype(np.intp)
    count = to_line - from_line
    edge = np.repeat(np.arange(len(corners)), count)
    lines = from_line[edge] + np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    share = ((lines + 0.5) / LINES - upper[edge, 1]) / (lower[edge, 1] - upper[edge, 1])
    return lines, upper[edge, 0] + share * (lower[edge, 0] - upper[edge, 0])


def fill_hull(corners: npt.NDArray[np.int32], into: Binary) -> None:
    """Sets to 1 the pixels whose centres lie in a convex outline, or on it; `corners` is (count, 2), x and y of pixels."""
    left, right = np.full(len(into), np.inf), np.full(len(into), -np.inf)
    for (x, y), (next_x, next_y) in zip(corners.tolist(), np.roll(corners, -1, axis=0).tolist(), strict=True):
        rows = np.arange(min(y, next_y), max(y, next_y) + 1)
        at = x + (rows - y) * ((next_x - x) / (next_y - y)) if next_y != y else np.array([x], np.float64)
        left[rows], right[rows] = np.minimum(left[rows], at), np.maximum(right[rows], at)
    for row in range(int(corners[:, 1].min()), int(corners[:, 1].max()) + 1):
        into[row, int(np.ceil(left[row] - 1e-9)) : int(np.floor(right[row] + 1e-9)) + 1] = 1
