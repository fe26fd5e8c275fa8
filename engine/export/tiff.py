"""TIFF files of integers, grey or with straight or multiplied alpha, and the ICC profile that their colours go by.

Deflated ones, the usual, are written here by ISA-L, in a ninth of OpenImageIO's time; others by that. Format: Adobe, "TIFF Revision 6.0",
and its Photoshop technical note of 2002 (deflate), little-endian, strips, the horizontal predictor.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..shot.operations import Parameter
from .exr import write_image

COMPRESSION = Parameter("compression", "choice", "zip", "How it is packed", choices=("zip", "lzw", "none"))
_SHORT, _LONG, _RATIONAL, _UNDEFINED = 3, 4, 5, 7
_LETTERS = {_SHORT: "H", _LONG: "I", _RATIONAL: "I", _UNDEFINED: "B"}
_STRIP = 1 << 20
"""Bytes of a strip before it is packed, about."""
_LEVEL = 1
_LARGEST = 1 << 32
"""Bytes that such a file's offsets reach."""


def write(path: Path, pixels: npt.NDArray[Any], compression: str, *, straight: bool = True, profile: bytes = b"") -> None:
    """Write `pixels`, (height, width) or (height, width, 4) uint8 or uint16; `straight`: colours are not multiplied by alpha, the last one,
    and the file says so (ExtraSamples). Nothing that changes from run to run is written. Raises OSError.
    """
    deep = pixels[..., None] if pixels.ndim == 2 else pixels
    if compression == "zip" and deep.nbytes < _LARGEST // 2:
        _write_zipped(path, deep, straight, profile)
        return
    import OpenImageIO

    height, width, count = deep.shape
    spec = OpenImageIO.ImageSpec(width, height, count, pixels.dtype.name)
    if count == 4:
        spec.channelnames = ("R", "G", "B", "A")
        spec.alpha_channel = 3
        spec.attribute("oiio:UnassociatedAlpha", int(straight))
    spec.attribute("compression", compression)
    spec.attribute("DateTime", "")  # otherwise OpenImageIO writes the time
    spec.attribute("tiff:write_exif", 0)  # OpenImageIO 3.2 can't write an empty one
    if profile:
        found = np.frombuffer(profile, np.uint8)
        spec.attribute("ICCProfile", OpenImageIO.TypeDesc(f"uint8[{len(found)}]"), found)
    write_image(path, spec, deep)


def _write_zipped(path: Path, pixels: npt.NDArray[Any], straight: bool, profile: bytes) -> None:
    height, width, count = pixels.shape
    rows = max(1, _STRIP // (width * count * pixels.dtype.itemsize))
    offsets: list[int] = []
    lengths: list[int] = []
    with path.open("wb") as stream:
        stream.write(b"II*\0" + bytes(4))
        for packed in _strips(pixels, rows):
            offsets.append(stream.tell())
            lengths.append(stream.write(packed))
        stream.write(bytes(stream.tell() % 2))  # what follows begins at an even place
        directory = stream.tell()
        entries = [
            (256, _LONG, [width]),
            (257, _LONG, [height]),
            (258, _SHORT, [8 * pixels.dtype.itemsize] * count),
            (259, _SHORT, [8]),  # deflate
            (262, _SHORT, [1 if count == 1 else 2]),  # grey, 0 is black; RGB
            (273, _LONG, offsets),
            (277, _SHORT, [count]),
            (278, _LONG, [rows]),
            (279, _LONG, lengths),
            (282, _RATIONAL, [72, 1]),
            (283, _RATIONAL, [72, 1]),
            (284, _SHORT, [1]),  # channels side by side
            (296, _SHORT, [2]),
            (317, _SHORT, [2]),  # each sample less that to its left
            *([(338, _SHORT, [2 if straight else 1])] if count == 4 else []),
            (339, _SHORT, [1] * count),
            *([(34675, _UNDEFINED, profile)] if profile else []),
        ]
        stream.write(_directory(entries, directory))
        stream.seek(4)
        stream.write(struct.pack("<I", directory))


def _strips(pixels: npt.NDArray[Any], rows: int) -> Iterator[bytes]:
    from isal import isal_zlib

    for top in range(0, len(pixels), rows):
        strip = pixels[top : top + rows]
        less = np.array(strip, strip.dtype.newbyteorder("<"), order="C")
        np.subtract(strip[:, 1:], strip[:, :-1], out=less[:, 1:])
        plain = less.reshape(-1).view(np.uint8).data
        packed = isal_zlib.compress(plain, _LEVEL)
        # ISA-L may make noise longer than zlib ever does, which is all that OpenImageIO takes.
        yield packed if len(packed) < len(plain) else zlib.compress(plain, 0)


def _directory(entries: Sequence[tuple[int, int, Sequence[int] | bytes]], at: int) -> bytes:
    """The entries, (tag, type, values) by rising tag, as they stand from the place `at` on, with what doesn't fit into them behind."""
    beyond = at + 2 + 12 * len(entries) + 4
    fixed, loose = struct.pack("<H", len(entries)), b""
    for tag, kind, values in entries:
        content = struct.pack(f"<{len(values)}{_LETTERS[kind]}", *values)
        count = len(values) // 2 if kind == _RATIONAL else len(values)
        if len(content) > 4:
            place = struct.pack("<I", beyond + len(loose))
            loose += content + bytes(len(content) % 2)
        else:
            place = content.ljust(4, b"\0")
        fixed += struct.pack("<HHI", tag, kind, count) + place
    return fixed + bytes(4) + loose
