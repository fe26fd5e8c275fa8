"""The pictures of a movie in the order of their times, from any time on."""

from __future__ import annotations

import math
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import av
from av.codec.context import ThreadType

from ..shot import MattewrightError
from .truncation import extent

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

ALPHA_DECODERS = {"vp9": "libvpx-vp9"}
"""Where ffmpeg's own decoder leaves out alpha, the one that doesn't: what Blender 4.5 and later take, too."""
_NO_MOVIES = {"tty", "image2", "image2pipe"}
_ATTACHED_PICTURE = av.stream.Disposition.attached_pic


class Decoded(NamedTuple):
    """A picture as the decoder gave it."""

    pts: int
    frame: av.VideoFrame
    is_first: bool
    """Whether the movie has none before it."""


class PictureStream:
    """A movie's first video stream, decoded from where `seek` put it.

    Times ("pts") are in `time_base`, as the container has them. `decoded` counts the pictures that the decoder gave: what reading cost.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._container, self._stream = _opened(path)
        self.time_base = self._stream.time_base or Fraction(1, 1000)
        self.rate = self._stream.guessed_rate or self._stream.average_rate or Fraction(0)
        self.start = self._stream.start_time if self._stream.start_time is not None else 0
        self.decoded = 0
        self._step = max(1, round(1 / (self.rate * self.time_base))) if self.rate else 1
        self._frames = self._decoding(None)
        self._buffered: Decoded | None = None

    @property
    def codec(self) -> str:
        return self._stream.codec_context.name

    @property
    def alpha_decoder(self) -> str:
        """The decoder that the movie needs instead of the usual one, because it has an alpha beside its pictures; empty for none."""
        beside = self._stream.metadata.get("alpha_mode") == "1"
        return ALPHA_DECODERS.get(self._stream.codec_context.codec.canonical_name, "") if beside else ""

    def read(self) -> Decoded | None:
        """The next picture, times strictly rising; None after the last one."""
        if self._buffered is not None:
            picture, self._buffered = self._buffered, None
            return picture
        return next(self._frames, None)

    def seek(self, pts: int) -> None:
        """Go to a key picture at or before `pts`, or to the first picture of all where there is none."""
        back = 0
        while True:
            target = pts - back
            if target <= self.start:
                break
            if self._tried(target, pts):
                return
            # The seek landed late, or on what its index calls a key picture and isn't: step further back, ever faster.
            back = max(3 * self._step, back * 3)
        self._rewind()

    def key_before(self, pts: int) -> int | None:
        """The time at which the container's index has the last key picture at or before `pts` (decoding time, so a little early)."""
        entries = self._stream.index_entries
        index = entries.search_timestamp(pts, backward=True)
        return entries[index].timestamp if index >= 0 else None

    def times(self, until: int | None = None) -> list[int]:
        """When the movie's pictures show, rising, at least up to `until`. Nothing is decoded; afterwards the stream is at its end."""
        found: set[int] = set()
        for packet in self._container.demux(self._stream):
            time = self._time(packet)
            if packet.size and time is not None and not packet.is_discard:
                found.add(time)
            if until is not None and packet.dts is not None and packet.dts > until:  # none is decoded later than it shows
                break
        return sorted(found)

    @property
    def end(self) -> int | None:
        """When the last picture stops showing; None where the container doesn't say."""
        return None if self._stream.duration is None else self.start + self._stream.duration

    @property
    def timecode(self) -> str:
        """Of the first picture, as the container has it; empty where it has none."""
        said = [self._stream.metadata, *(other.metadata for other in self._container.streams), self._container.metadata]
        return next((value for words in said for name, value in words.items() if name.casefold() == "timecode"), "")

    @property
    def pixel_shape(self) -> Fraction | None:
        """A pixel's width by its height; None where nothing is said."""
        return self._stream.sample_aspect_ratio or None

    @property
    def transfer(self) -> tuple[int, int]:
        """Colour primaries and transfer as the movie is tagged, in ffmpeg's numbers; 2: not said."""
        context = self._stream.codec_context
        return int(context.color_primaries), int(context.color_trc)

    def frame_count(self) -> int:
        """Blender's frame_duration: the stream's length, else what the container leaves of its own, at the guessed rate.

        The order is that of `ffmpeg_frame_count_get` in Blender's movie_read.cc.
        """
        stream, rate = self._stream, float(self.rate)
        if stream.duration is not None:
            return math.floor(float(stream.duration * self.time_base) * rate + 0.5)
        if self._container.duration is not None:
            seconds = self._container.duration / av.time_base
            audio = next((_start(other) for other in self._container.streams.audio), 0.0)
            # A stream that starts later than the sound is shorter by as much.
            return math.floor((seconds - max(0.0, _start(stream) - audio)) * rate + 0.5)
        return stream.frames

    def close(self) -> None:
        self._frames.close()
        self._buffered = None
        self._container.close()

    def _time(self, item: Packet[VideoStream] | av.VideoFrame) -> int | None:
        # AVI has no presentation times. ffmpeg 8 invents some, wrongly for H.264; Blender's ffmpeg has none and goes by decoding time.
        first, second = (item.dts, item.pts) if self._container.format.name == "avi" else (item.pts, item.dts)
        return first if first is not None else second

    def _tried(self, target: int, pts: int) -> bool:
        try:
            self._container.seek(target, stream=self._stream, backward=True)
        except av.error.FFmpegError:
            return False
        self._frames = self._decoding(pts)
        self._buffered = next(self._frames, None)
        return self._buffered is not None and self._buffered.pts <= pts and self._buffered.frame.key_frame

    def _rewind(self) -> None:
        # Seeking to the start is not reliable in every format; opening anew is.
        self._container.close()
        self._container, self._stream = _opened(self.path)
        self._buffered = None
        self._frames = self._decoding(None)

    def _decoding(self, sought: int | None) -> Generator[Decoded, None, None]:
        """Pictures from here on. After a seek (`sought`), from the first key picture on; pictures that come after it but are shown before
        it (an open group's leading pictures) lean on what was not decoded, and are left out."""
        key: int | None = None
        last: int | None = None
        other: Any = av.CodecContext.create(self.alpha_decoder, "r") if self.alpha_decoder else None
        for packet in self._container.demux(self._stream):
            if sought is not None and key is None and packet.size:
                time = self._time(packet)
                if not packet.is_keyframe or time is None:
                    continue
                if time > sought:
                    # Landed late: no need to decode anything to know it.
                    return
                key = time
            try:
                frames = packet.decode() if other is None else other.decode(packet if packet.size else None)
            except av.error.InvalidDataError:
                # One damaged packet: as in Blender, the picture before it stays until the next good one.
                continue
            for frame in frames:
                self.decoded += 1
                pts = self._time(frame)
                if pts is None:
                    pts = self.start if last is None else last + self._step
                if (key is not None and pts < key) or (last is not None and pts <= last):
                    continue
                yield Decoded(pts, frame, is_first=sought is None and last is None)
                last = pts


def _start(stream: Stream) -> float:
    return float(stream.start_time * stream.time_base) if stream.start_time is not None and stream.time_base else 0.0


def _opened(path: Path) -> tuple[InputContainer, VideoStream]:
    """Raises MattewrightError with one line on what is wrong with the file."""
    try:
        container = av.open(str(path), options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if extent(path).lacks_index:
            raise MattewrightError(f"{path}: cut short: the movie's index (moov) is missing; copy or export it again") from None
        raise MattewrightError(f"{path}: not a movie that can be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        name = container.format.name
        if name in _NO_MOVIES or name.endswith("_pipe"):
            raise MattewrightError(f"{path}: not a movie; open an image as an image sequence")
        streams = [stream for stream in container.streams.video if not stream.disposition & _ATTACHED_PICTURE]
        if not streams:
            raise MattewrightError(f"{path}: no video in it")
        stream = streams[0]
        if stream.codec_context is None:
            raise MattewrightError(f"{path}: its video codec is not supported")
        stream.codec_context.thread_type = ThreadType.AUTO
        stream.codec_context.thread_count = 0
    except BaseException:
        container.close()
        raise
    return container, stream
