"""What there is to draw over a clip: each visible object's mask on a frame, live where it is edited, else as it is in the store."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from ...engine.shot import MattewrightError, Stage
from .. import preferences, preview, properties, store
from ..colors import displayed
from ..preview import Live, StoredMask
from ..preview.png import Grey
from ..preview.tiles import Box, Tiles, side_of, tiles_of

AHEAD = 2
"""Frames that are read before the playhead comes to them."""

Color = tuple[float, float, float]


@dataclass(frozen=True)
class Layer:
    """One mask."""

    key: Hashable
    """Equal to another's where the pixels are the same."""
    color: Color
    """R'G'B' as displayed."""
    size: tuple[int, int]
    """(width, height) of the picture."""
    box: Box
    """Of `pixels` in the picture: what is not 0, and where there is room a pixel of 0 around it."""
    pixels: Grey
    """(height, width) of the box, the top row first, 255 where the object is."""
    mask: StoredMask | None = None
    """What it is of, where that is known: that knows its tiles."""

    def tiles(self) -> Tiles:
        """Where its edge is; not of an empty one."""
        return self.mask.tiles if self.mask is not None else tiles_of(self.pixels, side_of(self.size[0]))


@dataclass(frozen=True)
class Layers:
    """What one editor shows, in the objects' order."""

    refined: tuple[Layer, ...] = ()
    before: tuple[Layer, ...] = ()
    """The same with the active object as it is before its chain; empty where that is not known."""
    live: int = 0
    """The number of the live preview among them; 0 for none."""
    missing: str = ""
    """The object that is edited, where there is no mask of it on this frame."""


_frames: dict[Hashable, int] = {}
"""The frame that was looked at last, by whose."""


def layers_of(clip: bpy.types.MovieClip, scene: bpy.types.Scene, live: bool) -> Layers:
    """Of the scene's frame, as far as it is known by now; what isn't is read meanwhile. `live`: whether Live Mask is on."""
    frame, shot = scene.frame_current, properties.of(clip)
    items = properties.visible_objects(shot)
    found: dict[str, StoredMask | None] = dict(zip((item.name for item in items), _stored(clip, scene, items, "mask"), strict=True))
    colors = {item.name: displayed(item.color) for item in items}
    if live and not len(shot.objects) and preview.prompting.state.hover is not None:  # what a click would make
        found, colors = {preview.prompting.NEW: None}, {preview.prompting.NEW: displayed(preferences.object_color(0))}
    names = list(found)
    shown = {name: _layer(mask, colors[name]) for name, mask in found.items() if mask is not None}
    number, missing = 0, ""
    before: dict[str, Layer] = {}
    if live:
        edited = live_layer(preview.live, "live", clip, frame, colors)
        if edited is not None:
            number = preview.live.shown.number if preview.live.shown else 0
            if edited[1] is not None:
                shown[edited[0]] = edited[1]
            missing = edited[0] if edited[0] not in shown else ""
            raw = live_layer(preview.before, "before", clip, frame, colors)
            if raw is not None and raw[0] == edited[0] and raw[1] is not None:
                before = {**shown, raw[0]: raw[1]}
    return Layers(in_order(shown, names), in_order(before, names), number, missing)


def stored_layers(
    clip: bpy.types.MovieClip, scene: bpy.types.Scene, items: Sequence[properties.MatteObject], stage: Stage
) -> dict[str, Layer]:
    """The objects' pictures of `stage` in the store, of the scene's frame, as far as they are read by now."""
    found = zip(items, _stored(clip, scene, items, stage), strict=True)
    return {item.name: _layer(mask, displayed(item.color)) for item, mask in found if mask is not None}


def problem_of(clip: bpy.types.MovieClip, frame: int, stage: Stage = "mask") -> str:
    """Why a picture of `stage` that is there can't be shown, in one line; mostly empty."""
    try:
        place = store.layout(clip)
    except MattewrightError:
        return ""
    return preview.stored.problem([place.file(item.name, stage, frame) for item in properties.visible_objects(properties.of(clip))])


def union(layers: Sequence[Layer]) -> Layer | None:
    """All of them as one mask, the highest of each pixel; None where nothing is."""
    layers = [layer for layer in layers if layer.pixels.size]
    if len(layers) <= 1:
        return layers[0] if layers else None
    sides = list(zip(*(layer.box for layer in layers), strict=True))
    box = min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])
    whole = np.zeros((box[3] - box[1], box[2] - box[0]), np.uint8)
    for layer in layers:
        left, top, right, bottom = layer.box
        part = whole[top - box[1] : bottom - box[1], left - box[0] : right - box[0]]
        np.maximum(part, layer.pixels, out=part)
    return Layer(("union", *(layer.key for layer in layers)), layers[0].color, layers[0].size, box, whole)


def _layer(mask: StoredMask, color: Color) -> Layer:
    return Layer(("file", mask.number), color, mask.size, mask.box, mask.pixels, mask)


def _stored(
    clip: bpy.types.MovieClip, scene: bpy.types.Scene, items: Sequence[properties.MatteObject], stage: Stage
) -> Sequence[StoredMask | None]:
    names = [item.name for item in items]
    try:
        place = store.layout(clip)
    except MattewrightError:  # nothing says where masks are, so there are none
        return [None] * len(names)
    frame, who = scene.frame_current, (clip.name_full, scene.name_full)
    step = max(-1, min(1, frame - _frames.get(who, frame)))
    if step or who not in _frames:
        _frames[who] = frame
    coming = [frame + step * count for count in range(1, AHEAD + 1)] if step else []
    ahead = tuple(place.file(name, stage, at) for at in coming if at >= 0 for name in names)
    paths = [place.file(name, stage, frame) for name in names]
    return preview.stored.masks(who, (frame, preview.changes(frame)), paths, ahead)


def live_layer(live: Live, name: str, clip: bpy.types.MovieClip, frame: int, colors: dict[str, Color]) -> tuple[str, Layer | None] | None:
    """The previewed object and its mask, None if that is not tracked; None where there is no preview of this frame."""
    shown = live.shown
    if shown is None or shown.wanted.clip != clip.name_full or shown.wanted.frame != frame or shown.wanted.object not in colors:
        return None
    mask = shown.cut
    if mask is None:
        return shown.wanted.object, None
    return shown.wanted.object, Layer((name, shown.number), colors[shown.wanted.object], mask.size, mask.box, mask.pixels, mask)


def in_order(shown: dict[str, Layer], names: Sequence[str]) -> tuple[Layer, ...]:
    return tuple(shown[name] for name in names if name in shown)
