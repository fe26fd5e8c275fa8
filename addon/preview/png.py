"""Grey PNG pictures of masks, read with what Blender's Python has: on a thread, as Blender's own images are for its main one alone.

Format: W3C, "Portable Network Graphics (PNG) Specification", third edition. What the engine writes (every row as its difference from the
one above) takes some milliseconds at 1920 x 1080, most of them without Python's lock; what others may have written is read too.
"""

from __future__ import annotations

import struct
import zlib
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ...engine.shot import MattewrightError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY = 0
_NONE, _SUB, _UP, _AVERAGE, _PAETH = range(5)

Grey: TypeAlias = npt.NDArray[np.uint8]


def read_grey(path: Path) -> Grey:
    """The picture, (height, width) uint8, the top row first; of 16 bits the upper 8.

    Raises MattewrightError for a damaged file and for one that is not grey, OSError for one that can't be read.
    """
    try:
        return decode(path.read_bytes())
    except (ValueError, struct.error, zlib.error) as error:
        raise MattewrightError(f"{path}: no mask can be read from it ({error}); delete it and run again") from None


def decode(content: bytes) -> Grey:
    """The picture in a PNG file's bytes, as `read_grey`. Raises ValueError, struct.error or zlib.error."""
    if not content.startswith(_SIGNATURE):
        raise ValueError("no PNG")
    header, packed, place = b"", [], len(_SIGNATURE)
    while place < len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        if kind == b"IHDR":
            header = content[place + 8 : place + 8 + length]
        elif kind == b"IDAT":
            packed.append(content[place + 8 : place + 8 + length])
        place += length + 12
    width, height, bits, color, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if color != _GREY or bits not in (8, 16) or interlaced:
        raise ValueError("expected one grey channel of 8 or 16 bits")
    rows = np.frombuffer(zlib.decompress(b"".join(packed)), np.uint8).reshape(height, 1 + width * bits // 8)
    return _unfiltered(rows[:, 0], rows[:, 1 :: bits // 8])


def _unfiltered(filters: Grey, rows: Grey) -> Grey:
    """The rows' values. Filters work byte by byte with a pixel's own byte, so that the upper bytes alone can be made."""
    if (filters == _UP).all():
        return np.add.accumulate(rows, axis=0, dtype=np.uint8)
    made = np.empty(rows.shape, np.uint8)
    above = np.zeros(rows.shape[1], np.uint8)
    first = 0
    for kind, group in groupby(filters.tolist()):
        last = first + len(list(group))
        part = rows[first:last]
        if kind == _NONE:
            made[first:last] = part
        elif kind == _SUB:
            np.add.accumulate(part, axis=1, dtype=np.uint8, out=made[first:last])
        elif kind == _UP:
            np.add.accumulate(part, axis=0, dtype=np.uint8, out=made[first:last])
            made[first:last] += above
        elif kind in (_AVERAGE, _PAETH):
            for number, row in enumerate(part, first):
                made[number] = _one_by_one(kind, row.tolist(), (made[number - 1] if number else above).tolist())
        else:
            raise ValueError(f"unknown filter {kind}")
        above = made[last - 1]
        first = last
    return made


def _one_by_one(kind: int, row: list[int], above: list[int]) -> list[int]:
    """A row whose pixels hang on the one to the left in a way that can't be summed up."""
    made, left, corner = [], 0, 0
    for value, up in zip(row, above, strict=True):
        if kind == _AVERAGE:
            guess = (left + up) // 2
        else:
            across, down, both = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
            guess = left if across <= down and across <= both else up if down <= both else corner
        left, corner = (value + guess) & 0xFF, up
        made.append(left)
    return made
