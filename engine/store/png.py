"""Grey PNG pictures of masks, written in half the time that the image libraries take: by far the most of refining is this.

Format: W3C, "Portable Network Graphics (PNG) Specification", third edition; each row but the first as its difference from the one above.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_UP = 2
"""The filter: bytes are what they differ by from the byte above."""
_LEVEL = 3
_MEMORY = 9


def encode(pixels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16], text: dict[str, str]) -> bytes:
    """A PNG file of `pixels`, (height, width) uint8 or uint16, with `text` (Latin-1) in its header. The same input gives the same bytes."""
    height, width = pixels.shape
    wide = pixels.dtype == np.uint16
    rows = np.ascontiguousarray(pixels, ">u2").view(np.uint8) if wide else np.ascontiguousarray(pixels, np.uint8)
    filtered = np.empty((height, rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = _UP
    filtered[:1, 1:] = rows[:1]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS, _MEMORY)
    header = struct.pack(">IIBBBBB", width, height, 8 * pixels.dtype.itemsize, 0, 0, 0, 0)
    said = [_chunk(b"tEXt", key.encode("latin-1") + b"\0" + value.encode("latin-1")) for key, value in text.items()]
    body = packer.compress(filtered.data) + packer.flush()
    return b"".join([_SIGNATURE, _chunk(b"IHDR", header), *said, _chunk(b"IDAT", body), _chunk(b"IEND", b"")])


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(kind)))
