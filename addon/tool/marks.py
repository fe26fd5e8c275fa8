"""Prompts as they lie on the screen, and which of them is under the cursor. Knows nothing of Blender."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Place = tuple[float, float]
Kind = Literal["POINT", "BOX", "SCRIBBLE", "TRACK"]
"""The last is a point of a motion track that is attached: it is seen, and only the track moves it."""

REACH = 10.0
"""Pixels around a prompt in which it is under the cursor, at Blender's usual resolution scale."""


@dataclass(frozen=True)
class Mark:
    """A prompt in a region's pixels."""

    object: str
    kind: Kind
    index: int
    """Among the frame's prompts of that kind."""
    places: tuple[Place, ...]
    """One of a point; a box's lower left and upper right corner; all of a scribble."""
    positive: bool = True
    color: tuple[float, float, float] = (1.0, 0.5, 0.0)
    """R'G'B' as displayed."""
    strength: float = 1.0
    """1 on this frame, less on its neighbours."""
    active: bool = True
    """Whether its object is."""

    def distance(self, at: Place) -> float:
        """Pixels from `at` to what is drawn."""
        if self.kind == "BOX":
            return min(_from_segment(at, a, b) for a, b in zip(corners(self.places), corners(self.places)[1:], strict=False))
        if len(self.places) == 1:
            return math.dist(self.places[0], at)
        return min((_from_segment(at, a, b) for a, b in zip(self.places, self.places[1:], strict=False)), default=math.inf)


def corners(places: Sequence[Place]) -> list[Place]:
    """A box's four corners in turn, and the first again."""
    (left, bottom), (right, top) = places
    return [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]


def under(marks: Iterable[Mark], at: Place, reach: float = REACH) -> Mark | None:
    """The mark under the cursor: of those within `reach`, the active object's before others', a point before lines, the nearest.

    Marks of neighbouring frames, and of motion tracks, are only looked at, not taken hold of.
    """
    ours = [mark for mark in marks if mark.strength == 1.0 and mark.kind != "TRACK"]
    near = [(not mark.active, mark.kind != "POINT", mark.distance(at), -mark.index, mark) for mark in ours]
    found = [known for known in near if known[2] <= reach]
    return min(found, key=lambda known: known[:4])[4] if found else None


def _from_segment(at: Place, a: Place, b: Place) -> float:
    across, up = b[0] - a[0], b[1] - a[1]
    length = across * across + up * up
    share = 0.0 if length == 0 else ((at[0] - a[0]) * across + (at[1] - a[1]) * up) / length
    share = min(max(share, 0.0), 1.0)
    return math.dist(at, (a[0] + share * across, a[1] + share * up))
