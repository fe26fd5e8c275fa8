"""Thresholds: on the mask itself, and on the picture inside it."""

from __future__ import annotations

import cv2
import numpy as np

from ..shot import Declaration, Parameter
from .channels import CHANNELS, COLOR, channel, on, reads_depth, reads_picture
from .combining import combine, combined, limited, within_mask
from .op import Context, Mask, Op, Values, integer, number, switch, word

NARROW = 1e-6
"""A ramp that is no wider has no values between: it is a hard edge."""
A_HAIR = 1e-5
"""Flat parts of a picture are equal to their own mean but for rounding."""
BELOW = Parameter("below", "bool", False, "Take what is below the level instead of above")


def ramp(values: Mask, level: float, softness: float) -> Mask:
    """1 above `level` and 0 below, with a ramp `softness` wide around it; (height, width) float32."""
    if softness < NARROW:
        return np.asarray(cv2.threshold(values, level, 1.0, cv2.THRESH_BINARY)[1], np.float32)
    risen = values - np.float32(level)
    risen /= np.float32(softness)
    risen += np.float32(0.5)
    return np.clip(risen, 0.0, 1.0, out=risen)


def _threshold(mask: Mask, context: Context, values: Values) -> Mask:
    return ramp(mask, number(values, "level"), number(values, "softness"))


def _lowest(values: Values) -> float:
    return number(values, "level") - number(values, "softness") / 2


def _margin(values: Values) -> int | None:
    return 0 if _lowest(values) >= 0 else None


def _cut(values: Values) -> float | None:
    return _lowest(values) if _lowest(values) >= 0 else None


def _hard(values: Values) -> float | None:
    return number(values, "level") if number(values, "softness") < NARROW else None


def _picture_threshold(mask: Mask, context: Context, values: Values) -> Mask:
    made = ramp(channel(mask, context, values), number(values, "level"), number(values, "softness"))
    return combined(mask, np.float32(1) - made if switch(values, "below") else made, values)


def _band(mask: Mask, context: Context, values: Values) -> Mask:
    of, softness = channel(mask, context, values), number(values, "softness")
    low, high = number(values, "low"), number(values, "high")
    if softness < NARROW:
        made = ((of >= low) & (of <= high)).astype(np.float32)
    else:
        made = np.minimum(ramp(of, low, softness), np.float32(1) - ramp(of, high, softness))
    return combined(mask, made, values)


def _hysteresis(mask: Mask, context: Context, values: Values) -> Mask:
    """Canny's two thresholds (1986, section VIII): pixels above the lower one stay where they hang together with one above the higher."""
    of = channel(mask, context, values)
    low, high = number(values, "low"), number(values, "high")
    possible, sure = of > min(low, high), of > max(low, high)
    if limited(values):  # what counts is what hangs together inside the mask
        possible &= mask > 0
        sure &= possible
    count, labels = cv2.connectedComponents(possible.view(np.uint8), connectivity=8, ltype=cv2.CV_32S)
    kept = np.zeros(count, np.float32)
    kept[labels[sure]] = 1.0
    return combined(mask, kept[labels], values)


def _hysteresis_margin(values: Values) -> int | None:
    return 0 if limited(values) or word(values, "on") == "mask" else None


def _automatic_threshold(mask: Mask, context: Context, values: Values) -> Mask:
    of = channel(mask, context, values)
    inside = of[mask > 0.5] if word(values, "within") == "mask" else of.ravel()
    level = automatic_level(inside, word(values, "method")) + number(values, "offset")
    made = ramp(of, level, 0.0)
    return combined(mask, np.float32(1) - made if switch(values, "below") else made, values)


def automatic_level(values: Mask, method: str) -> float:
    """Where a histogram of the values, of any shape, falls in two, by Otsu (1979) or Zack's triangle (1977).

    Its 256 steps are spread between the lowest and the highest value, so that a dark picture has them all. 0.5 where there are no values.
    """
    if values.size == 0:
        return 0.5
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return low
    steps = np.rint((values.reshape(-1, 1) - np.float32(low)) * np.float32(255 / (high - low))).astype(np.uint8)
    level, _ = cv2.threshold(steps, 0, 255, cv2.THRESH_OTSU if method == "otsu" else cv2.THRESH_TRIANGLE)
    return low + (float(level) + 0.5) / 255 * (high - low)


def _automatic_margin(values: Values) -> int | None:
    return 0 if limited(values) and word(values, "within") == "mask" else None


