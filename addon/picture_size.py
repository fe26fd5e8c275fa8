"""The size of a PNG or EXR picture by its header: a look at each of a shot's files must cost no more than that."""

from __future__ import annotations

import struct
from pathlib import Path

_PNG = b"\x89PNG\r\n\x1a\n"
_EXR = b"\x76\x2f\x31\x01"
_HEAD = 4096
"""Bytes that are read; an EXR's window is among its first attributes."""


def of(path: Path) -> tuple[int, int] | None:
    """(width, height) in pixels; None for what is neither, or damaged there."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        return None
    if head.startswith(_PNG) and len(head) >= 24 and head[12:16] == b"IHDR":
        width, height = struct.unpack(">II", head[16:24])
        return width, height
    return _of_exr(head) if head.startswith(_EXR) else None


def _of_exr(head: bytes) -> tuple[int, int] | None:
    """By the data window, which in the store's files is the whole picture."""
    mark = b"dataWindow\0box2i\0" + struct.pack("<i", 16)
    place = head.find(mark)
    if place < 0 or len(head) < place + len(mark) + 16:
        return None
    left, top, right, bottom = struct.unpack_from("<4i", head, place + len(mark))
    return right - left + 1, bottom - top + 1
