"""Depth on disk: EXR, one channel of half floats as large as the picture, 0 far to 1 near, linear in 1 / distance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from . import pictures

DEPTH = "mattewright:depth"
"""In the header, that it is such a picture and no distances: ``inverse``."""
NEAR, FAR = "mattewright:near", "mattewright:far"
"""In the header, the metres that 1 and 0 stand for; missing where nobody knows."""


def write_depth(path: Path, shares: npt.NDArray[np.float16], key: str, metres: tuple[float, float] | None) -> None:
    """`shares` is (height, width); `metres` what 1 and 0 stand for. Raises MattewrightError for a full disk and the like."""
    facts: dict[str, str | float] = {DEPTH: "inverse"}
    if metres is not None:
        facts |= {NEAR: metres[0], FAR: metres[1]}
    pictures.write(path, shares, key=key, facts=facts)


def read_depth(path: Path) -> npt.NDArray[np.float32]:
    """(height, width): 0 far to 1 near; nearer than 1 is what came nearer than was expected. Raises MattewrightError."""
    return np.asarray(pictures.read(path), np.float32)
