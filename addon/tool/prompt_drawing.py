"""Prompts over the clip: those on this frame strong, those on its neighbours faint. Drawn in triangles, which every graphics driver has."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import bpy
import gpu
import numpy as np
import numpy.typing as npt
from gpu_extras.batch import batch_for_shader

from .. import clips, preview, properties, tracks
from ..colors import displayed
from ..ui.placement import Placement, placement
from . import state
from .marks import Mark, Place, corners

NEAR = 12
"""Frames to each side whose prompts are seen."""
FAINT = 0.4
"""How strong the nearest of them are."""
FRAME = 8.0
"""Half the side of the square around a motion track's point."""
RADIUS = 6.0
"""Of a point, in pixels at Blender's usual resolution scale."""
LINE = 2.0
"""A line's width."""
DARK = (0.05, 0.05, 0.05)
LIGHT = (1.0, 1.0, 1.0)

Triangles = npt.NDArray[np.float32]
"""(3 n, 2) pixels of the region."""
Rgba = tuple[float, float, float, float]
Shape = tuple[Triangles, Rgba]

_types: Any = gpu.types  # what the stubs say of these differs from version to version
_builtin: Any = gpu.shader.from_builtin
_handles: list[Any] = []


def marks_of(clip: bpy.types.MovieClip, frame: int, place: Placement) -> list[Mark]:
    """Every object's prompts on scene frame `frame`, and the active object's near it, as they lie in the region; the strongest last."""
    shot = properties.of(clip)
    size = clips.size(clip)
    if 0 in size:
        return []
    found: list[Mark] = []
    for number, item in enumerate(shot.objects):
        active = number == shot.active_index
        color = displayed(item.color)
        for said in item.prompts:
            away = abs(said.frame - frame)
            if away == 0 or (active and away <= NEAR):
                strength = 1.0 if away == 0 else FAINT * (1.0 - (away - 1) / NEAR)
                found += _marks(said, item.name, place, size, color, strength, active)
        for index, attached in enumerate(item.tracks):
            track = tracks.find(clip, attached)
            at = tracks.place_at(clip, track, frame) if track is not None else None
            if at is not None:
                found.append(Mark(item.name, "TRACK", index, (place.point(*at),), attached.positive, color, 1.0, active))
    return sorted(found, key=lambda mark: (mark.strength == 1.0, mark.active))


def _marks(
    said: properties.ObjectPrompts,
    name: str,
    place: Placement,
    size: tuple[int, int],
    color: tuple[float, float, float],
    strength: float,
    active: bool,
) -> list[Mark]:
    width, height = size

    def on_screen(x: float, y: float) -> Place:
        return place.point(x / width, y / height)

    found = []
    if said.use_box:
        left, top, right, bottom = said.box
        found.append(Mark(name, "BOX", 0, (on_screen(left, bottom), on_screen(right, top)), True, color, strength, active))
    for index, scribble in enumerate(said.scribbles):
        places = tuple(on_screen(point.x, point.y) for point in scribble.points)
        if places:
            found.append(Mark(name, "SCRIBBLE", index, places, scribble.positive, color, strength, active))
    for index, point in enumerate(said.points):
        found.append(Mark(name, "POINT", index, (on_screen(point.x, point.y),), point.positive, color, strength, active))
    return found


# --- shapes


def shapes_of(mark: Mark, scale: float) -> list[Shape]:
    """What a mark looks like: filled where it is the object, dark inside where it is not."""
    alpha = mark.strength * (1.0 if mark.active else 0.7)
    if mark.kind == "POINT":
        return point_shapes(mark.places[0], mark.color, mark.positive, alpha, RADIUS * scale * (1.0 if mark.strength == 1.0 else 0.7))
    if mark.kind == "TRACK":
        (x, y), away = mark.places[0], FRAME * scale
        around = corners(((x - away, y - away), (x + away, y + away)))
        return [
            *line_shapes(around, mark.color, mark.positive, alpha, 0.6 * scale),
            *point_shapes((x, y), mark.color, mark.positive, alpha, 0.6 * RADIUS * scale),
        ]
    line = corners(mark.places) if mark.kind == "BOX" else mark.places
    return line_shapes(line, mark.color, mark.positive, alpha, scale)


def point_shapes(at: Place, color: tuple[float, float, float], positive: bool, alpha: float, radius: float) -> list[Shape]:
    """A disk with a plus, or a dark one with a minus."""
    arm, thick = radius * 0.55, max(1.5, radius * 0.28)
    x, y = at
    sign = [strip([(x - arm, y), (x + arm, y)], thick)]
    if positive:
        sign.append(strip([(x, y - arm), (x, y + arm)], thick))
    inside, over = (color, LIGHT) if positive else (DARK, color)
    return [
        (disk(at, radius + 2.0), (*DARK, 0.8 * alpha)),
        (disk(at, radius + 1.0), (*(LIGHT if positive else color), alpha)),
        (disk(at, radius), (*inside, alpha)),
        *((part, (*over, alpha)) for part in sign),
    ]


