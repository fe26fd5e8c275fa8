"""Where a mask's edge is, and where it is all object or nothing: most of a mask needs no looking at it pixel by pixel as it is drawn.

Knows nothing of Blender.
"""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in the picture, in pixels; right and bottom are the first that are outside."""
TILE, WIDE = 8, 1920
"""Pixels of a tile's side, for each `WIDE` pixels of the picture's width: a wider picture is seen from farther away."""
LOW, HIGH = 1, 254
"""What differs from nothing, or from all, by no more than that is taken for it."""
LINE = 0.4, 0.6
"""The outline is where a mask comes from one of these shares to the other."""


class Tiles(NamedTuple):
    """Rectangles, (n, 4) float32: left, top, right, bottom in pixels of the mask's box; a tile beyond it on each side."""

    edge: npt.NDArray[np.float32]
    """In these, or less than half a tile away from them, something of an outline may be."""
    soft: npt.NDArray[np.float32]
    """In these there is none, but they are neither all object nor nothing."""
    inside: npt.NDArray[np.float32]
    """These are all object, and so is what is less than half a tile away from them."""


def side_of(width: int) -> int:
    """Pixels of a tile's side in a picture of that width."""
    return TILE * max(1, -(-width // WIDE))


def tiles_of(pixels: npt.NDArray[np.uint8], side: int) -> Tiles:
    """The tiles of a mask, (height, width), that isn't empty; `side` pixels each, an even number. What is beyond it is as its border."""
    lowest, highest = (_near(_near(pixels, side, better).T, side, better).T for better in (np.minimum, np.maximum))
    inside = lowest >= HIGH
    edge = (lowest < round(LINE[1] * 255)) & (highest > round(LINE[0] * 255))
    soft = ~(edge | inside | (highest <= LOW))
    return Tiles(*(_rectangles(chosen) * np.float32(side) for chosen in (edge, soft, inside)))


def _near(values: npt.NDArray[np.uint8], side: int, better: np.ufunc) -> npt.NDArray[np.uint8]:
    """The lowest, or highest, of each `side` rows and half as many on both sides; begins before the first row, and ends after the last."""
    half, values = side // 2, np.ascontiguousarray(values)
    whole = len(values) // half * half
    found: npt.NDArray[np.uint8] = reduce(better, [values[first:whole:half] for first in range(half)])
    if whole < len(values):
        found = np.concatenate([found, better.reduce(values[whole:], axis=0, keepdims=True)])
    padded = np.pad(found, ((3, 3 + len(found) % 2), (0, 0)), mode="edge")
    count = len(padded) // 2 - 1
    windows: npt.NDArray[np.uint8] = reduce(better, [padded[first : first + 2 * count : 2] for first in range(4)])
    return windows


def _rectangles(chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """The chosen tiles, those that follow one another in a row as one, and rows that are alike too; counted in tiles of the box."""
    apart = np.pad(chosen, ((0, 0), (1, 1)))  # each row begins and ends with one that isn't chosen
    flat = apart.ravel()
    at = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    row, left = np.divmod(at[::2], apart.shape[1])
    right = left + at[1::2] - at[::2]
    order = np.lexsort((row, right, left))
    row, left, right = row[order], left[order], right[order]
    goes_on = (row[1:] == row[:-1] + 1) & (left[1:] == left[:-1]) & (right[1:] == right[:-1])
    first, last = np.flatnonzero(~np.r_[False, goes_on]), np.flatnonzero(~np.r_[goes_on, False])
    if not len(row):
        first = last = row
    return np.stack([left[first] - 2, row[first] - 1, right[first] - 2, row[last]], axis=1).astype(np.float32)


def triangles(rectangles: npt.NDArray[np.float32], box: Box, size: tuple[int, int]) -> npt.NDArray[np.float32]:
    """(6 n, 2) corners of triangles, 0 to 1 over the mask's `box`, from its top left; cut to a picture of `size`, (width, height)."""
    left, top, right, bottom = box
    low = np.array([-left, -top] * 2, np.float32)
    high = np.array([size[0] - left, size[1] - top] * 2, np.float32)
    shares = np.clip(rectangles, low, high) / np.array([right - left, bottom - top] * 2, np.float32)
    corners = shares[:, [0, 1, 2, 1, 0, 3, 0, 3, 2, 1, 2, 3]]
    return np.ascontiguousarray(corners.reshape(-1, 2))
