"""The frame strip over the Movie Clip Editor's own frame line: what there is of each object, frame by frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import blf
import bpy
import gpu
from gpu_extras.batch import batch_for_shader

from .. import frames, preferences, properties
from ..colors import displayed
from . import strip_marks
from .strip_marks import Mark, Row, Shades, Strip

TEXT = 10.0
_builtin: Any = gpu.shader.from_builtin
_dimensions: Any = blf.dimensions  # some stubs say that it gives None
_handles: list[Any] = []
_keys: list[tuple[Any, Any]] = []
CURRENT = (0.34, 0.56, 0.9)
"""The current frame's colour where the theme doesn't say it."""


class Drawn:
    """Keeps the triangles of a strip that stays as it is: a playing scene draws it many times a second."""

    def __init__(self) -> None:
        self._strip: Strip | None = None
        self._batch: Any = None

    def draw(self, strip: Strip) -> None:
        if strip != self._strip:
            self._strip, self._batch = strip, _batch(strip_marks.marks(strip))
        self._batch.draw(_builtin("SMOOTH_COLOR"))

    def forget(self) -> None:
        self._strip = self._batch = None


drawn = Drawn()


def rows_of(clip: bpy.types.MovieClip) -> tuple[Row, ...]:
    """A row for each object that is shown and of which there is anything to show."""
    shot = properties.of(clip)
    active = properties.active_object(shot)
    rows = []
    for item in properties.visible_objects(shot):
        found = frames.of_object(clip, item.name)
        prompted = tuple(sorted(said.frame for said in item.prompts))
        if not (prompted or (found and found.tracked)):
            continue
        rows.append(
            Row(
                item.name,
                displayed(item.color),
                active is not None and item.name == active.name,
                prompted,
                tuple((locked.first, locked.last) for locked in item.locked),
                found.tracked if found else (),
                found.stale if found else (),
                tuple(one.frame for one in found.doubtful) if found else (),
                found.matted if found and item.matte.enabled else (),
            )
        )
    return tuple(rows[: strip_marks.MOST_ROWS])


def shades() -> Shades:
    """As the preferences have them."""
    chosen = preferences.current()
    if chosen is None:
        return strip_marks.USUAL
    return Shades(_opaque(chosen.prompted_color), _opaque(chosen.doubtful_color), _opaque(chosen.locked_color))


def _opaque(color: Iterable[float]) -> strip_marks.Color:
    red, green, blue = displayed(color)
    return red, green, blue, 1.0


def strip_of(context: bpy.types.Context) -> Strip | None:
    """The strip in the context's region; None where there is none to be shown."""
    space, region, scene, preferences = context.space_data, context.region, context.scene, context.preferences
    if (
        not isinstance(space, bpy.types.SpaceClipEditor)
        or space.clip is None
        or space.view != "CLIP"
        or region is None
        or region.type != "WINDOW"
        or region.width < 2
        or scene is None
        or preferences is None
    ):
        return None
    rows = rows_of(space.clip)
    if not rows:
        return None
    return Strip(region.width, float(preferences.system.ui_scale), scene.frame_start, scene.frame_end, rows, shades())


def _draw() -> None:
    """In a WINDOW region of a Movie Clip Editor, in pixels."""
    context = bpy.context
    strip, scene = strip_of(context), context.scene
    if strip is None or scene is None:
        return
    gpu.state.blend_set("ALPHA")
    drawn.draw(strip)
    color = _current_color(context)
    head = strip_marks.playhead(strip, scene.frame_current, color)
    if head:
        _batch(head).draw(_builtin("SMOOTH_COLOR"))
        _number(strip, scene.frame_current, color)
    gpu.state.blend_set("NONE")
    if len(strip.rows) > 1:
        _names(strip)


def _number(strip: Strip, frame: int, color: tuple[float, ...]) -> None:
    """The current frame's number over the strip, which hides that of Blender's own line."""
    font, text = 0, str(frame)
    blf.size(font, 11.0 * strip.scale)
    width, height = _dimensions(font, text)
    box = strip_marks.number_box(strip, frame, width, color)
    _batch([box]).draw(_builtin("SMOOTH_COLOR"))
    blf.color(font, 1.0, 1.0, 1.0, 1.0)
    blf.position(font, (box.left + box.right - width) / 2, (box.bottom + box.top - height) / 2, 0.0)
    blf.draw(font, text)


def _names(strip: Strip) -> None:
    font = 0
    blf.enable(font, blf.SHADOW)
    blf.shadow(font, 3, 0.0, 0.0, 0.0, 1.0)
    for row, (low, high) in zip(strip.rows, strip.lanes, strict=True):
        blf.size(font, min(TEXT * strip.scale, (high - low) * 0.9))
        blf.color(font, 1.0, 1.0, 1.0, 0.95 if row.active else 0.7)
        blf.position(font, 5.0 * strip.scale, low + (high - low) * 0.2, 0.0)
        blf.draw(font, row.name)
    blf.disable(font, blf.SHADOW)


def _batch(marks: list[Mark]) -> Any:
    corners = [corner for mark in marks for corner in mark.triangles()]
    colors = [mark.color for mark in marks for _ in range(6)]
    return batch_for_shader(_builtin("SMOOTH_COLOR"), "TRIS", {"pos": corners, "color": colors})


def _current_color(context: bpy.types.Context) -> tuple[float, ...]:
    themes: Any = context.preferences.themes if context.preferences else ()
    for theme in themes:
        found = getattr(theme.clip_editor, "frame_current", None)
        if found is not None:
            return tuple(found)
    return CURRENT


def register() -> None:
    if bpy.app.background:
        return
    _handles.append(bpy.types.SpaceClipEditor.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL"))
    manager: Any = bpy.context.window_manager
    configuration = manager.keyconfigs.addon if manager else None
    if configuration is None:
        return
    keymap = configuration.keymaps.new(name="Clip Editor", space_type="CLIP_EDITOR")
    for operator, key, modifiers in (
        ("mattewright.strip_scrub", "LEFTMOUSE", {}),
        ("mattewright.next_doubtful", "N", {"shift": True}),
        ("mattewright.previous_doubtful", "N", {"shift": True, "ctrl": True}),
    ):
        _keys.append((keymap, keymap.keymap_items.new(operator, key, "PRESS", **modifiers)))


def unregister() -> None:
    while _keys:
        keymap, item = _keys.pop()
        keymap.keymap_items.remove(item)
    while _handles:
        bpy.types.SpaceClipEditor.draw_handler_remove(_handles.pop(), "WINDOW")
    drawn.forget()
