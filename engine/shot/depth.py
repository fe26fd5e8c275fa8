"""How far away things are, as a picture of its own by frame: which network says so, and how steadily."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from .fields import Range, Text


@dataclass(frozen=True)
class Depth:
    """The shot's depth pictures: 1 / distance, scaled, so that 0 is far and 1 is near (`Layout.depth`)."""

    network: Annotated[str, Text(63)] = "fastdepth"
    """The name of a network whose task is depth."""
    steady: Annotated[float, Range(0, 1)] = 0.5
    """How much a frame holds on to what the frame before it said of the same place; 0: each frame stands alone."""


USUAL_DEPTH = Depth()
