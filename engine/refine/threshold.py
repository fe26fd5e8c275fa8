"""Thresholds on the mask itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..shot import Declaration, Parameter, Value
from .op import Mask, Op


def _threshold(mask: Mask, picture: Mask | None, values: Mapping[str, Value]) -> Mask:
    level, softness = float(values["level"]), float(values["softness"])
    if softness == 0.0:
        return (mask > level).astype(np.float32)
    return np.asarray(np.clip((mask - level) / softness + 0.5, 0.0, 1.0), np.float32)


THRESHOLD = Op(
    Declaration(
        "threshold",
        "White where the mask is above a level",
        (
            Parameter("level", "float", 0.5, "What counts as the object; lower takes in more", 0.0, 1.0),
            Parameter("softness", "float", 0.0, "Width of the ramp around the level; 0 is a hard edge", 0.0, 1.0),
        ),
    ),
    _threshold,
)
