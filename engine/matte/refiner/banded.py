"""The unknown band of a picture, a tile at a time, for what looks at some pixels around each."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from ...refine.region import Box
from ..method import UNKNOWN, Trimap
from ..tiles import pieces

__all__ = ["MARGIN", "STEP", "mirrored", "over_band"]

Plane = npt.NDArray[np.float32]

MARGIN = 64
"""Pixels around a tile's unknown ones that are shown with it: what a pixel may depend on."""
STEP = 16
"""Tiles begin and end at multiples of so many pixels, so that all of a picture's are halved at the same places."""


def over_band(trimap: Trimap, tile: Callable[[Box], Plane]) -> Plane:
    """(height, width): what `tile` makes of the boxes that it is given, (height, width) of the box, where the trimap is UNKNOWN; else 0.

    A box may reach beyond the picture (see `mirrored`). Neighbouring tiles fade into each other.
    """
    unknown = trimap == UNKNOWN
    made = np.zeros(trimap.shape, np.float32)
    if not unknown.any():
        return made
    for piece in pieces(_around(unknown), trimap.shape, 0):
        here = unknown[piece.faded.slices]
        if not here.any():
            continue
        inner = _placed(_around(here), piece.faded)
        outer = _on_grid(inner.grown(MARGIN, (trimap.shape[0], trimap.shape[1])))
        found = tile(outer)
        top, left = piece.faded.top - outer.top, piece.faded.left - outer.left
        # What of the piece lies outside of the tile has no unknown pixel.
        part = np.zeros(piece.faded.size, np.float32)
        down, across = slice(max(0, -top), None), slice(max(0, -left), None)
        cut = found[max(0, top) : top + piece.faded.size[0], max(0, left) : left + piece.faded.size[1]]
        part[down, across][: cut.shape[0], : cut.shape[1]] = cut
        place = made[piece.faded.slices]
        np.add(place, part * piece.share, out=place, where=here)
    return made


def _around(mask: npt.NDArray[np.bool_]) -> Box:
    """The smallest box that holds all that is true."""
    left, top, width, height = cv2.boundingRect(np.ascontiguousarray(mask).view(np.uint8))
    return Box(top, left, top + height, left + width)


def _placed(box: Box, within: Box) -> Box:
    """A box of a part of the picture, as one of the picture."""
    return Box(box.top + within.top, box.left + within.left, box.bottom + within.top, box.right + within.left)


def _on_grid(box: Box) -> Box:
    """The box in whole STEPs, so that all tiles of a picture halve it at the same places. May reach beyond the picture."""
    down, right = (math.ceil(value / STEP) * STEP for value in (box.bottom, box.right))
    return Box(box.top // STEP * STEP, box.left // STEP * STEP, down, right)


def mirrored(first: int, last: int, size: int) -> npt.NDArray[np.intp]:
    """Indices from `first` to `last` of `size` that there are."""
    places = np.arange(first, last) % (2 * size)
    return np.where(places < size, places, 2 * size - 1 - places).astype(np.intp)
