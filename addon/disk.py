"""What the clips' stores hold on disk: counted by a thread, for a look at a network's folder may take long."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from ..engine.shot import Layout
from ..engine.shot.layout import Stage
from .link import session
from .looking import Looks

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


def _count(key: tuple[Path, tuple[str, ...]]) -> StoreFiles:
    return count(*key)


def job_state() -> object:
    """Changes when a job begins or ends."""
    job = session.running or session.job
    return job, job is not None and job.done


counts: Looks[tuple[Path, tuple[str, ...]], StoreFiles] = Looks(_count, job_state)
"""What each store holds, by its folder and its objects' names."""


def register() -> None:
    pass


def unregister() -> None:
    counts.end()
