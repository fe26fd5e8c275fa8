"""The mask put together with another: what a threshold made, another object, the outlines of a Blender Mask."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..shot import Declaration, Parameter, Polygon
from .distance import signed_distance
from .op import Context, Mask, Op, Values, in_place, number, switch, word
from .polygons import coverage
from .region import Box

COMBINE = ("multiply", "replace", "union", "subtract", "intersect", "maximum")
FARTHEST = 1e7
"""Pixels: corners that lie farther away are as far as that; sums of theirs would not be numbers any more."""
LIMITED = ("multiply", "subtract", "intersect")
"""The ways that make nothing where the mask is nothing."""


def combine(default: str = "multiply") -> Parameter:
    """The parameter that says how what was made goes together with the mask that came in."""
    return Parameter("combine", "choice", default, "How the result goes together with the mask that comes in", choices=COMBINE)


def limited(values: Values) -> bool:
    """Whether nothing can come of nothing, by the parameter `combine`."""
    return word(values, "combine") in LIMITED


def within_mask(values: Values) -> int | None:
    """For `Op.margin` of ops whose result at a pixel depends on no pixel outside the mask, where the combination doesn't."""
    return 0 if limited(values) else None


def combined(mask: Mask, made: Mask, values: Values) -> Mask:
    """The two masks, both (height, width) float32, 0 to 1, as the parameter `combine` says."""
    match word(values, "combine"):
        case "replace":
            return made
        case "union":
            return np.asarray(np.clip(mask + made - mask * made, 0.0, 1.0), np.float32)
        case "subtract":
            return mask * (np.float32(1) - made)
        case "intersect":
            return np.minimum(mask, made)
        case "maximum":
            return np.maximum(mask, made)
        case _:
            return mask * made


def _combine_object(mask: Mask, context: Context, values: Values) -> Mask:
    other = context.other(word(values, "object"))
    return combined(mask, np.float32(1) - other if switch(values, "invert") else other, values)


def _invert(mask: Mask, context: Context, values: Values) -> Mask:
    return np.float32(1) - mask


def _garbage_matte(mask: Mask, context: Context, values: Values) -> Mask:
    made = filled(context.shapes(word(values, "mask")), context.box, number(values, "feather"))
    return mask * (made if word(values, "keep") == "inside" else np.float32(1) - made)


def filled(outlines: Sequence[Polygon], box: Box, feather: float = 0.0) -> Mask:
    """The outlines filled, one after the other, inside `box`: (height, width) float32, 0 to 1.

    A corner at (0, 0) is the top left corner of the picture's first pixel, whose centre is at (0.5, 0.5). Opacities add up, and are
    taken away where an outline subtracts, as Blender's mask layers do it. An outline that crosses itself is filled by the even-odd rule.
    `feather` is the width in pixels of the ramp that lies half on either side of each outline.
    """
    made = np.zeros(box.size, np.float32)
    for outline in outlines:
        _draw(made, outline, box, feather)
    return made


def _draw(made: Mask, outline: Polygon, box: Box, feather: float) -> None:
    """Adds one outline to what is made."""
    corners = np.clip(np.array(outline.points, np.float64).reshape(-1, 2), -FARTHEST, FARTHEST)
    if len(corners) < 3:
        return
    reach = math.ceil(feather / 2) + 2
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    around = Box(math.floor(top) - reach, math.floor(left) - reach, math.ceil(bottom) + reach, math.ceil(right) + reach)
    # What lies outside of the box counts as far as the feather reaches, so that the ramp doesn't depend on the box.
    wide = Box(box.top - reach, box.left - reach, box.bottom + reach, box.right + reach)
    drawn = Box(max(around.top, wide.top), max(around.left, wide.left), min(around.bottom, wide.bottom), min(around.right, wide.right))
    part = Box(max(box.top, drawn.top), max(box.left, drawn.left), min(box.bottom, drawn.bottom), min(box.right, drawn.right))
    if drawn.empty or part.empty:
        return
    covered = coverage(corners, drawn)
    if feather > 0:
        covered = np.clip(signed_distance(covered, reach, reach) / np.float32(max(feather, 1.0)) + np.float32(0.5), 0.0, 1.0)
    covered = covered[part.top - drawn.top : part.bottom - drawn.top, part.left - drawn.left : part.right - drawn.left]
    here = made[part.top - box.top : part.bottom - box.top, part.left - box.left : part.right - box.left]
    here += covered * np.float32(-outline.opacity if outline.subtract else outline.opacity)
    np.clip(here, 0.0, 1.0, out=here)


COMBINE_OBJECT = Op(
    Declaration(
        "combine_object",
        "Put the mask together with another object's",
        (
            Parameter("object", "object", "", "The other object, whose finished mask is taken"),
            combine("subtract"),
            Parameter("invert", "bool", False, "Take all but the other object"),
        ),
        "Combine",
    ),
    _combine_object,
    within_mask,
)
INVERT = Op(Declaration("invert", "Swap the object and all that isn't the object", (), "Combine"), _invert)
GARBAGE_MATTE = Op(
    Declaration(
        "garbage_matte",
        "Keep what lies inside, or outside, a Blender Mask's outlines",
        (
            Parameter("mask", "mask", "", "The Blender Mask"),
            Parameter("keep", "choice", "inside", "Which side of the outlines stays", choices=("inside", "outside")),
            Parameter("feather", "float", 0.0, "Width of the soft edge, half of it on either side", 0.0, 200.0, "pixels"),
        ),
        "Combine",
    ),
    _garbage_matte,
    in_place,
    version=3,
)

OPS = (COMBINE_OBJECT, INVERT, GARBAGE_MATTE)
