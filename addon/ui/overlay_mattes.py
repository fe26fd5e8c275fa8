"""What there is to draw where trimaps or alphas are shown instead of masks."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import bpy
import numpy as np

from .. import preview, properties
from ..colors import displayed
from ..preview import overlay_settings
from ..translations import phrase
from .overlay_layers import Color, Layer, Layers, in_order, live_layer, stored_layers

UNKNOWN: Color = (0.72, 0.72, 0.72)
"""Of the band in which alpha is found, as displayed."""
BUSY = 0.5
"""Seconds from which on it is said that an alpha is being made."""

Stage = Literal["MASK", "TRIMAP", "ALPHA"]
_split: tuple[object, tuple[Layer, ...]] = (None, ())
"""The last trimap's two parts, by its key."""


def stage_of(clip: bpy.types.MovieClip, scene: bpy.types.Scene) -> Stage:
    """What is shown of the clip: where one prompts, the model's answer, which is a mask, whatever is chosen."""
    shown = preview.live.shown
    asked = shown is not None and shown.wanted.prompts is not None and shown.wanted.clip == clip.name_full
    if preview.prompting.state.clip == clip.name_full or (asked and shown is not None and shown.wanted.frame == scene.frame_current):
        return "MASK"
    found: Stage = overlay_settings.of(scene).stage
    return found


def layers_of(clip: bpy.types.MovieClip, scene: bpy.types.Scene, stage: Stage, live: bool) -> Layers:
    """Of the scene's frame, as far as it is known by now. `live`: whether Live Mask is on, without which there is no trimap."""
    shot, frame = properties.of(clip), scene.frame_current
    items = properties.visible_objects(shot) if stage == "ALPHA" else []
    shown = stored_layers(clip, scene, items, "alpha") if items else {}
    active = properties.active_object(shot)
    edited = live_layer(preview.matte, stage, clip, frame, {active.name: displayed(active.color)}) if live and active is not None else None
    if edited is None:
        return Layers(in_order(shown, [item.name for item in items]))
    name, layer = edited
    missing = name if layer is None and not preview.matte.problem and name not in shown else ""
    number = preview.matte.shown.number if preview.matte.shown else 0
    if layer is None:
        return Layers(in_order(shown, [item.name for item in items]), live=number, missing=missing)
    if stage == "TRIMAP":
        flat = overlay_settings.of(scene).view in ("MATTE", "CUTOUT")
        return Layers((layer,) if flat else split(layer), live=number)
    names = [item.name for item in items] or [name]
    return Layers(in_order({**shown, name: layer}, names), live=number)


def split(layer: Layer) -> tuple[Layer, ...]:
    """A trimap as two masks: the band, in gray, and what is the object for sure, in its color."""
    global _split
    if _split[0] != (layer.key, layer.color):
        sure = layer.pixels & 1  # of 0, 128 and 255 the last alone is odd
        band = ((layer.pixels >> 7) - sure) * np.uint8(255)
        sure *= np.uint8(255)
        parts = (
            replace(layer, key=(layer.key, "band"), color=UNKNOWN, pixels=band, mask=None),
            replace(layer, key=(layer.key, "sure"), pixels=sure, mask=None),
        )
        _split = (layer.key, layer.color), parts
    return _split[1]


def told(stage: Stage, live: bool) -> str:
    """What there is to say of it, in one line; mostly empty."""
    if not live:
        return phrase("The trimap needs Live Mask") if stage == "TRIMAP" else ""
    if preview.matte.waited > BUSY:
        return phrase("The alpha is being made: {seconds} s", seconds=round(preview.matte.waited))
    return preview.matte.problem
