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
    edges: Literal["smooth", "picture"] = "smooth"
    """How labels come to the picture's size: each pixel's likeliest class, by the scores around it, or drawn to the picture's own edges."""
    look: Literal["parts", "whole", "both", "fine"] = "parts"
    """How a picture is shown that is wider, or higher, than the network's own. ``parts``: with as much detail as the network's own has, at
    once where it takes pictures of any shape, else part by part, as few as cover it. ``whole``: in as many pixels as the network's own,
    squeezed where need be: half the time, and what is small is missed. ``both``: like ``parts``, and squeezed into the network's own,
    for what may be small or fill the picture. ``fine``: in twice the detail and four times the time, by networks that take pictures of any
    shape."""


USUAL_CLASSES = Classes()
