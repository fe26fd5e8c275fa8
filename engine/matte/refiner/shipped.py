"""Where the weights that ship are, and whether they are what they should be. Imports no torch."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from ...shot import MattewrightError

__all__ = ["SHIPPED", "available", "checksum_of"]

SHIPPED = Path(__file__).with_name("refiner.safetensors")


def available() -> bool:
    """Whether the weights that ship are there."""
    return SHIPPED.is_file()


def checksum_of(path: Path = SHIPPED) -> str:
    """The file's SHA-256, which is that in the file beside it. Raises MattewrightError where either is missing or they differ."""
    try:
        status = path.stat()
    except OSError:
        raise MattewrightError(f"{path}: the refiner's weights are missing: choose another method, or install the extension anew") from None
    found = _checksum(path, status.st_size, status.st_mtime_ns)
    beside = path.with_suffix(".sha256")
    if not beside.is_file() or beside.read_text(encoding="utf-8").split()[:1] != [found]:
        raise MattewrightError(f"{path}: the refiner's weights are not what {beside.name} says: install the extension anew")
    return found


@lru_cache(8)
def _checksum(path: Path, size: int, changed: int) -> str:
    """Of the file as it is, which is known by its size and when it was changed."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
