"""Masks in the graphics card's memory, kept from one drawing to the next."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, NamedTuple

import gpu
import numpy as np

from . import mask_shader
from .overlay_layers import Layer
from .overlay_tiles import tiles_of, triangles

LIMIT = 64 << 20
"""Bytes of textures that are kept: more than thirty masks that fill 1920 x 1080."""

_types: Any = gpu.types  # what the stubs say of these differs from version to version


class Upload(NamedTuple):
    """One mask. Batches draw in 0 to 1 over the mask's box, from its top left corner; None for one that would draw nothing."""

    texture: Any
    """One channel of 8 bits, the box's top row first."""
    edge: Any
    """What must be looked at pixel by pixel."""
    inside: Any
    """What is all object, with no edge near it."""


class Uploads:
    """By a layer's key. Only while Blender draws."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._kept: OrderedDict[Hashable, tuple[Upload, int]] = OrderedDict()
        self._bytes = 0

    def holds(self, layer: Layer) -> bool:
        """Whether it needs no uploading."""
        return layer.key in self._kept

    def of(self, layer: Layer) -> Upload:
        """The layer's mask, which is not empty; uploaded if need be."""
        if layer.key not in self._kept:
            self._kept[layer.key] = uploaded(layer), layer.pixels.size
            self._bytes += layer.pixels.size
            while self._bytes > self._limit and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1][1]
        self._kept.move_to_end(layer.key)
        return self._kept[layer.key][0]

    def forget(self) -> None:
        """Let go of them all."""
        self._kept.clear()
        self._bytes = 0


def uploaded(layer: Layer) -> Upload:
    """Blender takes a texture's values as floats alone."""
    values = layer.pixels.astype(np.float32)
    values *= np.float32(1 / 255)
    height, width = layer.pixels.shape
    texture = _types.GPUTexture((width, height), format="R8", data=_types.Buffer("FLOAT", values.size, values.ravel()))
    edge, inside = (
        mask_shader.batch(triangles(rectangles, layer.box, layer.size)) if len(rectangles) else None
        for rectangles in tiles_of(layer.pixels)
    )
    return Upload(texture, edge, inside)
