"""What there is to draw where classes are shown: each class of the frame's labels as a mask in its color."""

from __future__ import annotations

import bpy

from .. import labels, properties
from ..colors import displayed
from .overlay_layers import Layer


def layers_of(clip: bpy.types.MovieClip, scene: bpy.types.Scene) -> tuple[Layer, ...]:
    """Of the scene's frame, as far as its labels are read by now; what isn't is read meanwhile."""
    there = labels.of(clip, scene.frame_current).masks
    shown = ((item, there[item.label]) for item in properties.of(clip).classes.known if item.label in there)
    return tuple(
        Layer(("class", item.label, mask.number), displayed(item.color), mask.size, mask.box, mask.pixels, mask) for item, mask in shown
    )
