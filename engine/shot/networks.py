"""The networks beside the tracker's model, as the engine tells the add-on of them: what their cards say, and whether they are installed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from .document import Share
from .fields import Range, Text

NetworkTask = Literal["classes", "people", "depth"]


@dataclass(frozen=True)
class ListNetworks:
    """`networks`: those that come with Mattewright and the user's own. No network is loaded."""


@dataclass(frozen=True)
class NetworkClass:
    """One of the classes that a network tells apart. Its index is its place in the card, and its value in label pictures."""

    name: Annotated[str, Text(64)]
    color: tuple[Share, Share, Share]
    """Linear RGB, as an object's."""


@dataclass(frozen=True)
class Network:
    """One network."""

    name: Annotated[str, Text(64)]
    label: str
    task: NetworkTask
    installed: bool
    bytes: Annotated[int, Range(0)] = 0
    """What is fetched to install it; 0 where that isn't known."""
    licence: str = ""
    classes: tuple[NetworkClass, ...] = ()
    background: Annotated[int, Range(0)] | None = None
    """Of `classes`: which one is nothing in particular."""
    fetched: bool = True
    """Whether `models install` can fetch it; the user's own is put in its place by hand."""


@dataclass(frozen=True)
class NetworksDone:
    networks: tuple[Network, ...]
    """By name; for each task those that come with Mattewright first."""
    problems: tuple[str, ...] = ()
    """Cards of the user's that can't be read, a line each."""
