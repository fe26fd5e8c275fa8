"""TIFF files of integers, grey or with straight or multiplied alpha, and the ICC profile that their colours go by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..shot.operations import Parameter
from .exr import write_image

COMPRESSION = Parameter("compression", "choice", "zip", "How it is packed", choices=("zip", "lzw", "none"))


def write(path: Path, pixels: npt.NDArray[Any], compression: str, *, straight: bool = True, profile: bytes = b"") -> None:
    """Write `pixels`, (height, width) or (height, width, 4) uint8 or uint16; `straight`: colours are not multiplied by alpha, the last one,
    and the file says so (ExtraSamples). Nothing that changes from run to run is written. Raises OSError.
    """
    import OpenImageIO

    height, width, *channels = pixels.shape
    count = channels[0] if channels else 1
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
    write_image(path, spec, pixels.reshape(height, width, count))
