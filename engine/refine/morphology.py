"""Dilation and erosion by disks: whichever way is quickest at a mask's and a disk's size."""

from __future__ import annotations

import math

import cv2
import numpy as np

from .distance import Binary, binary, distance_to, is_binary
from .op import Mask

SMALL = 12
"""Up to this radius OpenCV's own dilation is quicker than distances, for binary masks."""
SMALL_SOFT = 6
"""And for soft ones than going by rows."""
STRIP = 64
"""Rows that are worked on at once: what is made of them stays in the processor's cache."""


def disk(radius: int) -> Binary:
    """The pixels whose centres are no farther than `radius` from the middle one's: Blender's Dilate/Erode node in its mode Distance."""
    line = np.arange(-radius, radius + 1)
    return np.asarray(line[:, None] ** 2 + line**2 <= radius * radius, np.uint8)


def dilated(mask: Mask, radius: int) -> Mask:
    """The highest within `radius` pixels, eroded where that is below 0. Nothing beyond the array counts, in either.

    (height, width) float32, 0 to 1.
    """
    if radius == 0 or mask.size == 0:
        return mask
    core = binary(mask)
    if is_binary(mask):
        return _binary(core, radius).astype(np.float32)
    if abs(radius) <= SMALL_SOFT:
        return np.asarray((cv2.dilate if radius > 0 else cv2.erode)(mask, disk(abs(radius))), np.float32)
    return _by_rows(mask, radius)


def closed(mask: Mask, radius: int) -> Mask:
    """Dilated by a disk, then eroded by it: gaps up to twice the radius wide are filled."""
    return _there_and_back(mask, abs(radius))


def opened(mask: Mask, radius: int) -> Mask:
    """Eroded by a disk, then dilated by it: what is thinner than twice the radius goes."""
    return _there_and_back(mask, -abs(radius))


def _there_and_back(mask: Mask, radius: int) -> Mask:
    if radius == 0 or mask.size == 0:
        return mask
    core = binary(mask)
    if is_binary(mask):
        return _binary(_binary(core, radius), -radius).astype(np.float32)
    return dilated(dilated(mask, radius), -radius)


def _binary(core: Binary, radius: int) -> Binary:
    if abs(radius) <= SMALL:
        return np.asarray((cv2.dilate if radius > 0 else cv2.erode)(core, disk(abs(radius))), np.uint8)
    if radius > 0:
        return (distance_to(core, radius) <= radius + 1e-3).view(np.uint8)
    return (distance_to(1 - core, -radius) > -radius + 1e-3).view(np.uint8)


def _by_rows(mask: Mask, radius: int) -> Mask:
    """A disk is rows of several widths, one above the other. The highest in each run of 1, 2, 4, 8 ... pixels is found once; two such
    runs make a row of any width."""
    better, nothing = (cv2.max, 0.0) if radius > 0 else (cv2.min, 1.0)
    reach, (height, width) = abs(radius), mask.shape
    halves = [math.isqrt(reach * reach - down * down) for down in range(reach + 1)]
    bordered = cv2.copyMakeBorder(mask, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=nothing)
    found = np.empty((height, width), np.float32)
    for top in range(0, height, STRIP):
        strip = found[top : top + STRIP]
        count = len(strip)
        runs = [bordered[top : top + count + 2 * reach]]
        for power in range((2 * reach + 1).bit_length() - 1):
            last = runs[-1]
            runs.append(better(last[:, : -(1 << power)], last[:, 1 << power :]))
        strip[:] = nothing
        for down, half in enumerate(halves):
            power = (2 * half + 1).bit_length() - 1
            run = runs[power][reach - down : reach + count + down]
            first, second = reach - half, reach + half + 1 - (1 << power)
            row = better(run[:, first : first + width], run[:, second : second + width])
            better(strip, row[:count], dst=strip)
            better(strip, row[2 * down :], dst=strip)
    return found
