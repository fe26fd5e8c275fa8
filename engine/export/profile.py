"""The ICC profile of a picture's file, which is passed on to what keeps its colours as they are."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path


def profile_of(path: Path) -> bytes:
    """The profile inside the image `path`; empty for a movie, or where there is none."""
    try:
        there = path.stat()
    except OSError:
        return b""
    return _profile(path, there.st_mtime_ns, there.st_size)


@lru_cache(maxsize=64)
def _profile(path: Path, modified: int, size: int) -> bytes:
    import OpenImageIO

    if path.suffix.lower() not in (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".psd", ".webp"):
        return b""
    source = OpenImageIO.ImageInput.open(str(path))
    if source is None:
        OpenImageIO.geterror()
        return b""
    try:
        found = source.spec().getattribute("ICCProfile")
    finally:
        source.close()
    return bytes(bytearray(found)) if found is not None else b""
