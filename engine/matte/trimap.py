"""Where alpha is known, and where it has to be found: a band along the mask's outline, wide where the model was unsure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from .guide import guide_of_rows, strips
from .method import BACKGROUND, FOREGROUND, UNKNOWN, Alpha, Trimap

WIDTH = 0.006
"""Of the picture's diagonal: the band's automatic width to either side of the outline ..."""
OF_OBJECT = 0.08
"""... but not more than this share of the object's own size, the root of its area ..."""
CELLS = 1.25
"""... and never less than so many of the logits' cells, which is as well as the outline is known."""
LOGITS = 256
"""Cells across the model's logits."""
SOFT = 0.1
"""Probabilities farther than that from 0 and 1 are unsure: there the band is wider ..."""
REACH = 3.0
"""... up to so many times its width."""


@dataclass(frozen=True)
class TrimapSettings:
    """How wide the unknown band is."""

    width: float = 0.0
    """Pixels of the picture, half of them to either side of the mask's outline; 0 is as wide as the picture and the object ask for."""
    inside: float = 1.0
    """How many times that half the band reaches into the object, and how many times as far it follows the model's doubts there."""
    outside: float = 1.0
    """As `inside`, on the background's side."""

    def __post_init__(self) -> None:
        for name in ("width", "inside", "outside"):
            if not (math.isfinite(value := getattr(self, name)) and value >= 0):
                raise ValueError(f"trimap.{name}: expected a number of 0 or more, got {value}")


def make_trimap(probability: Alpha, mask: Alpha, settings: TrimapSettings = TrimapSettings()) -> Trimap:
    """(height, width) uint8: BACKGROUND, UNKNOWN, FOREGROUND.

    `probability`, (height, width) float32, 0 to 1, is the model's logits enlarged to the picture, through the sigmoid; `mask`, the same, is
    the object after the refine chain. Where the two disagree the mask is right. What is not a number in either is 0. Raises ValueError
    where their shapes differ.
    """
    if probability.shape != mask.shape or mask.ndim != 2:
        raise ValueError(f"expected a probability and a mask of one size (h, w), got {probability.shape} and {mask.shape}")
    inner = np.asarray(mask > 0.5).view(np.uint8)
    made = np.where(inner, np.uint8(FOREGROUND), np.uint8(BACKGROUND)).astype(np.uint8)
    if not inner.any() or inner.all():
        return made
    half = settings.width / 2 or automatic_half(inner)
    reach = math.ceil(REACH * half * max(settings.inside, settings.outside)) + 1
    for strip in strips(mask.shape, reach):
        made[strip.inner] = _part(probability[strip.outer], mask[strip.outer], inner[strip.outer], half, settings, mask.shape)[strip.within]
    return made


def _part(
    probability: Alpha, mask: Alpha, inner: npt.NDArray[np.uint8], half: float, settings: TrimapSettings, size: tuple[int, ...]
) -> Trimap:
    """The trimap of some rows of a picture of `size`."""
    made = np.where(inner, np.uint8(FOREGROUND), np.uint8(BACKGROUND)).astype(np.uint8)
    if not inner.any() or inner.all():
        return made
    unsure = _between(guide_of_rows(probability, mask, size)) | _between(mask)
    for side, share in ((inner, settings.inside), (1 - inner, settings.outside)):
        # Of the pixels on this side, how far each is from the outline: the nearest pixel of the other side is half a pixel beyond.
        depth = cv2.distanceTransform(side, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) - np.float32(0.5)
        within = (depth <= half * share) | (unsure & (depth <= REACH * half * share))
        made[(side > 0) & within] = UNKNOWN
    return made


def automatic_half(inner: npt.NDArray[np.uint8]) -> float:
    """Pixels to either side of the outline of `inner`, (height, width), 1 on the object."""
    height, width = inner.shape
    area = math.sqrt(cv2.countNonZero(inner))
    return float(max(CELLS * max(height, width) / LOGITS, min(WIDTH * math.hypot(height, width), OF_OBJECT * area)))


def _between(values: Alpha) -> npt.NDArray[np.bool_]:
    return np.asarray((values > SOFT) & (values < 1 - SOFT))
