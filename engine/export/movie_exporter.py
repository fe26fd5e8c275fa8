"""What all exporters of movies share: their options, how the movie's frames come about, and reading it back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ..footage import MissingPictureError
from ..footage.identity import content_digest
from ..footage.view import srgb_decoded, srgb_encoded
from ..shot import MattewrightError
from ..shot.operations import Parameter
from .context import Context, Coverage
from .format import File, FormatDeclaration
from .movie_source import MovieSource, movie_source, sequence_rate
from .movie_writer import Drawn, Encoding, Made, write_movie
from .pixels import display_pixels

TIMING = Parameter(
    "timing",
    "choice",
    "source",
    "The times of a movie's pictures, of a variable rate too; or one picture a scene frame at the constant rate at which Blender shows it",
    choices=("source", "constant"),
)
RATE = Parameter(
    "rate",
    "float",
    0.0,
    "Frames a second of an image sequence, as 25 or 23.976; 0 is the shot's own; a movie keeps its own",
    low=0,
    high=1000,
)
AUDIO = Parameter("audio", "bool", True, "The footage's sound goes with it")
SHARED = (TIMING, RATE, AUDIO)

Display = npt.NDArray[np.float32]
"""(height, width, 3) R'G'B' as displayed, 0 to 1."""


class MovieExporter(ABC):
    """One or several movies of an output."""

    declaration: ClassVar[FormatDeclaration]
    version: ClassVar[int] = 2

    def __init__(self, context: Context) -> None:
        self.context = context
        self.has_sound = context.switch("audio")
        if context.shot.footage.kind == "sequence":
            self.rate()

    @abstractmethod
    def encoding(self, file: File) -> Encoding:
        """How `file` is encoded."""

    @abstractmethod
    def draw(self, file: File, frame: int) -> Made:
        """`file`'s picture at a scene frame. Any thread may ask."""

    def size(self) -> tuple[int, int]:
        """(height, width) of what `draw` draws."""
        return self.context.size

    def files(self) -> Sequence[File]:
        return [self.told(file) for file in self.context.planned()]

    def told(self, file: File, *also: str, pictures: bool = True, foregrounds: bool = False) -> File:
        """`file` with all that it hangs on: the movie's times, tags and sound are the footage's."""
        context = self.context
        footage = context.shot.footage
        said = [str(footage.media_index(frame)) for frame in (context.frames.first, context.frames.last)]
        if footage.kind == "movie":
            try:
                said += [content_digest(context.footage), str(context.rate)]
            except OSError as error:
                raise MattewrightError(f"{context.footage}: can't be read: {error.strerror}") from None
        else:
            said.append(str(self.rate()))
        return File(file.path, file.frames, file.objects, (*said, *also), pictures, foregrounds, file.bytes)

    def write(self, file: File, path: Path) -> None:
        write_movie(
            self.context,
            path,
            self.source(),
            self.encoding(file),
            self.size(),
            lambda frame: self.draw(file, frame),
            file.frames,
            self.has_sound,
        )

    def rate(self) -> Fraction:
        """Of an image sequence's movie. Raises MattewrightError where nothing says it."""
        return sequence_rate(self.context.shot.footage, self.context.number("rate"))

    def source(self) -> MovieSource:
        return movie_source(self.context, self.context.word("timing"), self.context.number("rate"))

    def verify(self, file: File, path: Path) -> None:
        from .movie_reading import check_movie

        encoding = self.encoding(file)
        check_movie(path, encoding.size(*self.size()), self.source(), has_alpha=encoding.has_alpha)

    # --- what pictures are drawn of

    def pixels(self, frame: int, deep: bool) -> Drawn:
        """The footage's picture, (height, width, 3), in 8 or (`deep`) 16 bits; black where there is none and `incomplete`."""
        try:
            return display_pixels(self.context.picture(frame), deep)
        except MissingPictureError:
            if not self.context.incomplete:
                raise
            return np.zeros((*self.context.size, 3), np.uint16 if deep else np.uint8)

    def display(self, frame: int) -> Display:
        """The same, 0 to 1."""
        deep = self.pixels(frame, True)
        return np.multiply(deep, np.float32(1 / 65535), dtype=np.float32)


def over(picture: Drawn, coverage: Coverage, behind: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """`picture` over `behind`, both (height, width, 3) uint8 as displayed, mixed in linear light as Blender's compositor does."""
    mixed = np.where((coverage > 0)[..., None], picture, behind)
    soft = (coverage > 0) & (coverage < 65535)
    share = coverage[soft].astype(np.float32)[:, None] / np.float32(65535)
    above, below = (srgb_decoded(pixels[soft].astype(np.float32) / np.float32(255)) for pixels in (picture, behind))
    mixed[soft] = np.rint(srgb_encoded(above * share + below * (1 - share)) * 255)
    return mixed.astype(np.uint8, copy=False)
