"""Image sequences: which file is which frame, and its pixels as Blender's Movie Clip shows them.

Measured with Blender 4.2, 4.5 and 5.0 (tests/footage):

- The number is the last group of digits in the name before the extension; index 0 is the opened file, the others
  are its number plus the index, with at least as many digits. A name without digits is the same picture at every frame.
- `frame_duration` counts the files from the opened one up to the first gap, but the pictures after the gap are shown all the same.
- The EXIF orientation is ignored, in JPEG, TIFF and PNG. An OpenEXR picture is its data window, whatever the display window.
- Grey becomes equal red, green and blue. Alpha multiplies the colours, in linear light; OpenEXR's are multiplied already, and those of a
  TIFF are where it says so, or as the document says (`SourceAlpha`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import OpenImageIO

from ..shot import Footage, MattewrightError
from ..shot.view import USUAL_VIEW
from .alpha import Held, held, shown, straight
from .identity import combined, content_digest
from .picture import MissingPictureError, Picture, Pixels
from .reader import Reader
from .tiff import says_premultiplied

_LINEAR_FORMATS = {"openexr", "hdr"}
_MOVIE_FORMATS = {"ffmpeg", "gif", "null"}
_LAST_DIGITS = re.compile(r"(.*?)(\d+)(\D*)", re.DOTALL)


@dataclass(frozen=True)
class Numbering:
    """How a sequence's files are called."""

    folder: Path
    head: str
    number: int
    digits: int
    tail: str

    @classmethod
    def of(cls, path: Path) -> Numbering | None:
        """From the opened file's path; None where its name has no digits."""
        found = _LAST_DIGITS.fullmatch(path.stem)
        if not found:
            return None
        head, digits, rest = found.groups()
        return cls(path.parent, head, int(digits), len(digits), rest + path.suffix)

    def file(self, index: int) -> Path:
        return self.folder / f"{self.head}{max(0, self.number + index):0{self.digits}d}{self.tail}"


def file_at(path: Path, index: int) -> Path:
    """The file of media index `index`, when `path` was opened; it may not be there."""
    numbering = Numbering.of(path)
    return numbering.file(index) if numbering else path


def counted_files(path: Path) -> int:
    """Blender's frame_duration: the files from `path` on without a gap."""
    numbering = Numbering.of(path)
    if numbering is None:
        return 1
    count = 0
    while numbering.file(count).exists():
        count += 1
    return count


class SequenceReader(Reader):
    """An image sequence. Holds no file open and no picture."""

    def __init__(self, footage: Footage, path: Path) -> None:
        super().__init__(footage, path)
        width, height, linear, own = _image(path)
        self._check_size(width, height, path)
        self._held = held(footage.alpha, own)
        view, usual = footage.view, "premultiplied" if linear else "straight"
        self._said = [f"view {view.exposure:g} {view.transfer}"] if linear and view != USUAL_VIEW else []
        """How the pictures are seen, where that is not as usual; part of what they are."""
        self._said += [f"alpha {self._held}"] if self._held != usual else []

    def picture(self, frame: int) -> Picture:
        path = self._file(frame)
        pixels, alpha, encoding = read_stored(path)
        self._check_size(pixels.shape[1], pixels.shape[0], path)
        return Picture(frame, shown(pixels, alpha, self._held, encoding == "linear"), encoding, self.footage.view)

    def straight(self, frame: int) -> tuple[Picture, npt.NDArray[np.float32] | None]:
        path = self._file(frame)
        pixels, alpha, encoding = read_stored(path)
        self._check_size(pixels.shape[1], pixels.shape[0], path)
        pixels, share = straight(pixels, alpha, self._held)
        return Picture(frame, pixels, encoding, self.footage.view), share

    def identity(self, frame: int) -> str:
        path = self._file(frame)
        try:
            return combined("image", content_digest(path), *self._said)
        except OSError as error:
            raise MattewrightError(f"{path}: can't be read: {error.strerror}") from None

    def has_picture(self, frame: int) -> bool:
        return self.footage.has_frame(frame) and file_at(self.path, self.footage.media_index(frame)).is_file()

    def _file(self, frame: int) -> Path:
        if not self.footage.has_frame(frame):
            raise self._outside(frame)
        path = file_at(self.path, self.footage.media_index(frame))
        if not path.is_file():
            raise MissingPictureError(frame, f"{path}: no such file: the sequence has a gap at frame {frame}")
        return path


