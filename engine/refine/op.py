"""What an op is, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..shot import Color, Declaration, Polygon, Value
from .region import Box, Mask, Region

__all__ = ["Box", "Context", "Mask", "Op", "Picture", "PictureOp", "Region", "Values"]

Picture = npt.NDArray[np.float32]
"""(height, width, 3) float32: R'G'B' as displayed, 0 to 1."""
Values = Mapping[str, Value]
"""Every parameter's value at one frame."""


class Context(Protocol):
    """What an op may look at besides the mask that comes in; nothing is made before it is asked for.

    All arrays are of the same part of the picture as the mask, `box`.
    """

    @property
    def frame(self) -> int:
        """Blender's scene frame."""

    @property
    def box(self) -> Box:
        """Where in the picture the mask lies."""

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the whole picture."""

    @property
    def picture(self) -> Picture:
        """The picture, as the chain's picture ops before this one left it; only for ops that say that they read it."""

    @property
    def depth(self) -> Mask:
        """How near things are, (height, width) float32, 0 far to 1 near; only for ops that say that they read it."""

    def other(self, name: str) -> Mask:
        """The finished mask of another object on this frame; empty where that object has none."""

    def near(self, offset: int) -> Mask | None:
        """The mask that comes into this very op `offset` frames later; None where nothing is tracked. One of the op's `frames`."""

    def shapes(self, name: str) -> Sequence[Polygon]:
        """The outlines of the Blender Mask `name` on this frame, in pixels of the whole picture."""


def _none(values: Values) -> bool:
    return False


def _whole(values: Values) -> int | None:
    return None


def _no_cut(values: Values) -> float | None:
    return None


def _here(values: Values, frame: int) -> Sequence[int]:
    return ()


@dataclass(frozen=True)
class Op:
    """A declaration, the function that it declares, and what the chain must know to give that function no more than it needs."""

    declaration: Declaration
    function: Callable[[Mask, Context, Values], Mask]
    """``(mask, context, values) -> mask``: (height, width) float32, 0 to 1, of the context's box; pure, and never writes to its input."""
    margin: Callable[[Values], int | None] = _whole
    """How many pixels around the mask's own the result may be above 0 at, or depends on; None for all of the picture."""
    cut: Callable[[Values], float | None] = _no_cut
    """The incoming value up to which, whatever is around it, the result is 0; None where there is no such."""
    hard: Callable[[Values], float | None] = _no_cut
    """The level, 0 to 1, above which the result is 1, and 0 elsewhere; None where it is anything else."""
    reads_picture: Callable[[Values], bool] = _none
    reads_depth: Callable[[Values], bool] = _none
    frames: Callable[[Values, int], Sequence[int]] = _here
    """Which other frames' masks it asks for by `Context.near`, as offsets, with these values at that frame."""
    confined: Callable[[Values], bool] = _none
    """Whether the result is 0 wherever this frame's mask and those of the other frames that it asks for are."""
    version: int = 1
    """Part of every key: raised when the same values would give another mask."""


@dataclass(frozen=True)
class PictureOp:
    """An op that changes the picture that the ops after it see, and leaves the mask alone."""

    declaration: Declaration
    function: Callable[[Picture, Values], Picture]
    """``(picture, values) -> picture``, both whole; pure, and never writes to its input."""
    version: int = 1


def number(values: Values, name: str) -> float:
    """The value of a ``float`` parameter."""
    value = values[name]
    assert isinstance(value, int | float)
    return float(value)


def integer(values: Values, name: str) -> int:
    """The value of an ``int`` parameter."""
    return round(number(values, name))


def switch(values: Values, name: str) -> bool:
    """The value of a ``bool`` parameter."""
    return bool(values[name])


def word(values: Values, name: str) -> str:
    """The value of a ``choice``, ``object`` or ``mask`` parameter."""
    return str(values[name])


def color(values: Values, name: str) -> Color:
    """The value of a ``color`` parameter: red, green, blue as displayed, 0 to 1."""
    value = values[name]
    assert isinstance(value, tuple | list)
    red, green, blue = value
    return float(red), float(green), float(blue)


def always(values: Values) -> bool:
    """For `Op.reads_picture`."""
    return True


def in_place(values: Values) -> int | None:
    """For `Op.margin`: each pixel depends on itself alone, and nothing comes from nothing."""
    return 0
