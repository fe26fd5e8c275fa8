"""All around: a panorama's right edge goes on at its left one, and an op must not see an edge there.

The picture is turned for each op so that its edges come to lie where the mask is nothing, or least, and the result is turned back. So every
op goes around, whatever it does with its neighbours; only an object that itself goes all around is cut, where there is least of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..shot import Polygon
from .region import Box, Mask, Region


@dataclass(frozen=True)
class Turn:
    """Columns move by `shift` to the right, and from the end to the beginning."""

    shift: int
    size: tuple[int, int]
    """(height, width) of the picture."""

    @classmethod
    def away(cls, masks: Iterable[Region], size: tuple[int, int], margin: int | None) -> Turn:
        """The turn for an op on `masks` that looks `margin` pixels around them; none where that comes to no edge."""
        width = size[1]
        filled = np.zeros(width, np.float32)
        near = False
        for mask in masks:
            if not mask.box.empty:
                filled[mask.box.left : mask.box.right] += mask.values.sum(axis=0)
                near |= margin is None or mask.box.left < margin + 1 or width - mask.box.right < margin + 1
        if not near or not filled.any():
            return cls(0, size)
        free = np.flatnonzero(filled == 0)
        if len(free) == 0:
            return cls((width - int(filled.argmin())) % width, size)
        # Runs of free columns around the circle, told by what comes after the last filled one; the seam goes amid the longest.
        full = np.flatnonzero(filled)
        gaps = np.diff(full, append=full[0] + width)
        longest = int(gaps.argmax())
        seam = int(full[longest] + (gaps[longest] + 1) // 2) % width
        return cls((width - seam) % width, size)

    @property
    def back(self) -> Turn:
        return replace(self, shift=-self.shift % self.size[1])

    def cut(self, whole: npt.NDArray[Any], box: Box) -> npt.NDArray[Any]:
        """What is in `box` of `whole`, (height, width, ...) of all the picture, once that is turned."""
        if self.shift == 0:
            return whole[box.slices]
        return whole[box.top : box.bottom, self._columns(box)]

    def over(self, mask: Region, box: Box) -> Mask:
        """The same of a mask."""
        if self.shift == 0:
            return mask.over(box)
        rows = Box(box.top, 0, box.bottom, self.size[1])
        return np.ascontiguousarray(mask.over(rows)[:, self._columns(box)])

    def region(self, mask: Region) -> Region:
        """The mask, turned."""
        if self.shift == 0 or mask.box.empty:
            return mask
        rows = Box(mask.box.top, 0, mask.box.bottom, self.size[1])
        return Region(rows, self.over(mask, rows)).trimmed()

    def outlines(self, polygons: Sequence[Polygon]) -> Sequence[Polygon]:
        """The outlines, turned; once more to either side, for those that lie across an edge."""
        width = self.size[1]
        places = (self.shift, self.shift - width) if self.shift else (0, width, -width)
        return [replace(polygon, points=tuple((x + place, y) for x, y in polygon.points)) for polygon in polygons for place in places]

    def _columns(self, box: Box) -> npt.NDArray[np.intp]:
        return (np.arange(box.left, box.right) - self.shift) % self.size[1]
