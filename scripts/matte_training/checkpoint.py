"""A run on disk: all that it takes to go on as if it had not been cut. Files appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

__all__ = ["NAME", "load", "save"]

NAME = "checkpoint.pt"


def save(run: Path, state: dict[str, Any]) -> None:
    """`state`: tensors, numbers, strings, and lists and dictionaries of them."""
    temporary = run / f".{NAME}.{os.getpid()}"
    with temporary.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(run / NAME)


def load(run: Path) -> dict[str, Any] | None:
    """What was saved last, on the CPU; None where nothing was."""
    path = run / NAME
    return dict(torch.load(path, map_location="cpu", weights_only=True)) if path.is_file() else None
