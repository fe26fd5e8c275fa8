"""What there is to be said of a pixel whose alpha was solved: its surroundings at four scales, and how well they explain its colour.

From the solved alpha follow the colours of foreground and background around each pixel, nearer and farther off, and from those what alpha
the pixel's colour tells of by itself. Where that and the solved alpha differ, one of them is wrong; which, a network can learn.

Methods: alpha's projection on the line between two colours as in Chuang et al., "A Bayesian approach to digital matting" (2001); the
colours' confidence after Wang and Cohen, "Optimized color sampling for robust matting" (2007).
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ..method import BACKGROUND, FOREGROUND, UNKNOWN, Alpha, Picture, Trimap

__all__ = ["COUNT", "GRID", "evidence"]

Plane = npt.NDArray[np.float32]

SCALES = ((2, 1.25), (4, 1.25), (8, 1.5))
"""Sides of a cell in pixels, and the Gaussian over cells."""
GRID = 8
"""Pixels: parts of a picture that begin and end at its multiples have the cells that the picture has."""
FAR = 50.0
"""Pixels: distances farther than that are that."""
EDGE = 20.0
"""As FAR, for the distance to what the solved alpha is sure of."""
SURE = 0.05
"""Of the solved alpha from 0 or 1: that is sure."""
SPECK = 1e-4
"""The weight that a pixel's colour has, whatever its alpha."""
LEAST = 1e-3
"""The least squared distance of two colours, 0 to 1, that is gone by ..."""
DISTINCT = 0.02
"""... and that at which half of what they tell is believed."""
COUNT = 13 + 11 * len(SCALES)
"""Numbers a pixel."""
ROW = 512
"""Pixels looked up in a row, for OpenCV's sake."""


def evidence(picture: Picture, trimap: Trimap, guide: Alpha, solved: Alpha) -> Plane:
    """(n, COUNT) float32: of the n UNKNOWN pixels, row by row.

    `picture` (h, w, 3) and `guide` and `solved` (h, w) are float32 from 0 to 1, h and w multiples of GRID; `solved` is 0 or 1 where the
    trimap is known. What lies farther than 64 pixels off doesn't matter.
    """
    unknown = trimap == UNKNOWN
    guide = np.where(unknown, guide, solved)
    pixel = solved[unknown]
    found = _near(picture, trimap, guide, solved, unknown)
    colour, light = picture[unknown], picture[unknown] @ np.full((3, 1), 1 / 3, np.float32)
    found += [light[:, 0], np.ptp(colour, axis=1)]
    y, x = np.nonzero(unknown)
    planes, cell = _planes(_halved(picture), _halved(solved), _halved(guide)), 2
    for side, spread in SCALES:
        if side > cell:
            planes, cell = _halved(planes), side
        blurred = _blurred(planes, spread)
        found += _around(_looked_up(blurred, (y + 0.5) / side - 0.5, (x + 0.5) / side - 0.5), colour, pixel)
    return np.stack(found, 1)


def _near(picture: Picture, trimap: Trimap, guide: Alpha, solved: Alpha, unknown: npt.NDArray[np.bool_]) -> list[Plane]:
    """Of the pixel, its neighbours, and how far it is from what is known."""
    inside, outside = (_distance(trimap == value, FAR)[unknown] for value in (FOREGROUND, BACKGROUND))
    full, empty = (_distance(sure, EDGE)[unknown] for sure in (solved > 1 - SURE, solved < SURE))
    pixel, said = solved[unknown], guide[unknown]
    blurred = _blurred(solved, 1.0)
    light = _blurred(picture @ np.full(3, 1 / 3, np.float32), 0.7)
    return [
        pixel,
        said,
        pixel * (1 - pixel),
        np.abs(pixel - said),
        (outside - inside) / (outside + inside + 1),
        np.log1p(outside + inside) / 4,
        np.log1p(full),
        np.log1p(empty),
        blurred[unknown] - pixel,
        _slope(blurred)[unknown],
        2 * _slope(light)[unknown],
    ]


