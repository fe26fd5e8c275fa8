"""Keys: by the picture's colour, as a keyer does it, but inside the mask."""

from __future__ import annotations

import numpy as np

from ..shot import Declaration, Parameter
from .channels import LUMA, cleaned, hue_saturation_value, luma
from .combining import combine, combined, within_mask
from .op import Context, Mask, Op, Picture, Values, always, color, number
from .threshold import ramp


def _hue_key(mask: Mask, context: Context, values: Values) -> Mask:
    hue, saturation, value = hue_saturation_value(cleaned(context.picture))
    apart = np.abs(hue - np.float32(number(values, "hue")))
    apart = np.minimum(apart, np.float32(1) - apart)
    made = np.float32(1) - ramp(apart, number(values, "width") / 2, number(values, "softness"))
    coloured = (saturation >= number(values, "least_saturation")) & (value >= number(values, "least_value"))
    return combined(mask, made * coloured.astype(np.float32), values)


def _chroma_key(mask: Mask, context: Context, values: Values) -> Mask:
    blue, red = _chroma(cleaned(context.picture))
    key = np.array([[color(values, "color")]], np.float32)
    key_blue, key_red = _chroma(key)
    apart = np.hypot(blue - key_blue, red - key_red)
    return combined(mask, np.float32(1) - ramp(apart, number(values, "tolerance"), number(values, "softness")), values)


def _chroma(picture: Picture) -> tuple[Mask, Mask]:
    """Rec. 709's Cb and Cr of what is displayed, each -0.5 to 0.5."""
    bright = luma(picture)
    blue = (picture[:, :, 2] - bright) / np.float32(2 * (1 - LUMA[2]))
    red = (picture[:, :, 0] - bright) / np.float32(2 * (1 - LUMA[0]))
    return blue, red


HUE_KEY = Op(
    Declaration(
        "hue_key",
        "Keep one hue",
        (
            Parameter("hue", "float", 0.333, "Around the circle: 0 and 1 red, 1/3 green, 2/3 blue", 0.0, 1.0),
            Parameter("width", "float", 0.15, "How much of the circle is kept, half of it on either side", 0.0, 1.0),
            Parameter("softness", "float", 0.05, "Width of the ramp at either end; 0 is a hard edge", 0.0, 1.0),
            Parameter("least_saturation", "float", 0.15, "What is greyer has no hue worth the name", 0.0, 1.0),
            Parameter("least_value", "float", 0.1, "What is darker has no hue worth the name", 0.0, 1.0),
            combine(),
        ),
        "Key",
    ),
    _hue_key,
    within_mask,
    reads_picture=always,
)
CHROMA_KEY = Op(
    Declaration(
        "chroma_key",
        "Keep what has a color, however bright it is",
        (
            Parameter("color", "color", (0.0, 1.0, 0.0), "The color that is kept"),
            Parameter("tolerance", "float", 0.2, "How far from it, in the plane of Cb and Cr", 0.0, 1.0),
            Parameter("softness", "float", 0.05, "Width of the ramp around the tolerance; 0 is a hard edge", 0.0, 1.0),
            combine(),
        ),
        "Key",
    ),
    _chroma_key,
    within_mask,
    reads_picture=always,
)

OPS = (HUE_KEY, CHROMA_KEY)
