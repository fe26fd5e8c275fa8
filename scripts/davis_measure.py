"""J and F, the measures of the DAVIS benchmark, and the clicks with which the literature stands in for a user.

J and F: Perazzi et al., "A Benchmark Dataset and Evaluation Methodology for Video Object Segmentation", CVPR 2016. Clicks: Sofiiuk et
al., "Reviving Iterative Training with Mask Guidance for Interactive Segmentation", ICIP 2022 (as f-BRS and RITM evaluate).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]

BOUND = 0.008
"""How far a boundary may be off and still count as found, as a share of the image's diagonal."""


@dataclass(frozen=True)
class Quality:
    """J (region) and F (boundary), each 0 to 1."""

    j: float
    f: float

    @property
    def jf(self) -> float:
        return (self.j + self.f) / 2


def region(prediction: Mask, truth: Mask) -> float:
    """J: intersection over union of two (h, w) masks; 1 where both are empty."""
    union = np.count_nonzero(prediction | truth)
    return 1.0 if union == 0 else np.count_nonzero(prediction & truth) / union


def boundary(mask: Mask) -> Mask:
    """The one pixel thin contour of a (h, w) mask: pixels that differ from the one right, below, or right below.

    The picture's edge is no contour, so an object that leaves the picture is not asked for one there.
    """
    beyond = np.pad(mask, ((0, 1), (0, 1)), mode="edge")
    outline: Mask = (mask != beyond[:-1, 1:]) | (mask != beyond[1:, :-1]) | (mask != beyond[1:, 1:])
    return outline


def contour(prediction: Mask, truth: Mask, bound: float = BOUND) -> float:
    """F: the harmonic mean of precision and recall of the contours of two (h, w) masks.

    Points are paired within `bound` (a share of the diagonal, rounded up to whole pixels) by dilation with a disk, the benchmark's
    stand-in for a bipartite match.
    """
    found, wanted = boundary(prediction), boundary(truth)
    n_found, n_wanted = np.count_nonzero(found), np.count_nonzero(wanted)
    if n_found == 0 or n_wanted == 0:
        return 1.0 if n_found == n_wanted else 0.0
    disk = _disk(math.ceil(bound * math.hypot(*truth.shape)))
    near_wanted = cv2.dilate(wanted.astype(np.uint8), disk) > 0
    near_found = cv2.dilate(found.astype(np.uint8), disk) > 0
    precision = np.count_nonzero(found & near_wanted) / n_found
    recall = np.count_nonzero(wanted & near_found) / n_wanted
    return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def measure(prediction: Mask, truth: Mask) -> Quality:
    """Both measures of one frame."""
    return Quality(region(prediction, truth), contour(prediction, truth))


def mean(qualities: Sequence[Quality]) -> Quality:
    """The mean over frames, or over sequences. Raises ValueError when there is nothing to take the mean of."""
    if not qualities:
        raise ValueError("no frames to measure: the first and the last are left out, so a sequence needs three")
    return Quality(float(np.mean([quality.j for quality in qualities])), float(np.mean([quality.f for quality in qualities])))


def next_click(prediction: Mask, truth: Mask) -> tuple[float, float, bool] | None:
    """Where a user would click next: x, y in pixels (of the pixel's centre) and whether on the object; None when nothing is wrong.

    The click goes to the pixel of the largest error region that is farthest from the region's border; the picture's edge is a border.
    """
    best: tuple[int, float, float, bool] | None = None
    for wrong, positive in ((truth & ~prediction, True), (prediction & ~truth, False)):
        count, labels, stats, _ = cv2.connectedComponentsWithStats(wrong.astype(np.uint8), connectivity=8)
        if count < 2:
            continue
        label = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        area = int(stats[label, cv2.CC_STAT_AREA])
        if best is not None and area <= best[0]:
            continue
        distance = cv2.distanceTransform(np.pad((labels == label).astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
        y, x = np.unravel_index(int(np.argmax(distance)), distance.shape)
        best = (area, float(x) + 0.5, float(y) + 0.5, positive)
    return None if best is None else best[1:]


def _disk(radius: int) -> npt.NDArray[np.uint8]:
    across = np.arange(-radius, radius + 1)
    return (across[:, None] ** 2 + across[None, :] ** 2 <= radius**2).astype(np.uint8)
