"""The mask's edge: softer, nearer to the picture's own edges, or alone."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ..shot import Declaration, Parameter
from .channels import cleaned, luma
from .combining import combine, combined, limited
from .distance import along_outline, binary, distance_to, is_binary
from .guided import by_tiles, guided, guided_by_color
from .morphology import dilated
from .op import Context, Mask, Op, Values, always, number, word
from .threshold import NARROW

FAINT = 0.01
"""Pixels: a blur that is no wider does nothing."""
CANNY_STEP = 8000
"""What a step from black to white is to OpenCV's Canny, which takes gradients as 16-bit integers."""


def _feather(mask: Mask, context: Context, values: Values) -> Mask:
    inside, outside = number(values, "inside"), number(values, "outside")
    if inside == 0 and outside == 0:
        return mask
    steepness = 1 / max(1.0, inside + outside)
    lifted = 0.5 - steepness * (inside - outside) / 2

    def ramp(apart: Mask) -> Mask:
        risen = apart * np.float32(steepness)
        risen += np.float32(lifted)
        return np.clip(risen, 0.0, 1.0, out=risen)

    return along_outline(mask, inside, outside, ramp)


def _feather_margin(values: Values) -> int | None:
    return math.ceil(number(values, "outside")) + 2


def blurred(mask: Mask, method: str, pixels: float) -> Mask:
    """Blurred, (height, width) float32; the picture's edge is repeated outward. `pixels`: gaussian's standard deviation, else the radius.

    A median of more than 2 pixels takes soft masks in 255 steps.
    """
    if pixels < FAINT:
        return mask
    if method == "gaussian":
        side = 2 * _gaussian_radius(pixels) + 1
        made = cv2.GaussianBlur(mask, (side, side), pixels, borderType=cv2.BORDER_REPLICATE)
    else:
        side = 2 * max(1, round(pixels)) + 1
        made = _median(mask, side) if method == "median" else cv2.blur(mask, (side, side), borderType=cv2.BORDER_REPLICATE)
    cv2.threshold(made, 1e-6, 1.0, cv2.THRESH_TOZERO, dst=made)  # what running sums leave of 0
    return np.minimum(made, np.float32(1), out=made)


