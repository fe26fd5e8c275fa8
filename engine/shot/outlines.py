"""A matte as Bezier splines with keyframes, as the engine traces it and the add-on makes a Blender Mask of it.

In the store it is a file of lines, each a JSON value of its own: first what it is of (`Outlines`), then one line for every keyed shape
(`Shape`), by frame. So it is read a little at a time, however long it is.

Positions are pixels of the picture, x to the right, y down, (0, 0) its top left corner. A piece is there from its first frame to its last
one; between two keyed shapes positions and handles go in straight lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from .document import Frame, FrameRange
from .errors import DocumentError, MattewrightError
from .fields import Range, Text, dump, load, parse_json

VERSION = 1
_NUMBERS = frozenset((int, float))
ControlPoint = tuple[float, float, float, float, float, float]
"""x and y of the handle that arrives, of the point, and of the handle that leaves."""


@dataclass(frozen=True)
class Piece:
    """One closed outline."""

    first: Frame
    last: Frame
    """The frames on which it is there, both included."""
    points: Annotated[int, Range(3)]
    """The same on every frame."""
    hole: bool = False
    depth: Annotated[int, Range(0)] = 0
    """How many other outlines it lies in, at most: what lies deeper comes after, adding or, a hole, taking away."""


@dataclass(frozen=True)
class Outlines:
    """What was traced."""

    object: Annotated[str, Text(63)]
    width: Annotated[int, Range(1, 65536)]
    height: Annotated[int, Range(1, 65536)]
    range: FrameRange
    tolerance: Annotated[float, Range(0)]
    """Pixels that the outlines may be off on any frame."""
    pieces: tuple[Piece, ...] = ()
    """The largest first."""
    version: Annotated[int, Range(1, VERSION)] = VERSION


@dataclass(frozen=True)
class Shape:
    """A piece on a frame that is keyed."""

    piece: Annotated[int, Range(0)]
    """Which one, from 0."""
    frame: Frame
    points: tuple[ControlPoint, ...]


def to_lines(outlines: Outlines, shapes: Iterable[Shape]) -> Iterator[str]:
    """The file's lines."""
    for value in (outlines, *shapes):
        yield json.dumps(dump(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def to_json(outlines: Outlines, shapes: Iterable[Shape]) -> str:
    """All of it as one JSON object, each piece with its shapes: for other programs."""
    content: dict[str, Any] = {"version": VERSION, **dump(outlines)}
    pieces = [{**dump(piece), "shapes": []} for piece in outlines.pieces]
    for shape in shapes:
        pieces[shape.piece]["shapes"].append({"frame": shape.frame, "points": dump(shape.points)})
    return json.dumps({**content, "pieces": pieces}, ensure_ascii=False, allow_nan=False) + "\n"


def read_lines(path: Path) -> Iterator[Outlines | Shape]:
    """What is in the file: first the Outlines, then a Shape at each step. Raises MattewrightError."""
    outlines: Outlines | None = None
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    if outlines is None:
                        outlines = load(Outlines, parse_json(line))
                        yield outlines
                    else:
                        yield _shape(parse_json(line), outlines)
                except DocumentError as error:
                    raise MattewrightError(f"{path}, line {number}: {error}: trace again") from None
    except OSError as error:
        raise MattewrightError(f"{path}: can't be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise MattewrightError(f"{path}: damaged: trace again") from None
    if outlines is None:
        raise MattewrightError(f"{path}: empty: trace again")


def _shape(content: object, outlines: Outlines) -> Shape:
    """A line's shape. The points are looked at by hand: there are so many that Blender would wait for `load`."""
    points: Any = content.pop("points", None) if isinstance(content, dict) else None
    shape = load(Shape, {**content, "points": []} if isinstance(content, dict) else content)
    if shape.piece >= len(outlines.pieces):
        raise DocumentError("piece", f"there are {len(outlines.pieces)} pieces")
    count = outlines.pieces[shape.piece].points
    if not isinstance(points, list) or len(points) != count:
        raise DocumentError("points", f"expected a list of {count}")
    for point in points:
        if not isinstance(point, list) or len(point) != 6 or not _NUMBERS.issuperset(map(type, point)):
            raise DocumentError("points", "expected six numbers each")
    return Shape(shape.piece, shape.frame, tuple(map(tuple, points)))
