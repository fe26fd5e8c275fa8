"""What the mask says of alpha, softly: the model's probability, and the mask itself where the refine chain went another way."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from .method import Alpha, shares

SLIVER = 0.002
"""Of the picture's diagonal: so far a mask's outline may be from the probability's, as a threshold or some smoothing moves it, and
the probability still stands."""
SURE = 0.9
"""A mask and a probability that are farther apart than that don't tell of the same thing, however thin it is."""

AT_ONCE = 1 << 22
"""Pixels of a strip, about."""


def guide(probability: Alpha, mask: Alpha) -> Alpha:
    """(height, width) float32, 0 to 1: `probability`, replaced by `mask` where the refine chain changed it, and around there.

    `probability` is the model's logits enlarged to the picture, through the sigmoid; `mask` is what the chain made of it. What is not a
    number in either is 0. Raises ValueError where their shapes differ.
    """
    if probability.shape != mask.shape or mask.ndim != 2:
        raise ValueError(f"expected a probability and a mask of one size (h, w), got {probability.shape} and {mask.shape}")
    made = np.empty(mask.shape, np.float32)
    for strip in strips(mask.shape, 6 * sliver(mask.shape) + 4):
        made[strip.inner] = guide_of_rows(probability[strip.outer], mask[strip.outer], mask.shape)[strip.within]
    return made


def guide_of_rows(probability: Alpha, mask: Alpha, size: tuple[int, ...]) -> Alpha:
    """`guide` of some rows of a picture of `size`."""
    soft, hard = shares(probability), shares(mask)
    return np.where(changed(soft, hard, sliver(size)), hard, soft)


def changed(probability: Alpha, mask: Alpha, reach: int) -> npt.NDArray[np.bool_]:
    """(height, width): where the mask is not what the probability says, wider than `reach` pixels, and twice as far around."""
    other = ((probability > 0.5) != (mask > 0.5)).view(np.uint8)
    if not other.any():
        return np.zeros(mask.shape, np.bool_)
    wide = cv2.morphologyEx(other, cv2.MORPH_OPEN, disk(reach), borderType=cv2.BORDER_REPLICATE)
    wrong = (wide > 0) | (np.abs(probability - mask) > SURE)
    return np.asarray(cv2.dilate(wrong.view(np.uint8), disk(2 * reach + 1)) > 0)


class Strip(NamedTuple):
    """Some rows of a picture."""

    inner: slice
    """The rows."""
    outer: slice
    """With those around them that they depend on."""
    within: slice
    """Where `inner` lies in `outer`."""


def strips(size: tuple[int, ...], margin: int) -> Iterator[Strip]:
    """All rows of a picture of `size`, a bounded number of pixels at a time, with `margin` rows around them."""
    height = max(2 * margin, AT_ONCE // max(1, size[1]), 1)
    for top in range(0, size[0], height):
        bottom, first = min(top + height, size[0]), max(0, top - margin)
        yield Strip(slice(top, bottom), slice(first, min(size[0], bottom + margin)), slice(top - first, bottom - first))


def sliver(size: tuple[int, ...]) -> int:
    """`SLIVER` in pixels of a picture of `size`, (height, width), at least 1."""
    return max(1, round(SLIVER * math.hypot(size[0], size[1])))


def disk(radius: int) -> npt.NDArray[np.uint8]:
    """(2 radius + 1) squared, 1 within the radius."""
    across = np.arange(-radius, radius + 1)
    return (across[:, None] ** 2 + across[None, :] ** 2 <= radius**2 + radius).astype(np.uint8)
