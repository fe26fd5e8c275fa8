"""The add-on's side of the file that masks come through (`engine.shot.mapped`)."""

from __future__ import annotations

import contextlib
import mmap

import numpy as np

from ...engine.shot import mapped
from ...engine.shot.mapped import Slot
from .png import Grey
from .tiles import Box


class PixelFile:
    """One file for pictures of one size, mapped. Close it: it is a file of the system's temporary ones."""

    def __init__(self, width: int, height: int) -> None:
        """Raises MattewrightError."""
        self.size = width, height
        self.path = mapped.create(width, height)
        self._map: mmap.mmap = mapped.map_file(self.path, width, height)

    def read(self, slot: Slot, box: Box | None = None) -> Grey:
        """A copy of what the mask in `slot` has in `box`, (height, width) of it, the top row first; by default of all of it."""
        width, height = self.size
        left, top, right, bottom = box or (0, 0, width, height)
        pixels = np.frombuffer(self._map, np.uint8, width * height, slot * width * height)
        return pixels.reshape(height, width)[top:bottom, left:right].copy()

    def close(self) -> None:
        with contextlib.suppress(BufferError):
            self._map.close()
        mapped.remove(self.path)
