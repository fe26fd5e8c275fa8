"""Where the weights that ship are, what their metadata says, and whether they are what they should be. Imports no torch."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...shot import MattewrightError

__all__ = ["CORRECTOR", "ENTRY", "NETWORK", "SHIPPED", "available", "checksum_of", "needs_features", "sealed", "told"]

SHIPPED = Path(__file__).with_name("refiner.safetensors")

NETWORK, CORRECTOR = "mattewright refiner 1", "mattewright corrector 1"
"""In the metadata: what the tensors' names and meanings are."""
ENTRY = "refiner"
"""The metadata's one entry, JSON: ``kind``, ``settings`` (of the network) and ``notes``."""


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


def sealed(temporary: Path, path: Path) -> str:
    """Put `temporary` in the place of `path`, its checksum beside it, and return that."""
    checksum = hashlib.sha256(temporary.read_bytes()).hexdigest()
    temporary.replace(path)
    path.with_suffix(".sha256").write_text(f"{checksum}  {path.name}\n", encoding="utf-8")
    return checksum


@lru_cache(8)
def _checksum(path: Path, size: int, changed: int) -> str:
    """Of the file as it is, which is known by its size and when it was changed."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def told(path: Path = SHIPPED) -> dict[str, Any]:
    """What the weights' metadata says of them. Raises MattewrightError where the file can't be read as safetensors."""
    try:
        with path.open("rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        return dict(json.loads(header["__metadata__"][ENTRY]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MattewrightError(f"{path}: can't be read as the refiner's weights ({error}): install the extension anew") from None


def needs_features(path: Path = SHIPPED) -> bool:
    """Whether the network with these weights takes SAM 2's features. Raises as `told` does."""
    return bool(told(path)["settings"]["features"])
