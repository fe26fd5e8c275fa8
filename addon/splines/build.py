"""A Mask datablock out of what the engine has traced, a little at a time.

Each outline gets a layer of its own, islands adding and holes taking away, so that each has just the keyframes that it needs. Where it is
not there, its layer's opacity is 0, and its points lie on one another, out of the user's way. A Mask's shapes can only be keyed by
Blender's own operator, in a Movie Clip Editor in mask mode and at the frame of a scene: that is a scene of our own, so that the user's
stays at its frame and is not evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
    """Where shapes are keyed."""

    window: bpy.types.Window
    area: bpy.types.Area
    region: bpy.types.Region
    scene: bpy.types.Scene


@contextmanager
def staged(clip: bpy.types.MovieClip, mask: bpy.types.Mask) -> Iterator[Stage]:
    """A Movie Clip Editor in mask mode and a scene of our own; both are as they were after it. Not for longer than Blender may wait."""
    window, area = _editor()
    kind = area.type
    area.type = "CLIP_EDITOR"
    space: Any = area.spaces.active
    before = space.clip, space.mode, space.mask
    space.clip, space.mode, space.mask = clip, "MASK", mask
    scene = bpy.data.scenes.new("Mattewright: masks")
    try:
        region = next(region for region in area.regions if region.type == "WINDOW")
        yield Stage(window, area, region, scene)
    finally:
        bpy.data.scenes.remove(scene)
        space.mask = before[2]
        space.mode = before[1]
        if before[0] != clip:
            space.clip = before[0]
        if area.type != kind:
            area.type = kind


def _editor() -> tuple[bpy.types.Window, bpy.types.Area]:
    """A Movie Clip Editor, or what can be one for a moment. Raises MattewrightError where there is no window at all."""
    manager = bpy.context.window_manager
    areas = [(window, area) for window in (manager.windows if manager else ()) for area in window.screen.areas]
    if not areas:
        raise MattewrightError("a Mask's shapes can be keyed only where Blender has a window: open one")
    return next((pair for pair in areas if pair[1].type == "CLIP_EDITOR"), areas[0])


class Building:
    """One Mask in the making."""

    def __init__(self, path: Path, clip: bpy.types.MovieClip) -> None:
        """Raises MattewrightError for a file that can't be read."""
        self._lines = read_lines(path)
        first = next(self._lines)
        assert isinstance(first, Outlines)
        if not first.pieces:
            raise MattewrightError(f"object '{first.object}': its mattes have no outline of the wanted size: nothing to make a Mask of")
        self.outlines = first
        self.clip = clip
        self.mask: bpy.types.Mask = bpy.data.masks.new(first.object)
        self.mask.use_fake_user = True  # or it is not saved, unless it is used
        self.mask.frame_start, self.mask.frame_end = first.range.first, first.range.last
        self._layers: list[Any] = [None] * len(first.pieces)
        self._todo = sorted(range(len(first.pieces)), key=lambda number: first.pieces[number].depth)
        self._waiting: list[Shape] = []
        self._selected = set(self._todo)
        """Layers with selected points, as new ones have them."""
        self._middles: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        """Of each layer: all points in the middle of its first shape, and of its last one."""
        self._ended = False
        self._fading = list(range(len(first.pieces)))
        self.share = 0.0
        """Of the work that is done, about."""

    def step(self, stage: Stage) -> bool:
        """Do a little; whether there is more to do."""
        if self._todo:
            self._add_layer(self._todo.pop(0))
        elif not self._ended:
            self._read_and_key(stage)
        elif self._fading:
            self._key_presence(stage, self._fading.pop())
        return bool(self._todo or not self._ended or self._fading)

    def _add_layer(self, number: int) -> None:
        piece = self.outlines.pieces[number]
        layer = self.mask.layers.new(name=f"{'Hole' if piece.hole else 'Outline'} {number + 1}")
        layer.blend = "MERGE_SUBTRACT" if piece.hole else "MERGE_ADD"
        spline = layer.splines.new()
        spline.points.add(piece.points - 1)  # it has one already
        spline.use_cyclic = True
        for point in spline.points:
            point.handle_type = "FREE"
        self._layers[number] = layer

    def _read_and_key(self, stage: Stage) -> None:
        shape = next(self._lines, None)
        assert not isinstance(shape, Outlines)
        if self._waiting and (shape is None or shape.frame != self._waiting[0].frame):
            self._key(stage, self._waiting[0].frame, {waiting.piece: self._placed(waiting) for waiting in self._waiting})
            self._waiting = []
        if shape is None:
            self._ended = True
        else:
            self._waiting.append(shape)
            begin, end = self.outlines.range.first, self.outlines.range.last
            self.share = (shape.frame - begin) / max(1, end - begin)

    def _key(self, stage: Stage, frame: int, here: dict[int, np.ndarray]) -> None:
        """Key the layers of `here`, by number, with their points' (points, 3, 2) places in the mask's own space.

        The operator keys those layers that have a selected point.
        """
        stage.scene.frame_current = frame
        stage.scene.view_layers[0].update()  # now, or the operator would do it and put the points where they were
        for number, layer in enumerate(self._layers):
            points = layer.splines[0].points
            if number in here or number in self._selected:
                points.foreach_set("select", np.full(len(points), number in here))
            for index, name in enumerate(("handle_left", "co", "handle_right") if number in here else ()):
                points.foreach_set(name, np.ascontiguousarray(here[number][:, index]).ravel())
        self._selected = set(here)
        # With the window in the same one, Blender takes its scene.
        override: Any = bpy.context.temp_override  # some stubs say that it is no context manager
        with (
            override(window=stage.window),
            override(area=stage.area, region=stage.region, scene=stage.scene),
        ):
            if bpy.ops.mask.shape_key_insert() != {"FINISHED"}:
                raise MattewrightError(f"Mask '{self.mask.name}': Blender keyed no shape on frame {frame}")

    def _placed(self, shape: Shape) -> np.ndarray:
        """(points, 3, 2) float32 in the mask's own space."""
        size = self.outlines.width, self.outlines.height
        drawn = np.array(shape.points, np.float64).reshape(-1, 3, 2)
        inside = _inset(drawn, size, hole=self.outlines.pieces[shape.piece].hole)
        placed: np.ndarray = masks.places(inside, size).astype(np.float32)
        middle = np.broadcast_to(placed[:, 1].mean(axis=0), placed.shape)
        self._middles[shape.piece] = self._middles.get(shape.piece, (middle, middle))[0], middle
        return placed

    def _key_presence(self, stage: Stage, number: int) -> None:
        """Show the layer only on the frames on which its outline is there."""
        piece, layer, whole = self.outlines.pieces[number], self._layers[number], self.outlines.range
        changes: dict[int, float] = {}
        if piece.first > whole.first:
            changes |= {whole.first: 0.0, piece.first: 1.0}
        if piece.last < whole.last:
            changes |= {max(piece.first, whole.first): 1.0, piece.last + 1: 0.0}
        before, after = self._middles[number]
        if piece.first > whole.first:
            self._key(stage, piece.first - 1, {number: before})
        if piece.last < whole.last:
            self._key(stage, piece.last + 1, {number: after})
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
