"""EXR files with any channels: data, or scene-linear colours multiplied by alpha, as the format has it."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..shot.operations import Parameter
from ..store.atomic import disk_is_full

if TYPE_CHECKING:
    import OpenImageIO

COMPRESSION = Parameter(
    "compression", "choice", "zip", "How it is packed; dwaa is smaller and not exact", choices=("zip", "zips", "piz", "dwaa", "none")
)
DEPTH = Parameter("depth", "choice", "half", "Type of a channel's numbers", choices=("half", "float"))
REC709 = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)
"""The chromaticities x, y of red, green, blue and white."""


def write(
    path: Path,
    channels: Sequence[str],
    pixels: npt.NDArray[Any],
    *,
    depth: str = "half",
    compression: str = "zip",
    primaries: Sequence[float] | None = None,
    said: Mapping[str, str] | None = None,
) -> None:
    """Write `pixels`, (height, width, len(channels)) float, under these names; `said` goes into the header.

    `primaries`: R, G and B are scene-linear light of these (as `REC709`). Nothing that changes from run to run is written. Raises OSError.
    """
    import OpenImageIO

    height, width = pixels.shape[:2]
    spec = OpenImageIO.ImageSpec(width, height, len(channels), depth)
    spec.channelnames = tuple(channels)
    if primaries is not None:
        if tuple(primaries) == REC709:
            spec.attribute("oiio:ColorSpace", "lin_rec709_scene")
        spec.attribute("chromaticities", OpenImageIO.TypeDesc("float[8]"), tuple(primaries))
    spec.attribute("DateTime", "")  # otherwise OpenImageIO writes the time into every EXR
    spec.attribute("compression", compression)
    for name, text in (said or {}).items():
        spec.attribute(name, text)
    write_image(path, spec, pixels)


def write_image(path: Path, spec: OpenImageIO.ImageSpec, pixels: npt.NDArray[Any]) -> None:
    """Write `pixels` as `spec` says, in the format of the path's ending. Raises OSError."""
    import OpenImageIO

    output = OpenImageIO.ImageOutput.create(str(path))
    assert output is not None, f"OpenImageIO is built without {path.suffix}"
    done = output.open(str(path), spec) and output.write_image(np.ascontiguousarray(pixels))
    done = output.close() and done
    problem = " ".join(output.geterror().split())
    if disk_is_full(path):  # OpenImageIO may call a write on a full disk a success
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if not done or problem:
        with path.open("ab"):  # gives the system's own reason, where it has one
            pass
        raise OSError(errno.EIO, problem or "the picture could not be written")
