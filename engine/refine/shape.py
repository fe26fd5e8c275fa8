"""The mask's outline: outward and inward."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from ..shot import Declaration, Parameter, Value
from .op import Mask, Op


def _grow(mask: Mask, picture: Mask | None, values: Mapping[str, Value]) -> Mask:
    pixels = int(values["pixels"])
    if pixels == 0:
        return mask
    size = 2 * abs(pixels) + 1
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    # OpenCV's own border takes no part in either, so that an object at the picture's edge is not eaten from outside.
    return np.asarray(cv2.dilate(mask, disk) if pixels > 0 else cv2.erode(mask, disk), np.float32)


GROW = Op(
    Declaration(
        "grow",
        "Move the outline outward, or inward",
        (Parameter("pixels", "int", 2, "How far; below 0 shrinks", -64, 64, "pixels"),),
    ),
    _grow,
)
