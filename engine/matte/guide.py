"""What the mask says of alpha, softly: the model's probability, and the mask itself where the refine chain went another way."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from .method import Alpha, shares

SLIVER = 0.002
"""Of the picture's diagonal: so far a mask's outline may be from the probability's, as a threshold or some smoothing moves it, and
the probability still stands."""
SURE = 0.9
"""A mask and a probability that are farther apart than that don't tell of the same thing, however thin it is."""


def guide(probability: Alpha, mask: Alpha) -> Alpha:
    """(height, width) float32, 0 to 1: `probability`, replaced by `mask` where the refine chain changed it, and around there.

    `probability` is the model's logits enlarged to the picture, through the sigmoid; `mask` is what the chain made of it. What is not a
    number in either is 0. Raises ValueError where their shapes differ.
    """
    soft, hard = shares(probability), shares(mask)
    if soft.shape != hard.shape or soft.ndim != 2:
        raise ValueError(f"expected a probability and a mask of one size (h, w), got {soft.shape} and {hard.shape}")
    return np.where(changed(soft, hard), hard, soft)


def changed(probability: Alpha, mask: Alpha) -> npt.NDArray[np.bool_]:
    """(height, width): where the mask is not what the probability says, wider than a SLIVER, and as far around as a sliver reaches."""
    other = ((probability > 0.5) != (mask > 0.5)).view(np.uint8)
    if not other.any():
        return np.zeros(mask.shape, np.bool_)
    reach = sliver(mask.shape)
    kernel = disk(reach)
    wide = cv2.morphologyEx(other, cv2.MORPH_OPEN, kernel, borderType=cv2.BORDER_REPLICATE)
    wrong = (wide > 0) | (np.abs(probability - mask) > SURE)
    return np.asarray(cv2.dilate(wrong.view(np.uint8), disk(2 * reach + 1)) > 0)


def sliver(size: tuple[int, ...]) -> int:
    """`SLIVER` in pixels of a picture of `size`, (height, width), at least 1."""
    return max(1, round(SLIVER * math.hypot(size[0], size[1])))


def disk(radius: int) -> npt.NDArray[np.uint8]:
    """(2 radius + 1) squared, 1 within the radius."""
    across = np.arange(-radius, radius + 1)
    return (across[:, None] ** 2 + across[None, :] ** 2 <= radius**2 + radius).astype(np.uint8)
