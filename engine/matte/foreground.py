"""The object's own colour where the background shows through: an edge that carries none of it onto the next background.

Germer, Uelwer, Conrad and Harmeling, "Fast Multi-Level Foreground Estimation" (ICPR 2020), as pymatting has it.
"""

from __future__ import annotations

from typing import Any, Protocol

import cv2
import numpy as np

from ..refine.region import Box
from .guide import disk, strips
from .method import Alpha, Picture, shares
from .parts import part
from .tiles import pieces

VERSION = "foreground-1"
"""Part of every foreground's key."""
BEYOND = 4
"""Pixels around the object that have a colour too, so that a filter on the straight colour finds no dark rim."""
MARGIN = 64
"""Pixels around a tile: what the colour of its pixels may come from, besides the coarser levels' means."""
WHOLE = 1 << 20
"""Pixels of a box around the edge that are done at once."""


class Shown(Protocol):
    """A picture, (height, width, 3) RGB, 0 to 1, as displayed: an array, or what makes the part that is asked for."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __getitem__(self, part: Any, /) -> Picture:
        """Rows, or rows and columns, as slices."""
        ...


def foreground(picture: Shown, alpha: Alpha) -> Picture:
    """The object's colour, (height, width, 3) float32, RGB, 0 to 1, straight: not multiplied by alpha.

    It is in the picture's own terms: as displayed, as alpha is found there. It is the picture's where alpha is 1, found where alpha is
    between 0 and 1 and up to BEYOND pixels around, and 0 elsewhere. Only the edge costs. What is not a number is 0. Raises ValueError
    where the shapes don't fit.
    """
    if alpha.ndim != 2 or picture.shape != (*alpha.shape, 3):
        raise ValueError(f"expected a picture (h, w, 3) with an alpha (h, w), got {picture.shape} and {alpha.shape}")
    made = np.zeros(picture.shape, np.float32)
    sure = np.asarray(alpha >= 1)
    for strip in strips(alpha.shape, 0):
        np.copyto(made[strip.inner], shares(picture[strip.inner]), where=sure[strip.inner][..., None])
    soft = (cv2.dilate(np.asarray(alpha > 0).view(np.uint8), disk(BEYOND)) > 0) & ~sure
    if not soft.any():
        return made
    left, top, width, height = cv2.boundingRect(soft.view(np.uint8))
    box = Box(top, left, top + height, left + width)
    for piece in pieces(box, alpha.shape, MARGIN, whole=box.size[0] * box.size[1] <= WHOLE):
        here = soft[piece.faded.slices]
        if not here.any():
            continue
        found = _estimated(shares(picture[piece.outer.slices]), shares(alpha[piece.outer.slices]))
        place = made[piece.faded.slices]
        np.add(place, piece.cut(found) * piece.share[..., None], out=place, where=here[..., None])
    return np.clip(made, 0.0, 1.0, out=made)


def _estimated(picture: Picture, alpha: Alpha) -> Picture:
    if min(alpha.shape) < 2:  # pymatting's levels need two pixels each way
        picture = np.pad(picture, ((0, 1), (0, 1), (0, 0)), mode="edge")
        return _estimated(picture, np.pad(alpha, ((0, 1), (0, 1)), mode="edge"))[:-1, :-1]
    estimate = part("foreground.estimate_foreground_ml", "estimate_foreground_ml")
    return np.asarray(estimate(np.ascontiguousarray(picture), np.ascontiguousarray(alpha)), np.float32)
