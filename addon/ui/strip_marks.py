"""The frame strip as rectangles: pure arithmetic, no Blender.

Frames lie as on the editor's own line at the region's bottom: the scene's first frame at the left edge, its last one at the right, and the
strip's rows one above the other right over that line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ...engine.shot.messages import Span

LINE = 8.0
"""The editor's own line's height at Blender's usual resolution scale; the other lengths here are at that scale too."""
ROW = 9.0
ACTIVE_ROW = 13.0
GAP = 1.0
PADDING = 2.0
MOST_ROWS = 12
MATTED = 2.0
"""The height of the line above frames that have an alpha."""
HATCH = 6.0
"""From one stripe to the next."""

Color = tuple[float, float, float, float]
Kind = Literal["ground", "lane", "tracked", "stale", "hatch", "matted", "locked", "doubtful", "prompted", "frame"]
GROUND: Color = (0.075, 0.075, 0.075, 0.92)
LANE: Color = (0.17, 0.17, 0.17, 1.0)
MATTE: Color = (0.93, 0.93, 0.93, 1.0)
EDGE: Color = (0.05, 0.05, 0.05, 1.0)


class Shades(NamedTuple):
    """What frames of a kind are drawn with, as displayed."""

    prompted: Color = (1.0, 1.0, 1.0, 1.0)
    doubtful: Color = (1.0, 0.16, 0.22, 1.0)
    locked: Color = (0.82, 0.82, 0.82, 1.0)


USUAL = Shades()


class Mark(NamedTuple):
    """A rectangle, or where `slant` is not 0 a parallelogram whose upper edge is that far to the right; pixels of the region."""

    kind: Kind
    left: float
    bottom: float
    right: float
    top: float
    color: Color
    slant: float = 0.0

    def triangles(self) -> list[tuple[float, float]]:
        """Six corners."""
        lower = (self.left, self.bottom), (self.right, self.bottom)
        upper = (self.left + self.slant, self.top), (self.right + self.slant, self.top)
        return [lower[0], lower[1], upper[1], lower[0], upper[1], upper[0]]


@dataclass(frozen=True)
class Row:
    """One object, as the strip shows it."""

    name: str
    color: tuple[float, float, float]
    """As displayed."""
    active: bool = False
    prompted: tuple[int, ...] = ()
    locked: tuple[Span, ...] = ()
    tracked: tuple[Span, ...] = ()
    stale: tuple[Span, ...] = ()
    doubtful: tuple[int, ...] = ()
    matted: tuple[Span, ...] = ()
    """Whose alpha there is, where one is to be made."""


