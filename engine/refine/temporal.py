"""The mask over time: what the frames before and after say."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..shot import Declaration, Parameter
from .op import Context, Mask, Op, Values, integer, switch, word


def _around(values: Values, frame: int) -> Sequence[int]:
    reach = integer(values, "frames")
    return [offset for offset in range(-reach, reach + 1) if offset]


def _stays(values: Values) -> bool:
    """For `Op.confined`: moved masks may come to lie anywhere."""
    return values.get("follow", False) in ("none", False)


def _near(mask: Mask, context: Context, values: Values, offset: int) -> Mask | None:
    """The mask `offset` frames later, moved to where this frame's lies if so asked."""
    found = context.near(offset)
    if found is None or word(values, "follow") == "none":
        return found
    return moved_onto(found, mask)


def moved_onto(mask: Mask, other: Mask) -> Mask:
    """`mask` moved by parts of a pixel so that its centre of gravity is that of `other`; as it is, where either is empty."""
    here, there = centre(mask), centre(other)
    if here is None or there is None or here == there:
        return mask
    move = np.array([[1, 0, there[0] - here[0]], [0, 1, there[1] - here[1]]])
    # What the picture's edge cuts off goes on beyond it.
    made = cv2.warpAffine(mask, move, (mask.shape[1], mask.shape[0]), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.clip(made, 0.0, 1.0), np.float32)


def centre(mask: Mask) -> tuple[float, float] | None:
    """The centre of gravity of what is above a half, x and y in pixels; None where there is no such."""
    found = cv2.moments((mask > 0.5).view(np.uint8), binaryImage=True)
    return (found["m10"] / found["m00"], found["m01"] / found["m00"]) if found["m00"] else None


def _temporal_median(mask: Mask, context: Context, values: Values) -> Mask:
    masks = [mask]
    for offset in range(1, integer(values, "frames") + 1):
        before, after = (_near(mask, context, values, sign * offset) for sign in (-1, 1))
        if before is not None and after is not None:  # by pairs, so that neither side outweighs the other
            masks += [before, after]
    return median(masks)


def median(masks: Sequence[Mask]) -> Mask:
    """Pixel by pixel, of an odd number of masks."""
    if len(masks) == 1:
        return masks[0]
    if len(masks) == 3:
        one, two, three = masks
        return np.maximum(np.minimum(one, two), np.minimum(np.maximum(one, two), three))
    lowest, highest = masks[0], masks[0]
    for found in masks[1:]:
        lowest, highest = np.minimum(lowest, found), np.maximum(highest, found)
    made = lowest.copy()
    differ = lowest < highest  # few pixels change from one frame to the next
    made[differ] = _middle([found[differ] for found in masks])
    return made


def _middle(rest: list[Mask]) -> Mask:
    """Element by element, the middle one of an odd number of arrays.

    By forgetting: of one more than half of all, neither the lowest nor the highest can be it; they go, another comes, and so on. Done
    with whole arrays it is several times as quick as sorting.
    """
    held, rest = rest[: len(rest) // 2 + 2], rest[len(rest) // 2 + 2 :]
    while True:
        for index in range(len(held) - 1):  # the highest to the end
            held[index], held[index + 1] = np.minimum(held[index], held[index + 1]), np.maximum(held[index], held[index + 1])
        held.pop()
        for index in reversed(range(len(held) - 1)):  # the lowest to the front
            held[index], held[index + 1] = np.minimum(held[index], held[index + 1]), np.maximum(held[index], held[index + 1])
        held.pop(0)
        if not rest:
            return held[0]
        held.append(rest.pop())


def _temporal_smooth(mask: Mask, context: Context, values: Values) -> Mask:
    reach = integer(values, "frames")
    total, made = 1.0, mask.astype(np.float32, copy=True)
    for offset in _around(values, context.frame):
        found = _near(mask, context, values, offset)
        if found is not None:
            weight = float(np.exp(-0.5 * (2 * offset / reach) ** 2))
            total += weight
            made += found * np.float32(weight)
    made /= np.float32(total)
    return np.clip(made, 0.0, 1.0, out=made)


def _fill_flicker(mask: Mask, context: Context, values: Values) -> Mask:
    reach = integer(values, "frames")
    before = [found for offset in range(-reach, 0) if (found := context.near(offset)) is not None]
    after = [found for offset in range(1, reach + 1) if (found := context.near(offset)) is not None]
    if not before or not after:
        return mask
    on = np.minimum(np.maximum.reduce(before), np.maximum.reduce(after))
    if not switch(values, "drop"):
        return np.maximum(mask, on)
    off = np.maximum(np.minimum.reduce(before), np.minimum.reduce(after))
    return np.maximum(np.minimum(mask, off), on)


def _held(values: Values, frame: int) -> Sequence[int]:
    offset = integer(values, "frame") - frame
    return [offset] if offset and integer(values, "first") <= frame <= integer(values, "last") else []


def _hold(mask: Mask, context: Context, values: Values) -> Mask:
    for offset in _held(values, context.frame):
        found = context.near(offset)
        if found is not None:
            return moved_onto(found, mask) if switch(values, "follow") else found
    return mask


def _frames(default: int, description: str, high: int = 8) -> Parameter:
    return Parameter("frames", "int", default, description, 1, high, "frames")


def _frame(name: str, description: str) -> Parameter:
    return Parameter(name, "int", 1, description, 0, 1_048_574, "frame")


FOLLOW = Parameter("follow", "choice", "none", "Whether the other frames' masks move to where this one's is", choices=("none", "centre"))

TEMPORAL_MEDIAN = Op(
    Declaration(
        "temporal_median",
        "Keep what most of the frames around agree on",
        (_frames(1, "How many before and as many after"), FOLLOW),
        "Time",
    ),
    _temporal_median,
    frames=_around,
    confined=_stays,
)
TEMPORAL_SMOOTH = Op(
    Declaration(
        "temporal_smooth",
        "Average the frames around, the nearest most",
        (_frames(2, "How many before and as many after"), FOLLOW),
        "Time",
    ),
    _temporal_smooth,
    frames=_around,
    confined=_stays,
)
FILL_FLICKER = Op(
    Declaration(
        "fill_flicker",
        "Fill what is gone for a few frames only",
        (
            _frames(1, "How many before and as many after are looked at"),
            Parameter("drop", "bool", False, "Take away, too, what is there for a few frames only"),
        ),
        "Time",
    ),
    _fill_flicker,
    frames=_around,
    confined=_stays,
)
HOLD = Op(
    Declaration(
        "hold",
        "Show one frame's mask over a range of frames",
        (
            _frame("frame", "The frame whose mask is shown"),
            _frame("first", "Where it begins"),
            _frame("last", "Where it ends, itself held"),
            Parameter("follow", "bool", True, "Move it along with the tracked object"),
        ),
        "Time",
    ),
    _hold,
    frames=_held,
    confined=_stays,
)

OPS = (TEMPORAL_MEDIAN, TEMPORAL_SMOOTH, FILL_FLICKER, HOLD)
