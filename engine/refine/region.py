"""A mask that is nothing outside a box: most objects fill a small part of the picture, and so does the work on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.float32]
Rounded = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Box:
    """Pixels of the picture: rows `top` to before `bottom`, columns `left` to before `right`."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def whole(cls, size: tuple[int, int]) -> Box:
        """All of a picture of `size`, (height, width)."""
        return cls(0, 0, size[0], size[1])

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.bottom - self.top, self.right - self.left

    @property
    def empty(self) -> bool:
        return self.bottom <= self.top or self.right <= self.left

    @property
    def slices(self) -> tuple[slice, slice]:
        """What cuts the box out of an array of the whole picture."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def grown(self, margin: int, size: tuple[int, int]) -> Box:
        """The box and `margin` pixels around it, as far as the picture of `size` reaches."""
        return Box(
            max(0, self.top - margin), max(0, self.left - margin), min(size[0], self.bottom + margin), min(size[1], self.right + margin)
        )

    def around(self, other: Box) -> Box:
        """The smallest box that holds both."""
        if self.empty or other.empty:
            return other if self.empty else self
        return Box(min(self.top, other.top), min(self.left, other.left), max(self.bottom, other.bottom), max(self.right, other.right))

    def within(self, other: Box) -> bool:
        return self.top >= other.top and self.left >= other.left and self.bottom <= other.bottom and self.right <= other.right


@dataclass(frozen=True)
class Region:
    """A mask of the whole picture: `values` inside `box`, 0 everywhere else. `values` is (height, width) float32, 0 to 1, of the box."""

    box: Box
    values: Mask

    @classmethod
    def nothing(cls) -> Region:
        return cls(Box(0, 0, 0, 0), np.zeros((0, 0), np.float32))

    def over(self, box: Box) -> Mask:
        """The mask inside `box`, (height, width); not to be written to."""
        if box == self.box:
            return self.values
        if box.within(self.box):
            top, left = box.top - self.box.top, box.left - self.box.left
            return self.values[top : top + box.size[0], left : left + box.size[1]]
        found = np.zeros(box.size, np.float32)
        top, left = max(box.top, self.box.top), max(box.left, self.box.left)
        bottom, right = min(box.bottom, self.box.bottom), min(box.right, self.box.right)
        if top < bottom and left < right:
            inside = self.values[top - self.box.top : bottom - self.box.top, left - self.box.left : right - self.box.left]
            found[top - box.top : bottom - box.top, left - box.left : right - box.left] = inside
        return found

    def trimmed(self) -> Region:
        """The same mask in the smallest box that holds it."""
        if self.box.empty:
            return Region.nothing()
        left, top, width, height = cv2.boundingRect((self.values > 0).view(np.uint8))
        if width == 0:
            return Region.nothing()
        box = Box(self.box.top + top, self.box.left + left, self.box.top + top + height, self.box.left + left + width)
        return Region(box, self.over(box))

    def rounded(self, size: tuple[int, int], depth: Literal[8, 16] = 8) -> Rounded:
        """The whole mask as integers: (height, width) uint8, 255 for 1, or uint16, 65535 for 1; `size` is the picture's."""
        full: Rounded = np.zeros(size, np.uint8) if depth == 8 else np.zeros(size, np.uint16)
        if not self.box.empty:
            if depth == 8:  # one pass: clipped and rounded to nearest on the way
                full[self.box.slices] = cv2.convertScaleAbs(np.ascontiguousarray(self.values), alpha=255.0)
            else:
                full[self.box.slices] = np.rint(np.clip(self.values, 0.0, 1.0) * np.float32(65535)).astype(np.uint16)
        return full
