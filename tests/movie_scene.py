"""A shot of a small movie with sound, whose pictures and alphas say which frame they are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from engine.footage import probe
from engine.shot import FrameRange, Matte, Output, Shot, ShotObject, to_json
from engine.store import Store

WIDTH, HEIGHT = 96, 64
FILM = Fraction(24000, 1001)
SOUND_RATE = 48000
RED = (220, 30, 40)
STEP = 20
"""Between the grey levels of one picture and the next."""
FIRST = 1


def picture(number: int, size: tuple[int, int] = (HEIGHT, WIDTH)) -> npt.NDArray[np.uint8]:
    """(height, width, 3) RGB: red on the left, on the right a grey that says the number."""
    made = np.empty((*size, 3), np.uint8)
    made[:] = RED
    made[:, size[1] // 2 :] = 20 + STEP * number
    return made


def number_in(pixels: npt.NDArray[Any]) -> int:
    """The number of the picture that (height, width, channels) 0..1 R'G'B' show."""
    return round((float(pixels[:, pixels.shape[1] * 3 // 4 :, 0].mean()) * 255 - 20) / STEP)


def alpha(frame: int, size: tuple[int, int] = (HEIGHT, WIDTH)) -> npt.NDArray[np.uint16]:
    """(height, width): above a ramp to the right, from nothing to all; below a level that says the frame."""
    ramp = np.clip(np.linspace(-0.2, 1.2, size[1]), 0, 1)
    made = np.tile(np.rint(ramp * 65535), (size[0], 1)).astype(np.uint16)
    made[size[0] // 2 :] = frame * 4000
    return made


def frame_in(share: npt.NDArray[Any]) -> int:
    """The scene frame that an alpha, 0..1, is of."""
    return round(float(share[share.shape[0] * 3 // 4 :].mean()) * 65535 / 4000)


def tone(count: int) -> npt.NDArray[np.int16]:
    """Samples that say where they are: a ramp."""
    return (np.arange(count) % 30000).astype(np.int16)


def movie(
    path: Path,
    count: int = 8,
    *,
    rate: Fraction | int = FILM,
    pts: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    sound: str = "pcm_s16le",
    size: tuple[int, int] = (HEIGHT, WIDTH),
    matrix: int = 1,
    full: bool = False,
    last: int = 0,
    shape: Fraction | None = None,
    timecode: str = "",
) -> Path:
    """H.264, at a constant rate with B-frames, and `sound` as long as the pictures; `pts` in `time_base`, the last one `last` long."""
    base = time_base or 1 / Fraction(rate)
    times = list(pts) if pts is not None else list(range(count))
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream(
            "libx264", rate=rate, options={"crf": "4", "preset": "veryfast", "bf": "0" if pts else "2", "threads": "1"}
        )
        video.height, video.width = size
        video.pix_fmt = "yuv420p"
        context = video.codec_context
        context.time_base, context.colorspace, context.color_range = base, matrix, 2 if full else 1
        context.color_primaries, context.color_trc = (1, 1) if matrix == 1 else (6, 6)
        if timecode:
            video.metadata["timecode"] = timecode
        if shape is not None:
            context.sample_aspect_ratio = shape
        seconds = (times[-1] + (last or 1)) * base
        if sound:
            track: Any = out.add_stream(sound, rate=SOUND_RATE)
            track.layout = "mono"
            wave = av.AudioFrame.from_ndarray(tone(round(seconds * SOUND_RATE))[None], format="s16", layout="mono")
            wave.sample_rate, wave.pts, wave.time_base = SOUND_RATE, 0, Fraction(1, SOUND_RATE)
        for number, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(picture(number, size), format="rgb24").reformat(
                format="yuv420p", dst_colorspace="ITU709" if matrix == 1 else "ITU601", dst_color_range=2 if full else 1
            )
            frame.pts, frame.time_base = time, base
            out.mux(video.encode(frame))
        if sound:
            out.mux(track.encode(wave))
            out.mux(track.encode(None))
        for packet in video.encode(None):
            if packet.pts == times[-1] and last:
                packet.duration = last
            out.mux(packet)
    return path


def shot(
    source: Path, *outputs: Output, names: Sequence[str] = ("disk",), first: int = FIRST, last: int | None = None, applied: bool = True
) -> Path:
    """The document's folder beside `source`, with an alpha of each object on every frame that Blender counts."""
    folder = source.parent / f"{source.stem}.mattewright"
    footage = replace(probe(source, applies_rotation=applied), path=f"../{source.name}")
    whole = footage.frames()
    store = Store(folder)
    for name in names:
        for frame in whole:
            store.write_alpha(name, frame, alpha(frame, (footage.height, footage.width)), f"alpha {name} {frame}", "alpha")
    objects = tuple(ShotObject(name, matte=Matte(enabled=True)) for name in names)
    document = Shot("a shot", footage, FrameRange(first, last or whole.last), objects, outputs=outputs)
    (folder / "shot.json").write_text(to_json(document), encoding="utf-8")
    return folder


def times(path: Path) -> list[Fraction]:
    """When each picture shows, in seconds, as ffmpeg's decoder has them."""
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]


def seconds(path: Path) -> Fraction:
    """How long the pictures are, all together: the last one's end."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        if stream.duration is not None:
            return stream.duration * stream.time_base
        return max((packet.pts + packet.duration) * stream.time_base for packet in container.demux(stream) if packet.size)


def samples(path: Path, track: int = 0) -> tuple[Fraction, npt.NDArray[Any], str]:
    """When the sound begins, in seconds, its first channel, and its codec."""
    with av.open(str(path)) as container:
        codec = container.streams.audio[track].codec_context.name
        frames = list(container.decode(audio=track))
        parts = [frame.to_ndarray()[0, :: 1 if frame.format.is_planar else frame.layout.nb_channels] for frame in frames]
        return frames[0].pts * frames[0].time_base, np.concatenate(parts), codec
