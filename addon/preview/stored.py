"""The masks in the store, read on a thread of their own: what has been read is there at once, and nothing on Blender's main thread waits.

Knows nothing of Blender.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ...engine.shot import MattewrightError
from .png import Grey, read_grey
from .tiles import Box, Tiles, side_of, tiles_of

LIMIT = 192 << 20
"""Bytes of masks that are kept: at 1920 x 1080, of an object that fills a quarter of the picture, some 350."""

State = tuple[int, int, int]
"""A file's time of change, size and number."""


@dataclass(frozen=True)
class StoredMask:
    """A mask, cut to what is not 0 and, where there is room, a pixel of 0 around it."""

    size: tuple[int, int]
    """(width, height) of the whole picture."""
    box: Box
    pixels: Grey
    """(height, width) of the box, the top row first."""
    number: int
    """Another one for each reading."""

    @cached_property
    def tiles(self) -> Tiles:
        """Where its edge is; not of an empty one."""
        return tiles_of(self.pixels, side_of(self.size[0]))

    def whole(self) -> Grey:
        """(height, width) of the whole picture."""
        made = np.zeros((self.size[1], self.size[0]), np.uint8)
        left, top, right, bottom = self.box
        made[top:bottom, left:right] = self.pixels
        return made


@dataclass(frozen=True)
class _Read:
    state: State | None
    """None: there is no file."""
    mask: StoredMask | None = None
    problem: str = ""


@dataclass(frozen=True)
class _Request:
    token: Hashable
    paths: tuple[Path, ...]
    ahead: tuple[Path, ...]


class Stored:
    """Asked from one thread, it reads on another, which begins with the first question and ends by `close`."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._changed = threading.Condition()
        self._known: OrderedDict[Path, _Read] = OrderedDict()
        self._bytes = 0
        self._asked: dict[Hashable, _Request] = {}
        self._answered: dict[Hashable, _Request] = {}
        self._thread: threading.Thread | None = None
        self._ending = False
        self._news = False
        self._count = 0
        self.read = 0
        """How many files were read; for tests and benches."""

    def masks(self, who: Hashable, token: Hashable, paths: Sequence[Path], ahead: Sequence[Path] = ()) -> list[StoredMask | None]:
        """What is known of these files by now; None for one that isn't there, is damaged or has yet to be read.

        Once for every other `token`, and for other paths, `who` has them looked at again; then those that may be asked for next.
        """
        request = _Request(token, tuple(paths), tuple(ahead))
        with self._changed:
            if self._asked.get(who) != request:
                self._asked.pop(who, None)
                self._asked[who] = request
                if self._thread is None:
                    self._ending = False
                    self._thread = threading.Thread(target=self._run, name="mattewright masks", daemon=True)
                    self._thread.start()
                self._changed.notify()
            return [known.mask if (known := self._known.get(path)) is not None else None for path in request.paths]

    def problem(self, paths: Sequence[Path]) -> str:
        """Why one of them can't be read, in one line; mostly empty."""
        with self._changed:
            found = (self._known.get(path) for path in paths)
            return next((known.problem for known in found if known is not None and known.problem), "")

    @property
    def waiting(self) -> bool:
        """Whether something that was asked for has yet to be looked at."""
        with self._changed:
            return any(self._answered.get(who) != request for who, request in self._asked.items())

    def take_news(self) -> bool:
        """Whether something has been read since this was asked last."""
        with self._changed:
            news, self._news = self._news, False
            return news

    def close(self) -> None:
        """End the thread and let go of everything; a file in hand is finished."""
        with self._changed:
            thread, self._thread, self._ending = self._thread, None, True
            self._changed.notify()
        if thread is not None:
            thread.join()
        with self._changed:
            self._known.clear()
            self._asked.clear()
            self._answered.clear()
            self._bytes, self._news = 0, False

    # --- on the thread

    def _run(self) -> None:
        while (found := self._next()) is not None:
            who, request = found
            for path in request.paths:
                self._look(path)
            with self._changed:
                self._answered[who] = request
            for path in request.ahead:
                if self.waiting:
                    break
                if path not in self._known:
                    self._look(path, news=False)

    def _next(self) -> tuple[Hashable, _Request] | None:
        with self._changed:
            while not self._ending:
                for who, request in reversed(self._asked.items()):
                    if self._answered.get(who) != request:
                        return who, request
                self._changed.wait()
            return None

    def _look(self, path: Path, news: bool = True) -> None:
        """Read the file if it is another than it was."""
        state = _state(path)
        with self._changed:
            known = self._known.get(path)
            if known is not None:
                self._known.move_to_end(path)
                if known.state == state:
                    return
        read = self._read(path, state)
        with self._changed:
            old = self._known.pop(path, None)
            self._bytes += _weight(read) - (_weight(old) if old else 0)
            self._known[path] = read
            self.read += state is not None
            self._news = self._news or (news and (read.mask is not None or (old is not None and old.mask is not None)))
            while self._bytes > self._limit and len(self._known) > 1:
                self._bytes -= _weight(self._known.popitem(last=False)[1])

    def _read(self, path: Path, state: State | None) -> _Read:
        if state is None:
            return _Read(None)
        self._count += 1
        try:
            mask = cut(read_grey(path), self._count)
            if mask.pixels.size:
                _ = mask.tiles  # found here, no drawing has to do it
            return _Read(state, mask)
        except MattewrightError as error:
            return _Read(state, problem=str(error))
        except OSError as error:
            return _Read(state, problem=f"{path}: can't be read: {error.strerror or error}")


def cut(whole: Grey, number: int) -> StoredMask:
    """A whole picture's mask, (height, width), cut; a copy."""
    rows = np.flatnonzero(whole.any(axis=1))
    height, width = whole.shape
    if not len(rows):
        return StoredMask((width, height), (0, 0, 0, 0), np.zeros((0, 0), np.uint8), number)
    columns = np.flatnonzero(whole[rows[0] : rows[-1] + 1].any(axis=0))
    left, top, right, bottom = around((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1), (width, height))
    return StoredMask((width, height), (left, top, right, bottom), whole[top:bottom, left:right].copy(), number)


def around(box: Box, size: tuple[int, int]) -> Box:
    """The box and a pixel around it, as far as the picture of `size`, (width, height), reaches; an empty one as it is."""
    left, top, right, bottom = box
    if right <= left or bottom <= top:
        return 0, 0, 0, 0
    return max(0, left - 1), max(0, top - 1), min(size[0], right + 1), min(size[1], bottom + 1)


def _weight(read: _Read) -> int:
    return read.mask.pixels.nbytes if read.mask is not None else 0


def _state(path: Path) -> State | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
