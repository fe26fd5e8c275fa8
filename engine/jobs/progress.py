"""How far a job is, how fast it goes and when it will be done."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Said after each file that a job has finished."""

    stage: str
    """``track`` or ``refine``."""
    done: int
    total: int
    frame: int
    """The scene frame just finished."""
    object: str
    frames_per_second: float
    seconds_left: float | None
    """None until two frames have been timed."""


class Pace:
    """Frames a second over the last few frames, so that the time left follows the work as it changes."""

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic, window: int = 16) -> None:
        self._clock = clock
        self._total = total
        self._done = 0
        self._ticks = deque([clock()], maxlen=window + 1)

    def tick(self, stage: str, frame: int, object_name: str) -> Progress:
        """One more frame is done."""
        self._done += 1
        self._ticks.append(self._clock())
        span = self._ticks[-1] - self._ticks[0]
        rate = (len(self._ticks) - 1) / span if span > 0 else 0.0
        left = (self._total - self._done) / rate if rate > 0 and self._done > 1 else None
        return Progress(stage, self._done, self._total, frame, object_name, rate, left)
