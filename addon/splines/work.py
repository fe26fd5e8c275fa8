"""The one Mask that is being made, and taken in by a timer when it is whole."""

from __future__ import annotations

import atexit
from pathlib import Path

import bpy
from bpy.app.handlers import persistent

from ...engine.shot import MattewrightError
from ..link import redraw_clip_editors
from .making import Making

TICK = 0.1
"""Seconds between two looks at how far it is."""
QUITTING = 2.0
"""Seconds that the other Blender has to end as this one quits or the add-on is disabled."""

_making: Making | None = None
problem = ""
"""Why the last one was not made; empty if it was."""


def running() -> Making | None:
    return _making


def run(outlines: Path, name: str, clip: bpy.types.MovieClip) -> bpy.types.Mask:
    """Make the Mask called `name` to its end: in background nobody waits. Raises MattewrightError, and then there is none."""
    making = Making(outlines, name, clip.name)
    try:
        while making.ended is None:
            making.wait(TICK)
            making.poll()
    except BaseException:  # the user presses Ctrl-C
        making.stop()
        making.wait(QUITTING)
        raise
    return _taken(making)


def start(outlines: Path, name: str, clip: bpy.types.MovieClip) -> None:
    """Begin, and go on by a timer. Raises MattewrightError."""
    global _making, problem
    stop()
    _making, problem = Making(outlines, name, clip.name), ""
    if not bpy.app.timers.is_registered(tick):
        bpy.app.timers.register(tick, first_interval=TICK)


def stop(seconds: float = 0.0) -> None:
    """Give up, and wait so long for the other Blender's end: before a file loads, for it is not for that one, or a step is undone."""
    global _making
    making, _making = _making, None
    if making is not None:
        making.stop()
        making.wait(seconds)


def tick() -> float | None:
    """One look; the seconds until the next one, None at the end."""
    global _making, problem
    making = _making
    if making is None:
        return None
    if making.poll():
        redraw_clip_editors()
    if making.ended is None:
        return TICK
    _making = None
    try:
        mask = _taken(making)
    except MattewrightError as error:
        problem = str(error)
        return None
    show(making.clip, mask)
    bpy.ops.ed.undo_push(message="Matte to Mask")
    return None


def _taken(making: Making) -> bpy.types.Mask:
    """The Mask that is made. Raises MattewrightError where it is not."""
    assert making.ended is not None
    if making.ended.event != "done":
        raise MattewrightError(making.ended.text)
    return making.take()


def show(clip: str, mask: bpy.types.Mask) -> None:
    """Let the clip's editors that show no mask show this one, as soon as they are in mask mode."""
    manager = bpy.context.window_manager
    for window in manager.windows if manager else ():
        for area in window.screen.areas:
            space = area.spaces.active
            if isinstance(space, bpy.types.SpaceClipEditor) and space.clip and space.clip.name == clip and space.mask is None:
                space.mask = mask


@persistent  # type: ignore[untyped-decorator]
def _gone(scene: object, *rest: object) -> None:
    stop()


def _quit() -> None:
    stop(QUITTING)


def register() -> None:
    atexit.register(_quit)
    for handlers in (bpy.app.handlers.load_pre, bpy.app.handlers.undo_pre, bpy.app.handlers.redo_pre):
        handlers.append(_gone)


def unregister() -> None:
    atexit.unregister(_quit)
    if not bpy.app.background and bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)
    stop(QUITTING)
    for handlers in (bpy.app.handlers.load_pre, bpy.app.handlers.undo_pre, bpy.app.handlers.redo_pre):
        handlers.remove(_gone)
