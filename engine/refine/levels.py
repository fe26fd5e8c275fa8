"""The mask's values, spread or squeezed."""

from __future__ import annotations

import numpy as np

from ..shot import Declaration, Parameter
from .op import Context, Mask, Op, Values, number
from .threshold import NARROW, ramp


def _levels(mask: Mask, context: Context, values: Values) -> Mask:
    black, white = number(values, "black"), number(values, "white")
    if white - black < NARROW:
        spread = ramp(mask, black, 0.0)
    else:
        spread = np.asarray(np.clip((mask - np.float32(black)) / np.float32(white - black), 0.0, 1.0), np.float32)
        if number(values, "gamma") != 1.0:
            spread = np.power(spread, np.float32(1 / number(values, "gamma")))
    low, high = number(values, "out_black"), number(values, "out_white")
    if (low, high) == (0.0, 1.0):
        return spread
    return np.asarray(np.clip(np.float32(low) + spread * np.float32(high - low), 0.0, 1.0), np.float32)


def _margin(values: Values) -> int | None:
    return 0 if number(values, "out_black") == 0 else None


def _cut(values: Values) -> float | None:
    return number(values, "black") if number(values, "out_black") == 0 else None


def _level(name: str, default: float, description: str) -> Parameter:
    return Parameter(name, "float", default, description, 0.0, 1.0)


LEVELS = Op(
    Declaration(
        "levels",
        "Spread the mask between a black and a white point",
        (
            _level("black", 0.0, "What becomes black, and all below it"),
            _level("white", 1.0, "What becomes white, and all above it; no higher than black is a hard edge"),
            Parameter("gamma", "float", 1.0, "Above 1 lifts what is between, below 1 lowers it", 0.1, 10.0),
            _level("out_black", 0.0, "What black is in the end"),
            _level("out_white", 1.0, "What white is in the end"),
        ),
        "Levels",
    ),
    _levels,
    _margin,
    _cut,
)

OPS = (LEVELS,)
