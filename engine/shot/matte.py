"""What an object's matte is made with: how its mask becomes soft alpha, and the colour of what is half see-through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from .fields import Range

MatteMethod = Literal["auto", "refiner", "closed_form", "knn", "learning_based", "guided", "rvm", "people"]
"""``auto``: Mattewright's own refiner where its weights are, else ``closed_form``. ``guided`` is a quick look, ``rvm`` knows people,
and ``people`` is the closed form with what ``rvm`` knows of them."""
Screen = Literal["none", "green", "blue"]


@dataclass(frozen=True)
class Matte:
    """An object's matte. The band around the mask's outline in which nobody knows yet is what the method finds alpha in."""

    enabled: bool = False
    """Whether `run` makes it; `matte` of that object does in any case."""
    method: MatteMethod = "auto"
    width: Annotated[float, Range(0, 512)] = 0.0
    """Pixels of the picture that the band is wide; 0: as wide as the model is unsure, and as the object is large."""
    inside: Annotated[float, Range(0, 8)] = 1.0
    """How much of its usual reach the band has into the object; 0: none."""
    outside: Annotated[float, Range(0, 8)] = 1.0
    """The same outward."""
    steady: Annotated[float, Range(0, 1)] = 0.0
    """How much alpha is held by what the frames next to it say of the same place; 0: each frame stands alone."""
    foreground: bool = False
    """Whether the object's own colour is made, too, without the background that shines through its edges: the `foreground` files."""
    despill: Screen = "none"
    """The screen whose light is taken out of the foreground's colour; nothing where no foreground is made."""
    despill_strength: Annotated[float, Range(0, 1)] = 1.0


USUAL_MATTE = Matte()
