"""Whether a movie that was written can be read back: every picture decoded, and its times."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
from av.codec.context import ThreadType

from ..footage.stream import ALPHA_DECODERS
from ..shot import MattewrightError
from .movie_source import MovieSource


def decoded(path: Path, alpha: bool = False) -> Any:
    """The movie's pictures (`av.VideoFrame`s) in their order, alpha and all where it is asked for."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        decoder: Any = stream.codec_context
        decoder.thread_type = ThreadType.AUTO
        other = ALPHA_DECODERS.get(decoder.codec.canonical_name) if alpha else None
        if other is not None:
            decoder = av.CodecContext.create(other, "r")
        for packet in container.demux(stream):
            for frame in decoder.decode(packet if packet.size else None):
                if frame.time_base is None:
                    frame.time_base = stream.time_base
                yield frame


def check_movie(path: Path, size: tuple[int, int], source: MovieSource, has_alpha: bool) -> None:
    """Decode all of the movie `path`, and compare its size, (height, width), its alpha, and when each picture shows.

    Raises MattewrightError.
    """
    wanted = [moment.pts * source.time_base for moment in source.moments]
    found = []
    try:
        for frame in decoded(path, has_alpha):
            found.append(frame.pts * frame.time_base)
            if (frame.height, frame.width) != size:
                raise MattewrightError(f"{path}: {frame.width} x {frame.height} pixels instead of {size[1]} x {size[0]}: export it again")
            if has_alpha and not any(component.is_alpha for component in frame.format.components):
                raise MattewrightError(f"{path}: no alpha in it ({frame.format.name}): export it again")
            unit = frame.time_base
    except av.error.FFmpegError as error:
        raise MattewrightError(f"{path}: can't be read ({error.strerror or error}): export it again") from None
    if len(found) != len(wanted):
        raise MattewrightError(f"{path}: {len(found)} pictures instead of {len(wanted)}: export it again")
    for number, (time, right) in enumerate(zip(found, wanted, strict=True)):
        if abs(time - right) > unit / 2:
            raise MattewrightError(
                f"{path}: picture {number} shows at {float(time):.4f} s instead of {float(right):.4f} s: export it again"
            )
