"""Steps that wait for what they caused: generators on a timer of Blender's, each wait with a bound. Knows nothing of the add-on."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

TICK = 0.01
"""Seconds between two looks."""
SOON = 30.0
"""Seconds for what needs nothing but Blender."""
MODEL = 300.0
"""Seconds for the engine's start and a look of the model's at a picture, on a machine that has other things to do."""
JOB = 600.0
"""Seconds for a job over a short clip."""


class Failed(Exception):  # noqa: N818
    """Something is not as it should be; the text says what."""


@dataclass(frozen=True)
class Until:
    """What is waited for."""

    holds: Callable[[], object]
    what: str
    seconds: float


Steps = Generator[Until | None, object, None]
"""Gives what it waits for; None is Blender's next look at its timers: by then it has handled the events that there were."""


def until(holds: Callable[[], object], what: str, seconds: float = SOON) -> Steps:
    """Wait until it holds. Raises Failed where it doesn't within `seconds`."""
    yield Until(holds, what, seconds)


def check(holds: object, what: str) -> None:
    """Raises Failed where it doesn't hold."""
    if not holds:
        raise Failed(what)


class Driver:
    """Advances one generator, as often as it is called; never waits itself."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._waits: Until | None = None
        self._since = 0.0

    def tick(self) -> bool:
        """Whether there is more to come."""
        try:
            self._advance()
        except StopIteration:
            return False
        return True

    def _advance(self) -> None:
        waits = self._waits
        if waits is None:
            self._wait_for(next(self._steps))
            return
        try:
            holds = bool(waits.holds())
        except Exception as error:
            self._wait_for(self._steps.throw(Failed(f"{waits.what}: {type(error).__name__}: {error}")))
            return
        if holds:
            self._wait_for(next(self._steps))
        elif time.monotonic() - self._since > waits.seconds:
            self._wait_for(self._steps.throw(Failed(f"{waits.what}: not within {waits.seconds:g} s")))

    def _wait_for(self, waits: Until | None) -> None:
        self._waits, self._since = waits, time.monotonic()
