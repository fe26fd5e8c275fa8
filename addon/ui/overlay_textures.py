"""Masks in the graphics card's memory, kept from one drawing to the next."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import gpu
import numpy as np

from .overlay_layers import Layer, Pixels

LIMIT = 64 << 20
"""Bytes of textures that are kept: more than thirty masks that fill 1920 x 1080."""

_types: Any = gpu.types  # what the stubs say of these differs from version to version


class Textures:
    """By a layer's key. Only while Blender draws."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def holds(self, layer: Layer) -> bool:
        """Whether it needs no uploading."""
        return layer.key in self._kept

    def of(self, layer: Layer) -> Any:
        """The layer's mask, one channel of 8 bits, the picture's top row first; uploaded if need be."""
        if layer.key not in self._kept:
            self._kept[layer.key] = uploaded(layer.pixels), layer.pixels.size
            self._bytes += layer.pixels.size
            while self._bytes > self._limit and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1][1]
        self._kept.move_to_end(layer.key)
        return self._kept[layer.key][0]

    def forget(self) -> None:
        """Let go of them all."""
        self._kept.clear()
        self._bytes = 0


def uploaded(pixels: Pixels) -> Any:
    """A texture of `pixels`, (height, width). Blender takes floats alone."""
    values = pixels.astype(np.float32)
    values *= np.float32(1 / 255)
    height, width = pixels.shape
    return _types.GPUTexture((width, height), format="R8", data=_types.Buffer("FLOAT", values.size, values.ravel()))
