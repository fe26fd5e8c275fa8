"""How a shot's pictures are parted into classes of things, without a click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from .fields import Range, Text


@dataclass(frozen=True)
class Classes:
    """What `classify` makes labels with, and the mattes of the objects that are made of classes."""

    network: Annotated[str, Text(63)] = "deeplab"
    """Its card's name (`engine.networks`)."""
    steady: Annotated[float, Range(0, 1)] = 0.0
    """How far a frame goes by what the network says of the same places on the frames around it; 0 for not at all."""
    edges: Literal["nearest", "picture"] = "nearest"
    """How labels come to the picture's size: by the nearest one, or drawn to the picture's own edges."""
    look: Literal["parts", "whole", "both"] = "parts"
    """How a picture is shown that is wider, or higher, than the network's own. ``parts``: part by part, as few as cover it. ``whole``:
    squeezed, which takes half the time or less and misses what is small. ``both``: for what may fill the picture, too."""


USUAL_CLASSES = Classes()
