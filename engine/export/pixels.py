"""From one type of pixels to another, rounded rightly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def eight_bits(coverage: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint8]:
    """0 to 65535 as 0 to 255, to the nearest: 257 is odd, so there are no ties."""
    return ((coverage.astype(np.uint32) + 128) // 257).astype(np.uint8)
