"""The guided filter: He, Sun and Tang, "Guided Image Filtering" (ECCV 2010; PAMI 2013), in box filters.

Windows are cut off at the picture's edge, not at the box's: outside of the box the mask, and so the line through each window, is 0.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from .op import Mask, Picture
from .region import Box

TILE = 128
"""Pixels: the least side of what is filtered at a time, so that all of it stays in the processor's cache."""
Filter = Callable[[Mask, npt.NDArray[np.float32], int, float, Box, tuple[int, int]], Mask]


def by_tiles(
    function: Filter, mask: Mask, guide: npt.NDArray[np.float32], radius: int, smoothing: float, box: Box, size: tuple[int, int]
) -> Mask:
    """What `function` (`guided` or `guided_by_color`) makes of it all, without the work where the mask is the same all around."""
    made = mask.copy()
    side, here = max(TILE, 8 * radius), Box.whole((mask.shape[0], mask.shape[1]))
    for top in range(0, here.bottom, side):
        for left in range(0, here.right, side):
            tile = Box(top, left, min(top + side, here.bottom), min(left + side, here.right))
            around = tile.grown(2 * radius, here.size)
            part = mask[around.slices]
            lowest, highest, _, _ = cv2.minMaxLoc(part)
            if lowest == highest:
                continue
            place = Box(around.top + box.top, around.left + box.left, around.bottom + box.top, around.right + box.left)
            found = function(part, guide[around.slices], radius, smoothing, place, size)
            inner = slice(top - around.top, tile.bottom - around.top), slice(left - around.left, tile.right - around.left)
            made[tile.slices] = found[inner]
    return made


def guided(mask: Mask, guide: Mask, radius: int, smoothing: float, box: Box, size: tuple[int, int]) -> Mask:
    """The mask, (height, width) float32, 0 to 1, as a line in `guide` (the same) in each window of `radius` pixels; equation 5 and 6.

    `smoothing` is the contrast, 0 to 1, whose square is the paper's epsilon. `box` is where in the picture of `size` all of it lies.
    """
    share = np.float32(1) / _count(box, size, radius)
    mean, mean_mask = _sum(guide, radius) * share, _sum(mask, radius) * share
    variance = _sum(guide * guide, radius) * share - mean * mean
    slope = (_sum(guide * mask, radius) * share - mean * mean_mask) / (np.maximum(variance, 0) + np.float32(smoothing**2))
    offset = mean_mask - slope * mean
    return _finished(_sum(slope, radius) * share * guide + _sum(offset, radius) * share)


def guided_by_color(mask: Mask, picture: Picture, radius: int, smoothing: float, box: Box, size: tuple[int, int]) -> Mask:
    """As `guided`, by all of `picture`, (height, width, 3) float32, 0 to 1; equations 19 to 21 of the later paper."""
    share = np.float32(1) / _count(box, size, radius)
    parts = [np.ascontiguousarray(picture[:, :, index]) for index in range(3)]
    means = [_sum(part, radius) * share for part in parts]
    mean_mask = _sum(mask, radius) * share
    shared = [_sum(part * mask, radius) * share - mean * mean_mask for part, mean in zip(parts, means, strict=True)]

    def together(one: int, two: int) -> Mask:
        found: Mask = _sum(parts[one] * parts[two], radius) * share - means[one] * means[two]
        return np.maximum(found, 0) + np.float32(smoothing**2) if one == two else found

    rr, rg, rb, gg, gb, bb = (together(*pair) for pair in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)))
    # The inverse of a symmetric 3 x 3 matrix, by cofactors.
    irr, irg, irb = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    igg, igb, ibb = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    one_over = np.float32(1) / np.maximum(rr * irr + rg * irg + rb * irb, np.float32(0.5 * smoothing**6))
    r, g, b = shared
    slopes = [(irr * r + irg * g + irb * b) * one_over, (irg * r + igg * g + igb * b) * one_over, (irb * r + igb * g + ibb * b) * one_over]
    made = _sum(mean_mask - sum(slope * mean for slope, mean in zip(slopes, means, strict=True)), radius)
    for slope, part in zip(slopes, parts, strict=True):
        made += _sum(slope, radius) * part
    return _finished(made * share)


def _sum(values: Mask, radius: int) -> Mask:
    side = 2 * radius + 1
    return np.asarray(cv2.boxFilter(values, cv2.CV_32F, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT), np.float32)


def _count(box: Box, size: tuple[int, int], radius: int) -> Mask:
    """How many of the picture's pixels lie in each pixel's window."""
    lines = []
    for first, last, length in ((box.top, box.bottom, size[0]), (box.left, box.right, size[1])):
        places = np.arange(first, last)
        lines.append(np.minimum(places + radius, length - 1) - np.maximum(places - radius, 0) + 1)
    return np.outer(*lines).astype(np.float32)


def _finished(made: Mask) -> Mask:
    return np.asarray(np.clip(np.where(made < 1e-5, 0.0, made), 0.0, 1.0), np.float32)
