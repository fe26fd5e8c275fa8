"""A frame's regions for eyes: each in a colour of its own over the picture, with its number."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from ..footage.view import srgb_decoded
from ..shot.regions import Region

_SHARE = 0.5
"""How much of a region's colour there is over the picture."""
_DIMMED = 0.5
"""What is left of the picture's light where there is no region."""
_TURN = 0.618034
"""The golden ratio's part: numbers that follow one another get hues far apart."""
_FAR = 0.25
"""Between two colours, red, green and blue from 0 to 1, that aren't mistaken for one another."""
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def color_of(number: int) -> tuple[float, float, float]:
    """Region `number`'s R'G'B' as displayed, 0 to 1."""
    step = number % 3
    return colorsys.hsv_to_rgb((0.06 + number * _TURN) % 1.0, (0.85, 0.6, 0.95)[step], (1.0, 0.95, 0.75)[step])


def linear_color_of(number: int) -> tuple[float, float, float]:
    """The same, linear, as objects have it."""
    values: npt.NDArray[np.float32] = srgb_decoded(np.array(color_of(number), np.float32))
    red, green, blue = (round(float(value), 6) for value in values)
    return red, green, blue


def unlike(colors: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    """Of the first hundred of `linear_color_of`, the first that is far from all `colors`, or else the farthest."""

    def apart(color: tuple[float, float, float]) -> float:
        return min((math.dist(color, other) for other in colors), default=1.0)

    found = [linear_color_of(number) for number in range(1, 101)]
    return next((color for color in found if apart(color) > _FAR), max(found, key=apart))


def coloured(rgb: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint16], regions: Sequence[Region]) -> npt.NDArray[np.uint8]:
    """(height, width, 3) uint8 R'G'B': `rgb` with the regions of `labels` (height, width) over it, outlined and numbered."""
    height, width = labels.shape
    table = np.zeros((len(regions) + 1, 3), np.float32)
    for region in regions:
        table[region.number] = color_of(region.number)
    drawn = np.empty_like(rgb)
    grey = np.array([0.299, 0.587, 0.114], np.float32)
    thick = max(1, round(min(height, width) / 700))
    for top in range(0, height, 256):  # strips: a large picture in floats is 8 times as large
        rows = slice(top, top + 256)
        picture = rgb[rows].astype(np.float32)
        picture = 0.65 * picture + 0.35 * (picture @ grey)[..., None]
        here = labels[rows]
        mixed = (1 - _SHARE) * picture + _SHARE * 255 * table[here]
        drawn[rows] = np.where((here > 0)[..., None], mixed, _DIMMED * picture).astype(np.uint8)
    edge = _edges(labels, thick)
    drawn[edge] = (0.25 * drawn[edge] + 0.75 * 255 * (0.45 + 0.55 * table[labels[edge]])).astype(np.uint8)
    for region in regions:
        _write_number(drawn, region)
    return drawn


def _edges(labels: npt.NDArray[np.uint16], thick: int) -> npt.NDArray[np.bool_]:
    """(height, width): each region's own pixels that lie within `thick` of what is not the region."""
    kernel = np.ones((2 * thick + 1, 2 * thick + 1), np.uint8)
    lowest, highest = cv2.erode(labels, kernel), cv2.dilate(labels, kernel)
    return np.asarray((labels > 0) & ((lowest != labels) | (highest != labels)))


def _write_number(drawn: npt.NDArray[np.uint8], region: Region) -> None:
    """The region's number in its middle, as large as it has room for, within limits that can be read."""
    height, width = drawn.shape[:2]
    text = str(region.number)
    usual = min(height, width) / 900
    box = region.box
    room = min(box.right - box.left, box.bottom - box.top, region.area**0.5)
    scale = float(np.clip(room / 90, 0.6 * usual, 1.3 * usual))
    scale = max(scale, 0.38)
    thick = max(1, round(1.6 * scale))
    (across, up), _ = cv2.getTextSize(text, _FONT, scale, thick)
    x = int(np.clip(region.point[0] - across / 2, 1, max(1, width - across - 2)))
    y = int(np.clip(region.point[1] + up / 2, up + 1, max(up + 1, height - 2)))
    cv2.putText(drawn, text, (x, y), _FONT, scale, (16, 16, 16), thick + max(2, round(2.5 * scale)), cv2.LINE_AA)
    cv2.putText(drawn, text, (x, y), _FONT, scale, (255, 255, 255), thick, cv2.LINE_AA)
