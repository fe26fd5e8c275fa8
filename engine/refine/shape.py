"""The mask's outline: outward and inward."""

from __future__ import annotations

import cv2
import numpy as np

from ..shot import Declaration, Parameter
from .op import Context, Mask, Op, Values, integer


def _grow(mask: Mask, context: Context, values: Values) -> Mask:
    pixels = integer(values, "pixels")
    if pixels == 0:
        return mask
    size = 2 * abs(pixels) + 1
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    # OpenCV's own border takes no part in either, so that an object at the picture's edge is not eaten from outside.
    return np.asarray(cv2.dilate(mask, disk) if pixels > 0 else cv2.erode(mask, disk), np.float32)


def _margin(values: Values) -> int | None:
    return abs(integer(values, "pixels")) + 1


GROW = Op(
    Declaration(
        "grow",
        "Move the outline outward, or inward",
        (Parameter("pixels", "int", 2, "How far; below 0 shrinks", -64, 64, "pixels"),),
        "Shape",
    ),
    _grow,
    _margin,
)

OPS = (GROW,)
