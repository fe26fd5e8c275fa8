"""What live previews keep from one to the next, each thing under a key of all that it was made from. Any of it may go at any time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from ..refine import Region
from ..refine.logits import Logits
from ..refine.op import Picture
from ..settings import USUAL, Settings
from ..store import Store, pictures

T = TypeVar("T")

MEGABYTE = 1 << 20
LOGITS_BYTES = 32 * MEGABYTE
MASK_BYTES = 384 * MEGABYTE
"""Some forty masks that fill a picture of 1920 x 1080."""
PICTURE_BYTES = 256 * MEGABYTE
OWNERS_BYTES = 64 * MEGABYTE


class Bounded(Generic[T]):
    """The latest things by key, as many as fit into `limit` bytes, and one however large it is. For one thread."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._things: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable) -> T | None:
        if key not in self._things:
            return None
        self._things.move_to_end(key)
        return self._things[key][0]

    def keep(self, key: Hashable, thing: T, size: int) -> T:
        """Keep and return `thing`, which weighs `size` bytes."""
        if key in self._things:
            self._bytes -= self._things.pop(key)[1]
        self._things[key] = thing, size
        self._bytes += size
        while self._bytes > self._limit and len(self._things) > 1:
            self._bytes -= self._things.popitem(last=False)[1][1]
        return thing


class Tracked(NamedTuple):
    """What the model said of an object on a frame."""

    key: str
    logits: Logits


State = tuple[int, int, int]
"""A file's time of change, size and number: those of another file that took its name differ."""


class Kept:
    """Each no larger than its share of the memory that the engine may take."""

    def __init__(self, settings: Settings = USUAL) -> None:
        self.tracked: Bounded[tuple[State, Tracked | None]] = Bounded(settings.fitting(LOGITS_BYTES, 0.02))
        self.masks: Bounded[Region] = Bounded(settings.fitting(MASK_BYTES, 0.12))
        self.pictures: Bounded[Picture] = Bounded(settings.fitting(PICTURE_BYTES, 0.1))
        self.owners: Bounded[npt.NDArray[np.int32]] = Bounded(settings.fitting(OWNERS_BYTES, 0.02))

    def read(self, store: Store, name: str, frame: int) -> Tracked | None:
        """The logits that the store holds now, with their key; None where there are none. Raises MattewrightError for a damaged file."""
        path = store.layout.file(name, "logits", frame)
        while (state := _state(path)) is not None:
            known = self.tracked.get(path)
            if known is None or known[0] != state:
                key = pictures.read_key(path)
                found = None if key is None else Tracked(key, pictures.read(path))
                if _state(path) != state:  # a job has written it meanwhile: the key and the pixels may be of two files
                    continue
                known = self.tracked.keep(path, (state, found), 0 if found is None else found.logits.nbytes)
            return known[1]
        return None


def _state(path: Path) -> State | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
