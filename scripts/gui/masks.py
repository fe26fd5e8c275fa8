"""Mask files: what is in them, and whether they have changed. Runs inside Blender, which reads the pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import bpy
import numpy as np
import numpy.typing as npt

Kept = dict[int, tuple[int, str]]
"""By frame, when the file was written (nanoseconds), and a digest of its bytes."""


def kept(files: Mapping[int, Path]) -> Kept:
    return {frame: (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest()) for frame, path in files.items()}


def read(path: Path, channel: int = 0) -> npt.NDArray[np.uint8]:
    """(height, width), the top row first, of one channel (3 is alpha), in 8 bits."""
    image = bpy.data.images.load(str(path), check_existing=False)
    try:
        image.colorspace_settings.name = "Non-Color"
        image.alpha_mode = "CHANNEL_PACKED"
        width, height = image.size
        pixels = np.empty(width * height * image.channels, np.float32)
        image.pixels.foreach_get(pixels)
        shown = pixels.reshape(height, width, image.channels)[::-1, :, min(channel, image.channels - 1)]
        found: npt.NDArray[np.uint8] = np.round(shown * 255).astype(np.uint8)
        return found
    finally:
        bpy.data.images.remove(image)


def overlap(one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_]) -> float:
    """Intersection over union."""
    union = int((one | other).sum())
    return float((one & other).sum() / union) if union else 1.0
