"""What is asked of a search for people, and what it finds: new objects with their prompts.

Positions are pixels of the picture, x to the right, y down, (0, 0) its top left corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from .document import Prompts, Share
from .fields import Range, Text

Look = Literal["first", "every", "all"]


@dataclass(frozen=True)
class PeopleSettings:
    """Where people are looked for, and what becomes of them."""

    network: Annotated[str, Text(63)] = "yolox_tiny_people"
    """The name of a network whose task is people."""
    look: Look = "first"
    """On the first of the frames alone, on every so many of them, or on all."""
    every: Annotated[int, Range(1)] = 10
    """Frames from one look to the next, where `look` says so."""
    together: bool = False
    """Whether all people become one object; otherwise each is one, the same one on all frames."""
    least_score: Share = 0.4
    """How sure the network must be that there is a person, 0 to 1."""
    over_classes: bool = False
    """Whether people become objects whom an object made of classes covers already."""
    name: str = ""
    """What new objects are called, with a number where each is one; empty: Person 1, Person 2, ..., or People."""


USUAL_PEOPLE = PeopleSettings()


@dataclass(frozen=True)
class Detected:
    """A new object: a person, or all people."""

    object: str
    """A name that no object of the shot has."""
    color: tuple[Share, Share, Share]
    """Linear RGB, unlike that of the others."""
    prompts: tuple[Prompts, ...]
    """By frame: a box each, or where people are one object a mask, whose file has been written."""
    score: float
    """The detector's, of its best frame, 0 to 1."""
