"""What an op is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..shot import Declaration, Value

Mask = npt.NDArray[np.float32]
Function = Callable[[Mask, Mask | None, Mapping[str, Value]], Mask]


@dataclass(frozen=True)
class Op:
    """A declaration and the function that it declares."""

    declaration: Declaration
    function: Function
    reads_picture: bool = False
    version: int = 1
    """Part of every key: raised when the same values would give another mask."""
