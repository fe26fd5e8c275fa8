"""The whole shot after a change: once the chain's values stay as they are, its masks are made anew in the background."""

from __future__ import annotations

import time
from collections.abc import Callable

from ...engine.shot import MattewrightError, RefineStep
from ..link import Job, Session
from .wanted import Wanted

PATIENCE = 1.0
"""Seconds that the values must have stayed as they are: a drag is not over when the mouse rests for a moment."""

Chain = tuple[RefineStep, ...]
Start = Callable[[Wanted], Job]
"""Begins to refine the object over its shot."""


class WholeShot:
    """Told at each look what is wanted on the current frame, it finds out when a chain has changed, and when the change is over."""

    def __init__(self, session: Session, start: Start, now: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._start = start
        self._now = now
        self._known: dict[tuple[str, str], Chain] = {}
        """Chains by clip and object, as they were last seen."""
        self._due: tuple[str, str] | None = None
        """Whose masks are to be made anew."""
        self._since = 0.0
        self._frame: int | None = None
        self._job: Job | None = None

    def look(self, wanted: Wanted) -> None:
        """What is wanted by now; the first look at an object only remembers its chain."""
        who = wanted.clip, wanted.object
        chain = wanted.shot.object(wanted.object).refine
        moved, self._frame = self._frame != wanted.frame, wanted.frame
        if self._known.get(who, chain) != chain and not moved:  # elsewhere, keyframed values are others anyway
            self._due, self._since = who, self._now()
            if self._job is not None and self._session.running is self._job:
                self._session.cancel()  # what it makes is not what is wanted any more
        self._known[who] = chain
        if self._due == who and self._now() - self._since >= PATIENCE and self._session.running is None:
            self._due = None
            try:
                self._job = self._start(wanted)
            except MattewrightError:
                self._job = None  # the preview of the same shot says what is wrong with it

    def forget(self) -> None:
        """Nothing is due, and no chain is known: another file, or the preview was turned off."""
        self._known.clear()
        self._due = None
