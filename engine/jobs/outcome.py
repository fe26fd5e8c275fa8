"""What a job over a shot's frames comes to."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from .progress import Progress


@dataclass(frozen=True)
class Outcome:
    """What a job did: files written, files that were fresh already, frames whose picture is missing."""

    written: int
    fresh: int
    missing: tuple[int, ...]
    unprompted: tuple[str, ...] = ()
    """Objects that were passed over, because nothing says yet where they are."""
    untracked: tuple[str, ...] = ()
    """Objects whose masks were passed over, because they are not tracked yet."""


Job = Generator[Progress, None, Outcome]
"""Yields after each frame is safely on disk; its return value is the Outcome. Closing it stops the job there."""
