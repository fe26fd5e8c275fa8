"""What a picture's file says of itself, which is passed on: ICC profile or EXR's primaries to what keeps colours as they are, time code."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

_PROFILED = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".psd", ".webp")
_LINEAR = (".exr",)


def profile_of(path: Path) -> bytes:
    """The profile inside the image `path`; empty for a movie, or where there is none."""
    found = _said(path, "ICCProfile") if path.suffix.lower() in _PROFILED else None
    return b"" if found is None else bytes(bytearray(found))


def primaries_of(path: Path) -> tuple[float, ...]:
    """The chromaticities x, y of red, green, blue and white of the EXR file `path`; empty for others, or where there are none."""
    found = _said(path, "chromaticities") if path.suffix.lower() in _LINEAR else None
    return () if found is None else tuple(float(value) for value in found)


def timecode_of(path: Path) -> str:
    """The time code in the header of the EXR or DPX file `path`; empty for others, or where there is none."""
    found = _said(path, "smpte:TimeCode") if path.suffix.lower() in (".exr", ".dpx") else None
    if found is None or isinstance(found, str):
        return found or ""
    digits = int(found[0])  # hours, minutes, seconds and frames as binary coded decimals, with flags between
    hours, minutes, seconds, frames = ((digits >> shift) & mask for shift, mask in ((24, 0x3F), (16, 0x7F), (8, 0x7F), (0, 0x3F)))
    return f"{hours:02x}:{minutes:02x}:{seconds:02x}{';' if digits & 0x40 else ':'}{frames:02x}"


def _said(path: Path, name: str) -> Any:
    try:
        there = path.stat()
    except OSError:
        return None
    return _attribute(path, name, there.st_mtime_ns, there.st_size)


@lru_cache(maxsize=64)
def _attribute(path: Path, name: str, modified: int, size: int) -> Any:
    import OpenImageIO

    source = OpenImageIO.ImageInput.open(str(path))
    if source is None:
        OpenImageIO.geterror()
        return None
    try:
        return source.spec().getattribute(name)
    finally:
        source.close()
