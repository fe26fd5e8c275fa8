"""When an engine that has failed may be started again without the user."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from .errors import EngineError, NeverStarted, WrongVersion

CALM = 60.0
"""Seconds. One that has failed twice within them would only fail again."""


class Failures:
    """Remembers the last ones. A job, which the user has asked for, starts an engine in any case; a preview asks here first."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._last: EngineError | None = None
        self._at: deque[float] = deque(maxlen=2)

    def note(self, failure: EngineError | None) -> bool:
        """Told of it as often as one likes; whether it is a new one."""
        new = failure is not None and failure is not self._last
        if new:
            self._at.append(self._now())
        self._last = failure
        return new

    @property
    def needs_the_user(self) -> bool:
        """Where it never came up, or again and again didn't live."""
        often = len(self._at) == 2 and self._at[1] - self._at[0] < CALM
        return self._last is not None and (often or isinstance(self._last, NeverStarted | WrongVersion))

    def forget(self) -> None:
        """The user has seen to it."""
        self._last = None
        self._at.clear()
