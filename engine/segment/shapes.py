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


def middles(mask: Mask, count: int) -> list[tuple[float, float]]:
    """At most `count` places x, y spread inside `mask`'s main parts, (h, w): the `middle`, then that of what is far from those before.

    Far is 0.7 of the radius of a disk as large as the mask. An empty mask has none.
    """
    left = main_parts(mask)
    reach = 0.7 * np.sqrt(np.count_nonzero(left) / np.pi)
    rows, columns = np.ogrid[: mask.shape[0], : mask.shape[1]]
    places: list[tuple[float, float]] = []
    while len(places) < count and left.any():
        x, y = middle(left)
        places.append((x, y))
        left = left & (np.hypot(columns + 0.5 - x, rows + 0.5 - y) > reach)
    return places
