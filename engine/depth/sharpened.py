"""Depth as large as the picture, with the picture's edges.

He and Sun, "Fast Guided Filter" (2015): the lines of the guided filter are found at the network's size, and only they are enlarged.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ..refine.channels import luma

Floats = npt.NDArray[np.float32]

VERSION = "sharp depth 1"
SIDE = 480
"""Pixels: the longer side at which depth is worked on, unless the network's own is longer."""
RADIUS = 6
"""Pixels of that."""
CONTRAST = 0.06
"""Differences of luma below that, 0 to 1, are no edges."""


def working_size(size: tuple[int, int], said: tuple[int, ...]) -> tuple[int, int]:
    """(height, width) at which the depth of a picture of `size` is worked on, whose network gives `said` (h, w)."""
    times = min(1.0, max(SIDE, *said) / max(size))
    return max(2, round(size[0] * times)), max(2, round(size[1] * times))


def resized(values: npt.NDArray[np.float32], size: tuple[int, int]) -> Floats:
    """(h, w) or (h, w, 3) as `size` (height, width): by areas where it gets smaller, bilinear otherwise."""
    if values.shape[:2] == size:
        return values
    smaller = size[0] <= values.shape[0] and size[1] <= values.shape[1]
    way = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(values, (size[1], size[0]), interpolation=way), np.float32)


def sharpened(values: Floats, picture: npt.NDArray[np.float32]) -> Floats:
    """`values` (h, w) as large as `picture`, (height, width, 3) as displayed, 0 to 1, which they follow at its edges."""
    light = luma(picture)
    guide = resized(light, (values.shape[0], values.shape[1]))
    mean, mean_values = _mean(guide), _mean(values)
    variance = _mean(guide * guide) - mean * mean
    slope = np.asarray((_mean(guide * values) - mean * mean_values) / (np.fmax(variance, 0) + CONTRAST**2), np.float32)
    offset = mean_values - slope * mean
    size = (light.shape[0], light.shape[1])
    made = resized(_mean(slope), size) * light
    made += resized(_mean(offset), size)
    return np.asarray(np.fmax(made, np.float32(0)), np.float32)


def _mean(values: Floats) -> Floats:
    side = 2 * RADIUS + 1
    return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)
