"""Where the bulk of a mask is."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


def main_parts(mask: Mask, least: float = 0.1) -> Mask:
    """`mask`, (h, w), without the connected parts smaller than `least` of the largest one."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count <= 2:
        return mask
    areas = stats[:, cv2.CC_STAT_AREA]
    keep = areas >= least * areas[1:].max()
    keep[0] = False
    kept: Mask = keep[labels]
    return kept


def middle(mask: Mask) -> tuple[float, float]:
    """x, y of the place farthest inside `mask`, (h, w); the mask's edge is an outside."""
    distance = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    y, x = np.unravel_index(int(np.argmax(distance)), distance.shape)
    return float(x) + 0.5, float(y) + 0.5
