"""How long somebody has waited, as far as it counts."""

from __future__ import annotations

import time
from collections.abc import Callable

LONGEST_GAP = 1.0
"""Seconds between two looks that count. Where there were more, the laptop slept, or Blender was at something else and heard nothing."""


class Patience:
    """Seconds that pass as somebody looks; not while nobody does, so that nothing is given up for a night with the lid closed."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._last = now()
        self.seconds = 0.0

    def look(self) -> float:
        """The seconds by now."""
        now = self._now()
        self.seconds += min(max(now - self._last, 0.0), LONGEST_GAP)
        self._last = now
        return self.seconds
