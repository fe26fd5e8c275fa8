"""What a QuickTime movie says of its colours and alpha: the graphics mode of its first picture track.

Source: Apple, "QuickTime File Format Specification", Video Media Information Header Atoms, Graphics Modes. ISO/IEC 14496-12 (MP4) has the
same box, and in it but the mode 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

PREMULTIPLIED = 0x102
"""Premultiplied with black."""
_MODE = 4
"""Where in the box's content: after version and flags."""
_ROOTS = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"}
"""What such a file may begin with."""


def graphics_mode(path: Path) -> int:
    """The number; 0, a plain copy, for a file that is no such movie. Raises OSError."""
    with path.open("rb") as stream:
        at = _mode_at(stream)
        if at is None:
            return 0
        stream.seek(at)
        return int.from_bytes(stream.read(2), "big")


def set_graphics_mode(path: Path, mode: int) -> None:
    """Say `mode` in the movie `path`, which is complete and closed. Raises OSError; ValueError for a file without the box."""
    with path.open("r+b") as stream:
        at = _mode_at(stream)
        if at is None:
            raise ValueError(f"{path}: has no video media header")
        stream.seek(at)
        stream.write(mode.to_bytes(2, "big"))


def _mode_at(stream: BinaryIO) -> int | None:
    stream.seek(0, 2)
    size = stream.tell()
    stream.seek(4)
    if stream.read(4) not in _ROOTS:
        return None
    places = [(0, size)]
    for name in (b"moov", b"trak", b"mdia", b"minf", b"vmhd"):
        places = [(start, end) for first, last in places for kind, start, end in _boxes(stream, first, last) if kind == name]
    return places[0][0] + _MODE if places else None


def _boxes(stream: BinaryIO, first: int, last: int) -> Iterator[tuple[bytes, int, int]]:
    """Kinds of the boxes between two places in the file, and where their contents begin and end."""
    while first + 8 <= last:
        stream.seek(first)
        header = stream.read(16)
        length, inside = int.from_bytes(header[:4], "big"), 8
        if length == 1:
            length, inside = int.from_bytes(header[8:16], "big"), 16
        elif length == 0:  # to the end
            length = last - first
        if length < inside:
            return
        yield header[4:8], first + inside, min(first + length, last)
        first += length
