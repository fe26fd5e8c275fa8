"""What formats for photogrammetry and splatting share: names after the photographs, one mask of all objects, which way up it is.

Every exporter of `formats/captures.py` names its files after the file that a frame's picture is in, whatever Blender's frame number is;
a movie's frames are named ``<movie>_####`` by Blender's frame. A frame that the sequence has no file for is passed over: photographs are
sorted out, and numbers are missed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..footage import display_rgb8
from ..refine.morphology import dilated
from ..shot import MattewrightError
from ..shot.layout import frame_digits
from ..shot.operations import Parameter
from .context import Context, Coverage
from .exif import block_of, minimal, orientation_of, turned, turned_size, with_block
from .format import File
from .pixels import eight_bits
from .profile import profile_of

GROW = Parameter("grow", "int", 0, "How far objects are grown, or shrunk below 0, before they are inverted", -512, 512, "px")
LEVEL = Parameter("level", "float", 0.5, "The coverage from which a pixel is inside the mask, which has no shades", 0.001, 1.0)
ORIENTATION = Parameter(
    "orientation",
    "choice",
    "stored",
    "Stored: pixels as the photograph's file has them. Tagged: the same, with the photograph's EXIF orientation said in the file."
    " Upright: turned as that orientation says",
    choices=("stored", "tagged", "upright"),
)
IMAGES = Parameter(
    "images",
    "choice",
    "auto",
    "Whether pictures are written beside the masks. Auto: for movies, and for photographs that are to be turned",
    choices=("auto", "always", "never"),
)


@dataclass(frozen=True)
class Shown:
    """One picture of the capture."""

    frame: int
    name: str
    """Of the picture's file, with its ending."""
    stem: str
    """The same without."""


