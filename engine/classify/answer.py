"""What a network said of a picture, in as few pixels as it said it, and the labels of each of the picture's own pixels.

Scores between those that there are come by bilinear interpolation. That never makes a class the likeliest which another one is ahead of at
every score: only classes that are in the running are scaled to the picture's size, of 21 mostly two or three.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from .scores import Labels, Scores, in_the_running

FINER = 4
"""How many times finer than it was said an answer at corners becomes, at most, where it has to be even."""
PRODUCT = 1 << 18
"""Multiplications up to which OpenBLAS, and so numpy, keeps a product of matrices on one thread."""


@dataclass(frozen=True)
class Answer:
    """A network's scores of a picture."""

    scores: Scores
    shown: tuple[int, int]
    """(height, width) of the picture that it was shown."""
    corners: bool = False
    """Whether the outermost scores are in the middle of the outermost pixels shown, instead of each in the middle of its share of them."""

    def at(self, size: tuple[int, int]) -> Scores:
        """(classes, height, width) for each pixel of `size` (height, width)."""
        if self._is_even and self.scores.shape[1:] == size:
            return self.scores
        down, made = self._places(size, 0), np.empty((len(self.scores), *size), np.float32)
        for target, plane in zip(made, self._across(self.scores, size), strict=True):
            np.subtract(plane[down.after], plane[down.before], out=target)
            target *= down.share[:, None]
            target += plane[down.before]
        return made

    def even(self) -> Scores:
        """The scores each in the middle of its share of the picture, as all that is kept has them."""
        size = self.scores.shape[1:]
        return self.scores if self._is_even else self.at((min(self.shown[0], FINER * size[0]), min(self.shown[1], FINER * size[1])))

    def labels(self, size: tuple[int, int]) -> Labels:
        """The likeliest class of each pixel of `size` (height, width), the first of those that are equal."""
        running = in_the_running(self.scores)
        found = np.full(size, running[0], np.uint8)
        if len(running) == 1:
            return found
        low = self.scores[running]
        planes = self._across(low, size)
        shown = 0 if self._is_even else self.shown[0]
        across = self._places(size, 1)
        for pixels, rows, counts in _strips(size, low.shape[1], shown):
            _choose(found[pixels], counts, across, low[:, rows], planes[:, rows], np.asarray(running, np.uint8))
        return found

    @property
    def _is_even(self) -> bool:
        return not self.corners or self.scores.shape[1:] == self.shown

    def _places(self, size: tuple[int, int], axis: int) -> _Places:
        return _places(size[axis], self.scores.shape[axis + 1], 0 if self._is_even else self.shown[axis])

    def _across(self, planes: Scores, size: tuple[int, int]) -> Scores:
        """`planes` as wide as `size`, and not higher."""
        across = self._places(size, 1)
        before = planes[..., across.before]
        return np.asarray(before + (planes[..., across.after] - before) * across.share, np.float32)


class _Places(NamedTuple):
    """Where pixels are among scores, along one axis: between which two, and how far from the first to the second, 0 to 1."""

    before: npt.NDArray[np.int64]
    after: npt.NDArray[np.int64]
    share: npt.NDArray[np.float32]


@lru_cache(maxsize=32)
def _places(count: int, said: int, shown: int) -> _Places:
    """Of `count` pixels among `said` scores, which are each in the middle of its share of the picture; with `shown`, from the first to the
    last of so many pixels.
    """
    middle = (np.arange(count) + 0.5) / count
    place = (middle * shown - 0.5) * (said - 1) / max(1, shown - 1) if shown else middle * said - 0.5
    place = np.clip(place, 0, said - 1)
    before = np.minimum(place.astype(np.int64), max(0, said - 2))
    return _Places(before, np.minimum(before + 1, said - 1), (place - before).astype(np.float32))


class _Strip(NamedTuple):
    """Rows of the picture that are gone through at once."""

    pixels: slice
    scores: slice
    """The rows of scores that they are between."""
    counts: npt.NDArray[np.float32]
    """(pixels, scores): how much each of these counts."""


@lru_cache(maxsize=8)
def _strips(size: tuple[int, int], said: int, shown: int) -> tuple[_Strip, ...]:
    """Of a picture of `size`, as `_places` are: what is worked on stays in the processor's cache, and numpy's products are so small that
    they take no threads of their own."""
    rows = 40
    while rows > 1 and rows * (rows * said // size[0] + 3) * size[1] > PRODUCT:
        rows //= 2
    places, found = _places(size[0], said, shown), []
    for begin in range(0, size[0], rows):
        before, after, share = (part[begin : begin + rows] for part in places)
        counts, each = np.zeros((len(share), after[-1] - before[0] + 1), np.float32), np.arange(len(share))
        counts[each, before - before[0]] = 1 - share
        counts[each, after - before[0]] += share
        found.append(_Strip(slice(begin, begin + rows), slice(int(before[0]), int(after[-1]) + 1), counts))
    return tuple(found)


def _choose(
    found: Labels, down: npt.NDArray[np.float32], across: _Places, low: Scores, planes: Scores, running: npt.NDArray[np.uint8]
) -> None:
    """Set `found` to the likeliest of the classes `running`, whose scores are `low`; `planes` are as wide as `found`, `down` makes them as
    high."""
    likeliest = low.argmax(axis=0)
    left, right = likeliest[0, 0], likeliest[0, -1]
    other = (likeliest != left).any(axis=0)
    # Pixels between scores that all say the same have that label: only what is between where others begin and where they end is worked out.
    if not other.any():
        found[:] = running[left]
        return
    begin = max(0, int(other.argmax()) - 1)
    end = likeliest.shape[1] - max(0, int((likeliest != right).any(axis=0)[::-1].argmax()) - 1)
    first, *others = in_the_running(low)
    start, stop = int(np.searchsorted(across.before, begin)), int(np.searchsorted(across.after, end - 1, "right"))
    found[:, :start], found[:, stop:] = running[left], running[right]
    target = np.full((len(down), stop - start), running[first], np.uint8)
    best = down @ planes[first, :, start:stop]
    for place in others:
        plane = down @ planes[place, :, start:stop]
        better = cv2.compare(plane, best, cv2.CMP_GT)
        cv2.max(best, plane, dst=best)
        # Classes come in rising order: the larger number is the one that was found later.
        cv2.max(target, better & running[place], dst=target)
    found[:, start:stop] = target
