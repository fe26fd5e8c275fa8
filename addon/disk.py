"""What the clips' stores hold on disk: counted by a thread, for a look at a network's folder may take long."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import bpy

from ..engine.shot import Layout
from ..engine.shot.layout import Stage
from .link import redraw_clip_editors, session

AGE = 5.0
"""Seconds after which what is known is looked up again, if it is still asked for."""
TICK = 0.1
STAGES: tuple[Stage, ...] = ("mask", "logits")


@dataclass(frozen=True)
class ObjectFiles:
    """What there is of one object."""

    frames: frozenset[int] = frozenset()
    """Scene frames that have a mask."""
    masks: int = 0
    """Bytes."""
    logits: int = 0
    """Bytes of what the model said, which refining needs."""


@dataclass(frozen=True)
class StoreFiles:
    """What one store holds."""

    there: bool
    """Whether the folder is."""
    objects: dict[str, ObjectFiles] = field(default_factory=dict)
    total: int = 0
    """Bytes of all its files."""
    problem: str = ""


def count(place: Path, names: tuple[str, ...]) -> StoreFiles:
    """Look at the store in the folder `place` for the objects called `names`. Never raises for what the disk does."""
    layout, found = Layout(place), {}
    try:
        if not place.is_dir():
            return StoreFiles(False)
        for name in names:
            sizes = {stage: {frame: path.stat().st_size for frame, path in layout.files(name, stage)} for stage in STAGES}
            found[name] = ObjectFiles(frozenset(sizes["mask"]), sum(sizes["mask"].values()), sum(sizes["logits"].values()))
        total = sum(os.stat(Path(folder) / file).st_size for folder, _, files in os.walk(place) for file in files)  # noqa: PTH116
    except OSError as error:  # a job replaces files meanwhile, a network goes away
        return StoreFiles(True, found, 0, error.strerror or str(error))
    return StoreFiles(True, found, total)


def size(count: int) -> str:
    """Bytes as a file browser says them: ``12.3 MB``."""
    value, unit = float(count), "bytes"
    for bigger in ("KB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, bigger
    return f"{value:.0f} {unit}" if unit == "bytes" or value >= 100 else f"{value:.3g} {unit}"


class Counts:
    """The last count of each store that is asked for; one thread at a time."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._known: dict[tuple[Path, tuple[str, ...]], tuple[float, object, StoreFiles]] = {}
        self._thread: threading.Thread | None = None

    @property
    def counting(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def of(self, place: Path, names: tuple[str, ...]) -> StoreFiles | None:
        """What is known by now, None where nothing is yet; one that is old, or of before a job ended, is counted again. Never waits."""
        key, job = (place, names), session.running or session.job
        at, of, found = self._known.get(key, (float("-inf"), None, None))
        if not self.counting and (self._now() - at > AGE or of != (job, job is not None and job.done)):
            self._thread = threading.Thread(target=self._count, args=(key, (job, job is not None and job.done)), daemon=True)
            self._thread.start()
            if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
                bpy.app.timers.register(_tick, first_interval=TICK, persistent=True)
        return found

    def wait(self, seconds: float | None = None) -> None:
        """Until nothing is counted, or so long."""
        if self._thread is not None:
            self._thread.join(seconds)

    def forget(self) -> None:
        self.wait(1.0)
        self._known.clear()

    def _count(self, key: tuple[Path, tuple[str, ...]], job: object) -> None:
        self._known[key] = self._now(), job, count(*key)


counts = Counts()
"""The one of this Blender."""


def _tick() -> float | None:
    if counts.counting:
        return TICK
    redraw_clip_editors()
    return None


def register() -> None:
    pass


def unregister() -> None:
    if not bpy.app.background and bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    counts.forget()
