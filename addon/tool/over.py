"""Which Movie Clip Editor the mouse is over, and what of it is not the clip."""

from __future__ import annotations

from typing import Any, NamedTuple

import bpy

from ..ui import strip, strip_marks
from . import state
from .state import Hand


class Over(NamedTuple):
    """The editor that the mouse is over. Not to be kept."""

    area: bpy.types.Area
    region: bpy.types.Region
    space: bpy.types.SpaceClipEditor
    clip: bpy.types.MovieClip


def editors(window: bpy.types.Window) -> list[Over]:
    """The window's Movie Clip Editors that show a clip."""
    found = []
    for area in window.screen.areas if window.screen else ():
        space = area.spaces.active
        if isinstance(space, bpy.types.SpaceClipEditor) and space.clip is not None and space.view == "CLIP":
            found += [Over(area, region, space, space.clip) for region in area.regions if region.type == "WINDOW"]
    return found


def under_mouse(window: bpy.types.Window, event: bpy.types.Event) -> Over | None:
    """The editor whose clip the mouse is over; None where another region, such as the sidebar, lies there."""
    x, y = event.mouse_x, event.mouse_y
    for found in editors(window):
        if _has(found.region, x, y):
            others = (region for region in found.area.regions if region.type not in ("WINDOW", "HUD"))
            return None if any(_has(region, x, y) for region in others) else found
    return None


def held(window: bpy.types.Window, hand: Hand) -> Over | None:
    """The editor that the hand began to draw in, wherever the mouse is."""
    return next((found for found in editors(window) if found.area.as_pointer() == hand.area), None)


def is_for_frames(context: bpy.types.Context, over: Over, event: bpy.types.Event) -> bool:
    """Whether the mouse is on the frame strip, or on the editor's own line of frames below it: a press there goes to a frame."""
    override: Any = context.temp_override  # of which 5.2's stubs don't know what it gives
    with override(area=over.area, region=over.region):
        shown = strip.strip_of(bpy.context)
    top = shown.top if shown is not None else strip_marks.LINE * state.scale()
    return bool(event.mouse_y - over.region.y < top)


def _has(region: bpy.types.Region, x: int, y: int) -> bool:
    return region.width > 1 and region.height > 1 and 0 <= x - region.x < region.width and 0 <= y - region.y < region.height
