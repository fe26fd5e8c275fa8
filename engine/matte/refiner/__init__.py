"""Our own way from a mask to an alpha: a small UNet with wavelets that corrects classical estimates in the unknown band.

Imports torch only where it is used. MODEL_CARD.md tells what the weights that ship were trained on, and how good they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .shipped import SHIPPED, available, checksum_of, needs_features

if TYPE_CHECKING:
    from .refiner import Refiner

__all__ = ["available", "load", "needs_features", "version"]

_REVISION = 1
"""Goes up when the same picture would give another alpha by the same weights."""


def version(path: Path = SHIPPED) -> str:
    """Part of every alpha's key. Raises MattewrightError when the weights are missing, or are not what they should be."""
    return f"refiner {_REVISION} {checksum_of(path)[:16]}"


def load(device: str | None = None) -> Refiner:
    """The method with the weights that ship, on `device` or the best there is. Raises as `version` does."""
    from .refiner import Refiner

    return Refiner.load(device)
