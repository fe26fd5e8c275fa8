"""Clips for tests: every picture carries its number, as blocks that a program reads and as digits that a person reads.

``drawn`` makes a picture, ``read_code`` gets the number back out of one, ``write_movie`` and ``write_sequence`` make footage of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import OpenImageIO

BITS = 12
BLOCK = 20
"""Pixels. Bigger than any codec's transform block, so that compression cannot turn black to white."""
TOP = 10
LEFT = 30


@lru_cache(maxsize=100)
def drawn(number: int, width: int = 320, height: int = 180) -> np.ndarray:
    """Picture `number`, (height, width, 3) uint8 RGB: moving colour ramps, saturated patches, the code and the digits."""
    y, x = np.mgrid[0:height, 0:width]
    shift = number * 5
    picture = np.stack(
        [
            128 + 90 * np.sin((x + shift) / 23.0),
            128 + 90 * np.sin((y - shift) / 17.0 + 1),
            128 + 90 * np.sin((x + y + shift) / 31.0 + 2),
        ],
        axis=-1,
    )
    picture = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    colors = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255), (0, 0, 0), (255, 255, 255)]
    for index, color in enumerate(colors):
        left = LEFT + index * 30
        picture[height - 40 : height - 15, left : left + 30] = color
    cv2.putText(picture, f"{number:04d}", (width // 2 - 60, height // 2 + 20), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (255, 255, 255), 3)
    picture[TOP - 5 : TOP + BLOCK + 5, LEFT - 5 : LEFT + BITS * BLOCK + 5] = 128
    for bit in range(BITS):
        left = LEFT + bit * BLOCK
        picture[TOP : TOP + BLOCK, left : left + BLOCK] = 255 if number >> bit & 1 else 0
    return picture


def read_code(picture: np.ndarray) -> int:
    """The number that `drawn` put into a picture (any dtype and scale). Raises ValueError where there is no code to be read."""
    full = {"u": np.iinfo(picture.dtype).max if picture.dtype.kind == "u" else 1, "f": 1.0}[picture.dtype.kind]
    number = 0
    for bit in range(BITS):
        left = LEFT + bit * BLOCK
        block = picture[TOP + 4 : TOP + BLOCK - 4, left + 4 : left + BLOCK - 4, :3].astype(np.float64) / full
        if not (block.max() < 0.35 or block.min() > 0.65):
            raise ValueError(f"bit {bit} is neither black nor white: {block.min():.2f} to {block.max():.2f}")
        number |= int(block.mean() > 0.5) << bit
    return number


def write_movie(
    path: Path,
    count: int,
    *,
    codec: str = "libx264",
    rate: Fraction | int = 24,
    size: tuple[int, int] = (320, 180),
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    pts: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    rotation: float = 0,
    colorspace: int | None = None,
    color_range: int | None = None,
    alpha: bool = False,
) -> Path:
    """A movie of `count` pictures, numbered from 0.

    `pts` (in `time_base`) are the times of the pictures, by default evenly spaced at `rate`. `rotation` is the display matrix's, in
    degrees counter-clockwise. `alpha` adds a ramp of opacity; `pix_fmt` must have room for it.
    `colorspace` and `color_range` are ffmpeg's numbers, written as tags and used for encoding.
    """
    if codec == "libx264":
        options = {"preset": "veryfast", "crf": "10", "threads": "1", **(options or {})}
    if codec == "libx265":
        options = {"preset": "ultrafast", "crf": "8", **(options or {})}
        options["x265-params"] = ":".join(filter(None, [options.get("x265-params", ""), "log-level=none:pools=1"]))
    with av.open(str(path), "w", container_options=container_options or {}) as container:
        stream: Any = container.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = pix_fmt
        if time_base is not None:
            stream.codec_context.time_base = time_base
        if colorspace is not None:
            stream.codec_context.colorspace = colorspace
        if color_range is not None:
            stream.codec_context.color_range = color_range
        if rotation:
            stream.set_display_rotation(rotation)
        for index in range(count):
            picture = with_ramp(drawn(index, *size)) if alpha else drawn(index, *size)
            frame = av.VideoFrame.from_ndarray(picture, format="rgba" if alpha else "rgb24").reformat(
                format=pix_fmt,
                dst_colorspace={1: "ITU709", 9: "BT2020"}.get(colorspace or 0, "ITU601"),
                dst_color_range=color_range or 1,
                interpolation="BICUBIC",
            )
            frame.pts = pts[index] if pts is not None else index
            frame.time_base = time_base if time_base is not None else 1 / Fraction(rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def remuxed(source: Path, target: Path, shift: float) -> Path:
    """The same packets, `shift` seconds earlier: what then lies before 0 is hidden by an edit list."""
    with av.open(str(source)) as old, av.open(str(target), "w", container_options={"avoid_negative_ts": "disabled"}) as new:
        stream: Any = old.streams.video[0]
        copy = new.add_stream_from_template(stream)
        for packet in old.demux(stream):
            if packet.dts is not None:
                ticks = round(shift / stream.time_base)
                packet.pts, packet.dts = packet.pts - ticks, packet.dts - ticks
                packet.stream = copy
                new.mux(packet)
    return target


def with_lying_index(source: Path, target: Path, late: int = 3) -> Path:
    """An MP4 whose table of key pictures points `late` pictures behind each of them, but for the first."""
    content = bytearray(source.read_bytes())
    table = content.index(b"stss")
    for entry in range(1, int.from_bytes(content[table + 8 : table + 12], "big")):
        at = table + 12 + 4 * entry
        content[at : at + 4] = (int.from_bytes(content[at : at + 4], "big") + late).to_bytes(4, "big")
    target.write_bytes(content)
    return target


def with_ramp(picture: np.ndarray) -> np.ndarray:
    """The picture as RGBA, clear at the left edge, opaque at the right one."""
    height, width, _ = picture.shape
    return np.dstack([picture, np.tile(np.linspace(0, 255, width).astype(picture.dtype), (height, 1))])


def write_image(path: Path, pixels: np.ndarray, attributes: dict[str, Any] | None = None, pixel_format: Any = None) -> Path:
    """`pixels` (height, width, channels) as whatever image format the name's extension says."""
    height, width, channels = pixels.shape
    spec = OpenImageIO.ImageSpec(
        width, height, channels, pixel_format or {"uint8": "uint8", "uint16": "uint16", "float32": "float"}[pixels.dtype.name]
    )
    for name, value in (attributes or {}).items():
        spec.attribute(name, value)
    output = OpenImageIO.ImageOutput.create(str(path))
    if output is None or not output.open(str(path), spec) or not output.write_image(np.ascontiguousarray(pixels)):
        raise OSError(f"{path}: {OpenImageIO.geterror() if output is None else output.geterror()}")
    output.close()
    return path


def as_dtype(picture: np.ndarray, dtype: str) -> np.ndarray:
    """An 8-bit picture in another encoding: uint16 full scale, or float, scene-linear."""
    if dtype == "uint16":
        return picture.astype(np.uint16) * 257
    if dtype == "float32":
        value = picture.astype(np.float32) / 255
        return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)
    return picture


def write_sequence(
    folder: Path,
    numbers: Sequence[int],
    *,
    extension: str = ".png",
    dtype: str = "uint8",
    name: str = "shot_{:04d}",
    size: tuple[int, int] = (320, 180),
    attributes: dict[str, Any] | None = None,
) -> Path:
    """An image sequence of files `numbers`, each picture showing its file's number; gives the first file."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / (name.format(number) + extension) for number in numbers]
    for number, path in zip(numbers, paths, strict=True):
        write_image(path, as_dtype(drawn(number, *size), dtype), attributes)
    return paths[0]
