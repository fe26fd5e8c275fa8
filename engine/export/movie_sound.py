"""A movie's sound in another container, in step with its pictures.

All of a clip's sound is copied packet by packet where the container takes the codec. A part of it is cut at the very sample: decoded, and
written without loss where the container has a lossless codec that editors read (MOV: PCM, MKV: FLAC), else as AAC (MP4) or Opus (WebM).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import av

from ..shot import MattewrightError

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer

Container = Literal["mov", "mp4", "matroska", "webm"]

COPIED: dict[Container, frozenset[str]] = {
    "mov": frozenset({"aac", "alac", "mp3", "ac3", "eac3"}),
    "mp4": frozenset({"aac", "alac", "mp3", "ac3", "eac3"}),
    "matroska": frozenset({"aac", "alac", "mp3", "ac3", "eac3", "flac", "opus", "vorbis"}),
    "webm": frozenset({"opus", "vorbis"}),
}
PCM = {
    "mov": {"pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_f32le"},
    "matroska": {"pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le"},
}
CODECS: dict[Container, str] = {"mov": "pcm_s24le", "mp4": "aac", "matroska": "flac", "webm": "libopus"}
RATES = {"libopus": 48000}
CHANNEL_BITS = {"aac": 128_000, "libopus": 96_000}
LAYOUTS = {"5.1(side)": "5.1"}
PREROLL = 1
"""Seconds that are read before the cut, for codecs that lean on what comes before."""


class Sound:
    """Every sound track of a movie, written beside the pictures of `out`."""

    def __init__(
        self, path: Path, out: OutputContainer, container: Container, start: Fraction, end: Fraction | None, is_whole: bool
    ) -> None:
        """From `start` to `end` (None: to its end) in seconds of its clock; `is_whole`: that is all of it. Raises MattewrightError."""
        self._start, self._end = start, end
        self._input: InputContainer = av.open(str(path), options={"protocol_whitelist": "file"}, metadata_errors="replace")
        self._tracks: dict[int, _Copied | _Encoded] = {}
        try:
            early = _begins_early(self._input, start) if container in ("matroska", "webm") else set()
            for stream in self._input.streams.audio:
                name = stream.codec_context.codec.canonical_name if stream.codec_context is not None else ""
                taken = COPIED[container] | PCM.get(container, set())
                if is_whole and name in taken and (stream.index not in early or name == "opus"):
                    self._tracks[stream.index] = _Copied(stream, out, start)
                elif stream.codec_context is None:
                    raise MattewrightError(f"{path}: its sound has a codec that can't be read: switch the sound (audio) off")
                else:
                    self._tracks[stream.index] = _Encoded(stream, out, CODECS[container], start, end)
        except BaseException:
            self._input.close()
            raise
        self._at = Fraction(-1)
        self._packets = self._read(path)

    def until(self, seconds: Fraction | None) -> Iterator[av.Packet[Any]]:
        """The packets, to be muxed, up to `seconds` after the beginning; None: all that are left."""
        while seconds is None or self._at < seconds:
            found = next(self._packets, None)
            if found is None:
                return
            self._at, packets = found
            yield from packets

    def close(self) -> None:
        self._packets.close()
        self._input.close()

    def _read(self, path: Path) -> Any:
        """(seconds since the beginning, packets), in the order of the file."""
        over: set[int] = set()
        for packet in self._demuxed():
            if packet.pts is None or not packet.size:
                continue
            at = packet.pts * packet.time_base
            if self._end is not None and at >= self._end:
                over.add(packet.stream_index)
                if len(over) == len(self._tracks):
                    break
                continue
            try:
                yield at - self._start, self._tracks[packet.stream_index].take(packet)
            except av.error.InvalidDataError:
                continue  # one damaged packet: as players do, silence until the next
            except av.error.FFmpegError as error:
                raise MattewrightError(f"{path}: its sound can't be written: {error.strerror}: switch the sound (audio) off") from None
        for track in self._tracks.values():
            yield self._at, track.finish()

    def _demuxed(self) -> Iterator[av.Packet[Any]]:
        if not self._tracks:
            return
        streams = [self._input.streams[index] for index in self._tracks]
        target = self._start - PREROLL
        if target > 0:
            try:
                self._input.seek(int(target * av.time_base), backward=True)
                packets = iter(self._input.demux(streams))
                first = next(packets, None)
                if first is not None and first.pts is not None and first.pts * first.time_base <= self._start:
                    yield first
                    yield from packets
                    return
            except av.error.FFmpegError:
                pass
            self._input.seek(0, backward=True)  # it landed late, or not at all
        yield from self._input.demux(streams)


def _begins_early(container: InputContainer, start: Fraction) -> set[int]:
    """The sound streams whose first packet lies before `start` (seconds): MKV and WebM have no times below 0: pictures would be late.

    Such are what decoders need to get going in AAC; for Opus these containers know of it.
    """
    early = set()
    for stream in container.streams.audio:
        first = next((packet for packet in container.demux(stream) if packet.size), None)
        if first is not None and first.pts is not None and first.pts * first.time_base < start:
            early.add(stream.index)
        container.seek(0, backward=True)
    return early


@dataclass
class _Copied:
    """A track whose packets go over as they are."""

    stream: AudioStream
    out: OutputContainer
    start: Fraction

    def __post_init__(self) -> None:
        self._target = self.out.add_stream_from_template(self.stream)
        self._offset = round(self.start / (self.stream.time_base or 1))

    def take(self, packet: av.Packet[Any]) -> list[av.Packet[Any]]:
        packet.pts = (packet.pts or 0) - self._offset
        packet.dts = packet.dts - self._offset if packet.dts is not None else packet.pts
        packet.stream = self._target
        return [packet]

    def finish(self) -> list[av.Packet[Any]]:
        return []


class _Encoded:
    """A track that is decoded, cut and written by another codec."""

    def __init__(self, stream: AudioStream, out: OutputContainer, codec: str, start: Fraction, end: Fraction | None) -> None:
        decoder = stream.codec_context
        if codec == "pcm_s24le" and decoder.format is not None and decoder.format.name in ("s16", "s16p", "u8", "u8p"):
            codec = "pcm_s16le"
        require_encoder(codec)
        self._decoder, self._rate = decoder, decoder.sample_rate
        self._first = round(start * self._rate)
        self._last = None if end is None else round(end * self._rate)
        target: Any = out.add_stream(codec, rate=RATES.get(codec, self._rate))
        target.layout = LAYOUTS.get(decoder.layout.name, decoder.layout.name)
        if codec in CHANNEL_BITS:
            target.bit_rate = CHANNEL_BITS[codec] * decoder.layout.nb_channels
        self._target = target

    def take(self, packet: av.Packet[AudioStream]) -> list[av.Packet[Any]]:
        return [made for frame in packet.decode() for made in self._encoded(frame)]

    def finish(self) -> list[av.Packet[Any]]:
        left = [made for frame in self._decoder.decode(None) for made in self._encoded(frame)]
        return left + list(self._target.encode(None))

    def _encoded(self, frame: AudioFrame) -> list[av.Packet[Any]]:
        if frame.pts is None or frame.time_base is None:
            return []
        at = round(frame.pts * frame.time_base * self._rate)
        left = max(0, self._first - at)
        right = frame.samples if self._last is None else min(frame.samples, self._last - at)
        if left >= right:
            return []
        cut = frame
        if right - left < frame.samples:
            per = 1 if frame.format.is_planar else frame.layout.nb_channels
            samples: Any = frame.to_ndarray()[:, left * per : right * per].copy()
            cut = av.AudioFrame.from_ndarray(samples, format=frame.format.name, layout=frame.layout.name)
            cut.sample_rate = frame.sample_rate
        cut.pts, cut.time_base = at + left - self._first, Fraction(1, self._rate)
        return list(self._target.encode(cut))


def require_encoder(codec: str, more: str = "") -> None:
    """Raises MattewrightError where this PyAV can't write `codec`; `more` says what else could be done."""
    try:
        av.Codec(codec, "w")
    except (av.error.FFmpegError, ValueError):
        raise MattewrightError(
            f"this PyAV ({av.__version__}) has no encoder '{codec}': install the engine anew, which brings one that has{more}"
        ) from None
