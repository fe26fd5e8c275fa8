"""Where a mask's edge is, and where it is all object or nothing: most of a mask needs no looking at it pixel by pixel as it is drawn.

Knows nothing of Blender.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in the picture, in pixels; right and bottom are the first that are outside."""
TILE = 8
"""Pixels of a tile's side."""
LOW, HIGH = 1, 254
"""What differs from nothing, or from all, by no more than that is taken for it."""


class Tiles(NamedTuple):
    """Rectangles, (n, 4) float32: left, top, right, bottom in pixels of the mask's box; a tile beyond it on each side."""

    edge: npt.NDArray[np.float32]
    """In these, or less than a tile away from them, is something of an edge."""
    inside: npt.NDArray[np.float32]
    """These are all object, and so is what is less than a tile away from them."""


def tiles_of(pixels: npt.NDArray[np.uint8]) -> Tiles:
    """The tiles of a mask, (height, width), that isn't empty. What is beyond it is as its border."""
    low, high = (_folded(np.ascontiguousarray(_folded(pixels, better).T), better).T for better in (np.minimum, np.maximum))
    inside = _around(np.pad(low, 2, mode="edge"), np.minimum) >= HIGH
    empty = _around(np.pad(high, 2, mode="edge"), np.maximum) <= LOW
    return Tiles(_runs(~(inside | empty)), _runs(inside))


def _folded(values: npt.NDArray[np.uint8], better: np.ufunc) -> npt.NDArray[np.uint8]:
    """The lowest, or highest, of each TILE rows; many times as quick as `ufunc.reduceat`."""
    whole = len(values) // TILE * TILE
    found: npt.NDArray[np.uint8] = better.reduce(values[:whole].reshape(-1, TILE, values.shape[1]), axis=1)
    return np.concatenate([found, better.reduce(values[whole:], axis=0, keepdims=True)]) if whole < len(values) else found


def _around(values: npt.NDArray[np.uint8], better: np.ufunc) -> npt.NDArray[np.uint8]:
    """The lowest, or highest, of each tile and its eight neighbours; without the outermost row and column on each side."""
    across = better(better(values[:, :-2], values[:, 1:-1]), values[:, 2:])
    found: npt.NDArray[np.uint8] = better(better(across[:-2], across[1:-1]), across[2:])
    return found


def _runs(chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """The chosen tiles, those that follow one another in a row as one rectangle."""
    steps = np.diff(chosen.astype(np.int8), axis=1, prepend=np.int8(0), append=np.int8(0))
    first, last = np.argwhere(steps == 1), np.argwhere(steps == -1)
    row, left, right = first[:, 0] - 1, first[:, 1] - 1, last[:, 1] - 1
    return np.stack([left, row, right, row + 1], axis=1).astype(np.float32) * np.float32(TILE)


def triangles(rectangles: npt.NDArray[np.float32], box: Box, size: tuple[int, int]) -> npt.NDArray[np.float32]:
    """(6 n, 2) corners of triangles, 0 to 1 over the mask's `box`, from its top left; cut to a picture of `size`, (width, height)."""
    left, top, right, bottom = box
    low = np.array([-left, -top] * 2, np.float32)
    high = np.array([size[0] - left, size[1] - top] * 2, np.float32)
    shares = np.clip(rectangles, low, high) / np.array([right - left, bottom - top] * 2, np.float32)
    corners = shares[:, [0, 1, 2, 1, 0, 3, 0, 3, 2, 1, 2, 3]]
    return np.ascontiguousarray(corners.reshape(-1, 2))
