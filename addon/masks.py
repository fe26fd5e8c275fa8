"""Blender Masks as outlines in the clip's pixels, for refine ops that ask for one.

A mask's shape keys show themselves only frame by frame. They are read in a scene of their own that holds nothing else, which takes some
hundredths of a millisecond a frame however heavy the user's scene is, and leaves the user's scene at its frame.

Not taken: feather points (ops have feathers of their own), and splines that aren't closed or not filled, which Blender doesn't fill either.
What can't be said in outlines is refused: parented points, inverted layers and the other ways in which layers are blended.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import bpy
import numpy as np

from ..engine.shot import BlenderMask, FrameRange, MattewrightError, Polygon
from . import animation, properties

TOLERANCE = 0.25
"""Pixels that an outline's corners may leave the curve by."""
KEYED = 1e-5
"""How far, in the mask's own space, a point's way may bend by rounding alone."""
ADDED, SUBTRACTED = ("MERGE_ADD", "ADD"), ("MERGE_SUBTRACT", "SUBTRACT")

_Point = tuple[float, float]


def asked_for(settings: properties.ShotProperties) -> set[str]:
    """The names of the masks that refine steps ask for."""
    steps = (step for item in settings.objects for step in item.refine if step.enabled)
    return {value.reference for step in steps for value in step.values if value.kind == "MASK" and value.reference}


def resolve(name: str) -> tuple[bpy.types.Mask | None, str]:
    """The mask that `name` means, and its layer: ``mask`` is a whole one, of which the layer is empty; ``mask/layer`` one layer alone."""
    found = bpy.data.masks.get(name)
    if found is not None:
        return found, ""
    for place, letter in enumerate(name):
        found = bpy.data.masks.get(name[:place]) if letter == "/" else None
        if found is not None and found.layers.get(name[place + 1 :]) is not None:
            return found, name[place + 1 :]
    return None, ""


def why_not(name: str) -> str:
    """Why the mask called `name` can't be had, in one line; empty where it can."""
    found, layer = resolve(name)
    if found is None:
        known = ", ".join(f"'{mask.name}'" for mask in bpy.data.masks) or "none"
        return f"there is no Mask '{name}' in this file; its masks: {known}"
    try:
        _check(found, layer)
    except MattewrightError as error:
        return str(error)
    return ""


def refused(settings: properties.ShotProperties) -> dict[str, str]:
    """The objects whose chain asks for a mask that can't be had, or for the mask of such an object, each with the reason in one line."""
    found: dict[str, str] = {}
    asks: dict[str, set[str]] = {}
    for item in settings.objects:
        values = [(number, value) for number, step in enumerate(item.refine, 1) if step.enabled for value in step.values]
        asks[item.name] = {value.reference for _, value in values if value.kind == "OBJECT"}
        for number, value in values:
            reason = why_not(value.reference) if value.kind == "MASK" and value.reference else ""
            if reason:
                found.setdefault(item.name, f"step {number} of '{item.name}': {reason}. Choose another one there, or switch the step off")
    while more := {name: found[other] for name, others in asks.items() if name not in found for other in others if other in found}:
        found |= more
    return found


def outlines(names: Iterable[str], size: tuple[int, int], frames: FrameRange) -> tuple[BlenderMask, ...]:
    """The masks of these names over a clip of `size`, (width, height) in pixels: one entry for each frame at which the outlines change.

    Those that can't be had are left out: `refused` says whose work that stops.
    """
    meant = _to_be_had(names)
    if not meant:
        return ()
    found: list[dict[str, tuple[Polygon, ...]]] = [{} for _ in meant]
    latest: list[tuple[Polygon, ...] | None] = [None for _ in meant]
    for frame, evaluated in _evaluated([mask for _, mask, _ in meant], frames):
        for number, mask in enumerate(evaluated):
            polygons = tuple(_polygons(mask, size, meant[number][2]))
            if polygons != latest[number]:
                found[number][str(frame)] = latest[number] = polygons
    return tuple(BlenderMask(name, by_frame) for (name, _, _), by_frame in zip(meant, found, strict=True))


def keyframes(name: str, frames: FrameRange) -> list[int]:
    """The frames within `frames` at which the shape of the mask that `name` means is keyed, as far as that shows.

    Blender tells nobody where a layer's shapes are keyed. But between two keyframes points go in straight lines at one speed: where they
    begin to go, turn or stop there is one. A mask that stands still has its first frame.
    """
    ((_, mask, layer),) = _to_be_had([name])
    rows = []
    for _, (evaluated,) in _evaluated([mask], frames):
        places = [tuple(place) for one in _chosen(evaluated, layer) for spline in one.splines for place in _handles(spline)]
        rows.append([value for place in places for value in place])
    found = []
    for number, row in enumerate(rows):
        before, after = rows[max(0, number - 1)], rows[min(len(rows) - 1, number + 1)]
        turns = any(abs(a + c - 2 * b) > KEYED for a, b, c in zip(before, row, after, strict=False))
        if turns or not len(before) == len(row) == len(after):
            found.append(frames.first + number)
    return found or [frames.first]


