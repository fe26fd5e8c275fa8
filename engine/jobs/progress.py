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
    """``track``, ``refine`` or ``matte``."""
    done: int
    total: int
    frame: int
    """The scene frame just finished."""
    object: str
    frames_per_second: float
    seconds_left: float | None
    """None until two frames have been timed."""
    method: str = ""
    """How the alpha was found: which method ``auto`` has taken."""


ASLEEP = 60.0
"""Seconds. A frame that took longer, and twenty times as long as those before it, took it because the machine slept."""


class Pace:
    """Frames a second over the last few frames, so that the time left follows the work as it changes.

    A laptop that was closed for the night doesn't make the rest of the shot look like weeks.
    """

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic, window: int = 16) -> None:
        self._clock = clock
        self._total = total
        self._done = 0
        self._last = clock()
        self._spent: deque[float] = deque(maxlen=window)
        """Seconds that each of the last frames took."""

    def tick(self, stage: str, frame: int, object_name: str, method: str = "") -> Progress:
        """One more frame is done."""
        self._done += 1
        now = self._clock()
        spent, self._last = now - self._last, now
        usual = max(self._spent, default=spent)
        self._spent.append(usual if spent > max(ASLEEP, 20 * usual) else spent)
        if self._done == 2:
            self._spent[0] = min(self._spent)  # the first frame's time is the model's, too, which was loaded for it
        whole = sum(self._spent)
        rate = len(self._spent) / whole if whole > 0 else 0.0
        left = (self._total - self._done) / rate if rate > 0 and self._done > 1 else None
        return Progress(stage, self._done, self._total, frame, object_name, rate, left, method)