def _local_threshold(mask: Mask, context: Context, values: Values) -> Mask:
    of = channel(mask, context, values)
    # Inside a mask only its own pixels count, so that lips don't decide about teeth: a normalised convolution (Knutsson, Westin 1993).
    weight = mask if limited(values) else np.ones_like(mask)
    block = integer(values, "block") // 2 * 2 + 1
    near = _mean(of * weight, block, word(values, "method"))
    amount = _mean(weight, block, word(values, "method"))
    local = np.divide(near, amount, out=of.copy(), where=amount > 1e-6)
    above = local - of if switch(values, "below") else of - local
    return combined(mask, ramp(above, number(values, "offset") + A_HAIR, 0.0), values)


def _mean(values: Mask, block: int, method: str) -> Mask:
    if method == "mean":
        return np.asarray(cv2.boxFilter(values, cv2.CV_32F, (block, block), borderType=cv2.BORDER_CONSTANT), np.float32)
    return np.asarray(cv2.GaussianBlur(values, (block, block), 0, borderType=cv2.BORDER_CONSTANT), np.float32)


def _level(name: str, default: float, description: str) -> Parameter:
    return Parameter(name, "float", default, description, 0.0, 1.0)


SOFTNESS = _level("softness", 0.0, "Width of the ramp around the level; 0 is a hard edge")
OFFSET = Parameter("offset", "float", 0.0, "Added to the level that was found", -1.0, 1.0)

THRESHOLD = Op(
    Declaration(
        "threshold",
        "White where the mask is above a level",
        (_level("level", 0.5, "What counts as the object; lower takes in more"), SOFTNESS),
        "Threshold",
    ),
    _threshold,
    _margin,
    _cut,
    _hard,
)
PICTURE_THRESHOLD = Op(
    Declaration(
        "picture_threshold",
        "Keep what is bright, or dark, in a channel of the picture",
        (on(CHANNELS), COLOR, _level("level", 0.5, "What counts as bright"), SOFTNESS, BELOW, combine()),
        "Threshold",
    ),
    _picture_threshold,
    within_mask,
    reads_picture=reads_picture,
    reads_depth=reads_depth,
)
BAND = Op(
    Declaration(
        "band",
        "Keep what lies between two levels of a channel",
        (
            on(),
            COLOR,
            _level("low", 0.25, "The lower level, itself kept"),
            _level("high", 0.75, "The upper level, itself kept"),
            _level("softness", 0.0, "Width of the ramps around both levels; 0 is a hard edge"),
            combine(),
        ),
        "Threshold",
    ),
    _band,
    within_mask,
    reads_picture=reads_picture,
    reads_depth=reads_depth,
)
HYSTERESIS = Op(
    Declaration(
        "hysteresis",
        "Keep what is above a low level and hangs together with something above a high one",
        (
            on(),
            COLOR,
            _level("low", 0.3, "What may be kept"),
            _level("high", 0.7, "What is kept for certain"),
            combine(),
        ),
        "Threshold",
    ),
    _hysteresis,
    _hysteresis_margin,
    reads_picture=reads_picture,
    reads_depth=reads_depth,
)
AUTOMATIC_THRESHOLD = Op(
    Declaration(
        "automatic_threshold",
        "Part bright from dark at a level found in the picture itself",
        (
            Parameter("method", "choice", "otsu", "Two heaps in the histogram, or one heap with a tail", choices=("otsu", "triangle")),
            on(),
            COLOR,
            Parameter("within", "choice", "mask", "Which pixels decide about the level", choices=("mask", "picture")),
            OFFSET,
            BELOW,
            combine(),
        ),
        "Threshold",
    ),
    _automatic_threshold,
    _automatic_margin,
    reads_picture=reads_picture,
    reads_depth=reads_depth,
)
LOCAL_THRESHOLD = Op(
    Declaration(
        "local_threshold",
        "Keep what is brighter, or darker, than what is around it",
        (
            Parameter("method", "choice", "mean", "How what is around is averaged", choices=("mean", "gaussian")),
            on(),
            COLOR,
            Parameter("block", "int", 51, "Width of what is around; an even one is made odd", 3, 255, "pixels"),
            Parameter("offset", "float", 0.02, "How much brighter, or darker, it must be", -1.0, 1.0),
            BELOW,
            combine(),
        ),
        "Threshold",
    ),
    _local_threshold,
    within_mask,
    reads_picture=reads_picture,
    reads_depth=reads_depth,
)

OPS = (THRESHOLD, PICTURE_THRESHOLD, BAND, HYSTERESIS, AUTOMATIC_THRESHOLD, LOCAL_THRESHOLD)
