"""What an exporter works with: the output, and the shot's masks, alphas, colours and pictures. Any thread may ask."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from .. import interrupt
from ..footage import Picture, display_rgb
from ..footage.movie import MovieReader
from ..footage.sequence import file_at
from ..refine import Box, Region
from ..refine.chain import live
from ..refine.op import color, integer, number, switch, word
from ..shot import Color, FrameRange, MattewrightError, Shot, ShotObject
from ..shot.operations import Parameter
from ..shot.outputs import FormatDeclaration, Output, file_name
from .format import File

if TYPE_CHECKING:
    from ..jobs.masks import MaskSources
    from ..jobs.opened import OpenShot

Coverage = npt.NDArray[np.uint16]
"""(height, width): how much of the pixel is the object, 65535 is all."""
T = TypeVar("T")
U = TypeVar("U")
MERGE = Parameter("merge", "bool", False, "One file of all the output's objects together, as if they were one, instead of a file each")
INVERT = Parameter("invert", "bool", False, "Swap inside and outside: what is left are the surroundings, to remove people or a tripod")
HANDS = (os.cpu_count() or 1) + 1
MEMORY = 1536 << 20
PIXEL_BYTES = 28
"""What a frame in hand takes about a pixel: the picture, the alpha, what becomes of both, and that packed."""


class Context:
    """One output of one open shot."""

    def __init__(
        self,
        opened: OpenShot,
        output: Output,
        declaration: FormatDeclaration,
        tick: Callable[[int], None] = lambda frame: None,
        incomplete: bool = False,
    ) -> None:
        """`tick` is told of each frame of a file of many; `incomplete` says that what is missing is taken for nothing."""
        self.opened, self.output, self.declaration = opened, output, declaration
        self.shot: Shot = opened.shot
        chosen = {item.name for item in opened.objects(output.objects)}
        self.objects: tuple[ShotObject, ...] = tuple(item for item in opened.shot.objects if item.name in chosen)
        """In the document's order."""
        self.frames: FrameRange = opened.frames(output.first, output.last)
        self.folder = Path(os.path.normpath(opened.folder / output.folder))
        """Where the files go."""
        self.values = declaration.values(output.values)
        self.inverts = self.values.get("invert") is True
        """Whether the surroundings are exported instead of the objects."""
        self.incomplete = incomplete
        height, width = opened.size
        self.hands = max(1, min(HANDS, MEMORY // (height * width * PIXEL_BYTES)))
        """How many frames may be worked on at once."""
        self._tick = tick
        self._lock = threading.Lock()
        self._sources: MaskSources | None = None

    # --- the output

    def number(self, name: str) -> float:
        """The value of a ``float`` option."""
        return number(self.values, name)

    def integer(self, name: str) -> int:
        return integer(self.values, name)

    def switch(self, name: str) -> bool:
        return switch(self.values, name)

    def word(self, name: str) -> str:
        """The value of a ``choice``, ``object`` or ``mask`` option."""
        return word(self.values, name)

    def color(self, name: str) -> Color:
        """Red, green, blue as displayed, 0 to 1."""
        return color(self.values, name)

    def path(self, item: ShotObject | None, frame: int | None) -> str:
        """A file's path within the output's folder, by its pattern, with the format's ending."""
        said = {"shot": self.shot.name, "output": self.output.name}
        if item is not None:
            said["object"] = item.name
        elif len(self.objects) == 1:
            said["object"] = self.objects[0].name
        if self.shot.footage.kind == "movie" or frame is not None:
            said["source"] = self.source(frame if frame is not None else self.frames.first).stem
        pattern = self.output.pattern or self.declaration.pattern_of(self.values)
        try:
            return file_name(pattern, said, frame) + self.declaration.extension
        except KeyError as error:
            raise MattewrightError(
                f"output '{self.output.name}': its files hold more than one {error.args[0]}: take {{{error.args[0]}}} out of '{pattern}'"
            ) from None

    def planned(self) -> Sequence[File]:
        """The files that the declaration's spread asks for."""
        names = tuple(item.name for item in self.objects)
        whole = tuple(self.frames)
        spread = self.declaration.spread_of(self.values)
        if spread == "object_frame":
            return [File(self.path(item, frame), (frame,), (item.name,)) for frame in whole for item in self.objects]
        if spread == "frame":
            return [File(self.path(None, frame), (frame,), names) for frame in whole]
        if spread == "object":
            return [File(self.path(item, None), whole, (item.name,)) for item in self.objects]
        return [File(self.path(None, None), whole, names)]

    def tick(self, frame: int) -> None:
        """A frame of a file of many is in. Raises Interrupted where the job is to stop."""
        interrupt.check()
        self._tick(frame)

    def ahead(self, items: Iterable[T], function: Callable[[T], U]) -> Iterator[U]:
        """`function` of each of `items`, in their order, worked out on several threads a few ahead of what is taken."""
        with ThreadPoolExecutor(self.hands, "export-ahead") as pool:
            working: deque[Future[U]] = deque()
            try:
                for item in items:
                    interrupt.check()
                    if len(working) > self.hands:
                        yield working.popleft().result()
                    working.append(pool.submit(function, item))
                while working:
                    yield working.popleft().result()
            finally:
                for waiting in working:
                    waiting.cancel()

    # --- what is exported

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the picture, in pixels, as Blender shows it."""
        return self.opened.size

    def item(self, name: str) -> ShotObject:
        return self.shot.object(name)

    def stage(self, item: ShotObject) -> Literal["mask", "alpha"]:
        """Which of the object's stages is exported."""
        if self.output.content == "auto":
            return "alpha" if item.matte.enabled else "mask"
        return self.output.content

    def there(self, name: str, frame: int) -> bool:
        """Whether the object's mask, or alpha, is in the store."""
        return self.opened.store.layout.file(name, self.stage(self.item(name)), frame).is_file()

    def coverage(self, name: str, frame: int) -> Coverage:
        """The object's alpha, or its mask as one sees it, live steps and all. Raises MattewrightError where it isn't there."""
        item, store = self.item(name), self.opened.store
        stage = self.stage(item)
        if self.incomplete and not store.layout.file(name, stage, frame).is_file():
            return np.zeros(self.size, np.uint16)
        pixels: npt.NDArray[Any] = store.read_alpha(name, frame) if stage == "alpha" else store.read_mask(name, frame)
        if pixels.shape != self.size:
            path = store.layout.file(name, stage, frame)
            raise MattewrightError(f"{path}: {pixels.shape[1]} x {pixels.shape[0]} pixels, not the footage's: run again")
        if stage == "mask" and (steps := live(item.refine)):
            whole = Box.whole(self.size)
            matte = pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)
            seen = self.sources.chain(replace(item, refine=steps)).over(Region(whole, matte).trimmed(), frame).over(whole)
            rounded: Coverage = np.rint(seen * np.float32(65535)).astype(np.uint16)
            return rounded
        deep: Coverage = pixels.astype(np.uint16, copy=False)
        return deep if pixels.dtype == np.uint16 else deep * np.uint16(257)

    def together(self, names: Sequence[str], frame: int) -> Coverage:
        """What any of the objects covers."""
        merged = self.coverage(names[0], frame)
        for name in names[1:]:
            merged = np.maximum(merged, self.coverage(name, frame))
        return merged

    def matte(self, names: Sequence[str], frame: int) -> Coverage:
        """The same, inverted where the output's options say so."""
        found = self.together(names, frame)
        return 65535 - found if self.inverts else found

    def share(self, name: str, frame: int) -> npt.NDArray[np.float32]:
        """The same as (height, width) float32, 0 to 1."""
        return np.multiply(self.coverage(name, frame), np.float32(1 / 65535), dtype=np.float32)

    def foreground(self, name: str, frame: int) -> npt.NDArray[np.float16] | None:
        """The object's own colour, (height, width, 3) RGB, scene-linear Rec.709, straight; None where none was made."""
        store = self.opened.store
        return store.read_foreground(name, frame) if store.layout.file(name, "foreground", frame).is_file() else None

    def picture(self, frame: int) -> Picture:
        """The footage's picture with all its steps. Raises MissingPictureError, MattewrightError."""
        return self.opened.reader.picture(frame)

    def straight(self, frame: int) -> tuple[Picture, npt.NDArray[np.float32] | None]:
        """The picture with colours that are not multiplied by the footage's own alpha, and that, (height, width), 0 to 1, if it has one."""
        return self.opened.reader.straight(frame)

    def display(self, frame: int) -> npt.NDArray[np.float32]:
        """The picture as displayed, (height, width, 3) float32 R'G'B', 0 to 1."""
        return display_rgb(self.picture(frame))

    @property
    def sources(self) -> MaskSources:
        with self._lock:
            if self._sources is None:
                from ..jobs.masks import MaskSources

                self._sources = MaskSources(self.opened)
            return self._sources

    # --- the footage

    @property
    def footage(self) -> Path:
        """The movie, or the sequence's first file."""
        return Path(os.path.normpath(self.opened.folder / self.shot.footage.path))

    def source(self, frame: int) -> Path:
        """The file that the picture of a scene frame is in."""
        footage = self.shot.footage
        return self.footage if footage.kind == "movie" else file_at(self.footage, footage.media_index(frame))

    @property
    def rate(self) -> Fraction | None:
        """The movie's exact rate, at which scene frames follow one another; None for a sequence."""
        reader = self.opened.reader
        return reader.rate if isinstance(reader, MovieReader) else None