def _median(mask: Mask, side: int) -> Mask:
    core = binary(mask)
    if is_binary(mask):  # most of the pixels around decide
        count = cv2.boxFilter(core, cv2.CV_32F, (side, side), normalize=False, borderType=cv2.BORDER_REPLICATE)
        return np.asarray(cv2.threshold(count, side * side // 2, 1.0, cv2.THRESH_BINARY)[1], np.float32)
    if side <= 5:
        return np.asarray(cv2.medianBlur(mask, side), np.float32)
    return np.asarray(cv2.medianBlur(np.rint(mask * np.float32(255)).astype(np.uint8), side) / np.float32(255), np.float32)


def _gaussian_radius(pixels: float) -> int:
    return max(1, math.ceil(3 * pixels))


def blurred_margin(method: str, pixels: float) -> int:
    """How far outside of the mask `blurred` reaches."""
    if pixels < FAINT:
        return 0
    return _gaussian_radius(pixels) if method == "gaussian" else max(1, round(pixels))


def _blur(mask: Mask, context: Context, values: Values) -> Mask:
    return blurred(mask, word(values, "method"), number(values, "pixels"))


def _blur_margin(values: Values) -> int | None:
    return blurred_margin(word(values, "method"), number(values, "pixels"))


def _bilateral(mask: Mask, context: Context, values: Values) -> Mask:
    radius = _bilateral_radius(values)
    if radius == 0:
        return mask
    made = cv2.bilateralFilter(mask, 2 * radius + 1, max(number(values, "contrast"), 1e-3), radius / 2, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.clip(np.where(made < 1e-6, 0.0, made), 0.0, 1.0), np.float32)


def _bilateral_radius(values: Values) -> int:
    return math.ceil(number(values, "pixels"))


def _bilateral_margin(values: Values) -> int | None:
    return _bilateral_radius(values) + 1


def _guided(mask: Mask, context: Context, values: Values) -> Mask:
    radius = round(number(values, "pixels"))
    if radius == 0:
        return mask
    smoothing = max(number(values, "smoothing"), 1e-3)
    if word(values, "guide") == "color":
        return by_tiles(guided_by_color, mask, cleaned(context.picture), radius, smoothing, context.box, context.size)
    return by_tiles(guided, mask, luma(context.picture), radius, smoothing, context.box, context.size)


def _guided_margin(values: Values) -> int | None:
    return 2 * round(number(values, "pixels"))


def _edge(mask: Mask, context: Context, values: Values) -> Mask:
    of = mask if word(values, "of") == "mask" else luma(context.picture)
    low, high, width = (number(values, name) for name in ("low", "high", "width"))
    if word(values, "method") == "canny":
        across, down = (np.rint(step * CANNY_STEP).astype(np.int16) for step in _slopes(of))
        lines = cv2.Canny(across, down, min(low, high) * CANNY_STEP, max(low, high) * CANNY_STEP, L2gradient=True)
        apart = distance_to((lines > 0).view(np.uint8), width / 2 + 1)
        return combined(mask, np.clip(np.float32(width / 2 + 0.5) - apart, 0.0, 1.0), values)
    if word(values, "method") == "gradient":
        strength = np.hypot(*_slopes(of))
    else:
        strength = np.abs(cv2.Laplacian(of, cv2.CV_32F, ksize=1, borderType=cv2.BORDER_REPLICATE))
    if high - low > NARROW:
        made = np.clip((strength - np.float32(low)) * np.float32(1 / (high - low)), 0.0, 1.0, dtype=np.float32)
    else:
        made = (strength > low).astype(np.float32)
    return combined(mask, dilated(made, int(width / 2)), values)


def _slopes(of: Mask) -> tuple[Mask, Mask]:
    """Across and down, by Sobel; a step from 0 to 1 is 1."""
    across, down = (cv2.Sobel(of, cv2.CV_32F, *way, ksize=3, scale=0.25, borderType=cv2.BORDER_REPLICATE) for way in ((1, 0), (0, 1)))
    return np.asarray(across, np.float32), np.asarray(down, np.float32)


def _edge_reads(values: Values) -> bool:
    return word(values, "of") == "luma"


def _edge_margin(values: Values) -> int | None:
    reach = math.ceil(number(values, "width") / 2) + 3
    if not _edge_reads(values):
        return reach
    # How far a line of Canny's goes on depends on all of it.
    return reach if limited(values) and word(values, "method") != "canny" else None


def _outline(mask: Mask, context: Context, values: Values) -> Mask:
    inside, outside = _sides(values)

    def band(apart: Mask) -> Mask:
        above, below = apart + np.float32(outside + 0.5), np.float32(inside + 0.5) - apart
        return np.asarray(np.clip(np.minimum(above, below), 0.0, 1.0), np.float32)

    return along_outline(mask, inside, outside, band)


def _sides(values: Values) -> tuple[float, float]:
    """How far inside and outside the band reaches."""
    width = number(values, "width")
    inside = {"inside": width, "middle": width / 2, "outside": 0.0}[word(values, "position")]
    return inside, width - inside


def _outline_margin(values: Values) -> int | None:
    return math.ceil(_sides(values)[1]) + 2


def _pixels(name: str, default: float, description: str, high: float, low: float = 0.0) -> Parameter:
    return Parameter(name, "float", default, description, low, high, "pixels")


def _share(name: str, default: float, description: str) -> Parameter:
    return Parameter(name, "float", default, description, 0.0, 1.0)


FEATHER = Op(
    Declaration(
        "feather",
        "Make the edge a ramp, inward and outward by as much as you say",
        (
            _pixels("inside", 2.0, "How far the ramp reaches into the object", 200.0),
            _pixels("outside", 2.0, "How far the ramp reaches out of the object", 200.0),
        ),
        "Edge",
    ),
    _feather,
    _feather_margin,
    version=3,
)
BLUR = Op(
    Declaration(
        "blur",
        "Blur the mask",
        (
            Parameter("method", "choice", "gaussian", "How what is around is averaged", choices=("gaussian", "box", "median")),
            _pixels("pixels", 2.0, "The standard deviation of gaussian, the radius of the others", 64.0),
        ),
        "Edge",
    ),
    _blur,
    _blur_margin,
)
BILATERAL = Op(
    Declaration(
        "bilateral",
        "Blur the mask, but not across its own hard edges",
        (_pixels("pixels", 4.0, "The radius", 16.0), _share("contrast", 0.2, "From what difference on an edge is kept")),
        "Edge",
    ),
    _bilateral,
    _bilateral_margin,
)
GUIDED = Op(
    Declaration(
        "guided",
        "Draw the edge to that in the picture, down to hairs",
        (
            _pixels("pixels", 8.0, "How far the edge may move", 64.0),
            _share("smoothing", 0.05, "What contrast in the picture is too little to be an edge"),
            Parameter("guide", "choice", "color", "What of the picture tells; luma is quicker", choices=("color", "luma")),
        ),
        "Edge",
    ),
    _guided,
    _guided_margin,
    reads_picture=always,
)
EDGE = Op(
    Declaration(
        "edge",
        "Keep the edges in the mask or the picture",
        (
            Parameter("method", "choice", "canny", "Lines, or how steep, or how bent", choices=("canny", "gradient", "laplacian")),
            Parameter("of", "choice", "luma", "Where edges are looked for", choices=("mask", "luma")),
            _share("low", 0.1, "The step from one pixel to the next that begins to be an edge"),
            _share("high", 0.3, "The step that certainly is one"),
            _pixels("width", 1.0, "How wide the lines are", 64.0, 1.0),
            combine(),
        ),
        "Edge",
    ),
    _edge,
    _edge_margin,
    reads_picture=_edge_reads,
)
OUTLINE = Op(
    Declaration(
        "outline",
        "Leave a band along the edge",
        (
            _pixels("width", 4.0, "The band's width", 200.0),
            Parameter("position", "choice", "middle", "Where the band lies", choices=("inside", "middle", "outside")),
        ),
        "Edge",
    ),
    _outline,
    _outline_margin,
    version=3,
)

OPS = (FEATHER, BLUR, BILATERAL, GUIDED, EDGE, OUTLINE)
