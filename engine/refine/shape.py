"""The mask's outline and pieces: outward and inward, holes and specks."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from ..shot import Declaration, Parameter
from .components import Pieces, without
from .distance import along_outline, binary
from .edges import FAINT, blurred, blurred_margin
from .morphology import closed, dilated, opened
from .op import Context, Mask, Op, Values, in_place, number, switch, word
from .polygons import fill_hull

METHOD = Parameter(
    "method",
    "choice",
    "disk",
    "Whole pixels, or parts of them with a soft edge",
    choices=("disk", "distance"),
)


def moved(mask: Mask, pixels: float) -> Mask:
    """The outline moved outward by so many pixels, inward below 0, with an edge one pixel wide."""

    def edge(apart: Mask) -> Mask:
        return np.asarray(np.clip(apart + np.float32(pixels + 0.5), 0.0, 1.0), np.float32)

    return along_outline(mask, max(0.0, -pixels), max(0.0, pixels), edge)


def _by_disk(values: Values) -> bool:
    return word(values, "method") == "disk"


def _grow(mask: Mask, context: Context, values: Values) -> Mask:
    pixels = number(values, "pixels")
    if _by_disk(values):
        return dilated(mask, round(pixels))
    return moved(mask, pixels) if pixels else mask


def _grow_margin(values: Values) -> int | None:
    return max(0, math.ceil(number(values, "pixels"))) + 2


def _shrink(mask: Mask, context: Context, values: Values) -> Mask:
    return _grow(mask, context, {**values, "pixels": -number(values, "pixels")})


def _shrink_margin(values: Values) -> int | None:
    return 2


def _open(mask: Mask, context: Context, values: Values) -> Mask:
    pixels = number(values, "pixels")
    if _by_disk(values):
        return opened(mask, round(pixels))
    return moved(moved(mask, -pixels), pixels) if pixels else mask


def _close(mask: Mask, context: Context, values: Values) -> Mask:
    pixels = number(values, "pixels")
    if _by_disk(values):
        return closed(mask, round(pixels))
    return moved(moved(mask, pixels), -pixels) if pixels else mask


def _close_margin(values: Values) -> int | None:
    return math.ceil(number(values, "pixels")) + 3


def _fill_holes(mask: Mask, context: Context, values: Values) -> Mask:
    largest = number(values, "largest")

    def goes(holes: Pieces) -> npt.NDArray[np.bool_]:
        return ~holes.at_edge & ((holes.areas <= largest) if largest else True)

    # A hole is a piece of what isn't the object; across a corner it is closed, as the object hangs together there.
    return np.float32(1) - without(np.float32(1) - mask, 4, goes)


def _one_more(values: Values) -> int | None:
    return 1


def _remove_specks(mask: Mask, context: Context, values: Values) -> Mask:
    smallest = number(values, "smallest")
    return without(mask, 8, lambda specks: specks.areas < smallest)


def _keep_largest(mask: Mask, context: Context, values: Values) -> Mask:
    def goes(found: Pieces) -> npt.NDArray[np.bool_]:
        gone = np.zeros(len(found.areas), np.bool_)
        gone[found.order[round(number(values, "count")) :]] = True
        return gone

    return without(mask, 8, goes)


def _convex_hull(mask: Mask, context: Context, values: Values) -> Mask:
    core = binary(mask)
    # Of a piece within another's hole nothing is told, and nothing need be: the other's hull covers it.
    outlines, _ = cv2.findContours(core, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hull = np.zeros_like(core)
    for outline in outlines if switch(values, "each") or not outlines else [np.concatenate(outlines)]:
        fill_hull(np.asarray(cv2.convexHull(outline)[:, 0], np.int32), hull)
    return np.maximum(mask, hull.astype(np.float32))


def _smooth_contour(mask: Mask, context: Context, values: Values) -> Mask:
    """A blurred mask's contour at a half: motion by curvature (Merriman, Bence and Osher 1992), one step of it."""
    pixels = number(values, "pixels")
    if pixels < FAINT:
        return mask
    blur = blurred(binary(mask).astype(np.float32), "gaussian", pixels)
    # A straight edge, blurred, rises by this much a pixel: undone, the edge is one pixel wide.
    slope = min(1.0, 1 / (pixels * math.sqrt(2 * math.pi)))
    return np.asarray(np.clip((blur - np.float32(0.5)) * np.float32(1 / slope) + np.float32(0.5), 0.0, 1.0), np.float32)


def _smooth_margin(values: Values) -> int | None:
    return blurred_margin("gaussian", number(values, "pixels"))


def _pixels(default: float, description: str, low: float = 0.0, high: float = 64.0) -> Parameter:
    return Parameter("pixels", "float", default, description, low, high, "pixels")


GROW = Op(
    Declaration("grow", "Move the outline outward, or inward", (_pixels(2.0, "How far; below 0 shrinks", -64.0), METHOD), "Shape"),
    _grow,
    _grow_margin,
    version=4,
)
SHRINK = Op(
    Declaration("shrink", "Move the outline inward", (_pixels(2.0, "How far"), METHOD), "Shape"), _shrink, _shrink_margin, version=3
)
OPEN = Op(
    Declaration("open", "Take away what is thin: hairs, bridges, specks", (_pixels(2.0, "Half the width of what goes"), METHOD), "Shape"),
    _open,
    _shrink_margin,
    version=3,
)
CLOSE = Op(
    Declaration("close", "Fill narrow gaps and small holes", (_pixels(4.0, "Half the width of what is filled"), METHOD), "Shape"),
    _close,
    _close_margin,
    version=3,
)
FILL_HOLES = Op(
    Declaration(
        "fill_holes",
        "Fill holes that the object surrounds",
        (Parameter("largest", "int", 0, "The largest area that is filled; 0 fills all", 0, 10_000_000, "pixels"),),
        "Shape",
    ),
    _fill_holes,
    _one_more,
)
REMOVE_SPECKS = Op(
    Declaration(
        "remove_specks",
        "Take away small pieces",
        (Parameter("smallest", "int", 64, "The smallest area that stays", 0, 10_000_000, "pixels"),),
        "Shape",
    ),
    _remove_specks,
    in_place,
)
KEEP_LARGEST = Op(
    Declaration("keep_largest", "Keep the largest pieces only", (Parameter("count", "int", 1, "How many", 1, 100),), "Shape"),
    _keep_largest,
    in_place,
)
CONVEX_HULL = Op(
    Declaration(
        "convex_hull",
        "Fill the outline's dents, as a rubber band around it would",
        (Parameter("each", "bool", False, "A band around each piece instead of one around all"),),
        "Shape",
    ),
    _convex_hull,
    in_place,
)
SMOOTH_CONTOUR = Op(
    Declaration(
        "smooth_contour",
        "Smooth the outline's wiggles, and leave it sharp",
        (_pixels(3.0, "The size of what is smoothed away"),),
        "Shape",
    ),
    _smooth_contour,
    _smooth_margin,
)

OPS = (GROW, SHRINK, OPEN, CLOSE, FILL_HOLES, REMOVE_SPECKS, KEEP_LARGEST, CONVEX_HULL, SMOOTH_CONTOUR)