def image_size(path: Path) -> tuple[int, int]:
    """Width and height of an image file as Blender shows it. Raises MattewrightError for what is no image."""
    width, height, *_ = _image(path)
    return width, height


def _image(path: Path) -> tuple[int, int, bool, Held]:
    """Width, height, whether it is scene-linear, and what its format says of colours and alpha."""
    source = _opened(path)
    try:
        spec = source.spec()
        linear = source.format_name() in _LINEAR_FORMATS
        multiplied = linear or (source.format_name() == "tiff" and says_premultiplied(path))
        return spec.width, spec.height, linear, "premultiplied" if multiplied else "straight"
    finally:
        source.close()


def read_stored(path: Path) -> tuple[Pixels, npt.NDArray[Any] | None, Literal["display", "linear"]]:
    """The pixels of an image file, (height, width, 3), its alpha, (height, width) of the same type or None, both as the file has them, and
    their encoding.

    8 bits and less become uint8, 10 to 16 uint16 full scale, anything else float32. Raises MattewrightError for a file that is no image, is
    cut short or damaged.
    """
    source = _opened(path)
    try:
        spec = source.spec()
        if spec.depth > 1:
            raise MattewrightError(f"{path}: a volume, not a picture")
        colours, alpha_at = chosen_channels(spec.channelnames, spec.alpha_channel)
        kind = {"uint8": "uint8", "uint16": "uint16"}.get(str(spec.format), "float")
        wanted = [*colours] if alpha_at is None else [*colours, alpha_at]
        first, last = min(wanted), max(wanted) + 1
        # OpenImageIO pads a file that is cut short with black and says so only on request.
        values = source.read_image(0, 0, first, last, kind)
        problem = source.geterror()
        if values is None or problem:
            raise MattewrightError(f"{path}: the picture can't be decoded: {_one_line(problem)}")
        linear = source.format_name() in _LINEAR_FORMATS
    finally:
        source.close()
    chosen = [channel - first for channel in colours]
    # Mostly the file has just these: picking them out would take as long as decoding did.
    pixels: Pixels = np.ascontiguousarray(values if chosen == [*range(values.shape[-1])] else values[..., chosen])
    if pixels.dtype.kind == "f":
        pixels = pixels.astype(np.float32, copy=False)
    alpha: npt.NDArray[Any] | None = None if alpha_at is None else np.ascontiguousarray(values[..., alpha_at - first])
    return pixels, alpha, "linear" if linear else "display"


def chosen_channels(names: Sequence[str], alpha: int) -> tuple[tuple[int, int, int], int | None]:
    """The indices of red, green and blue among a file's channels, and of alpha.

    A picture without a layer's name wins over one that has it, Blender's "Combined" pass over others, then the first with
    all three colours; without any, the first channel is taken for grey.
    """
    layers: dict[str, dict[str, int]] = {}
    for index, name in enumerate(names):
        layer, _, channel = name.rpartition(".")
        layers.setdefault(layer, {}).setdefault(channel.casefold(), index)
    short = {"red": "r", "green": "g", "blue": "b", "alpha": "a"}
    layers = {layer: {short.get(channel, channel): index for channel, index in channels.items()} for layer, channels in layers.items()}
    coloured = [layer for layer, channels in layers.items() if {"r", "g", "b"} <= channels.keys()]
    for layer in sorted(coloured, key=lambda layer: (layer != "", not layer.endswith("Combined"))):
        found = layers[layer]
        return (found["r"], found["g"], found["b"]), found.get("a")
    grey = next((index for index in range(len(names)) if index != alpha), 0)
    return (grey, grey, grey), alpha if alpha >= 0 and alpha != grey else None


def _opened(path: Path) -> OpenImageIO.ImageInput:
    wishes = OpenImageIO.ImageSpec()
    # Otherwise straight colours are multiplied on reading, in the file's encoding; Blender does it in linear light.
    wishes.attribute("oiio:UnassociatedAlpha", 1)
    source = OpenImageIO.ImageInput.open(str(path), wishes)
    if source is None:
        raise MattewrightError(f"{path}: not an image that can be read: {_one_line(OpenImageIO.geterror())}")
    return source


def _one_line(problem: str) -> str:
    lines = [line.strip() for line in problem.splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else "no reason given"
