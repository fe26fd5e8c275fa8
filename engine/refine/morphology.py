"""Dilation and erosion by disks: whichever way is quickest at a mask's and a disk's size."""

from __future__ import annotations

import math

import cv2
import numpy as np

from .distance import Binary, binary, distance_to, is_binary
from .op import Mask

SMALL = 12
"""Up to this radius OpenCV's own dilation is quicker than distances, for binary masks and for soft ones than going by rows."""


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
    if abs(radius) <= SMALL:
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
    """A disk is rows of several widths, one above the other; OpenCV dilates by a row in a time that hardly grows with its width."""
    step, better = (cv2.dilate, np.maximum) if radius > 0 else (cv2.erode, np.minimum)
    radius = abs(radius)
    found = mask.copy()
    for down in range(min(radius, mask.shape[0] - 1) + 1):
        half = math.isqrt(radius * radius - down * down)
        row = np.asarray(step(mask, np.ones((1, 2 * half + 1), np.uint8)), np.float32)
        if down == 0:
            better(found, row, out=found)
        else:
            better(found[down:], row[:-down], out=found[down:])
            better(found[:-down], row[down:], out=found[:-down])
    return found
