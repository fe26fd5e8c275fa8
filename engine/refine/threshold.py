"""Thresholds on the mask itself."""

from __future__ import annotations

import numpy as np

from ..shot import Declaration, Parameter
from .op import Context, Mask, Op, Values, number


def _threshold(mask: Mask, context: Context, values: Values) -> Mask:
    level, softness = number(values, "level"), number(values, "softness")
    if softness == 0.0:
        return (mask > level).astype(np.float32)
    return np.asarray(np.clip((mask - level) / softness + 0.5, 0.0, 1.0), np.float32)


def _lowest(values: Values) -> float:
    return number(values, "level") - number(values, "softness") / 2


def _margin(values: Values) -> int | None:
    return 0 if _lowest(values) >= 0 else None


def _cut(values: Values) -> float | None:
    return _lowest(values) if _lowest(values) >= 0 else None


THRESHOLD = Op(
    Declaration(
        "threshold",
        "White where the mask is above a level",
        (
            Parameter("level", "float", 0.5, "What counts as the object; lower takes in more", 0.0, 1.0),
            Parameter("softness", "float", 0.0, "Width of the ramp around the level; 0 is a hard edge", 0.0, 1.0),
        ),
        "Threshold",
    ),
    _threshold,
    _margin,
    _cut,
)

OPS = (THRESHOLD,)