def line_shapes(line: Sequence[Place], color: tuple[float, float, float], positive: bool, alpha: float, scale: float) -> list[Shape]:
    """A line in the colour on a dark one; what is not the object has a dark middle."""
    width = LINE * scale
    wide, core = ((*DARK, 0.6 * alpha), (*color, alpha)) if positive else ((*color, alpha), (*DARK, alpha))
    return [(strip(line, width + 2.0 * scale), wide), (strip(line, width), core)]


def disk(at: Place, radius: float, parts: int = 20) -> Triangles:
    turns = np.linspace(0.0, 2.0 * math.pi, parts + 1)
    rim = np.stack([at[0] + radius * np.cos(turns), at[1] + radius * np.sin(turns)], axis=1)
    middle = np.broadcast_to(np.array(at), (parts, 2))
    triangles: Triangles = np.stack([middle, rim[:-1], rim[1:]], axis=1).reshape(-1, 2).astype(np.float32)
    return triangles


def strip(line: Sequence[Place], width: float) -> Triangles:
    """A line of that width, each part of it longer by half the width at both ends, so that corners are closed; a dot for a lone point."""
    points = np.array(line, np.float64).reshape(-1, 2)
    if len(points) < 2:
        nothing: Triangles = np.zeros((0, 2), np.float32)
        return disk(line[0], width) if line else nothing
    start, end = points[:-1], points[1:]
    length = np.hypot(*(end - start).T)[:, None]
    along = np.divide(end - start, length, out=np.zeros_like(start), where=length > 0) * (width / 2)
    beside = np.stack([-along[:, 1], along[:, 0]], axis=1)
    start, end = start - along, end + along
    a, b, c, d = start + beside, start - beside, end + beside, end - beside
    triangles: Triangles = np.stack([a, b, c, c, b, d], axis=1).reshape(-1, 2).astype(np.float32)
    return triangles


# --- in Blender


def draw() -> None:
    """In a WINDOW region of a Movie Clip Editor, in pixels."""
    context = bpy.context
    space, region, scene = context.space_data, context.region, context.scene
    if not isinstance(space, bpy.types.SpaceClipEditor) or space.clip is None or space.view != "CLIP" or region is None or scene is None:
        return
    overlay = preview.overlay_settings.of(scene)
    if not state.hands and not (overlay.show and overlay.prompts):
        return
    place = placement(region)
    if place is None or state.refusal(space):
        return
    scale = state.scale()
    visible = {item.name for item in properties.visible_objects(properties.of(space.clip))}
    marks = [mark for mark in marks_of(space.clip, scene.frame_current, place) if mark.object in visible]
    shapes = [shape for mark in marks for shape in shapes_of(mark, scale)]
    shapes += _in_hand(context, space.clip, scale)
    draw_shapes(shapes)


def _in_hand(context: bpy.types.Context, clip: bpy.types.MovieClip, scale: float) -> list[Shape]:
    """What the hand is drawing in this editor."""
    hand = state.hands.get(context.window.as_pointer()) if context.window else None
    if hand is None or context.area is None or hand.area != context.area.as_pointer():
        return []
    item = properties.active_object(properties.of(clip))
    color = displayed(item.color) if item is not None else (1.0, 0.74, 0.0)
    if hand.gestures.box is not None:
        return line_shapes(corners(hand.gestures.box), color, True, 1.0, scale)
    if hand.gestures.stroke is not None:
        points, positive = hand.gestures.stroke
        return line_shapes(points, color, positive, 1.0, scale)
    return []


def draw_shapes(shapes: Iterable[Shape]) -> None:
    """In one go: each over those before it."""
    filled = [(triangles, color) for triangles, color in shapes if len(triangles)]
    if not filled:
        return
    positions = np.concatenate([triangles for triangles, _ in filled])
    colors = np.repeat(np.array([color for _, color in filled], np.float32), [len(triangles) for triangles, _ in filled], axis=0)
    shader = _builtin("SMOOTH_COLOR")
    batch = batch_for_shader(shader, "TRIS", {"pos": positions, "color": colors})
    gpu.state.blend_set("ALPHA")
    shader.bind()
    batch.draw(shader)
    gpu.state.blend_set("NONE")


def register() -> None:
    if not bpy.app.background:
        _handles.append(bpy.types.SpaceClipEditor.draw_handler_add(draw, (), "WINDOW", "POST_PIXEL"))


def unregister() -> None:
    while _handles:
        bpy.types.SpaceClipEditor.draw_handler_remove(_handles.pop(), "WINDOW")
