"""What YOLOX says of a picture: boxes with how sure it is. Ge et al., "YOLOX: Exceeding YOLO Series in 2021" (2021).

Boxes are (n, 4) float32 left, top, right, bottom; scores (n,) float32, 0 to 1.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

STRIDES = (8, 16, 32)
"""Pixels of the network's picture from one cell to the next, of each of its three grids."""
APART = 0.65
"""Of two boxes with a higher IoU one is the other's double; what YOLOX is evaluated with."""


def decoded(said: Floats, size: tuple[int, int], index: int = 0) -> tuple[Floats, Floats]:
    """Boxes and scores of the class `index`, in pixels of the network's picture of `size` (height, width).

    `said`: (n, 5 + classes), a row a cell, grid by grid and row by row: the box's middle less the cell's corner and the logarithm of its
    width and height, in cells; whether there is anything; and each class, 0 to 1. Raises ValueError where `n` is another number of cells.
    """
    corners, cells = [], []
    for stride in STRIDES:
        rows, columns = np.indices((size[0] // stride, size[1] // stride), dtype=np.float32)
        corners.append(np.stack([columns.ravel(), rows.ravel()], axis=1))
        cells.append(np.full((rows.size, 1), stride, np.float32))
    corner, cell = np.concatenate(corners), np.concatenate(cells)
    if said.ndim != 2 or said.shape[0] != len(corner) or said.shape[1] <= 5 + index:
        raise ValueError(f"expected ({len(corner)}, {6 + index} or more), got {said.shape}")
    middle, half = (said[:, :2] + corner) * cell, np.exp(said[:, 2:4]) * cell / 2
    return np.concatenate([middle - half, middle + half], axis=1), np.asarray(said[:, 4] * said[:, 5 + index], np.float32)


def best(boxes: Floats, scores: Floats, least: float, apart: float = APART) -> npt.NDArray[np.intp]:
    """The indices of the boxes that are at least that sure and not another's double, the surest first."""
    sides = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    # OpenCV takes what is above its threshold; what is at the least score counts here.
    found = cv2.dnn.NMSBoxes(sides.tolist(), scores.tolist(), float(np.nextafter(np.float32(least), np.float32(-1))), apart)
    return np.asarray(found, np.intp).reshape(-1)
