"""From mattes, frame by frame, to splines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..shot import FrameRange
from ..shot.outlines import ControlPoint, Outlines, Piece, Shape
from .contours import Matte, contours
from .correspondence import follow
from .keys import keyed
from .pieces import Linking
from .pieces import Piece as Followed
from .splines import Shapes, fit

FOR_SHAPE = 0.6
"""The part of the tolerance that goes into few points; the rest, and what these leave of it, is for few keyframes."""
FINEST = 1.5
"""Pixels between two places along an outline that are looked at."""
PLACES = (64, 4096)
"""How many of them, at least and at most."""
DECIMALS = 2


@dataclass(frozen=True)
class Settings:
    tolerance: float = 1.0
    """Pixels that the splines may be off on any frame."""
    smallest: float = 64.0
    """Square pixels; islands and holes that never are so large are left out."""
    most_points: int = 400
    """Of one piece."""


class Tracing:
    """Takes the mattes of successive frames, then gives the splines."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._linking = Linking()
        self._made: list[tuple[Piece, list[Shape]]] = []

    def add(self, frame: int, matte: Matte) -> None:
        """`matte` (height, width), 0 to 1, on scene frame `frame`, which follows the one before."""
        # An island that is small now may have been large: a quarter is where it is lost from sight.
        self._linking.add(frame, contours(matte, self.settings.smallest / 4))

    def pieces(self) -> list[Followed]:
        """Those to be fitted, the largest first."""
        found = [piece for piece in self._linking.pieces if piece.largest >= self.settings.smallest]
        return sorted(found, key=lambda piece: (-piece.largest * len(piece.outlines), piece.first))

    def fit(self, piece: Followed) -> Iterator[int]:
        """Make the piece's splines. Yields the frame of each keyframe but the first, as it is found."""
        finest = max(FINEST, self.settings.tolerance)
        longest = max(float(np.hypot(*(outline - np.roll(outline, 1, axis=0)).T).sum()) for outline in piece.outlines)
        count = int(np.clip(longest / finest, *PLACES))
        places = np.stack(follow(piece.outlines, count))
        knots, shapes = fit(places, FOR_SHAPE * self.settings.tolerance, self.settings.most_points)
        chosen = []
        for number in keyed(knots, shapes, places, self.settings.tolerance):
            chosen.append(number)
            if number:
                yield piece.first + number
        made = Piece(piece.first, piece.last, len(knots), piece.hole, piece.depth)
        self._made.append((made, _shapes(len(self._made), piece.first, chosen, shapes)))

    def outlines(self, of: str, size: tuple[int, int], first: int, last: int) -> tuple[Outlines, list[Shape]]:
        """What was made, of the object `of` in pictures of `size` (height, width), its shapes by frame."""
        pieces = tuple(piece for piece, _ in self._made)
        shapes = sorted((shape for _, made in self._made for shape in made), key=lambda shape: (shape.frame, shape.piece))
        return Outlines(of, size[1], size[0], FrameRange(first, last), self.settings.tolerance, pieces), shapes


def _shapes(number: int, first: int, chosen: list[int], shapes: Shapes) -> list[Shape]:
    found = []
    for index in chosen:
        rows = np.round(shapes[index].reshape(-1, 6), DECIMALS).tolist()
        points: tuple[ControlPoint, ...] = tuple((a, b, c, d, e, f) for a, b, c, d, e, f in rows)
        found.append(Shape(number, first + index, points))
    return found
