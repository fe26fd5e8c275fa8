"""Digests of footage files: the same for the same content wherever it lies, made once for each state of a file."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

WHOLE = 256 * 1024 * 1024
"""Bytes up to which a file is digested whole."""
SAMPLES = 64
SAMPLE = 1024 * 1024
"""Of a bigger file: this many blocks of this many bytes, evenly spaced, the first and the last among them, and its size."""

READER = "footage-1"
"""Part of every identity. Raise it when the same file would come out as other pixels."""


def content_digest(path: Path) -> str:
    """SHA-256 of the file's content, or of its size and samples when it is bigger than `WHOLE`. Raises OSError.

    Kept by path, size and time of change, so that asking again costs one `stat`.
    """
    status = path.stat()
    return _digest(str(path), status.st_size, status.st_mtime_ns)


def combined(*parts: object) -> str:
    """One digest of several facts, told apart from each other."""
    return hashlib.sha256("\0".join([READER, *map(str, parts)]).encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache(maxsize=65536)
def _digest(path: str, size: int, changed: int) -> str:
    with Path(path).open("rb") as stream:
        if size <= WHOLE:
            return hashlib.file_digest(stream, "sha256").hexdigest()
        digest = hashlib.sha256(f"{size}\0".encode())
        for index in range(SAMPLES):
            stream.seek((size - SAMPLE) * index // (SAMPLES - 1))
            digest.update(stream.read(SAMPLE))
        return digest.hexdigest()
