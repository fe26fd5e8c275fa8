"""Masks in the graphics card's memory, kept from one drawing to the next."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable
from functools import cached_property
from typing import Any, NamedTuple

import gpu
import numpy as np

from ..preview.tiles import triangles
from . import mask_shader
from .overlay_layers import Layer

LIMIT = 64 << 20
"""Bytes of textures that are kept: more than thirty masks that fill 1920 x 1080."""
PACE = 4e-9
"""Seconds for a pixel, as long as none was uploaded; then as it was lately."""
SMALL = 1 << 16
"""Pixels of a mask, below which it says nothing of that."""

_types: Any = gpu.types  # what the stubs say of these differs from version to version


class Batches(NamedTuple):
    """They draw in 0 to 1 over the mask's box, from its top left corner; None for one that would draw nothing."""

    edge: Any
    """What must be looked at pixel by pixel, and around each."""
    soft: Any
    """What must be looked at pixel by pixel."""
    inside: Any
    """What is all object, with no edge near it."""


class Upload:
    """One mask."""

    def __init__(self, layer: Layer) -> None:
        """The layer is not empty. Blender takes a texture's values as floats alone."""
        self._layer = layer
        values = np.multiply(layer.pixels, np.float32(1 / 255), dtype=np.float32)
        height, width = layer.pixels.shape
        self.texture = _types.GPUTexture((width, height), format="R8", data=_types.Buffer("FLOAT", values.size, values.ravel()))
        """One channel of 8 bits, the box's top row first."""

    @cached_property
    def batches(self) -> Batches:
        layer = self._layer
        return Batches(*(mask_shader.batch(triangles(part, layer.box, layer.size)) if len(part) else None for part in layer.tiles()))


class Uploads:
    """By a layer's key. Only while Blender draws."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._kept: OrderedDict[Hashable, tuple[Upload, int]] = OrderedDict()
        self._bytes = 0
        self._pace = PACE

    def cost(self, layer: Layer) -> float:
        """About how many seconds it takes until the layer is there."""
        return 0.0 if layer.key in self._kept else self._pace * layer.pixels.size

    def of(self, layer: Layer) -> Upload:
        """The layer's mask, which is not empty; uploaded if need be."""
        if layer.key not in self._kept:
            started = time.perf_counter()
            self._kept[layer.key] = Upload(layer), layer.pixels.size
            if layer.pixels.size >= SMALL:
                self._pace += ((time.perf_counter() - started) / layer.pixels.size - self._pace) / 4
            self._bytes += layer.pixels.size
            while self._bytes > self._limit and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1][1]
        self._kept.move_to_end(layer.key)
        return self._kept[layer.key][0]

    def forget(self) -> None:
        """Let go of them all."""
        self._kept.clear()
        self._bytes = 0
