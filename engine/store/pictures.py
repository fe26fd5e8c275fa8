"""One-channel pictures in the store, each with the key of what it was made from inside the file itself.

EXR (half float, ZIP, channel Y) for logits, PNG (grey, 8 bit) for masks, through OpenImageIO. No colour management: the numbers are
data. Nothing that changes from run to run (such as a date) is written, so that the same input gives the same bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..shot import MattewrightError
from .atomic import atomic_path, disk_is_full, explain

KEY = "mattewright:key"
SCORE = "mattewright:score"


def write(path: Path, pixels: npt.NDArray[Any], *, key: str, score: float | None = None) -> None:
    """Write `pixels`, (height, width) uint8 or float16, with its key, and its score for logits."""
    import OpenImageIO

    height, width = pixels.shape
    spec = OpenImageIO.ImageSpec(width, height, 1, {"uint8": "uint8", "float16": "half"}[pixels.dtype.name])
    spec.channelnames = ("Y",)
    spec.attribute(KEY, key)
    spec.attribute("DateTime", "")  # otherwise OpenImageIO writes the time into every EXR
    spec.attribute("oiio:ColorSpace", "")
    if score is not None:
        spec.attribute(SCORE, float(score))
    if path.suffix == ".exr":
        spec.attribute("compression", "zip")
    else:
        spec.attribute("png:compressionLevel", 3)
    with atomic_path(path) as temporary:
        output = OpenImageIO.ImageOutput.create(str(temporary))
        if output is None:
            raise MattewrightError(f"{path}: no writer for {path.suffix} files: {OpenImageIO.geterror()}")
        try:
            done = output.open(str(temporary), spec) and output.write_image(np.ascontiguousarray(pixels)[..., None])
            done = output.close() and done
        finally:
            problem = output.geterror()
            del output
        if not done or not temporary.is_file():
            _raise_write_error(path, temporary, problem)


def _raise_write_error(path: Path, temporary: Path, problem: str) -> None:
    """OpenImageIO says little about why; opening the file by hand gives the system's own reason."""
    if disk_is_full(path):
        raise MattewrightError(explain(OSError(28, "No space left on device"), path))
    with temporary.open("ab"):
        pass
    raise MattewrightError(f"{path}: can't be written: {' '.join(problem.split())}")


def read(path: Path) -> npt.NDArray[Any]:
    """The pixels, (height, width): float16 of an EXR, uint8 of an 8-bit PNG. Raises MattewrightError."""
    source = _open(path)
    try:
        kind = "half" if path.suffix == ".exr" else "uint8"
        pixels = source.read_image(0, 0, 0, 1, kind)
        problem = source.geterror()
    finally:
        source.close()
    if pixels is None or problem:
        raise MattewrightError(f"{path}: damaged ({' '.join(problem.split())}); delete it and run again")
    return np.ascontiguousarray(pixels[..., 0])


def read_key(path: Path) -> str | None:
    """The key in the file's header; None where there is no file or no key."""
    if not path.is_file():
        return None
    try:
        source = _open(path)
    except MattewrightError:
        return None
    try:
        key = source.spec().getattribute(KEY)
    finally:
        source.close()
    return key if isinstance(key, str) else None


def read_score(path: Path) -> float:
    """The score in the header of a logits file; 0 where there is none."""
    source = _open(path)
    try:
        return float(source.spec().getattribute(SCORE) or 0.0)
    finally:
        source.close()


def _open(path: Path) -> Any:
    import OpenImageIO

    source = OpenImageIO.ImageInput.open(str(path))
    if source is None:
        reason = "no such file" if not path.exists() else " ".join(OpenImageIO.geterror().split())
        raise MattewrightError(f"{path}: can't be read ({reason}); delete it and run again")
    return source
