"""The networks for classes, people and depth that the engine has cards of: asked for once a panel needs them, by a timer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import bpy

from ..engine.shot import MattewrightError
from ..engine.shot.networks import ListNetworks, Network, NetworksDone, NetworkTask
from . import properties
from .install.session import installer
from .link import Session, redraw_clip_editors, session

TICK = 0.1
RETRY = 10.0
"""Seconds between two askings while something is missing."""


class Known:
    """What the engine last said. It is asked anew after each installation, as what is installed may be another thing by then."""

    def __init__(self, session: Session, changed: Callable[[], None], now: Callable[[], float] = time.monotonic) -> None:
        """`changed` is called when there is something new to show."""
        self._session, self._changed, self._now = session, changed, now
        self._done: NetworksDone | None = None
        self._asked_at = float("-inf")
        self._of: object = None
        """The installation that was the last one when it was asked."""
        self._era = 0
        self.waiting = False
        """Whether the engine owes an answer."""
        self.problem = ""
        """Why nothing is known, in one line."""

    @property
    def due(self) -> bool:
        """Whether the engine is to be asked, if somebody wants to know."""
        if self.waiting or installer.running is not None:
            return False
        again = self._done is None and self._now() - self._asked_at >= RETRY
        return again or self._of is not installer.work

    def ask(self) -> None:
        """Ask the engine, and return at once."""
        self._asked_at, self._of, era = self._now(), installer.work, self._era
        try:
            self._session.ask("networks", ListNetworks(), lambda result, error: self._answered(era, result, error))
            self.waiting = True
        except MattewrightError as error:
            self.problem = str(error)
            self._changed()

    def learn(self, done: NetworksDone) -> None:
        """Take what somebody else has asked for."""
        self._done, self._of, self.problem = done, installer.work, ""
        for clip in bpy.data.movieclips:
            properties.list_classes(properties.of(clip).classes, self.find(properties.of(clip).classes.network))

    def of(self, task: NetworkTask) -> tuple[Network, ...]:
        """Those for `task`, as far as is known."""
        return tuple(network for network in (self._done.networks if self._done else ()) if network.task == task)

    def find(self, name: str) -> Network | None:
        """The one called `name`; None where it isn't known."""
        return next((network for network in (self._done.networks if self._done else ()) if network.name == name), None)

    @property
    def problems(self) -> tuple[str, ...]:
        """Cards that can't be read, a line each."""
        return self._done.problems if self._done else ()

    def forget(self) -> None:
        """Whatever still comes is not heard."""
        self._era += 1
        self._done, self.waiting, self.problem, self._asked_at = None, False, "", float("-inf")

    def _answered(self, era: int, result: Any, error: MattewrightError | None) -> None:
        if era != self._era:
            return
        self.waiting = False
        if isinstance(result, NetworksDone):
            self.learn(result)
        elif error is not None:
            self.problem = str(error)
        self._changed()


known = Known(session, lambda: redraw_clip_editors())
"""The one of this Blender."""


def look(clip: bpy.types.MovieClip) -> None:
    """See that the networks are known, and the classes of the clip's network listed; from a panel's draw, which may do neither itself."""
    if bpy.app.background or not (known.due or _is_behind(clip)):
        return
    if not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=0.0, persistent=True)


def fetch() -> None:
    """Ask and wait for the answer, in background, where no timer does. Raises MattewrightError."""
    result = session.run("networks", ListNetworks(), "")
    assert isinstance(result, NetworksDone)
    known.learn(result)


def _is_behind(clip: bpy.types.MovieClip) -> bool:
    """Whether the clip lists other classes than its network has: an undo takes back what was listed since."""
    settings = properties.of(clip).classes
    found = known.find(settings.network)
    return found is not None and not properties.lists(settings, found)


def _tick() -> float | None:
    if known.due:
        known.ask()
    if known.waiting:
        session.pump()
        return TICK
    behind = [clip for clip in bpy.data.movieclips if _is_behind(clip)]
    for clip in behind:
        properties.list_classes(properties.of(clip).classes, known.find(properties.of(clip).classes.network))
    if behind:
        redraw_clip_editors()
    return None


def register() -> None:
    pass


def unregister() -> None:
    if not bpy.app.background and bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    known.forget()
