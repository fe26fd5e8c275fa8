"""Which place on a piece's outline is which on the next frame.

Both outlines are walked once around, together: the walk that keeps nearby places of like direction together and stretches little, by
dynamic time warping (Sakoe and Chiba, "Dynamic Programming Algorithm Optimization for Spoken Word Recognition", 1978) in a band.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .. import interrupt
from .contours import Outline

PLACES = 256
"""Places along an outline that are compared."""
BAND = 40
"""How far, in places, the two walks may be apart."""
DIRECTION = 0.1
"""What opposite directions cost, as a share of the outline's size, squared."""
STRETCH = 0.01
"""What it costs to take a place twice or to leave one out, likewise."""
RELAX = 0.02
"""By how much, from frame to frame, places are spread evenly again, so that they don't crowd where something vanished."""
CLOSEST = 0.2
"""Two neighbouring places are at least so far apart, in shares of the even distance."""

_ROWS = np.arange(PLACES)[:, None]

Shares = npt.NDArray[np.float64]
"""(PLACES,): how far around the outline each place is; rising, from one to another less than 1 more; 1 is once around."""


def follow(outlines: Sequence[Outline], count: int) -> list[Outline]:
    """Each outline as `count` points; those of the same number belong together."""
    even = np.arange(PLACES) / PLACES
    shares, before = even, _Line(outlines[0])
    followed = [before.at(_fine(shares, count))]
    for outline in outlines[1:]:
        interrupt.check()
        line = _Line(outline)
        shares = _next(before, shares, line)
        followed.append(line.at(_fine(shares, count)))
        before = line
    return followed


class _Line:
    """A closed line by how far one is around it."""

    def __init__(self, points: Outline) -> None:
        self._points = np.concatenate([points, points[:1]])
        steps = np.hypot(*np.diff(self._points, axis=0).T)
        self.length = float(steps.sum())
        self._travelled = np.concatenate([[0.0], np.cumsum(steps)]) / self.length

    def at(self, shares: npt.NDArray[np.float64]) -> Outline:
        around = shares % 1.0
        return np.stack([np.interp(around, self._travelled, self._points[:, axis]) for axis in (0, 1)], axis=1)


def _fine(shares: Shares, count: int) -> npt.NDArray[np.float64]:
    """`count` shares between the places'."""
    closed = np.concatenate([shares, shares[:1] + 1.0])
    found: npt.NDArray[np.float64] = np.interp(np.arange(count) * (PLACES / count), np.arange(PLACES + 1), closed)
    return found


def _next(before: _Line, shares: Shares, line: _Line) -> Shares:
    """Where the places at `shares` of the line `before` are on `line`."""
    old, new = before.at(shares), line.at(np.arange(PLACES) / PLACES)
    size = float(np.ptp(old, axis=0).max()) or 1.0
    # Moved as a whole if that brings them together: where only a part has moved, the rest had better stay.
    moves = [np.zeros(2), (new.min(axis=0) + new.max(axis=0) - old.min(axis=0) - old.max(axis=0)) / 2]
    tried = []
    for move in moves if np.abs(moves[1]).max() > 0.005 * size else moves[:1]:
        costs = _costs((old + move) / size, new / size)
        shift = int(np.argmin(costs[_ROWS, (_ROWS + _ROWS.T) % PLACES].sum(axis=0)))
        turned = np.roll(costs, -shift, axis=1)
        start = int(np.argmin(np.diagonal(turned)))
        rolled = np.roll(turned, (-start, -start), axis=(0, 1))
        total, path = _walk(rolled)
        tried.append((total, shift, start, path))
    _, shift, start, path = min(tried, key=lambda one: one[0])
    found = np.empty(PLACES)
    found[(np.arange(PLACES) + start) % PLACES] = (path + start + shift) / PLACES
    # Places before the start come after the walk's end: once around less.
    found[:start] -= 1.0
    return _spread(found)


def _costs(old: Outline, new: Outline) -> npt.NDArray[np.float64]:
    """(PLACES, PLACES): what it costs that the places belong together."""
    directions = []
    for points in (old, new):
        ahead = np.roll(points, -2, axis=0) - np.roll(points, 2, axis=0)
        directions.append(ahead / np.maximum(1e-9, np.hypot(*ahead.T))[:, None])
    far = ((old[:, None] - new[None]) ** 2).sum(axis=2)
    costs: npt.NDArray[np.float64] = far + DIRECTION**2 * (1 - directions[0] @ directions[1].T) / 2
    return costs


def _walk(costs: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
    """The cheapest way around, from (0, 0) to once around: its cost, and the column at each row."""
    width = 2 * BAND + 1
    offsets = np.arange(-BAND, BAND + 1)
    steps = (-1, 0, 1, 2)  # how much further than the row the column goes
    price = np.array([STRETCH**2 * step * step for step in steps])
    total = np.full(width, np.inf)
    total[BAND] = costs[0, 0]
    came = np.zeros((PLACES + 1, width), np.int8)
    padded = np.full(width + 4, np.inf)
    for row in range(1, PLACES + 1):
        padded[2:-2] = total
        ways = np.stack([padded[2 - step : 2 - step + width] + cost for step, cost in zip(steps, price, strict=True)])
        came[row] = np.argmin(ways, axis=0)
        total = ways[came[row], np.arange(width)] + costs[row % PLACES, (row + offsets) % PLACES]
    path = np.empty(PLACES)
    offset = 0
    for row in range(PLACES, 0, -1):
        if row < PLACES:
            path[row] = row + offset
        offset -= steps[came[row, offset + BAND]]
    path[0] = 0.0
    return float(total[BAND]), path


def _spread(shares: Shares) -> Shares:
    """The same order, a little more even, and none on another."""
    gaps = np.diff(np.concatenate([shares, shares[:1] + 1.0])) * PLACES
    gaps = np.maximum(CLOSEST, gaps + RELAX * (1.0 - gaps))
    gaps /= gaps.mean()
    spread: Shares = shares[0] + np.concatenate([[0.0], np.cumsum(gaps[:-1])]) / PLACES
    # The rounding of the gaps moves all places on; the mean stays where it was.
    return spread + float(np.mean(shares - spread))
