"""What there is to draw where classes are shown: each class of the frame's labels as a mask in its color."""

from __future__ import annotations

import bpy
import numpy as np

from .. import labels, preview, properties
from ..colors import displayed
from ..preview.stored import cut
from .overlay_layers import Color, Layer

_split: tuple[object, tuple[Layer, ...]] = (None, ())
"""The last frame's classes, by what they were made of."""


def layers_of(clip: bpy.types.MovieClip, scene: bpy.types.Scene) -> tuple[Layer, ...]:
    """Of the scene's frame, as far as its labels are read by now; what isn't is read meanwhile."""
    global _split
    frame, path = scene.frame_current, labels.file(clip, scene.frame_current)
    if path is None:
        return ()
    (found,) = preview.stored.masks(("classes", clip.name_full, scene.name_full), (frame, preview.changes(frame)), [path])
    there = labels.shares(clip, frame)
    colors: dict[int, Color] = {item.label: displayed(item.color) for item in properties.of(clip).classes.known if item.label in there}
    if found is None:
        return ()
    key = found.number, tuple(colors.items())
    if _split[0] != key:
        whole = found.whole()
        masks = {label: cut((whole == label) * np.uint8(255), found.number) for label in colors}
        _split = (
            key,
            tuple(Layer(("class", found.number, label), colors[label], mask.size, mask.box, mask.pixels) for label, mask in masks.items()),
        )
    return _split[1]
