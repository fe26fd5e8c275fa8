"""Looks that may take long (at a network's folder), taken by a thread, so that whoever draws never waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import bpy

from .link import redraw_clip_editors

AGE = 5.0
"""Seconds after which what is known is looked up again, if it is still asked for."""
TICK = 0.1

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")


class Looks(Generic[Key, Found]):
    """What `look` last found of each key that is asked for; one thread at a time.

    Written with its kinds, as ``Looks[...]``, only where annotations are not evaluated: `typing` keeps such a class for good, and with it
    bpy, which Blender 4.2 crashes of as it exits.
    """

    def __init__(
        self,
        look: Callable[[Key], Found],
        state: Callable[[], object] = lambda: None,
        now: Callable[[], float] = time.monotonic,
        most: int = 1000,
    ) -> None:
        """`look` runs in the thread and raises nothing. What it found holds for `AGE` seconds, or until `state` changes; only of the last
        `most` keys.
        """
        self._look, self._state, self._now = look, state, now
        self._most = most
        self._known: dict[Key, tuple[float, object, Found]] = {}
        self._thread: threading.Thread | None = None
        self._timer = self._tick  # Blender knows a timer by its object, and self._tick is another each time

    @property
    def looking(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def of(self, key: Key) -> Found | None:
        """What is known by now, None where nothing is yet; what is old is looked up again. Never waits."""
        state = self._state()
        at, of, found = self._known.get(key, (float("-inf"), None, None))
        if not self.looking and (self._now() - at > AGE or of != state):
            self._thread = threading.Thread(target=self._find, args=(key, state), name="mattewright look", daemon=True)
            self._thread.start()
            if not bpy.app.background and not bpy.app.timers.is_registered(self._timer):
                bpy.app.timers.register(self._timer, first_interval=TICK, persistent=True)
        return found

    def wait(self, seconds: float | None = None) -> None:
        """Until nothing is looked at, or so long."""
        if self._thread is not None:
            self._thread.join(seconds)

    def forget(self) -> None:
        self.wait(1.0)
        self._known.clear()

    def end(self) -> None:
        """Leave nothing behind."""
        if not bpy.app.background and bpy.app.timers.is_registered(self._timer):
            bpy.app.timers.unregister(self._timer)
        self.forget()

    def _find(self, key: Key, state: object) -> None:
        found = self._look(key)
        self._known.pop(key, None)
        while len(self._known) >= self._most:
            del self._known[next(iter(self._known))]
        self._known[key] = self._now(), state, found

    def _tick(self) -> float | None:
        if self.looking:
            return TICK
        redraw_clip_editors()
        return None
