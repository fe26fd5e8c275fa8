"""What all exporters of movies share: their options, how the movie's frames come about, and reading it back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ..footage import MissingPictureError
from ..footage.identity import content_digest
from ..footage.picture import srgb_decoded, srgb_encoded
from ..shot import MattewrightError
from ..shot.operations import Parameter
from .context import Context, Coverage
from .format import File, FormatDeclaration
from .movie_source import MovieSource, movie_source, sequence_rate
from .movie_writer import Drawn, Encoding, write_movie

TIMING = Parameter(
    "timing",
    "choice",
    "source",
    "The times of a movie's pictures, of a variable rate too; or one picture a scene frame at the constant rate at which Blender shows it",
    choices=("source", "constant"),
)
RATE = Parameter("rate", "float", 0.0, "Frames a second of an image sequence, as 25 or 23.976; a movie keeps its own", low=0, high=1000)
AUDIO = Parameter("audio", "bool", True, "The footage's sound goes with it")
SHARED = (TIMING, RATE, AUDIO)

Display = npt.NDArray[np.float32]
"""(height, width, 3) R'G'B' as displayed, 0 to 1."""


class MovieExporter(ABC):
    """One or several movies of an output."""

    declaration: ClassVar[FormatDeclaration]
    version: ClassVar[int] = 1

    def __init__(self, context: Context) -> None:
        self.context = context
        self.has_sound = context.switch("audio")
        if context.shot.footage.kind == "sequence":
            sequence_rate(context.number("rate"))

    @abstractmethod
    def encoding(self, file: File) -> Encoding:
        """How `file` is encoded."""

    @abstractmethod
    def draw(self, file: File, frame: int) -> Drawn:
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

    def source(self) -> MovieSource:
        return movie_source(self.context, self.context.word("timing"), self.context.number("rate"))

    def verify(self, file: File, path: Path) -> None:
        from .movie_reading import check_movie

        encoding = self.encoding(file)
        check_movie(path, encoding.size(*self.size()), self.source(), has_alpha=encoding.has_alpha)

    # --- what pictures are drawn of

    def picture(self, frame: int) -> Display:
        """The footage's picture; black where it has none and that is allowed (`incomplete`)."""
        try:
            return self.context.display(frame)
        except MissingPictureError:
            if not self.context.incomplete:
                raise
            return np.zeros((*self.context.size, 3), np.float32)

    def colors(self, name: str, frame: int) -> Display:
        """The object's own colour."""
        found = self.context.foreground(name, frame)
        if found is None:
            if self.context.incomplete:
                return self.picture(frame)
            raise MattewrightError(
                f"'{name}' has no foreground on frame {frame}: turn it on in its matte and run, or take the picture's colors"
            )
        return srgb_encoded(np.clip(found.astype(np.float32), 0, 1))

    def together(self, names: Sequence[str], frame: int) -> Coverage:
        """What any of the objects covers."""
        whole: Coverage = np.zeros(self.context.size, np.uint16)
        for name in names:
            np.maximum(whole, self.context.coverage(name, frame), out=whole)
        return whole


def over(picture: Display, coverage: Coverage, behind: Display) -> npt.NDArray[np.uint8]:
    """`picture` over `behind`, mixed in linear light as Blender's compositor does; (height, width, 3) display R'G'B'."""
    clear, soft = coverage == 0, (coverage > 0) & (coverage < 65535)
    mixed = picture.copy()
    mixed[clear] = behind[clear]
    share = coverage[soft].astype(np.float32)[:, None] / np.float32(65535)
    mixed[soft] = srgb_encoded(srgb_decoded(picture[soft]) * share + srgb_decoded(behind[soft]) * (1 - share))
    return np.rint(mixed * 255).astype(np.uint8)


def sixteen_bits(display: Display) -> npt.NDArray[np.uint16]:
    """0 to 1 as 0 to 65535."""
    return np.rint(display * np.float32(65535)).astype(np.uint16)
