"""Ops on the picture: the ops after them see it so, and the mask is left alone."""

from __future__ import annotations

import cv2
import numpy as np

from ..shot import Declaration, Parameter
from .channels import cleaned
from .equalised import equalised
from .op import Picture, PictureOp, Values, integer, number, word


def _local_contrast(picture: Picture, values: Values) -> Picture:
    """Lightness equalised; a and b stay."""
    lab = cv2.cvtColor(cleaned(picture), cv2.COLOR_RGB2Lab)
    lightness = np.ascontiguousarray(lab[:, :, 0]) * np.float32(1 / 100)
    lab[:, :, 0] = equalised(lightness, number(values, "limit"), integer(values, "tiles")) * np.float32(100)
    return cleaned(np.asarray(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB), np.float32))


def _denoise(picture: Picture, values: Values) -> Picture:
    strength, found = number(values, "strength"), cleaned(picture)
    if strength < 1e-3:
        return found
    match word(values, "method"):
        case "median":
            made = cv2.medianBlur(found, 3 if strength <= 0.5 else 5)
        case "bilateral":
            made = cv2.bilateralFilter(found, 9, 0.3 * strength, 3.0)
        case _:
            # In 16 bits, where OpenCV has the sum of absolute differences alone, which counts all three channels.
            whole = np.rint(found * np.float32(65535)).astype(np.uint16)
            made = cv2.fastNlMeansDenoising(whole, [0.2 * strength * 65535], None, 5, 11, cv2.NORM_L1) / np.float32(65535)
    return cleaned(np.asarray(made, np.float32))


LOCAL_CONTRAST = PictureOp(
    Declaration(
        "local_contrast",
        "Spread the picture's lightness, place by place, so that the thresholds after it have more to hold on to",
        (
            Parameter("limit", "float", 2.0, "How many times a place's contrast may be raised, about", 1.0, 20.0),
            Parameter("tiles", "int", 8, "How many places there are, each way", 1, 16),
        ),
        "Picture",
    ),
    _local_contrast,
)
DENOISE = PictureOp(
    Declaration(
        "denoise",
        "Take noise out of the picture before it is measured",
        (
            Parameter(
                "method",
                "choice",
                "median",
                "The median is quickest, means keep most",
                choices=("median", "bilateral", "means"),
            ),
            Parameter("strength", "float", 0.3, "How much; 0 takes none", 0.0, 1.0),
        ),
        "Picture",
    ),
    _denoise,
)

OPS = (LOCAL_CONTRAST, DENOISE)
