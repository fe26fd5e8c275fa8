"""What whoever starts the engine says of this machine: the device, how much memory, where things are kept. Said once, at the start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Nothing said: the best device, as much memory as is useful, nothing kept on disk from one session to the next."""

    device: str | None = None
    """``cpu``, ``cuda``, ``cuda:1``, ``mps``; None for the best that is there."""
    memory: int | None = None
    """Bytes: what is kept for later is cut to fit, and of a GPU's memory no more is taken. None for no limit."""
    cache: Path | None = None
    """The folder of what is kept from one session to the next; None for the user's cache folder."""
    cache_bytes: int = 0
    """How much is kept there at most; 0 for nothing."""

    def fitting(self, usual: int, share: float) -> int:
        """Bytes for something that usually may take `usual`: no more than its `share` of the memory."""
        return usual if self.memory is None else min(usual, int(self.memory * share))


USUAL = Settings()
