"""The classes of a clip's pixels (`classify`) as pictures and as a movie: what the network says, without any object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np

from ...footage import MissingPictureError
from ...footage.movie import MovieReader
from ...footage.shrunk import Planes
from ...networks import NetworkCard, find_card
from ...shot import MattewrightError
from ...shot.errors import UnlessError
from ...shot.operations import Parameter
from ...shot.outputs import FormatDeclaration
from ...spans import listed
from ...store import pictures
from ...store.labels import Labels, read_class_labels
from .. import png
from ..context import Context
from ..format import Exporter, File
from ..label_planes import SAME, Colors, colors_of, labelled, own_planes, planes_of
from ..movie_source import MovieSource
from ..movie_writer import Encoding, Made
from ..reading import check_picture
from .previews import Labels as LabelVideo

HOLDS = Parameter(
    "holds",
    "choice",
    "index",
    "Each pixel's class as a number, its place in the network's list, or in its color",
    choices=("index", "color"),
)


class ClassLabels:
    """The shot's labels in the store."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.card: NetworkCard = find_card(context.shot.classes.network, "classes")
        self.colors = np.zeros((256, 3), np.uint8)
        """RGB as displayed, by class; the background is black."""
        self.colors[: len(self.card.classes)] = [item.color for item in self.card.classes]
        if self.card.background is not None:
            self.colors[self.card.background] = 0

    def path(self, frame: int) -> Path:
        return self._context.opened.store.layout.labels(self.card.name, self._context.shot.name, frame)

    def key(self, frame: int) -> str:
        """What a frame's labels were made from; empty where there are none."""
        return pictures.read_key(self.path(frame)) or ""

    def there(self, frames: Sequence[int]) -> dict[int, str]:
        """By frame, the keys of those that there are. Raises MattewrightError where some are missing and that is not what was asked for."""
        found = {frame: key for frame in frames if (key := self.key(frame))}
        missing = [frame for frame in frames if frame not in found]
        if missing and not self._context.incomplete:
            raise UnlessError(
                f"there are no labels by '{self.card.name}' on {listed(missing)}: run classify first, or export what there is", "incomplete"
            )
        return found

    def read(self, frame: int) -> Labels:
        """(height, width); the background where there are none. Raises MattewrightError."""
        if not self.path(frame).is_file() and self._context.incomplete:
            return np.full(self._context.size, self.card.background or 0, np.uint8)
        found = read_class_labels(self.path(frame))
        if found.shape != self._context.size:
            raise MattewrightError(f"{self.path(frame)}: {found.shape[1]} x {found.shape[0]} pixels, not the footage's: run classify again")
        return found

    @property
    def said(self) -> tuple[str, ...]:
        """What the colours hang on."""
        return (self.card.name, *(f"{item.name} {item.color}" for item in self.card.classes))


class ClassPngs:
    """A picture a frame."""

    version: ClassVar[int] = 1
    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "class_png",
        "PNG Classes",
        "The class of things that each pixel shows, as classify finds it, in grey or colored pictures",
        "Masks",
        "frame",
        ".png",
        "{output}/{shot}_{frame}",
        "Non-color data: a pixel's value is its class's place in the network's list, from 0 on; in color, the list's colors as displayed",
        (HOLDS,),
        bytes_per_pixel=0.05,
        needs_objects=False,
    )

    def __init__(self, context: Context) -> None:
        self._context, self._labels = context, ClassLabels(context)

    def files(self) -> Sequence[File]:
        keys = self._labels.there(tuple(self._context.frames))
        planned = [file for file in self._context.planned() if file.frames[0] in keys]
        return [replace(file, objects=(), also=(keys[file.frames[0]], *self._labels.said)) for file in planned]

    def write(self, file: File, path: Path) -> None:
        found = self._labels.read(file.frames[0])
        shown = found[..., None] if self._context.word("holds") == "index" else self._labels.colors[found]
        path.write_bytes(png.encode(shown))

    def verify(self, file: File, path: Path) -> None:
        check_picture(path, self._context.size, 1 if self._context.word("holds") == "index" else 3)


class ClassVideo(LabelVideo):
    """Every class in its colour."""

    version: ClassVar[int] = 3
    declaration: ClassVar[FormatDeclaration] = replace(
        LabelVideo.declaration,
        name="class_video",
        label="Class Video",
        description="Every class of things in its color over or beside the picture: MP4, 8 bits",
        convention="No alpha: classes in the colors of the network's list, nothing where it is the background; limited range",
        needs_objects=False,
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._classes = ClassLabels(context)

    def files(self) -> Sequence[File]:
        keys = self._classes.there(tuple(self.context.frames))
        return [
            replace(self.told(file, *keys.values(), *self._classes.said, pictures=self._layout != "alone"), objects=())
            for file in self.context.planned()
        ]

    def encoding(self, file: File) -> Encoding:
        usual = super().encoding(file)
        return replace(usual, options={**usual.options, "preset": "superfast"})

    def source(self) -> MovieSource:
        return self._source

    @cached_property
    def _source(self) -> MovieSource:
        """With the matrix by which the footage is read, where its own planes are written."""
        usual, own = super().source(), self._own_planes(self.context.frames.first)
        return usual if own is None else replace(usual, matrix=SAME[own.matrix])

    @cached_property
    def _colors(self) -> Colors:
        return colors_of(self._classes.colors, self._classes.card.background, self._source.matrix)

    def draw(self, file: File, frame: int) -> Made:
        picture = None if self._layout == "alone" else self._own_planes(frame)
        if picture is None and self._layout != "alone":
            picture = planes_of(np.asarray(self.pixels(frame, False), np.uint8), self._source.matrix)
        return labelled(self._classes.read(frame), self._colors, picture, self._layout, self.context.number("opacity"))

    def _own_planes(self, frame: int) -> Planes | None:
        """A movie's own, where they need not be turned; None where there are none."""
        reader = self.context.opened.reader
        if not isinstance(reader, MovieReader) or reader.quarter_turns:
            return None
        try:
            return own_planes(reader.decoded(frame))
        except MissingPictureError:
            return None


EXPORTERS: tuple[type[Exporter], ...] = (ClassPngs, ClassVideo)
