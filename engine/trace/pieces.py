"""Which outlines of successive frames are one piece of the matte: an island or a hole that moves and bends, comes and goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from .contours import Contour, Outline

LEAST_LIKENESS = 0.45
"""Intersection over union, once the outlines lie on each other, below which two are different pieces."""
REACH = 0.5
"""How far a piece may move from frame to frame, as a share of its larger side, beyond touching itself."""
_SIDE = 96
"""Two outlines are compared on a picture of this size."""


@dataclass
class Piece:
    """One closed outline over the frames from `first` on."""

    first: int
    hole: bool
    outlines: list[Outline] = field(default_factory=list)
    """One for each frame, in order, without gaps."""
    depth: int = 0
    """How many outlines it lies in, at most."""
    largest: float = 0.0
    """Its largest area, pixels."""

    @property
    def last(self) -> int:
        return self.first + len(self.outlines) - 1


class Linking:
    """Takes one frame after the other and grows pieces; what finds no successor ends there."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._open: list[tuple[Piece, Contour]] = []

    def add(self, frame: int, contours: Sequence[Contour]) -> None:
        """The outlines on `frame`, the largest first. Frames without any end all pieces."""
        depths = [_depth(one, contours) for one in contours]
        likenesses = sorted(
            (
                (likeness(before, contour), -number, index)
                for number, (_, before) in enumerate(self._open)
                for index, contour in enumerate(contours)
                if before.hole == contour.hole and _near(before.points, contour.points)
            ),
            reverse=True,
        )
        taken: dict[int, Piece] = {}
        gone: set[int] = set()
        for value, number, index in likenesses:
            if value < LEAST_LIKENESS or index in taken or number in gone:
                continue
            gone.add(number)
            taken[index] = self._open[-number][0]
        self._open = []
        for index, contour in enumerate(contours):
            piece = taken.get(index)
            if piece is None:
                piece = Piece(frame, contour.hole)
                self.pieces.append(piece)
            piece.outlines.append(contour.points)
            piece.depth = max(piece.depth, depths[index])
            piece.largest = max(piece.largest, abs(contour.area))
            self._open.append((piece, contour))


def likeness(one: Contour, other: Contour) -> float:
    """Intersection over union of what two outlines enclose, where they are or with their middles on each other: the better of both."""
    small, large = sorted((abs(one.area), abs(other.area)))
    if small < LEAST_LIKENESS * large:
        return 0.0
    move = (one.points.min(axis=0) + one.points.max(axis=0) - other.points.min(axis=0) - other.points.max(axis=0)) / 2
    return max(_overlap(one.points, other.points), _overlap(one.points, other.points + move))


def _near(one: Outline, other: Outline) -> bool:
    (low, high), (other_low, other_high) = ((points.min(axis=0), points.max(axis=0)) for points in (one, other))
    slack = REACH * max(float(np.max(high - low)), float(np.max(other_high - other_low)))
    return bool(np.all(low - slack <= other_high) and np.all(other_low - slack <= high))


def _overlap(one: Outline, other: Outline) -> float:
    low = np.minimum(one.min(axis=0), other.min(axis=0))
    size = np.maximum(one.max(axis=0), other.max(axis=0)) - low
    scale = min(8.0, _SIDE / max(1e-6, float(size.max())))
    shape = tuple(int(length) + 2 for length in (size * scale)[::-1])
    filled = []
    for points in (one, other):
        drawn = np.zeros(shape, np.uint8)
        cv2.fillPoly(drawn, [np.round((points - low) * scale * 16).astype(np.int32)], 1, shift=4)
        filled.append(drawn)
    union = np.count_nonzero(filled[0] | filled[1])
    return float(np.count_nonzero(filled[0] & filled[1]) / union) if union else 0.0


def _depth(one: Contour, others: Sequence[Contour]) -> int:
    """How many of the others it lies in; outlines of one frame never cross."""
    x, y = (float(value) for value in one.points[0])
    around = (other for other in others if other is not one and abs(other.area) > abs(one.area))
    return sum(cv2.pointPolygonTest(other.points.astype(np.float32)[:, None], (x, y), False) > 0 for other in around)
