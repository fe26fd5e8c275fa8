"""Finding out what is wanted: by a timer while the preview is on, or because somebody says so."""

from __future__ import annotations

import bpy
from bpy.app.handlers import persistent

from ...engine.shot import MattewrightError
from .. import properties
from ..link import redraw_clip_editors, session
from . import settings
from .job_watch import JobWatch
from .live import Live
from .wanted import active, wanted_of

TICK = 0.02
"""Seconds between two looks at the values, while nothing is asked for."""
WAITING_TICK = 0.004
"""And between two looks for the answer. Blender itself looks every 5 ms or so."""

_jobs = JobWatch(session)
live = Live(session)
live.on_shown = redraw_clip_editors


def request(clip: bpy.types.MovieClip, name: str, frame: int) -> None:
    """Preview the object `name` at scene frame `frame` with the values that it has now, if the preview is on; never raises for the user."""
    chosen = settings.current()
    if chosen is None or not chosen.show:
        return
    try:
        live.want(wanted_of(clip, name, frame, _jobs.changes(frame)))
    except MattewrightError as error:
        live.fail(str(error))


def look() -> None:
    """Want what the first Movie Clip Editor with a shot shows."""
    found = _target()
    if found is None:
        live.fail("")
        return
    clip, frame = found
    try:
        live.want(wanted_of(clip, active(clip), frame, _jobs.changes(frame)))
    except MattewrightError as error:
        live.fail(str(error))


def switched() -> None:
    """The user has turned the preview on or off."""
    chosen = settings.current()
    if chosen is not None and chosen.show:
        begin()
    else:
        end()


def begin() -> None:
    live.forget()
    if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=0.0, persistent=True)


def end() -> None:
    if not bpy.app.background and bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    live.close()
    redraw_clip_editors()


@persistent  # type: ignore[untyped-decorator]
def loaded(path: str, *rest: object) -> None:
    """Another file: what was shown is of a clip that is gone."""
    live.close()
    switched()


def _tick() -> float | None:
    chosen = settings.current()
    if chosen is None or not chosen.show:
        live.close()
        return None
    if live.waiting:
        session.pump()
    look()
    return WAITING_TICK if live.waiting else TICK


def _target() -> tuple[bpy.types.MovieClip, int] | None:
    manager = bpy.context.window_manager
    for window in manager.windows if manager else ():
        for area in window.screen.areas:
            space = area.spaces.active
            if not isinstance(space, bpy.types.SpaceClipEditor) or space.clip is None or window.scene is None:
                continue
            if len(properties.of(space.clip).objects):
                return space.clip, window.scene.frame_current
    return None
