"""Finding out what is wanted: by a timer while the preview is on, or because somebody says so."""

from __future__ import annotations

import threading
import time

import bpy
from bpy.app.handlers import persistent

from ...engine.shot import MattewrightError
from ...engine.shot.messages import Shown as Stage
from .. import jobs
from ..link import Job, redraw_clip_editors, session
from . import overlay_settings, prompting, settings
from .job_watch import JobWatch
from .live import Live
from .stored import Stored
from .target import Targets
from .wanted import Wanted, active, matted, unrefined, wanted_of
from .whole_shot import WholeShot

SHARE = 0.1
"""How much of Blender's main thread the looks at the values may take, while nothing is asked for."""
LONGEST_TICK = 0.05
"""Seconds between two looks at the most."""
LONGEST_WAIT = 0.014
"""Seconds that a drawing waits for an answer that is about to come, once: another drawing costs more."""
TICK_WAIT = 0.008
"""And a tick of the timer, in place of Blender's own rest of 5 ms, which nothing but a user's hand cuts short."""
WAITING_TICK = 0.004
"""And between two looks for the answer."""

BUSY = 0.5
"""Seconds from which on it is said that an alpha is being made."""
TOLD_EVERY = 0.5
"""And how often then."""

RETRY = 5.0
"""Seconds after which a trimap or alpha that could not be shown is asked for again."""

_told_at = 0.0
_cost = 1.0
"""Seconds that a look takes when nothing else keeps the processor."""
_looked_at = 0.0
_waited_for = 0
"""The number of the preview that a drawing has waited for."""
_jobs = JobWatch(session)
live = Live(session)
"""The one of this Blender."""
before = Live(session)
"""The same mask as it is before the object's chain, while the two are compared."""
stored = Stored()
"""All objects' masks as they are in the store."""
matte = Live(session)
"""The active object's trimap or alpha, while one is to be shown."""
_targets = Targets()
_whole = WholeShot(session, lambda wanted: _refine(wanted))


def request(clip: bpy.types.MovieClip, name: str, frame: int) -> None:
    """Preview the object `name` at scene frame `frame` with the values that it has now, if the preview is on; never raises for the user."""
    if not _is_on():
        return
    try:
        live.want(wanted_of(clip, name, frame, _jobs.changes(frame)))
    except MattewrightError as error:
        live.fail(str(error))


def changes(frame: int) -> tuple[int, int]:
    """Another pair of numbers whenever this Blender's jobs may have changed a file of scene frame `frame`."""
    return _jobs.changes(frame)


def look() -> Wanted | None:
    """Want what is being prompted, or what the editors show of the clip that was worked on last; what that is, None for nothing."""
    global _looked_at
    _looked_at = time.perf_counter()
    found = prompting.target()
    if found is not None:
        _targets.works_on(found[0])  # and it goes on being seen when the hand has left
    else:
        found = _targets.pick()
    if found is None:
        live.fail("")
        matte.close()
        return None
    clip, frame = found
    try:
        wanted = prompting.wanted(clip, frame) or prompting.remembered(clip, frame, session.job)
        wanted = wanted or wanted_of(clip, active(clip), frame, _jobs.changes(frame))
    except MattewrightError as error:
        live.fail(str(error))
        matte.close()
        return None
    if wanted.prompts is not None:
        prompting.remember(wanted, session.job)
    live.want(wanted)
    if _compares():
        before.want(unrefined(wanted))
    elif before.shown is not None and not before.waiting:
        before.close()
    _want_matte(clip, wanted)
    return wanted


def _want_matte(clip: bpy.types.MovieClip, wanted: Wanted) -> None:
    stage = _stage()
    if stage == "mask" or wanted.prompts is not None:  # the model's answer to a click is a mask
        if matte.waiting or matte.shown is not None:
            matte.close()
    elif stage == "trimap" or not _plays():  # while a scene plays, an alpha comes too late for its frame: stored ones are shown
        matte.retry(RETRY)
        matte.want(matted(clip, wanted, stage))


def _stage() -> Stage:
    scene = bpy.context.scene
    chosen = overlay_settings.of(scene).stage if scene is not None else "MASK"
    stages: dict[str, Stage] = {"TRIMAP": "trimap", "ALPHA": "alpha"}
    return stages.get(chosen, "mask")