def _planes(picture: Picture, solved: Alpha, guide: Alpha) -> Plane:
    """(h, w, 17): alpha, its doubt, the guide, colour's square and colour; the weights of foreground and background, and of the colours by
    these, and of their squares."""
    square = np.einsum("hwc,hwc->hw", picture, picture)[..., None]
    share = solved[..., None]
    weights = [np.clip(2 * part - 1, 0, 1) ** 4 + np.float32(SPECK) * part for part in (share, 1 - share)]
    planes = [share, share * (1 - share), guide[..., None], square, picture, *weights]
    planes += [picture * weight for weight in weights] + [square * weight for weight in weights]
    return np.concatenate(planes, 2)


def _around(cells: Plane, colour: Plane, pixel: Plane) -> list[Plane]:
    """What `_planes`, blurred, (n, 17), tell of the pixels of `colour` (n, 3) and solved alpha `pixel` (n,)."""
    mean, amounts = cells[:, 4:7], np.maximum(cells[:, 7:9], np.float32(1e-9))
    ahead, behind = cells[:, 9:12] / amounts[:, :1], cells[:, 12:15] / amounts[:, 1:]
    across = ahead - behind
    distance = np.einsum("nc,nc->n", across, across)
    off = colour - behind
    share = np.einsum("nc,nc->n", off, across) / np.maximum(distance, np.float32(LEAST))
    trust = distance / (distance + np.float32(DISTINCT))
    rest = off - np.clip(share, 0, 1)[:, None] * across
    spreads = [
        np.sqrt(np.maximum(cells[:, 15 + side] / amounts[:, side] - np.einsum("nc,nc->n", part, part), 0) / (distance + np.float32(0.01)))
        for side, part in enumerate((ahead, behind))
    ]
    return [
        cells[:, 0] - pixel,
        cells[:, 1],
        cells[:, 2] - pixel,
        np.sqrt(np.maximum(cells[:, 3] - np.einsum("nc,nc->n", mean, mean), 0)),
        (np.clip(share, -0.3, 1.3) - pixel) * trust,
        trust,
        np.sqrt(np.einsum("nc,nc->n", rest, rest)),
        np.log(amounts[:, 0] + np.float32(SPECK)) / 4,
        np.log(amounts[:, 1] + np.float32(SPECK)) / 4,
        *spreads,
    ]


def _looked_up(cells: Plane, y: npt.NDArray[np.float64], x: npt.NDArray[np.float64]) -> Plane:
    """(n, 17) of (h, w, 17), between the cells' centres."""
    count = len(y)
    rows = -(-count // ROW)
    across, down = (np.resize(place.astype(np.float32), (rows, ROW)) for place in (x, y))
    groups = [
        cv2.remap(np.ascontiguousarray(cells[..., first : first + 4]), across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for first in range(0, cells.shape[2], 4)
    ]
    return np.concatenate([group.reshape(rows * ROW, -1)[:count] for group in groups], 1)


def _distance(there: npt.NDArray[np.bool_], most: float) -> Plane:
    """(h, w): pixels to the next one that is `there`, `most` at most."""
    found = cv2.distanceTransform((~there).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3)
    return np.asarray(np.minimum(found, np.float32(most)))


def _slope(values: Plane) -> Plane:
    """(h, w): the length of the gradient."""
    down, across = (cv2.Sobel(values, cv2.CV_32F, order, 1 - order, borderType=cv2.BORDER_REFLECT_101) for order in (0, 1))
    return np.asarray(cv2.magnitude(down, across), np.float32)


def _halved(values: Plane) -> Plane:
    """(h / 2, w / 2, ...): the means of four pixels."""
    return np.asarray(cv2.resize(values, (values.shape[1] // 2, values.shape[0] // 2), interpolation=cv2.INTER_AREA), np.float32)


def _blurred(values: Plane, spread: float) -> Plane:
    """The same under a Gaussian of `spread` pixels."""
    return np.asarray(cv2.GaussianBlur(values, (0, 0), spread, borderType=cv2.BORDER_REFLECT_101), np.float32)
