"""How far each pixel is from the mask's outline."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from .op import Mask

Binary = npt.NDArray[np.uint8]
"""(height, width), 1 where something is and 0 elsewhere."""

SHORT = 10
"""Up to so many pixels, walking outward is quicker than OpenCV's exact transform, which takes the same time whatever the distance."""
_BETWEEN = float(np.nextafter(np.float32(0), np.float32(1))), float(np.nextafter(np.float32(1), np.float32(0)))
"""The first float after 0 and the last before 1."""
Ramp = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]
"""What distances are shown as, element by element."""
CROSS: Binary = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)


def binary(mask: Mask) -> Binary:
    """1 where the mask is above a half."""
    return np.asarray(cv2.threshold(mask, 0.5, 1.0, cv2.THRESH_BINARY)[1].astype(np.uint8))


def is_binary(mask: Mask, rounded: Binary) -> bool:
    """Whether the mask is all 0 and 1, given `binary(mask)`."""
    if mask.size == 0:
        return True
    return cv2.countNonZero(cv2.inRange(mask, _BETWEEN[0], _BETWEEN[1])) == 0


def distance_to(core: Binary, reach: float) -> Mask:
    """The Euclidean distance in pixels, (height, width) float32, from each pixel's centre to the nearest of `core`'s pixels.

    Exact as far as `reach`; what is farther is only known to be farther. Beyond the array there is nothing.
    """
    if not core.any():
        return np.full(core.shape, 1e6, np.float32)
    edge = _edge(core)
    if _few(edge, reach):
        shown = _around(edge, reach, 1e6, lambda distances: distances)
        return np.where(core > 0, np.float32(0), shown)
    if reach > SHORT:
        return np.asarray(cv2.distanceTransform(1 - core, cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
    # Distances' squares, the columns' first and then the rows': the transform of Felzenszwalb and Huttenlocher ("Distance Transforms of
    # Sampled Functions", 2012), of which just the parabolas' near ends are walked. 16 bits hold SHORT's squares.
    steps = max(1, math.ceil(reach))
    squares: npt.NDArray[np.uint16] = (1 - core).astype(np.uint16) * np.uint16(3 * (steps + 1) ** 2)
    for turned in (squares, squares.T):
        before = turned.copy(order="K")
        for step in range(1, min(steps, turned.shape[0] - 1) + 1):
            farther = before + np.uint16(step * step)
            np.minimum(turned[step:], farther[:-step], out=turned[step:])
            np.minimum(turned[:-step], farther[step:], out=turned[:-step])
    return np.sqrt(squares, dtype=np.float32)


def _edge(core: Binary) -> Binary:
    """Those of the core's pixels that have a neighbour that isn't one: of all the core's, the nearest is always among them."""
    return np.subtract(core, cv2.erode(core, CROSS), dtype=np.uint8)


def _few(edge: Binary, reach: float) -> bool:
    """Whether it is quicker to go along the edge than over all pixels."""
    return 0 < cv2.countNonZero(edge) * reach * reach < edge.size / 2


def _around(edge: Binary, reach: float, far: float, ramp: Ramp) -> Mask:
    """`ramp` of the distance to the nearest of the edge's pixels, and `far` beyond `reach`: each place around a pixel is told what it is
    by that one, by the nearest pixel last."""
    pad = math.ceil(reach)
    height, width = edge.shape[0] + 2 * pad, edge.shape[1] + 2 * pad
    found = np.full(height * width, far, np.float32)
    places = _places(edge, pad)
    offsets = _offsets(pad)
    shown = ramp(np.array([math.hypot(*offset) for offset in offsets], np.float32))
    for (down, across), value in zip(offsets, shown, strict=True):
        found[places + (down * width + across)] = value
    return found.reshape(height, width)[pad:-pad, pad:-pad]


def _places(edge: Binary, pad: int) -> npt.NDArray[np.intp]:
    """Where the edge's pixels are in an array with `pad` more on all sides, flattened."""
    spots = cv2.findNonZero(edge).reshape(-1, 2).astype(np.intp)
    return np.asarray((spots[:, 1] + pad) * (edge.shape[1] + 2 * pad) + spots[:, 0] + pad)


@lru_cache(maxsize=64)
def _offsets(radius: int) -> tuple[tuple[int, int], ...]:
    """Down and across, of all places no farther than `radius`, the farthest first."""
    line = range(-radius, radius + 1)
    found = [(down, across) for down in line for across in line if down * down + across * across <= radius * radius]
    return tuple(sorted(found, key=lambda place: -(place[0] ** 2 + place[1] ** 2)))


def along_outline(mask: Mask, inside: float, outside: float, ramp: Ramp) -> Mask:
    """`ramp` of `signed_distance`, (height, width) float32, for a ramp that doesn't change any more as far as that away.

    Where edges are few and hard, the ramp is worked out for the distances that there are, not for the pixels.
    """
    core = binary(mask)
    if is_binary(mask, core):
        edges = _edge(1 - core), _edge(core)
        if _few(edges[0], inside + 1.5) and _few(edges[1], outside + 1.5):
            far = ramp(np.array([1e6, -1e6], np.float32))
            into = _around(edges[0], inside + 1.5, far[0], lambda distances: ramp(distances - np.float32(0.5)))
            out_of = _around(edges[1], outside + 1.5, far[1], lambda distances: ramp(np.float32(0.5) - distances))
            return np.where(core.view(np.bool_), into, out_of)
    return ramp(signed_distance(mask, inside, outside))


def signed_distance(mask: Mask, inside: float, outside: float) -> Mask:
    """How far inside the outline each pixel is, in pixels, (height, width) float32; below 0 outside of it.

    The outline is where the mask, between pixels, is a half: in the middle between a pixel that is 1 and one that is 0, and elsewhere where
    the pixels are soft. Right as far as `inside` and `outside` pixels of it; what is farther is only known to be farther. What lies
    beyond the array is neither: an object that the picture's edge cuts off has no outline there.
    """
    core = binary(mask)
    hard = is_binary(mask, core)
    other = 1 - core
    into = distance_to(other, inside + 1.5)
    out_of = distance_to(core, outside + 1.5)
    if hard:
        into -= np.float32(0.5)
        out_of -= np.float32(0.5)
    else:
        _to_crossing(into, mask, other, inside + 2.5)
        _to_crossing(out_of, mask, core, outside + 2.5)
    return np.where(core > 0, into, -out_of)


def _to_crossing(distances: Mask, mask: Mask, core: Binary, reach: float) -> None:
    """Turns distances to the centres of `core`'s pixels into those to where, before them, the mask is a half; as far as `reach`."""
    edge = (core > 0) & (cv2.erode(core, CROSS) == 0)  # the nearest of the core's pixels always has a neighbour that isn't one
    band = (core == 0) & (distances <= reach)
    if not edge.any() or not band.any():
        return
    beyond = (cv2.dilate if mask[edge].max() <= 0.5 else cv2.erode)(mask, CROSS)[edge]
    at = mask[edge]
    _, labels = cv2.distanceTransformWithLabels(1 - core, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    by_label = np.zeros(cv2.countNonZero(core) + 1, np.float32)
    by_label[labels[edge]] = (at - np.float32(0.5)) / (at - beyond)
    distances[band] -= by_label[labels[band]]


def at_nearest(values: npt.NDArray[np.float32], core: Binary) -> npt.NDArray[np.float32]:
    """Of `values`, (height, width), each pixel's that lies at the nearest of `core`'s pixels, of which there are some."""
    _, labels = cv2.distanceTransformWithLabels(1 - core, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    there = core > 0
    by_label = np.zeros(int(labels.max()) + 1, np.float32)
    by_label[labels[there]] = values[there]
    found: npt.NDArray[np.float32] = by_label[labels]
    return found