def places(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """From pixels, (..., 2), to a mask's own space over a clip of `size`, (width, height): the way back of `_pixels`."""
    width, height = size
    longer = max(size)
    x, y = pixels[..., 0], pixels[..., 1]
    return np.stack([(x + (longer - width) / 2) / longer, (height - y + (longer - height) / 2) / longer], axis=-1)


def shown(names: Iterable[str], size: tuple[int, int], frame: int) -> tuple[BlenderMask, ...]:
    """The masks of these names as Blender shows them now, which is at scene frame `frame`; without those that can't be had."""
    return tuple(BlenderMask(name, {str(frame): tuple(_polygons(mask, size, layer))}) for name, mask, layer in _to_be_had(names))


def _to_be_had(names: Iterable[str]) -> list[tuple[str, bpy.types.Mask, str]]:
    """The names, each with its mask and its layer."""
    meant = ((name, *resolve(name)) for name in sorted(set(names)) if not why_not(name))
    return [(name, mask, layer) for name, mask, layer in meant if mask is not None]


def _chosen(mask: Any, layer: str) -> list[Any]:
    """The layers that are meant."""
    return [one for one in mask.layers if not layer or one.name == layer]


def _handles(spline: Any) -> Iterator[Any]:
    for point in spline.points:
        yield from (point.handle_left, point.co, point.handle_right)


def _evaluated(masks: list[bpy.types.Mask], frames: FrameRange) -> Iterator[tuple[int, list[Any]]]:
    """The masks as they are on each frame."""
    shown: Any = bpy.context.scene
    if shown is not None and any(animation.drivers_of(mask) for mask in masks):  # which may look at anything
        for frame in animation.led(shown, frames):
            yield frame, list(masks)
        return
    now, part = (shown.frame_current, shown.frame_subframe) if shown is not None else (frames.first, 0.0)
    scene: Any = bpy.data.scenes.new("Mattewright: masks")
    try:
        layer = scene.view_layers[0]
        for frame in frames:
            scene.frame_current = frame
            layer.update()
            yield frame, [mask.evaluated_get(layer.depsgraph) for mask in masks]
        scene.frame_current, scene.frame_subframe = now, part  # evaluating writes into the masks and the clips themselves
        layer.update()
    finally:
        bpy.data.scenes.remove(scene)
    if shown is not None and any(animation.drivers_of(clip) for clip in bpy.data.movieclips):
        shown.frame_set(now, subframe=part)


def _check(mask: bpy.types.Mask, only: str = "") -> None:
    seen = False
    for layer in _chosen(mask, only):
        if layer.hide_render:
            continue
        where = f"Mask '{mask.name}', layer '{layer.name}'"
        if layer.invert:
            raise MattewrightError(f"{where}: an inverted layer can't be taken over: turn Invert off, and keep the other side in the op")
        if layer.blend not in ADDED + SUBTRACTED:
            raise MattewrightError(f"{where}: of Blender's ways to blend layers only adding and subtracting can be taken over")
        for spline in layer.splines:
            parents: list[Any] = [point.parent for point in spline.points]
            if any(parent.id is not None for parent in parents):
                raise MattewrightError(f"{where}: points that are parented to a track can't be taken over: insert shape keys instead")
        if seen and layer.use_fill_holes and len(layer.splines) > 1:
            raise MattewrightError(f"{where}: a layer with holes can't be taken over above another one: put it below the others")
        seen = True


def _polygons(mask: Any, size: tuple[int, int], only: str = "") -> Iterator[Polygon]:
    for layer in _chosen(mask, only):
        opacity = round(float(layer.alpha), 6)
        if layer.hide_render or opacity <= 0:
            continue
        shapes = [_corners(spline, size) for spline in layer.splines if spline.use_cyclic and spline.use_fill]
        shapes = [shape for shape in shapes if len(shape) >= 3]
        depths = [sum(other is not shape and _inside(shape[0], other) for other in shapes) for shape in shapes]
        if not layer.use_fill_holes:
            depths = [0] * len(shapes)
        # With holes: what lies inside an odd number of others is one. Outer ones come first.
        for number in sorted(range(len(shapes)), key=depths.__getitem__):
            yield Polygon(tuple(shapes[number]), opacity, (layer.blend in SUBTRACTED and not only) != bool(depths[number] % 2))


def _corners(spline: Any, size: tuple[int, int]) -> list[_Point]:
    """The closed spline as corners in pixels, x to the right, y down, (0, 0) the picture's top left corner."""
    points = [tuple(_pixels(place, size) for place in (point.handle_left, point.co, point.handle_right)) for point in spline.points]
    corners: list[_Point] = []
    for (_, start, leaving), (arriving, end, _) in pairwise([*points, *points[:1]]):
        corners += _bezier(start, leaving, arriving, end)
    return [(round(x, 3), round(y, 3)) for x, y in corners]


def _pixels(place: Any, size: tuple[int, int]) -> _Point:
    """From a mask's own space, which is as wide and high as the longer side is, with the picture in its middle, y up."""
    width, height = size
    longer = max(size)
    return place[0] * longer - (longer - width) / 2, height + (longer - height) / 2 - place[1] * longer


def _bezier(start: _Point, leaving: _Point, arriving: _Point, end: _Point) -> list[_Point]:
    """The curve from its start on, without its end, in as many equal steps as keep it within the tolerance.

    A step of length t leaves a curve by at most t^2/8 of its second derivative (Farouki, "Pythagorean-Hodograph Curves", 2008), which is
    largest at one end.
    """
    bends = [
        math.hypot(a[0] - 2 * b[0] + c[0], a[1] - 2 * b[1] + c[1]) for a, b, c in ((start, leaving, arriving), (leaving, arriving, end))
    ]
    steps = max(1, math.ceil(math.sqrt(6 * max(bends) / 8 / TOLERANCE)))
    found = []
    for step in range(steps):
        t = step / steps
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        places = (start, leaving, arriving, end)
        x, y = (sum(weight * place[axis] for weight, place in zip(weights, places, strict=True)) for axis in (0, 1))
        found.append((x, y))
    return found


def _inside(point: _Point, shape: list[_Point]) -> bool:
    """Whether the point lies inside, by the even-odd rule."""
    x, y = point
    crossed = False
    for (ax, ay), (bx, by) in pairwise([*shape, shape[0]]):
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            crossed = not crossed
    return crossed