def _plays() -> bool:
    manager = bpy.context.window_manager
    return any(window.screen.is_animation_playing for window in manager.windows) if manager else False


def _compares() -> bool:
    scene = bpy.context.scene
    return scene is not None and overlay_settings.of(scene).compare != "AFTER"


def _refine(wanted: Wanted) -> Job:
    clip = next((clip for clip in bpy.data.movieclips if clip.name_full == wanted.clip), None)
    if clip is None:
        raise MattewrightError(f"clip '{wanted.clip}': gone")
    return jobs.start("refine", clip, (wanted.object,))


def look_now() -> None:
    """Ask for what is wanted by now, if the preview is on, without waiting for the timer."""
    if _is_on():
        look()


def staged(chosen: overlay_settings.OverlaySettings) -> None:
    """The user wants to see something else: what hangs on the matte's values is live."""
    found = settings.current()
    if chosen.stage != "MASK" and found is not None and not found.show:
        found.show = True  # it begins by itself
    else:
        look_now()


def switched() -> None:
    """The user has turned the preview on or off."""
    if _is_on():
        begin()
    else:
        end()


def begin() -> None:
    live.forget()
    before.forget()
    matte.forget()
    _whole.forget()
    if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=0.0, persistent=True)


def end() -> None:
    if not bpy.app.background and bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    live.close()
    before.close()
    matte.close()
    redraw_clip_editors()


@persistent  # type: ignore[untyped-decorator]
def loaded(path: str, *rest: object) -> None:
    """Another file: what was shown is of a clip that is gone."""
    prompting.stop()
    prompting.forget()
    _targets.forget()
    live.close()
    before.close()
    matte.close()
    stored.close()
    switched()


def edited() -> None:
    """A value was set: what it calls for is asked for at once, and the engine works while Blender draws the window anew.

    Of many that are set in a row, by a script, few are looked at. Blender's render thread may set values, too: the timer sees those.
    """
    if not _is_on() or threading.current_thread() is not threading.main_thread():
        return
    if not live.waiting or time.perf_counter() - _looked_at > _cost / SHARE:
        look()


def ask_before_drawing() -> None:
    """What was changed otherwise than by a value, such as the frame, is asked for before Blender draws."""
    if _is_on() and not live.waiting:
        look()


def hear_while_drawing() -> None:
    """Take the answer that has come since it was asked for, or is about to come, so that it needs no drawing of its own.

    Not while a job runs: its end changes what Blender may not change as it draws.
    """
    global _waited_for
    if live.waiting and not live.looking and session.running is None:
        patience = _patience(LONGEST_WAIT) if _waited_for != live.asked else 0.0
        _waited_for = live.asked if patience else _waited_for
        session.pump(patience=patience)


def _patience(longest: float) -> float:
    """Seconds to wait for the live mask: none unless it is about to come. One that is very late is not waited for."""
    return longest if -live.took < live.due < longest else 0.0


def _tick() -> float | None:
    global _cost
    if not _is_on():
        live.close()
        before.close()
        matte.close()
        return None
    if live.waiting or before.waiting or matte.waiting:
        session.pump(patience=_patience(TICK_WAIT))
    if live.waiting:
        return WAITING_TICK
    started = time.perf_counter()
    wanted = look()  # and ask for what was changed meanwhile, before what came is drawn
    chosen = settings.current()
    if wanted is not None and chosen is not None and chosen.whole:
        _whole.look(wanted)  # here and not as Blender draws, when nothing of a clip may be written
    _cost = min(time.perf_counter() - started, 1.1 * _cost)
    _show_patience()
    waits = live.waiting or before.waiting or 0 < matte.waited < BUSY
    return WAITING_TICK if waits else min(_cost / SHARE, LONGEST_TICK)


def _show_patience() -> None:
    """An alpha may take seconds: how many it has taken is drawn now and then."""
    global _told_at
    now = time.monotonic()
    if matte.waited > BUSY and now - _told_at > TOLD_EVERY:
        _told_at = now
        redraw_clip_editors(panels=False)


def _is_on() -> bool:
    chosen = settings.current()
    return chosen is not None and bool(chosen.show)
