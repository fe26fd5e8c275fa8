"""How far each pixel is from the mask's outline."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from .op import Mask

Binary = npt.NDArray[np.uint8]
"""(height, width), 1 where something is and 0 elsewhere."""

SHORT = 15
"""Up to so many pixels the squares of distances fit into bytes, of which a processor takes many at a time."""
NEAR = 10
"""As SHORT, with those to either side of an outline in one byte."""
_FAR = 255
"""What is farther, as a square: none of the squares of distances between pixels."""
_ROOTS = np.sqrt(np.arange(_FAR + 1, dtype=np.float32))
FEW = 1_000_000
"""So many places around an edge's pixels are told one by one quicker than all of the mask's pixels are asked."""
Ramp = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]
"""What distances are shown as, element by element."""
CROSS: Binary = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)


def binary(mask: Mask) -> Binary:
    """1 where the mask is above a half."""
    return np.greater(mask, np.float32(0.5)).view(np.uint8)


def is_binary(mask: Mask) -> bool:
    """Whether the mask, 0 to 1, is all 0 and 1."""
    return mask.size == 0 or float(cv2.sumElems(mask)[0]) == cv2.countNonZero(mask)  # what is between counts, and adds less than 1


def distance_to(core: Binary, reach: float) -> Mask:
    """The Euclidean distance in pixels, (height, width) float32, from each pixel's centre to the nearest of `core`'s pixels.

    Exact as far as `reach`; what is farther is only known to be farther. Beyond the array there is nothing.
    """
    if not core.any():
        return np.full(core.shape, 1e6, np.float32)
    if reach > SHORT:
        found = np.asarray(cv2.distanceTransform(1 - core, cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
        # OpenCV's last bit hangs on where in memory the array lies. The squares are whole numbers.
        return np.asarray(cv2.sqrt(np.rint(found * found)), np.float32)
    return np.asarray(cv2.LUT(_squares(core, math.floor(reach)), _ROOTS), np.float32)


def _squares(core: Binary, reach: int) -> npt.NDArray[np.uint8]:
    """The squares of `distance_to`, (height, width) uint8, as far as `reach`, at most SHORT; what is farther is _FAR, or too far.

    The columns' first and then the rows': the transform of Felzenszwalb and Huttenlocher ("Distance Transforms of Sampled Functions",
    2012), of which just the parabolas' near ends are walked.
    """
    squares: npt.NDArray[np.uint8] = np.multiply(core ^ 1, _FAR, dtype=np.uint8)
    _walk(squares, reach, 0)
    _walk(squares, reach, 1)
    return squares


def _walk(squares: npt.NDArray[np.uint8], reach: int, axis: Literal[0, 1]) -> None:
    """Makes each the least of what it is and of those up to `reach` before and behind it along `axis`, with the square of the way added."""
    before, farther = squares.copy(), np.empty_like(squares)
    for step in range(1, min(reach, squares.shape[axis] - 1) + 1):
        farther.fill(step * step)
        cv2.add(before, farther, dst=farther)  # never beyond _FAR
        ahead, behind = (np.s_[:, step:], np.s_[:, :-step]) if axis else (np.s_[step:], np.s_[:-step])
        cv2.min(squares[ahead], farther[behind], dst=squares[ahead])
        cv2.min(squares[behind], farther[ahead], dst=squares[behind])


def along_outline(mask: Mask, inside: float, outside: float, ramp: Ramp) -> Mask:
    """`ramp` of `signed_distance`, (height, width) float32, for a ramp that doesn't change any more as far as that away.

    Where edges are hard and it isn't far, the ramp is worked out for the distances that there are, not for the pixels.
    """
    if max(inside, outside) + 1.5 > NEAR or not is_binary(mask):
        return ramp(signed_distance(mask, inside, outside))
    into, out_of = ramp(_ROOTS - np.float32(0.5)), ramp(np.float32(0.5) - _ROOTS)
    far_in, far_out = (int(np.flatnonzero(shown != shown[-1]).max(initial=0)) for shown in (into, out_of))
    reach = math.isqrt(far_in), math.isqrt(far_out)
    most = (reach[0] + 1) ** 2, (reach[1] + 1) ** 2  # what is no less is farther than where the ramp ends
    inner, outer = _both_sides(binary(mask), reach)
    np.minimum(inner, np.uint8(most[0]), out=inner)
    np.minimum(outer, np.uint8(most[1]), out=outer)
    place = np.subtract(np.add(outer, np.uint8(most[0]), out=outer), inner, out=outer)
    table = np.zeros(_FAR + 1, np.float32)
    table[: most[0]] = np.where(np.arange(most[0], 0, -1) > far_in, into[-1], into[most[0] : 0 : -1])
    table[most[0] + 1 : most[0] + most[1] + 1] = np.where(np.arange(1, most[1] + 1) > far_out, out_of[-1], out_of[1 : most[1] + 1])
    return np.asarray(cv2.LUT(place, table), np.float32)


def _both_sides(core: Binary, reach: tuple[int, int]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """As `_squares`: of the core's pixels the distance to the nearest that isn't one, as far as `reach[0]`, and the other way round, to
    `reach[1]`; of the rest 0."""
    whole = np.multiply(core, _FAR, dtype=np.uint8)
    nearness = np.zeros_like(core)  # _FAR less the square, of both in one: in its column each pixel has but one distance to the others
    for step in range(1, min(max(reach), len(core) - 1) + 1):
        differs = np.bitwise_xor(whole[step:], whole[:-step], dtype=np.uint8)
        np.bitwise_and(differs, np.uint8(_FAR - step * step), out=differs)
        cv2.max(nearness[step:], differs, dst=nearness[step:])
        cv2.max(nearness[:-step], differs, dst=nearness[:-step])
    squares = ~nearness
    inner, outer = squares & whole, squares & ~whole
    _walk(inner, reach[0], 1)
    _walk(outer, reach[1], 1)
    return inner, outer


def signed_distance(mask: Mask, inside: float, outside: float) -> Mask:
    """How far inside the outline each pixel is, in pixels, (height, width) float32; below 0 outside of it.

    The outline is where the mask, between pixels, is a half: in the middle between a pixel that is 1 and one that is 0, and elsewhere where
    the pixels are soft. Right as far as `inside` and `outside` pixels of it; what is farther is only known to be farther. What lies
    beyond the array is neither: an object that the picture's edge cuts off has no outline there.
    """
    core = binary(mask)
    other = 1 - core
    if hard := is_binary(mask):
        into = distance_to(other, inside + 1.5) - np.float32(0.5)
        out_of = distance_to(core, outside + 1.5) - np.float32(0.5)
    else:
        within, without = _edge_of(mask, core), _edge_of(mask, other)
        into, out_of = _to_crossing(other, without, inside + 2.5), _to_crossing(core, within, outside + 2.5)
    found: Mask = np.negative(out_of)
    np.copyto(found, into, where=core.view(np.bool_))
    if not hard:  # beside the outline a pixel's own slope says best how far it is
        row_by_row = found.reshape(-1)
        row_by_row[within.spots] = np.minimum(row_by_row[within.spots], within.beside)
        row_by_row[without.spots] = np.maximum(row_by_row[without.spots], -without.beside)
    return found


class _Edge(NamedTuple):
    """The pixels of one side that have a neighbour on the other, row by row; how far from their centres, in pixels, the mask is a half."""

    spots: npt.NDArray[np.intp]
    """Where each is in the array, flattened."""
    ahead: npt.NDArray[np.float32]
    """To the neighbour that it differs from most: what distances from afar are less by, without being too short or too long in the mean."""
    beside: npt.NDArray[np.float32]
    """Along the mask's slope: the pixel's own distance. Both are a half where it is all and its neighbour nothing, as in a hard mask."""


def _edge_of(mask: Mask, core: Binary) -> _Edge:
    spots = np.flatnonzero(np.subtract(core, cv2.erode(core, CROSS), dtype=np.uint8).view(np.bool_))
    values, (height, width) = mask.ravel(), mask.shape
    rows, columns = np.divmod(spots, width)
    at = values[spots]
    sign = np.float32(1 if len(at) and at.max() > 0.5 else -1)

    def step(*sides: tuple[npt.NDArray[np.bool_], int]) -> npt.NDArray[np.float32]:
        """How much nearer to the other side the mask comes; beyond the array there is nothing but the pixel itself."""
        first, second = (sign * (at - values[spots + there * way]) for there, way in sides)
        return np.asarray(np.maximum(np.maximum(first, second), np.float32(0)), np.float32)

    across = step((columns > 0, -1), (columns < width - 1, 1))
    down = step((rows > 0, -width), (rows < height - 1, width))
    most, apart = np.maximum(across, down), sign * (at - np.float32(0.5))
    beside = np.where(most == 1, np.float32(0.5), apart / np.hypot(across, down))
    return _Edge(spots, np.asarray(apart / most, np.float32), np.asarray(beside, np.float32))


def _to_crossing(core: Binary, edge: _Edge, reach: float) -> Mask:
    """Distances, (height, width) float32, from pixels outside of `core` to where, before its nearest pixel, the mask is a half.

    That is one of the core's `edge`. Right as far as a pixel less than `reach`.
    """
    if len(edge.spots) and len(edge.spots) * reach * reach <= FEW:
        return _along(core, edge, reach)
    distances = distance_to(core, reach)
    band = (core == 0) & (distances <= reach)
    if not len(edge.spots) or not band.any():
        return distances
    _, labels = cv2.distanceTransformWithLabels(1 - core, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    by_label = np.zeros(cv2.countNonZero(core) + 1, np.float32)
    by_label[labels.ravel()[edge.spots]] = edge.ahead
    distances[band] -= by_label[labels[band]]
    return distances


def _along(core: Binary, edge: _Edge, reach: float) -> Mask:
    """Distances from pixels outside of `core` to the nearest of its edge's pixels, less what is ahead of it; far beyond `reach`.

    Each place around a pixel of the edge is told what it is by that one, by the nearest pixel last; but for the places that have a
    neighbour of the pixel's in the core nearer to them.
    """
    pad = math.ceil(reach)
    bordered = cv2.copyMakeBorder(core, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    width = bordered.shape[1]
    found = np.full(bordered.size, 1e6, np.float32)
    rows, columns = np.divmod(edge.spots, core.shape[1])
    places = (rows + pad) * width + columns + pad
    free = {step: bordered.ravel()[places + step] == 0 for step in (-width, width, -1, 1)}
    told: dict[tuple[int, int], tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]] = {}
    for down, across in _offsets(pad):
        way = (down > 0) - (down < 0), (across > 0) - (across < 0)
        if way not in told:
            chosen = np.ones(len(places), np.bool_)
            for step in (way[0] * width, way[1]):
                if step:
                    chosen &= free[step]
            told[way] = places[chosen], edge.ahead[chosen]
        theirs, less = told[way]
        found[theirs + (down * width + across)] = np.float32(math.hypot(down, across)) - less
    return found.reshape(bordered.shape)[pad:-pad, pad:-pad]


@lru_cache(maxsize=64)
def _offsets(radius: int) -> tuple[tuple[int, int], ...]:
    """Down and across, of all places no farther than `radius`, the farthest first."""
    line = range(-radius, radius + 1)
    found = [(down, across) for down in line for across in line if down * down + across * across <= radius * radius]
    return tuple(sorted(found, key=lambda place: -(place[0] ** 2 + place[1] ** 2)))


def at_nearest(values: npt.NDArray[np.float32], core: Binary) -> npt.NDArray[np.float32]:
    """Of `values`, (height, width), each pixel's that lies at the nearest of `core`'s pixels, of which there are some."""
    _, labels = cv2.distanceTransformWithLabels(1 - core, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    there = core > 0
    by_label = np.zeros(int(labels.max()) + 1, np.float32)
    by_label[labels[there]] = values[there]
    found: npt.NDArray[np.float32] = by_label[labels]
    return found
