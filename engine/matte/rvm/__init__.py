"""Robust Video Matting: alpha of people, by the published weights. Imports torch only where it is used.

Lin, Yang, Saleemi, Sengupta: "Robust High-Resolution Video Matting with Temporal Guidance", WACV 2022. The network is written here from
the paper and the published graph; the weights are GPL-3.0, which goes with this program's licence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...segment import models

if TYPE_CHECKING:
    from .rvm import RobustVideoMatting

MODEL = "rvm"
"""In `engine.segment.models`."""
_REVISION = 1
"""Goes up when the same picture would give another alpha."""


def version() -> str:
    """Part of every alpha's key. Raises MattewrightError when the weights are not installed, or are not what was installed."""
    return f"rvm {_REVISION} {models.checksum(MODEL)[:16]}"


def load(device: str | None = None) -> RobustVideoMatting:
    """The method for one object's frames in order, on `device` or the best there is. Raises MattewrightError without weights."""
    from .rvm import RobustVideoMatting

    return RobustVideoMatting(device)