@dataclass(frozen=True)
class Strip:
    """A region's strip: `width` pixels for the scene frames `first` to `last`."""

    width: int
    scale: float
    first: int
    last: int
    rows: tuple[Row, ...]
    shades: Shades = USUAL
    lanes: tuple[tuple[float, float], ...] = field(init=False)
    """Bottom and top of each row, that of the first row above all others."""
    top: float = field(init=False)

    def __post_init__(self) -> None:
        lanes = []
        at = LINE + PADDING
        for row in reversed(self.rows):
            height = ACTIVE_ROW if row.active else ROW
            lanes.append((at * self.scale, (at + height) * self.scale))
            at += height + GAP
        object.__setattr__(self, "lanes", tuple(reversed(lanes)))
        object.__setattr__(self, "top", (at - GAP + PADDING) * self.scale)

    @property
    def bottom(self) -> float:
        """Where the editor's own line ends."""
        return LINE * self.scale

    def x(self, frame: float) -> float:
        """The left edge of a frame, in pixels; beyond the region for a frame that the scene doesn't play."""
        return (frame - self.first) / max(1, self.last - self.first + 1) * self.width

    def frame_at(self, x: float) -> int:
        """The scene frame under a pixel, the nearest one that the scene plays."""
        frame = self.first + int(x / max(1, self.width) * max(1, self.last - self.first + 1) // 1)
        return min(max(frame, self.first), max(self.first, self.last))

    def holds(self, x: float, y: float) -> bool:
        """Whether a pixel of the region is on the strip, and not on the editor's own line."""
        return bool(self.rows) and 0 <= x < self.width and self.bottom <= y < self.top

    def row_at(self, y: float) -> Row | None:
        """The row at a height, that which is nearest within the strip."""
        near = [(abs(y - (low + high) / 2), number) for number, (low, high) in enumerate(self.lanes)]
        return self.rows[min(near)[1]] if near else None


def marks(strip: Strip) -> list[Mark]:
    """All of the strip but what stands at the current frame, those that are drawn first coming first."""
    if not strip.rows:
        return []
    made = [Mark("ground", 0.0, strip.bottom, float(strip.width), strip.top, GROUND)]
    for row, (low, high) in zip(strip.rows, strip.lanes, strict=True):
        made.append(Mark("lane", 0.0, low, float(strip.width), high, LANE))
        made += _of_row(strip, row, low, high)
    return made


def _of_row(strip: Strip, row: Row, low: float, high: float) -> Iterator[Mark]:
    red, green, blue = row.color
    share = 0.85 if row.active else 0.62
    full, dim = (red * share, green * share, blue * share, 1.0), (red * 0.3, green * 0.3, blue * 0.3, 1.0)
    for left, right in _runs(strip, row.tracked):
        yield Mark("tracked", left, low, right, high, full)
    for left, right in _runs(strip, row.stale):
        yield Mark("stale", left, low, right, high, dim)
        yield from _hatches(strip, left, right, low, high, full)
    for left, right in _runs(strip, row.matted):
        yield Mark("matted", left, high - max(1.0, MATTED * strip.scale), right, high, MATTE)
    thin = max(1.0, 3.0 * strip.scale)
    for left, right in _runs(strip, row.locked):
        yield Mark("locked", left, low, right, low + thin + 1.0, EDGE)
        yield Mark("locked", left, low, right, low + thin, strip.shades.locked)
    middle = low + (high - low) * 0.5
    for left, right in _runs(strip, [(frame, frame) for frame in row.doubtful], 3.0):
        yield Mark("doubtful", left, middle - 1.0, right, high, EDGE)
        yield Mark("doubtful", left, middle, right, high, strip.shades.doubtful)
    for left, right in _runs(strip, [(frame, frame) for frame in row.prompted], 3.0):
        edge = 1.0
        yield Mark("prompted", left - edge, low, right + edge, high, EDGE)
        yield Mark("prompted", left, low, right, high, strip.shades.prompted)


def _runs(strip: Strip, spans: Iterable[Span], least: float = 1.0) -> Iterator[tuple[float, float]]:
    """Left and right of each span as far as it is within the region, at least `least` pixels wide at the usual scale."""
    for first, last in spans:
        left, right = max(0.0, strip.x(first)), min(float(strip.width), strip.x(last + 1))
        if right > left:
            yield left, max(right, left + least * strip.scale)


def _hatches(strip: Strip, left: float, right: float, low: float, high: float, color: Color) -> Iterator[Mark]:
    """Slanted stripes on a grid of the whole strip, so that those of neighbouring spans go on from each other."""
    step, thick, slant = HATCH * strip.scale, 1.5 * strip.scale, high - low
    number = int((left - slant) // step)
    while (x := number * step) < right:
        number += 1
        start, end = max(x, left), min(x + thick, right - slant)
        if end > start:
            yield Mark("hatch", start, low, end, high, color, slant)


def playhead(strip: Strip, frame: int, color: Sequence[float]) -> list[Mark]:
    """The current frame through all rows."""
    if not strip.rows or not strip.first <= frame <= strip.last:
        return []
    left = strip.x(frame)
    right = max(strip.x(frame + 1), left + 2.0 * strip.scale)
    middle, half = (left + right) / 2, max(0.5, strip.scale)
    red, green, blue = color[:3]
    return [
        Mark("frame", left, strip.bottom, right, strip.top, (red, green, blue, 0.25)),
        Mark("frame", middle - half, strip.bottom, middle + half, strip.top, (red, green, blue, 1.0)),
    ]


def number_box(strip: Strip, frame: int, width: float, color: Sequence[float]) -> Mark:
    """What the current frame's number, `width` pixels wide, stands on: over the strip, at the frame, and within the region."""
    whole = width + 8.0 * strip.scale
    middle = (strip.x(frame) + strip.x(frame + 1)) / 2
    left = max(0.0, min(middle - whole / 2, strip.width - whole))
    red, green, blue = color[:3]
    return Mark("frame", left, strip.top, left + whole, strip.top + 15.0 * strip.scale, (red, green, blue, 1.0))
