"""Makes Masks between redraws: some milliseconds of Blender's main thread at a time."""

from __future__ import annotations

import time
from pathlib import Path

import bpy
from bpy.app.handlers import persistent

from ...engine.shot import MattewrightError
from ..link import redraw_clip_editors
from .build import Building, staged

SLICE = 0.004
"""Seconds after which no further step is begun; one takes up to 7 ms of the processor (a keyframe of 18 layers with 500 points)."""
PAUSE = 0.01

_building: Building | None = None
problem = ""
"""Why the last one was not made; empty if it was."""


def running() -> Building | None:
    return _building


def run(path: Path, clip: bpy.types.MovieClip) -> bpy.types.Mask:
    """Make the Mask to its end: in background nobody waits. Raises MattewrightError, and then there is none."""
    building = Building(path, clip)
    try:
        with staged(clip, building.mask) as stage:
            while building.step(stage):
                pass
    except BaseException:
        bpy.data.masks.remove(building.mask)
        raise
    return building.mask


def start(path: Path, clip: bpy.types.MovieClip) -> None:
    """Begin, and go on by a timer. Raises MattewrightError for a file that can't be read."""
    global _building, problem
    stop()
    _building, problem = Building(path, clip), ""
    if not bpy.app.timers.is_registered(tick):
        bpy.app.timers.register(tick, first_interval=PAUSE)


def stop() -> None:
    """Give up, and take back what there is: before a file loads or a step is undone, for then it all becomes another's."""
    global _building
    building, _building = _building, None
    if building is not None:
        bpy.data.masks.remove(building.mask)


def tick() -> float | None:
    """One slice; the seconds until the next one, None at the end."""
    global _building, problem
    if _building is None:
        return None
    building, until = _building, time.perf_counter() + SLICE
    try:
        with staged(building.clip, building.mask) as stage:
            more = building.step(stage)
            while more and time.perf_counter() < until:
                more = building.step(stage)
    except MattewrightError as error:
        problem = str(error)
        stop()
        redraw_clip_editors()
        return None
    if more:
        redraw_clip_editors()
        return PAUSE
    _building = None
    show(building.clip, building.mask)
    bpy.ops.ed.undo_push(message="Matte to Mask")
    redraw_clip_editors()
    return None


def show(clip: bpy.types.MovieClip, mask: bpy.types.Mask) -> None:
    """Let the clip's editors that show no mask show this one, as soon as they are in mask mode."""
    manager = bpy.context.window_manager
    for window in manager.windows if manager else ():
        for area in window.screen.areas:
            space = area.spaces.active
            if isinstance(space, bpy.types.SpaceClipEditor) and space.clip == clip and space.mask is None:
                space.mask = mask


@persistent  # type: ignore[untyped-decorator]
def _gone(scene: object, *rest: object) -> None:
    stop()


def register() -> None:
    for handlers in (bpy.app.handlers.load_pre, bpy.app.handlers.undo_pre, bpy.app.handlers.redo_pre):
        handlers.append(_gone)


def unregister() -> None:
    if not bpy.app.background and bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)
    stop()
    for handlers in (bpy.app.handlers.load_pre, bpy.app.handlers.undo_pre, bpy.app.handlers.redo_pre):
        handlers.remove(_gone)