class Capture:
    """One output's pictures and masks."""

    def __init__(self, context: Context) -> None:
        self.context = context
        said = {parameter.name for parameter in context.declaration.parameters}
        self._grow = context.integer("grow") if "grow" in said else 0
        self._level = context.number("level") if "level" in said else 0.5
        self._orientation = context.word("orientation") if "orientation" in said else "stored"
        self._images = context.word("images") if "images" in said else "never"
        self.movie = context.shot.footage.kind == "movie"
        self._orientation_of = lru_cache(maxsize=None)(orientation_of)

    @property
    def objects(self) -> tuple[str, ...]:
        return tuple(item.name for item in self.context.objects)

    @property
    def writes_images(self) -> bool:
        """Whether the masks' pictures are written too."""
        if self._images == "auto":
            return self.movie or self._orientation == "upright"
        return self._images == "always"

    def shown(self) -> list[Shown]:
        """The pictures in the output's frames, each file once."""
        found: dict[str, Shown] = {}
        for frame in self.context.frames:
            source = self.context.source(frame)
            if self.movie:
                stem = f"{source.stem}_{frame_digits(frame)}"
                found[stem] = Shown(frame, f"{stem}.png", stem)
            elif self.context.opened.reader.has_picture(frame):
                found.setdefault(source.name, Shown(frame, source.name, source.stem))
        return list(found.values())

    def named(self, shown: Shown) -> str:
        """What the picture is called for the tool: by its own file's name, unless it is written anew."""
        return f"{shown.stem}.png" if self.writes_images else shown.name

    def mask(self, path: str, shown: Shown) -> File:
        return File(path, (shown.frame,), self.objects, self._also("mask", shown), pictures=False)

    def image(self, path: str, shown: Shown) -> File:
        """The picture alone."""
        file = File(path, (shown.frame,), (), self._also("image", shown), pictures=True, bytes=self._size(3))
        return self._beside(file)

    def cutout(self, path: str, shown: Shown, look: str = "alpha") -> File:
        """The picture and the mask in one; `look` is ``alpha``, or the colour that it lies over."""
        file = File(path, (shown.frame,), self.objects, (*self._also("cutout", shown), look), pictures=True, bytes=self._size(4))
        return self._beside(file)

    def orientation(self, frame: int) -> int:
        """What the photograph's EXIF says; movies were turned on reading."""
        return 1 if self.movie else self._orientation_of(self.context.source(frame))

    def size(self, file: File) -> tuple[int, int]:
        """(height, width) of the file's picture."""
        size = self.context.size
        return turned_size(size, self.orientation(file.frames[0])) if self._orientation == "upright" else size

    # --- pixels

    def coverage(self, file: File) -> Coverage:
        """All objects as one, (height, width) uint16, grown and inverted as the output says; not turned."""
        merged = self.context.together(file.objects, file.frames[0])
        if self._grow:
            share = self._grown(np.multiply(merged, np.float32(1 / 65535), dtype=np.float32))
            merged = np.rint(np.multiply(share, np.float32(65535), out=share)).astype(np.uint16)
        return 65535 - merged if self.context.inverts else merged

    def inside(self, file: File) -> npt.NDArray[np.uint8]:
        """The same without shades, 255 or 0."""
        inside = self.context.together(file.objects, file.frames[0]) >= math.ceil(self._level * 65535 - 1e-6)
        if self._grow:
            inside = self._grown(inside.astype(np.float32)) > 0.5
        return np.multiply(~inside if self.context.inverts else inside, 255, dtype=np.uint8)

    def _grown(self, share: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        if not self.context.shot.footage.wraps:
            return dilated(share, self._grow)
        width, margin = share.shape[1], min(abs(self._grow), share.shape[1])
        padded = np.concatenate([share[:, width - margin :], share, share[:, :margin]], axis=1)
        return np.ascontiguousarray(dilated(padded, self._grow)[:, margin : margin + width])

    def picture(self, frame: int) -> npt.NDArray[np.uint8]:
        """(height, width, 3) uint8 RGB as displayed."""
        return display_rgb8(self.context.picture(frame))

    # --- files

    def write_mask(self, file: File, path: Path) -> None:
        """Grey PNG of 8 bits."""
        from ..store import png

        orientation = self.orientation(file.frames[0])
        inside = self.inside(file)
        encoded = png.encode(turned(inside, orientation) if self._orientation == "upright" else inside, {})
        block = minimal(orientation) if self._orientation == "tagged" and orientation != 1 else b""
        _write(path, with_block(encoded, block) if block else [encoded])

    def write_image(self, file: File, path: Path) -> None:
        """PNG of 8 bits, R'G'B' as displayed."""
        self._write_color(file.frames[0], self.picture(file.frames[0]), path)

    def write_cutout(self, file: File, path: Path, soft: bool) -> None:
        """PNG of 8 bits: the picture's own colours everywhere, not multiplied by alpha, and alpha; or the picture over a colour."""
        frame, look = file.frames[0], file.also[-1]
        picture, own = self.context.straight(frame)
        alpha = eight_bits(self.coverage(file)) if soft else self.inside(file)
        if own is not None:
            alpha = np.rint(alpha * own).astype(np.uint8)
        color = display_rgb8(picture)
        if look == "alpha":
            self._write_color(frame, np.dstack([color, alpha]), path)
            return
        behind = 0 if look == "black" else 255
        over = np.empty_like(color)
        for channel in range(3):  # one by one, and in 16 bits: photographs are large
            front = color[..., channel].astype(np.uint16) * alpha
            front += (255 - alpha) * np.uint16(behind)
            over[..., channel] = (front + np.uint16(127)) // np.uint16(255)
        self._write_color(frame, over, path)

    def _write_color(self, frame: int, pixels: npt.NDArray[np.uint8], path: Path) -> None:
        """`pixels` are (height, width, 3 or 4), RGB and alpha."""
        from .png import encode

        orientation = self.orientation(frame)
        shown: npt.NDArray[Any] = turned(pixels, orientation) if self._orientation == "upright" else pixels
        encoded = encode(shown, profile_of(self.context.source(frame)))
        said = orientation if self._orientation == "tagged" else 1
        block = b"" if self.movie else block_of(self.context.source(frame), said)
        _write(path, with_block(encoded, block) if block else [encoded])

    def _also(self, kind: str, shown: Shown) -> tuple[str, ...]:
        wraps = ("wraps",) if self.context.shot.footage.wraps else ()
        return kind, f"orientation {self.orientation(shown.frame)}", *wraps

    def _size(self, channels: int) -> int:
        height, width = self.context.size
        return round(height * width * channels * 0.6)

    def _beside(self, file: File) -> File:
        """`file`, when it is none of the footage's own."""
        place = self.context.folder / file.path
        source = self.context.source(file.frames[0])
        if place == source or (place.is_file() and source.is_file() and place.samefile(source)):
            raise MattewrightError(f"{place}: is the footage itself, which stays as it is: choose another folder")
        return file


def _write(path: Path, parts: Sequence[bytes | memoryview]) -> None:
    with path.open("wb") as stream:
        for part in parts:
            stream.write(part)
