"""The pieces that a mask falls into, and the holes in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from .distance import Binary, at_nearest, binary, is_binary
from .op import Mask

Labels = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Pieces:
    """Connected pieces of a binary mask: `labels` is (height, width), 0 where there is none; the rest has an entry for each label."""

    labels: Labels
    areas: npt.NDArray[np.int32]
    """Pixels; that of label 0 means nothing."""
    at_edge: npt.NDArray[np.bool_]
    """Whether it touches the array's edge."""
    order: npt.NDArray[np.intp]
    """The labels but 0, the largest first; of equals the one that begins farther up, or else farther left."""


def pieces(core: Binary, connectivity: Literal[4, 8]) -> Pieces:
    """The connected pieces of the pixels that are 1."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(core, connectivity=connectivity, ltype=cv2.CV_32S)
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    areas = np.asarray(stats[:, cv2.CC_STAT_AREA], np.int32)
    order = np.lexsort((left, top, -areas))
    at_edge = (left == 0) | (top == 0) | (right == core.shape[1]) | (bottom == core.shape[0])
    return Pieces(np.asarray(labels, np.int32), areas, np.asarray(at_edge), order[order > 0])


def without(mask: Mask, connectivity: Literal[4, 8], goes: Callable[[Pieces], npt.NDArray[np.bool_]]) -> Mask:
    """The mask without those pieces above a half for whose labels `goes` is true.

    A soft pixel belongs to the nearest piece and goes with it, so that no faint ring stays behind.
    """
    core = binary(mask)
    found = pieces(core, connectivity)
    gone = goes(found)
    gone[0] = False
    if not gone.any():
        return mask
    if is_binary(mask):
        return np.where(gone[found.labels], np.float32(0), mask)
    owners = at_nearest(found.labels.astype(np.float32), core).astype(np.int32)
    return np.where(gone[owners], np.float32(0), mask)
