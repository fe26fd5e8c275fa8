"""Whether a movie file is shorter than it says of itself: what a broken copy or a full disk leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"moof", b"styp"}
"""What an ISO base media (MP4, MOV) file may begin with."""


@dataclass(frozen=True)
class Extent:
    """What a movie file's own headers say of it."""

    is_truncated: bool
    lacks_index: bool = False
    """An MP4 or MOV without its `moov`, with which nothing can be read."""


def extent(path: Path) -> Extent:
    """Compare the length in the headers of MP4, MOV, Matroska, WebM and AVI with the file's; other formats have none. Raises OSError.

    Sources: ISO/IEC 14496-12 "box", RFC 8794 and RFC 9559 (EBML, Matroska Segment), Microsoft's RIFF.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        start = stream.read(12)
        if start[4:8] in _BOXES:
            return _boxes(stream, size)
        if start[:4] == b"\x1a\x45\xdf\xa3":
            return Extent(_matroska_end(stream) > size)
        if start[:4] == b"RIFF" and start[8:12] == b"AVI ":
            return Extent(8 + int.from_bytes(start[4:8], "little") > size)
    return Extent(False)


def _boxes(stream: BinaryIO, size: int) -> Extent:
    position = 0
    kinds = set()
    while position + 8 <= size:
        stream.seek(position)
        header = stream.read(16)
        length = int.from_bytes(header[:4], "big")
        kinds.add(header[4:8])
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        elif length == 0:
            # "to the end of the file"
            length = size - position
        if length < 8:
            break
        position += length
    return Extent(position > size, lacks_index=b"moov" not in kinds)


def _matroska_end(stream: BinaryIO) -> int:
    """Where the Segment ends; 0 where the file does not say (a live recording)."""
    stream.seek(4)
    header = _size(stream)
    if header is None:
        return 0
    stream.seek(header, 1)
    if stream.read(4) != b"\x18\x53\x80\x67":
        return 0
    segment = _size(stream)
    return 0 if segment is None else stream.tell() + segment


def _size(stream: BinaryIO) -> int | None:
    """An EBML element's size, None for unknown."""
    first = stream.read(1)
    if not first or first[0] == 0:
        return None
    length = 9 - first[0].bit_length()
    value = int.from_bytes(bytes([first[0] & (0xFF >> length)]) + stream.read(length - 1), "big")
    return None if value == (1 << 7 * length) - 1 else value
