"""Contrast-limited adaptive histogram equalisation: Zuiderveld, in Graphics Gems IV (1994).

OpenCV has it for integers alone: in 8 bits it leaves bands, and in 16 its histogram has 65,536 steps, so many that its limit means nothing.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from .op import Mask

STEPS = 256
"""Of the histograms; between them the curves are straight, not stairs."""
FINE = 65536


def equalised(values: Mask, limit: float, tiles: int) -> Mask:
    """`values`, (height, width) float32, 0 to 1, with the contrast of each of `tiles` x `tiles` places spread.

    `limit` is how many times its contrast may be raised, about.
    """
    height, width = values.shape
    down, across = min(tiles, height), min(tiles, width)
    rows, columns = np.linspace(0, height, down + 1).round().astype(int), np.linspace(0, width, across + 1).round().astype(int)
    fine: npt.NDArray[np.uint16] = np.rint(values * np.float32(FINE - 1)).astype(np.uint16)
    made = np.empty_like(values)
    curves: list[list[Mask]] = []
    middles = [(columns[:-1] + columns[1:]) / 2 - 0.5, (rows[:-1] + rows[1:]) / 2 - 0.5]
    starts = [_starts(middle, length) for middle, length in zip(middles, (width, height), strict=True)]
    for strip in range(down + 1):
        if strip < down:
            places = [fine[rows[strip] : rows[strip + 1], left:right] for left, right in pairwise(columns)]
            curves = [*curves[-1:], [_curve(place, limit) for place in places]]
        top, bottom = starts[1][strip], starts[1][strip + 1]
        above, below = curves[0 if 0 < strip < down else -1], curves[-1]
        lower = _share(np.arange(top, bottom), middles[1], strip)[:, None]
        for cell in range(across + 1):
            left, right = starts[0][cell], starts[0][cell + 1]
            part = fine[top:bottom, left:right]
            one, two = max(cell - 1, 0), min(cell, across - 1)
            farther = _share(np.arange(left, right), middles[0], cell)
            over = above[one][part] * (1 - farther) + above[two][part] * farther
            under = below[one][part] * (1 - farther) + below[two][part] * farther
            made[top:bottom, left:right] = over * (1 - lower) + under * lower
    return made


def _starts(middles: npt.NDArray[np.float64], length: int) -> list[int]:
    """Where the cells between the places' middles begin, and where the last one ends."""
    return [0, *(int(np.ceil(middle)) for middle in middles), length]


def _share(at: npt.NDArray[np.intp], middles: npt.NDArray[np.float64], cell: int) -> npt.NDArray[np.float32]:
    """How much the later of a cell's two places counts at each pixel."""
    if cell == 0 or cell == len(middles):
        return np.ones(len(at), np.float32)
    return np.asarray((at - middles[cell - 1]) / (middles[cell] - middles[cell - 1]), np.float32)


def _curve(part: npt.NDArray[np.uint16], limit: float) -> Mask:
    """What each of 65,536 values becomes: the sum of the clipped histogram, whose overflow is spread evenly."""
    counts = np.bincount(part.ravel() >> 8, minlength=STEPS) / part.size
    clipped: npt.NDArray[np.float64] = np.minimum(counts, limit / STEPS)
    clipped += (1.0 - clipped.sum()) / STEPS
    rising = np.concatenate([[0.0], np.cumsum(clipped)])
    curve: Mask = np.interp(np.arange(FINE) * (STEPS / (FINE - 1)), np.arange(STEPS + 1), rising).astype(np.float32)
    return curve
