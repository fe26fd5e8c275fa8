"""What a photograph's EXIF says of it: which way up it is, and the rest as it stands, for pictures that take its place.

Format: JEITA CP-3451, "Exchangeable image file format for digital still cameras"; in a PNG it is the chunk eXIf.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_ORIENTATION = 0x0112
_SHORT = 3
_LONGEST_JPEG_HEAD = 1 << 20
_AFTER_HEADER = 33
"""Where a PNG's first chunk ends: the signature and IHDR."""


def orientation_of(path: Path) -> int:
    """1 to 8 as EXIF has it; 1 for a file that says nothing, or nothing sensible. Decodes nothing."""
    import OpenImageIO

    source = OpenImageIO.ImageInput.open(str(path))
    if source is None:
        OpenImageIO.geterror()
        return 1
    try:
        said = int(source.spec().getattribute("Orientation") or 1)
    finally:
        source.close()
    return said if 1 <= said <= 8 else 1


def turned(pixels: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    """`pixels`, (height, width, ...) as the file has them, the way up that EXIF's `orientation` says that they are shown."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def turned_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """(height, width) of `turned`."""
    return (size[1], size[0]) if orientation >= 5 else size


def minimal(orientation: int) -> bytes:
    """An EXIF block that says the orientation alone."""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, _SHORT, 1, orientation, 0, 0)


def block_of(path: Path, orientation: int) -> bytes:
    """The EXIF block of a JPEG, saying `orientation`, without its thumbnail; of another file, or one without, `minimal`."""
    found = _jpeg_block(path)
    return (_saying(found, orientation) if found else None) or minimal(orientation)


def with_block(png: bytes, block: bytes) -> list[bytes | memoryview]:
    """The parts of the file `png` with the EXIF `block` in it, to be written one after the other."""
    whole = memoryview(png)
    chunk = struct.pack(">I", len(block)) + b"eXIf" + block + struct.pack(">I", zlib.crc32(block, zlib.crc32(b"eXIf")))
    return [whole[:_AFTER_HEADER], chunk, whole[_AFTER_HEADER:]]


def _jpeg_block(path: Path) -> bytes | None:
    """What stands behind the mark ``Exif`` in a JPEG's head."""
    with path.open("rb") as stream:
        head = stream.read(_LONGEST_JPEG_HEAD)
    if head[:2] != b"\xff\xd8":
        return None
    at = 2
    while at + 4 <= len(head) and head[at] == 0xFF and head[at + 1] != 0xDA:
        length = int.from_bytes(head[at + 2 : at + 4], "big")
        content = head[at + 4 : at + 2 + length]
        if head[at + 1] == 0xE1 and content.startswith(b"Exif\0\0"):
            return content[6:]
        at += 2 + length
    return None


def _saying(block: bytes, orientation: int) -> bytes | None:
    """`block` with another orientation, or None where it is damaged or has none to change."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        return None
    changed = bytearray(block)
    try:
        (first,) = struct.unpack_from(order + "I", block, 4)
        (count,) = struct.unpack_from(order + "H", block, first)
        struct.pack_into(order + "I", changed, first + 2 + 12 * count, 0)  # the thumbnail shows what the picture was
        for entry in range(first + 2, first + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(order + "HH", block, entry)
            if tag == _ORIENTATION and kind == _SHORT:
                struct.pack_into(order + "H", changed, entry + 8, orientation)
                return bytes(changed)
    except struct.error:
        return None
    return bytes(changed) if orientation == 1 else None
