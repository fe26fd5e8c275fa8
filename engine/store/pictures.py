"""Pictures in the store, each with the key of what it was made from inside the file itself.

EXR (half float, ZIP, channel Y) for logits, PNG (grey, 8 or 16 bit) for masks and alphas. No colour management: the numbers are data. EXR
(half float, ZIP, channels R, G, B) for foregrounds: scene-linear Rec.709, which the header says. Nothing that changes from run to run
(such as a date) is written, so that the same input gives the same bytes.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from ..shot import MattewrightError
from . import png
from .atomic import atomic_path, disk_is_full

KEY = "mattewright:key"
SCORE = "mattewright:score"
POINTER = "mattewright:pointer"

_REC709 = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)
"""The chromaticities x, y of red, green, blue and white."""
_NOTHING: Mapping[str, str | float] = MappingProxyType({})
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"


def write(
    path: Path,
    pixels: npt.NDArray[Any],
    *,
    key: str,
    score: float | None = None,
    pointer: npt.NDArray[np.float32] | None = None,
    facts: Mapping[str, str | float] = _NOTHING,
) -> None:
    """Write `pixels`, (height, width) uint8 or uint16 as PNG, or float16 as EXR, with its key; (height, width, 3) float16 is colour.

    Logits have a score and an object pointer, (n,), too. `facts` are more that stands in the header of an EXR, by name.
    """
    pixels = np.ascontiguousarray(pixels)
    with atomic_path(path) as temporary:
        if path.suffix == ".png":
            _write_png(temporary, pixels, key)
        else:
            _write_exr(temporary, pixels, key, score, pointer, facts)


def _write_png(path: Path, pixels: npt.NDArray[Any], key: str) -> None:
    """Made in memory: the one write that follows fails with the system's own reason when the disk is full."""
    path.write_bytes(png.encode(pixels, {KEY: key}))


def _write_exr(
    path: Path,
    pixels: npt.NDArray[Any],
    key: str,
    score: float | None,
    pointer: npt.NDArray[np.float32] | None,
    facts: Mapping[str, str | float],
) -> None:
    import OpenImageIO

    height, width = pixels.shape[:2]
    colour = pixels.ndim == 3
    spec = OpenImageIO.ImageSpec(width, height, 3 if colour else 1, "half")
    spec.channelnames = ("R", "G", "B") if colour else ("Y",)
    if colour:
        spec.attribute("oiio:ColorSpace", "lin_rec709_scene")
        spec.attribute("chromaticities", OpenImageIO.TypeDesc("float[8]"), _REC709)
    spec.attribute(KEY, key)
    spec.attribute("DateTime", "")  # otherwise OpenImageIO writes the time into every EXR
    spec.attribute("compression", "zip")
    if score is not None:
        spec.attribute(SCORE, float(score))
    if pointer is not None:
        # Hexadecimal little-endian text: the one kind of attribute that every reader of EXR takes whole and unrounded.
        spec.attribute(POINTER, np.asarray(pointer, "<f4").tobytes().hex())
    for name, fact in facts.items():
        spec.attribute(name, fact)
    output = OpenImageIO.ImageOutput.create(str(path))
    assert output is not None, "OpenImageIO is built without EXR"
    done = output.open(str(path), spec) and output.write_image(pixels if colour else pixels[..., None])
    done = output.close() and done
    problem = output.geterror()
    # OpenImageIO may call a write on a full disk a success: what is not there to be read back was not written.
    if not done or problem or not _holds(path, pixels):
        if disk_is_full(path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        with path.open("ab"):  # gives the system's own reason, where it has one
            pass
        raise OSError(errno.EIO, " ".join(problem.split()) or "what was written can't be read back")


def _holds(path: Path, pixels: npt.NDArray[Any]) -> bool:
    try:
        return bool(np.array_equal(read(path), pixels, equal_nan=True))
    except MattewrightError:
        return False


def read(path: Path) -> npt.NDArray[Any]:
    """The pixels: (height, width) float16 of an EXR, or (height, width, 3) of one in colour; (height, width) uint8 or uint16 of a PNG.

    Raises MattewrightError.
    """
    source = _open(path)
    try:
        kind = "half" if path.suffix == ".exr" else source.spec().format.c_str()
        channels = 3 if path.suffix == ".exr" and source.spec().nchannels == 3 else 1
        pixels = source.read_image(0, 0, 0, channels, kind)
        problem = source.geterror()
    finally:
        source.close()
    if pixels is None or problem:
        raise MattewrightError(f"{path}: damaged ({' '.join(problem.split())}); delete it and run again")
    return np.ascontiguousarray(pixels if channels == 3 else pixels[..., 0])


def read_key(path: Path) -> str | None:
    """The key in the file's header; None where there is no file or no key, or where the file's end is missing."""
    if not path.is_file() or (path.suffix == ".png" and not _ends_like_png(path)):
        return None
    try:
        source = _open(path)
    except MattewrightError:
        return None
    try:
        key = source.spec().getattribute(KEY)
        if path.suffix == ".exr" and source.read_scanline(source.spec().height - 1, 0) is None:
            source.geterror()  # or it is printed as pending
            return None
    finally:
        source.close()
    return key if isinstance(key, str) else None


def _ends_like_png(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        if file.tell() < len(_PNG_END):
            return False
        file.seek(-len(_PNG_END), os.SEEK_END)
        return file.read() == _PNG_END


def read_score(path: Path) -> float:
    """The score in the header of a logits file; 0 where there is none."""
    source = _open(path)
    try:
        return float(source.spec().getattribute(SCORE) or 0.0)
    finally:
        source.close()


def read_pointer(path: Path) -> npt.NDArray[np.float32] | None:
    """The object pointer in the header of a logits file, (n,); None where there is none. Raises MattewrightError for a damaged one."""
    source = _open(path)
    try:
        text = source.spec().getattribute(POINTER)
    finally:
        source.close()
    if text is None:
        return None
    try:
        return np.frombuffer(bytes.fromhex(text), "<f4").astype(np.float32)
    except (TypeError, ValueError):
        raise MattewrightError(f"{path}: damaged (its object pointer can't be read); delete it and run again") from None


def _open(path: Path) -> Any:
    import OpenImageIO

    source = OpenImageIO.ImageInput.open(str(path))
    if source is None:
        reason = " ".join(OpenImageIO.geterror().split())
        if not path.exists():
            raise MattewrightError(f"{path}: gone; run again to make it anew")
        raise MattewrightError(f"{path}: can't be read ({reason}); delete it and run again")
    return source
