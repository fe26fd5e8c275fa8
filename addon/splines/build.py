"""A Mask datablock out of what the engine has traced; in a Blender of its own (`worker`), never in the user's.

Each outline gets a layer of its own, islands adding and holes taking away, so that each has just the keyframes that it needs. Where it is
not there, its layer's opacity is 0, and its points lie on one another, out of the user's way.

A Mask's shapes can only be keyed by Blender's own operator, in an editor in mask mode and at the frame of a scene. Of an operator that is
called in such a context Blender (to 5.0 at least) crashes as soon as any other thread is at Python code, as the add-on's are at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ...engine.shot import MattewrightError
from ...engine.shot.outlines import Outlines, Shape, read_lines
from .. import animation, masks

INSET = 0.5
"""Blender lets a mask's edge fade outward, to be half there so many pixels off along the picture's shorter side, and as many more along the
longer one as that is longer (measured in 4.2 and 5.0). An outline has to lie so far inside of where it is to be seen."""


@dataclass(frozen=True)
class Stage:
    """Where shapes are keyed: an editor in mask mode, and an empty scene."""

    window: bpy.types.Window
    area: bpy.types.Area
    region: bpy.types.Region
    scene: bpy.types.Scene

    def key(self, frame: int) -> None:
        """Key the Mask's layers that have a selected point. Raises MattewrightError."""
        # With the window in the same one, Blender takes its scene.
        override: Any = bpy.context.temp_override  # some stubs say that it is no context manager
        with override(window=self.window), override(area=self.area, region=self.region, scene=self.scene):
            if bpy.ops.mask.shape_key_insert() != {"FINISHED"}:
                raise MattewrightError(f"Blender keyed no shape on frame {frame}")

    def go(self, frame: int) -> None:
        """To the frame, before points are placed: the operator would go there, and put them where they were."""
        self.scene.frame_current = frame
        self.scene.view_layers[0].update()


def staged(mask: bpy.types.Mask) -> Stage:
    """For this Mask. Changes the window and makes a scene; Blender has a window in background too."""
    manager: Any = bpy.context.window_manager
    window = manager.windows[0]
    area = window.screen.areas[0]
    area.type = "IMAGE_EDITOR"
    space: Any = area.spaces.active
    space.mode, space.mask = "MASK", mask
    region = next(region for region in area.regions if region.type == "WINDOW")
    return Stage(window, area, region, bpy.data.scenes.new("Mattewright: masks"))


def build(path: Path, tell: Callable[[float], None]) -> bpy.types.Mask:
    """Make the Mask that the file of outlines says; `tell` is called with the share that is done. Raises MattewrightError."""
    lines = read_lines(path)
    outlines = next(lines)
    assert isinstance(outlines, Outlines)
    if not outlines.pieces:
        raise MattewrightError(f"object '{outlines.object}': its mattes have no outline of the wanted size: nothing to make a Mask of")
    building = _Building(outlines)
    shapes = (shape for shape in lines if isinstance(shape, Shape))
    for frame, keyed in groupby(shapes, key=lambda shape: shape.frame):
        building.key(frame, {shape.piece: building.placed(shape) for shape in keyed})
        tell((frame - outlines.range.first) / max(1, outlines.range.last - outlines.range.first))
    for number in range(len(outlines.pieces)):
        building.key_presence(number)
    return building.mask


class _Building:
    """One Mask in the making: with all its layers, and no keyframes."""

    def __init__(self, outlines: Outlines) -> None:
        self.outlines = outlines
        self.mask: bpy.types.Mask = bpy.data.masks.new(outlines.object)
        self.mask.frame_start, self.mask.frame_end = outlines.range.first, outlines.range.last
        self._layers: list[Any] = [None] * len(outlines.pieces)
        for number in sorted(range(len(outlines.pieces)), key=lambda number: outlines.pieces[number].depth):
            self._layers[number] = self._new_layer(number)
        self._selected = set(range(len(outlines.pieces)))
        """Layers with selected points, as new ones have them."""
        self._middles: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        """Of each layer: all points in the middle of its first shape, and of its last one."""
        self._stage = staged(self.mask)

    def _new_layer(self, number: int) -> Any:
        piece = self.outlines.pieces[number]
        layer = self.mask.layers.new(name=f"{'Hole' if piece.hole else 'Outline'} {number + 1}")
        layer.blend = "MERGE_SUBTRACT" if piece.hole else "MERGE_ADD"
        spline = layer.splines.new()
        spline.points.add(piece.points - 1)  # it has one already
        spline.use_cyclic = True
        for point in spline.points:
            point.handle_type = "FREE"
        return layer

    def key(self, frame: int, here: dict[int, np.ndarray]) -> None:
        """Key the layers of `here`, by number, with their points' (points, 3, 2) places in the mask's own space."""
        self._stage.go(frame)
        for number, layer in enumerate(self._layers):
            points = layer.splines[0].points
            if number in here or number in self._selected:
                points.foreach_set("select", np.full(len(points), number in here))
            for index, name in enumerate(("handle_left", "co", "handle_right") if number in here else ()):
                points.foreach_set(name, np.ascontiguousarray(here[number][:, index]).ravel())
        self._selected = set(here)
        self._stage.key(frame)

    def placed(self, shape: Shape) -> np.ndarray:
        """(points, 3, 2) float32 in the mask's own space."""
        size = self.outlines.width, self.outlines.height
        drawn = np.array(shape.points, np.float64).reshape(-1, 3, 2)
        inside = _inset(drawn, size, hole=self.outlines.pieces[shape.piece].hole)
        placed: np.ndarray = masks.places(inside, size).astype(np.float32)
        middle = np.broadcast_to(placed[:, 1].mean(axis=0), placed.shape)
        self._middles[shape.piece] = self._middles.get(shape.piece, (middle, middle))[0], middle
        return placed

    def key_presence(self, number: int) -> None:
        """Show the layer only on the frames on which its outline is there."""
        piece, layer, whole = self.outlines.pieces[number], self._layers[number], self.outlines.range
        changes: dict[int, float] = {}
        if piece.first > whole.first:
            changes |= {whole.first: 0.0, piece.first: 1.0}
        if piece.last < whole.last:
            changes |= {max(piece.first, whole.first): 1.0, piece.last + 1: 0.0}
        before, after = self._middles[number]
        if piece.first > whole.first:
            self.key(piece.first - 1, {number: before})
        if piece.last < whole.last:
            self.key(piece.last + 1, {number: after})
        for frame, opacity in sorted(changes.items()):
            layer.alpha = opacity
            layer.keyframe_insert("alpha", frame=frame)
        if changes:
            path = layer.path_from_id("alpha")
            for curve in animation.curves_of(self.mask):
                if curve.data_path == path:
                    for key in curve.keyframe_points:
                        key.interpolation = "CONSTANT"


def _inset(shape: np.ndarray, size: tuple[int, int], *, hole: bool) -> np.ndarray:
    """The shape, (points, 3, 2) in pixels of a picture of `size`, drawn in as Blender draws out: as if the picture were a square.

    An island runs clockwise around what it holds, a hole the other way.
    """
    squared = shape / size
    ahead = squared[:, 2] - squared[:, 0]
    short = np.hypot(*ahead.T) < 1e-9
    ahead[short] = (np.roll(squared[:, 1], -1, axis=0) - np.roll(squared[:, 1], 1, axis=0))[short]
    inward = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1) / np.maximum(1e-12, np.hypot(*ahead.T))[:, None]
    moved: np.ndarray = (squared + inward[:, None] * ((-INSET if hole else INSET) / min(size))) * size
    return moved
