"""Whether a picture that was written can be read back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..shot import MattewrightError


def check_picture(path: Path, size: tuple[int, int], channels: Sequence[str] | int) -> None:
    """Decode all of the picture `path` and compare its size, (height, width), and its channels: their names, or how many.

    Raises MattewrightError.
    """
    import OpenImageIO

    source = OpenImageIO.ImageInput.open(str(path))
    if source is None:
        raise MattewrightError(f"{path}: can't be read ({' '.join(OpenImageIO.geterror().split())}): export it again")
    try:
        spec = source.spec()
        pixels = source.read_image(0, 0, 0, spec.nchannels, str(spec.format))
        problem = " ".join(source.geterror().split())
    finally:
        source.close()
    if pixels is None or problem:
        raise MattewrightError(f"{path}: damaged ({problem}): export it again")
    if (spec.height, spec.width) != size:
        raise MattewrightError(f"{path}: {spec.width} x {spec.height} pixels instead of {size[1]} x {size[0]}: export it again")
    wanted = channels if isinstance(channels, int) else len(channels)
    if spec.nchannels != wanted or (not isinstance(channels, int) and set(spec.channelnames) != set(channels)):
        found = ", ".join(spec.channelnames)
        raise MattewrightError(f"{path}: has the channels {found}: it was written by something else, or for other objects; export it again")
