"""Read the files inside a Qt resource file (``.rcc``), the form in which a few packages carry their pictures."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_COMPRESSED_ZLIB, _FOLDER, _COMPRESSED_ZSTD = 1, 2, 4


def files_in(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Each file's path inside (``/folder/name``) and its content, unpacked. ValueError: it is no resource file, or packed unknown ways."""
    if content[:4] != b"qres":
        raise ValueError("not a Qt resource file: it does not begin with 'qres'")
    version, tree, data, names = struct.unpack_from(">IIII", content, 4)
    entry = 14 if version < 2 else 22

    def name(offset: int) -> str:
        (length,) = struct.unpack_from(">H", content, names + offset)
        start = names + offset + 6
        return content[start : start + 2 * length].decode("utf-16-be")

    def walk(index: int, folder: str) -> Iterator[tuple[str, bytes]]:
        at = tree + index * entry
        named, flags = struct.unpack_from(">IH", content, at)
        path = f"{folder}/{name(named)}" if index else ""
        if flags & _FOLDER:
            count, first = struct.unpack_from(">II", content, at + 6)
            for child in range(first, first + count):
                yield from walk(child, path)
            return
        (offset,) = struct.unpack_from(">I", content, at + 10)
        (length,) = struct.unpack_from(">I", content, data + offset)
        body = content[data + offset + 4 : data + offset + 4 + length]
        if flags & _COMPRESSED_ZSTD:
            raise ValueError(f"{path}: packed by zstd, which is not read here")
        yield path, zlib.decompress(body[4:]) if flags & _COMPRESSED_ZLIB else body

    yield from walk(0, "")
