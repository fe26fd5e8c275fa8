"""Writing one movie: pictures that are made on several threads, encoded in their order, with the source's times, tags and sound."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

from ..shot import MattewrightError
from ..store.atomic import disk_is_full
from .movie_sound import Container, Sound, require_encoder
from .movie_source import BT601, BT709, BT2020, Moment, MovieSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.container import OutputContainer

    from .context import Context

Drawn = npt.NDArray[Any]
"""uint8 or uint16: (height, width) grey, (height, width, 3) RGB or (height, width, 4) RGBA, full scale."""
Made = Drawn | av.VideoFrame
"""A picture, or one that is as the encoder takes it."""

_EXACT = Interpolation.BICUBIC | Interpolation.FULL_CHR_H_INT | Interpolation.FULL_CHR_H_INP | Interpolation.ACCURATE_RND
_COLORSPACES = {BT709: Colorspace.ITU709, BT601: Colorspace.ITU601, BT2020: Colorspace.BT2020}
_LIMITED, _FULL = 1, 2
_RGB = 0
"""ffmpeg's number of the matrix that is none."""
_LAYOUTS = {(1, 1): "gray", (2, 1): "gray16le", (1, 3): "rgb24", (2, 3): "rgb48le", (1, 4): "rgba", (2, 4): "rgba64le"}
"""By bytes of a sample and channels."""


_kept = threading.local()


def _reformatter() -> VideoReformatter:
    """This thread's: what libswscale has worked out for one frame serves the next."""
    if not hasattr(_kept, "reformatter"):
        _kept.reformatter = VideoReformatter()
    found: VideoReformatter = _kept.reformatter
    return found


@dataclass(frozen=True)
class Encoding:
    """How pictures are encoded."""

    codec: str
    pixels: str
    """ffmpeg's pixel format."""
    container: Container
    options: dict[str, str] = field(default_factory=dict)
    """The encoder's own."""
    even: bool = False
    """Whether it takes even sizes only: then the last column or row of an odd one is there twice."""

    @property
    def is_rgb(self) -> bool:
        return not self.pixels.startswith("yuv")

    @property
    def has_alpha(self) -> bool:
        return self.pixels.startswith(("yuva", "gbra", "bgra"))

    def size(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) of the movie."""
        return (height + height % 2, width + width % 2) if self.even else (height, width)

    def frame(self, drawn: Made, matrix: int) -> av.VideoFrame:
        """A picture as the encoder takes it: limited range of `matrix` (ffmpeg's number), or RGB as it is. Alpha is full range always."""
        if isinstance(drawn, av.VideoFrame):
            return drawn
        height, width = self.size(*drawn.shape[:2])
        if (height, width) != drawn.shape[:2]:
            sides = [(0, height - drawn.shape[0]), (0, width - drawn.shape[1])]
            drawn = np.pad(drawn, [*sides, (0, 0)][: drawn.ndim], mode="edge")
        if drawn.ndim == 2 and not self.pixels.startswith("gray"):
            drawn = np.repeat(drawn[..., None], 3, axis=2)
        channels = 1 if drawn.ndim == 2 else drawn.shape[2]
        source = av.VideoFrame.from_ndarray(np.ascontiguousarray(drawn), format=_LAYOUTS[drawn.dtype.itemsize, channels])
        if source.format.name == self.pixels:
            return source
        to_yuv = {} if self.is_rgb else {"dst_colorspace": _COLORSPACES[matrix], "dst_color_range": _LIMITED}
        return _reformatter().reformat(source, format=self.pixels, interpolation=_EXACT, src_color_range=_FULL, **to_yuv)


def write_movie(
    context: Context,
    path: Path,
    source: MovieSource,
    encoding: Encoding,
    size: tuple[int, int],
    draw: Callable[[int], Made],
    frames: Sequence[int],
    sound: bool,
) -> None:
    """Write the movie `path` of what `draw` makes of scene frames, `size` (height, width); `context` is told of each of `frames`.

    `draw` is asked from several threads. Raises MattewrightError, OSError, Interrupted.
    """
    require_encoder(encoding.codec)
    if encoding.codec == "libsvtav1":
        os.environ.setdefault("SVT_LOG", "1")  # errors only
    try:
        with av.open(str(path), "w", format=encoding.container, options=_muxing(encoding.container)) as out:
            stream = _video_stream(out, source, encoding, encoding.size(*size))
            track = None
            if sound and source.sound is not None:
                track = Sound(source.sound, out, encoding.container, source.start, source.end, source.is_whole)
            try:
                _write_pictures(context, out, stream, track, source, encoding, draw, frames)
            finally:
                if track is not None:
                    track.close()
    except av.error.FFmpegError as error:
        if error.errno == errno.ENOSPC or disk_is_full(path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise MattewrightError(f"{path.parent}: the movie can't be written ({encoding.codec}): {error.strerror or error}") from error


def _write_pictures(
    context: Context,
    out: OutputContainer,
    stream: Any,
    track: Sound | None,
    source: MovieSource,
    encoding: Encoding,
    draw: Callable[[int], Made],
    frames: Sequence[int],
) -> None:
    durations = {moment.pts: moment.duration for moment in source.moments}

    def mux(packets: list[av.Packet[Any]]) -> None:
        for packet in packets:
            packet.duration = durations.get(packet.pts or 0, packet.duration)
            out.mux(packet)

    def made(moment: Moment) -> tuple[Moment, av.VideoFrame]:
        return moment, encoding.frame(draw(moment.frame), source.matrix)

    waiting = list(reversed(frames))
    for moment, frame in context.ahead(source.moments, made):
        frame.pts, frame.time_base = moment.pts, source.time_base
        frame.color_primaries, frame.color_trc = source.primaries, source.transfer  # ProRes has them in each picture
        mux(stream.encode(frame))
        if track is not None:
            for packet in track.until(moment.pts * source.time_base):
                out.mux(packet)
        while waiting and waiting[-1] <= moment.frame:
            context.tick(waiting.pop())
    mux(stream.encode(None))
    if track is not None:
        for packet in track.until(None):
            out.mux(packet)
    while waiting:
        context.tick(waiting.pop())


def _muxing(container: Container) -> dict[str, str]:
    """bitexact: no dates, random numbers or versions in the file."""
    return {"fflags": "+bitexact", **({"movflags": "+faststart"} if container in ("mov", "mp4") else {})}


def _video_stream(out: OutputContainer, source: MovieSource, encoding: Encoding, size: tuple[int, int]) -> Any:
    stream: Any = out.add_stream(encoding.codec, rate=source.rate, options=dict(encoding.options))
    stream.height, stream.width = size
    stream.pix_fmt = encoding.pixels
    stream.time_base = source.time_base
    context = stream.codec_context
    context.time_base = source.time_base
    context.color_primaries, context.color_trc = source.primaries, source.transfer
    context.colorspace, context.color_range = (_RGB, _FULL) if encoding.is_rgb else (source.matrix, _LIMITED)
    if source.pixel_shape is not None and source.pixel_shape != Fraction(1):
        context.sample_aspect_ratio = source.pixel_shape
    if source.timecode:
        stream.metadata["timecode"] = source.timecode
    if source.rotation:
        stream.set_display_rotation(source.rotation)
    return stream
