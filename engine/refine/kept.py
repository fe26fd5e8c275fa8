"""What a chain keeps for the ops and frames that ask for it again, in so many bytes and no more."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from .region import Box, Region

T = TypeVar("T")

MASK_BYTES = 192 << 20
PACKED_BYTES = 192 << 20
PICTURE_BYTES = 64 << 20


class Latest(Generic[T]):
    """The latest things by key, as many as fit into `limit` bytes, and one however large it is. For one thread at a time."""

    def __init__(self, limit: int) -> None:
        self._limit, self._bytes = limit, 0
        self._things: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()

    def get(self, key: Hashable) -> T | None:
        if key not in self._things:
            return None
        self._things.move_to_end(key)
        return self._things[key][0]

    def keep(self, key: Hashable, thing: T, size: int) -> list[tuple[Hashable, T]]:
        """Keep `thing`, which weighs `size` bytes; what had to go for it."""
        self._bytes += size - self._things.pop(key, (thing, 0))[1]
        self._things[key] = thing, size
        gone = []
        while self._bytes > self._limit and len(self._things) > 1:
            other, (lost, weight) = self._things.popitem(last=False)
            self._bytes -= weight
            gone.append((other, lost))
        return gone


@dataclass(frozen=True)
class Packed:
    """A `Region` to the bit, in a thirtieth of its bytes where it is hard: a bit a pixel for what is 1, and one for what lies between."""

    box: Box
    full: npt.NDArray[np.uint8]
    between: npt.NDArray[np.uint8] | None
    """None where nothing does."""
    values: npt.NDArray[np.float32]
    """Of what lies between, row by row."""

    @classmethod
    def of(cls, region: Region) -> Packed:
        full = region.values == np.float32(1)
        soft = (region.values != 0) & ~full
        values = region.values[soft]
        return cls(region.box, np.packbits(full), np.packbits(soft) if values.size else None, values)

    @property
    def nbytes(self) -> int:
        return self.full.nbytes + self.values.nbytes + (0 if self.between is None else self.between.nbytes)

    def region(self) -> Region:
        height, width = self.box.size
        made = self._bits(self.full).astype(np.float32)
        if self.between is not None:
            made[self._bits(self.between).view(np.bool_)] = self.values
        return Region(self.box, made.reshape(height, width))

    def _bits(self, packed: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        height, width = self.box.size
        return np.unpackbits(packed, count=height * width)


class Kept:
    """Masks after a step and pictures after one, by keys, of all the chains of a shot, for all its threads.

    What is being made on one thread is waited for on the others, not made twice: no mask is made from itself, by however many others,
    so none waits for itself. Masks that don't fit any more are packed.
    """

    def __init__(self, mask_bytes: int = MASK_BYTES, packed_bytes: int = PACKED_BYTES, picture_bytes: int = PICTURE_BYTES) -> None:
        self._masks: Latest[Region] = Latest(mask_bytes)
        self._packed: Latest[Packed] = Latest(packed_bytes)
        self._pictures: Latest[npt.NDArray[np.float32]] = Latest(picture_bytes)
        self._changed = threading.Condition()
        self._making: set[Hashable] = set()

    def mask(self, key: Hashable, make: Callable[[], Region | None]) -> Region | None:
        """The mask called `key`, from `make` if it isn't there; None is not kept."""
        found = self._found(key)
        if found is not None:
            return found
        gone: list[tuple[Hashable, Region]] = []
        try:
            made = make()
            if made is not None:
                with self._changed:
                    gone = self._masks.keep(key, made, made.values.nbytes)
        finally:
            with self._changed:
                self._making.discard(key)
                self._changed.notify_all()
        for other, mask in gone:
            packed = Packed.of(mask)
            with self._changed:
                self._packed.keep(other, packed, packed.nbytes)
        return made

    def _found(self, key: Hashable) -> Region | None:
        """The mask, or None: then this thread makes it."""
        with self._changed:
            while True:
                known = self._masks.get(key)
                packed = None if known is not None else self._packed.get(key)
                if known is not None or packed is not None:
                    break
                if key not in self._making:
                    self._making.add(key)
                    return None
                self._changed.wait()
        return known if packed is None else packed.region()

    def picture(self, key: Hashable, make: Callable[[], npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
        """The picture called `key`, from `make` if it isn't there."""
        with self._changed:
            found = self._pictures.get(key)
        if found is None:
            found = make()
            with self._changed:
                self._pictures.keep(key, found, found.nbytes)
        return found
