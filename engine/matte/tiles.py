"""A picture of any size in bounded memory: whole where its unknown pixels are few, else in tiles that start from a smaller picture's alpha.

A tile reaches beyond its own pixels, and where it ends within the unknown band it is held to the alpha of the smaller picture, so that it
knows what lies beyond. Neighbouring tiles fade into each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..refine.region import Box
from .laplacian import Problem
from .method import BACKGROUND, FOREGROUND, UNKNOWN, Alpha, Picture, Trimap, known, shares

WHOLE = 250_000
"""Unknown pixels that are solved at once."""
SIDE = 448
"""Pixels of a tile's side without what it shares ..."""
FADE = 16
"""... with its neighbours, to fade over on either side ..."""
MARGIN = 48
"""... and with how much more around that, which is left away."""
HELD = 1e3
"""The pull to the smaller picture's alpha where a tile ends."""

Solver = Callable[[Problem], Alpha]
Weigh = Callable[[Alpha, Alpha | None], Alpha]
"""From the guide, and what more than a mask's it is to be trusted, (h, w) each, to how hard alpha is pulled to it."""


def by_tiles(
    picture: Picture, trimap: Trimap, guide: Alpha, solver: Solver, weigh: Weigh, whole: int = WHOLE, trust: Alpha | None = None
) -> Alpha:
    """Alpha, (height, width) float32: what `solver` makes of the picture; of all at once where no more than `whole` pixels are unknown.

    What is not a number in the picture or the guide is 0. `trust`, which is for `weigh`, is stretched to the picture, whatever its size.
    """
    alpha = known(trimap)
    count = cv2.countNonZero((trimap == UNKNOWN).view(np.uint8)) if trimap.size else 0
    if not count:
        return alpha
    box = _around(trimap).grown(2, trimap.shape)
    if count <= whole:
        alpha[box.slices] = solver(_problem(picture, trimap, guide, weigh, box, trust))
        return alpha
    smaller = _smaller(picture, trimap, guide, solver, weigh, whole, max(2, math.ceil(math.sqrt(count / whole))), trust)
    alpha[trimap == UNKNOWN] = 0.0
    for piece in pieces(box, trimap.shape, MARGIN):
        here = trimap[piece.faded.slices] == UNKNOWN
        if not here.any():
            continue
        found = solver(_problem(picture, trimap, guide, weigh, piece.outer, trust, smaller))
        place = alpha[piece.faded.slices]
        np.add(place, piece.cut(found) * piece.share, out=place, where=here)
    return np.clip(alpha, 0.0, 1.0, out=alpha)


@dataclass(frozen=True)
class Piece:
    """One tile."""

    faded: Box
    """Its own pixels, and those that it shares with its neighbours."""
    outer: Box
    """With more around it."""
    share: npt.NDArray[np.float32]
    """(height, width) of `faded`: how much of the tile is in each pixel; all tiles' add up to 1."""

    def cut(self, found: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """What of `found`, (height, width, ...) of `outer`, lies in `faded`."""
        top, left = self.faded.top - self.outer.top, self.faded.left - self.outer.left
        return found[top : top + self.faded.size[0], left : left + self.faded.size[1]]


def pieces(box: Box, size: tuple[int, ...], margin: int, whole: bool = False) -> Iterator[Piece]:
    """Tiles over `box` of a picture of `size`, with `margin` pixels around each; or all of it as one, if it is to be left `whole`."""
    bounds = size[0], size[1]
    tall, wide = box.size if whole else (SIDE, SIDE)
    for top in range(box.top, box.bottom, tall):
        for left in range(box.left, box.right, wide):
            inner = Box(top, left, min(top + tall, box.bottom), min(left + wide, box.right))
            faded = inner.grown(FADE, bounds)
            down = _ramp(inner.top, inner.bottom, faded.top, faded.bottom, box.top, box.bottom)
            across = _ramp(inner.left, inner.right, faded.left, faded.right, box.left, box.right)
            yield Piece(faded, faded.grown(margin, bounds), np.outer(down, across))


def _problem(
    picture: Picture, trimap: Trimap, guide: Alpha, weigh: Weigh, box: Box, trust: Alpha | None, smaller: Alpha | None = None
) -> Problem:
    """The part `box`; held to `smaller`, the alpha of the same picture with fewer pixels, where the box ends within the picture."""
    size = trimap.shape
    wanted, here = shares(guide[box.slices]), np.ascontiguousarray(trimap[box.slices])
    firm = None if trust is None else enlarged(trust, size, box)
    weight, start = np.asarray(weigh(wanted, firm), np.float32), wanted
    if smaller is not None:
        start = enlarged(smaller, size, box)
        edge = np.zeros(box.size, np.bool_)
        for side, there in (
            (np.s_[:2], box.top > 0),
            (np.s_[-2:], box.bottom < size[0]),
            (np.s_[:, :2], box.left > 0),
            (np.s_[:, -2:], box.right < size[1]),
        ):
            edge[side] |= there
        wanted, weight = np.where(edge, start, wanted), np.where(edge, np.float32(HELD), weight)
    return Problem(np.ascontiguousarray(shares(picture[box.slices])), here, wanted, weight, start, max(size))


def _smaller(
    picture: Picture, trimap: Trimap, guide: Alpha, solver: Solver, weigh: Weigh, whole: int, times: int, trust: Alpha | None
) -> Alpha:
    """Alpha of the picture with every `times` pixels made one, each way."""
    size = max(1, round(trimap.shape[1] / times)), max(1, round(trimap.shape[0] / times))
    mean = cv2.resize(trimap, size, interpolation=cv2.INTER_AREA)
    small = np.full(mean.shape, UNKNOWN, np.uint8)
    small[mean == BACKGROUND] = BACKGROUND
    small[mean == FOREGROUND] = FOREGROUND
    colors = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
    said = np.asarray(cv2.resize(guide, size, interpolation=cv2.INTER_AREA), np.float32)
    return by_tiles(colors, small, said, solver, weigh, whole, trust)


def enlarged(small: Alpha, size: tuple[int, int], box: Box) -> Alpha:
    """The part `box` of `small` stretched to `size`."""
    down, across = small.shape[0] / size[0], small.shape[1] / size[1]
    rows = ((np.arange(box.top, box.bottom) + 0.5) * down - 0.5).astype(np.float32)
    columns = ((np.arange(box.left, box.right) + 0.5) * across - 0.5).astype(np.float32)
    first = max(0, int(rows[0]) - 1), max(0, int(columns[0]) - 1)
    part = small[first[0] : int(rows[-1]) + 3, first[1] : int(columns[-1]) + 3]
    x, y = np.meshgrid(columns - np.float32(first[1]), rows - np.float32(first[0]))
    return np.asarray(cv2.remap(part, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _around(trimap: Trimap) -> Box:
    """The smallest box that holds all unknown pixels."""
    left, top, width, height = cv2.boundingRect((trimap == UNKNOWN).view(np.uint8))
    return Box(top, left, top + height, left + width)


def _ramp(first: int, last: int, begin: int, end: int, start: int, stop: int) -> npt.NDArray[np.float32]:
    """Each pixel's share from `begin` to `end` of a tile of `first` to `last`, of all from `start` to `stop`: neighbours' add up to 1."""
    places = np.arange(begin, end) + 0.5
    share = np.ones(len(places))
    if first > start:
        share = np.minimum(share, (places - (first - FADE)) / (2 * FADE))
    if last < stop:
        share = np.minimum(share, (last + FADE - places) / (2 * FADE))
    return np.clip(share, 0.0, 1.0).astype(np.float32)
