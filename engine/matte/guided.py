"""The quick alpha: the guide, guided by the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..refine.guided import by_tiles, guided_by_color
from ..refine.region import Box
from .method import UNKNOWN, Alpha, Picture, Trimap, check, known, shares

if TYPE_CHECKING:
    from ..segment.image_model import Embedding

RADIUS = 0.008
"""Of the picture's diagonal."""
CONTRAST = 0.005
"""Differences of colour below that, 0 to 1, are no edges."""


@dataclass(frozen=True)
class Guided:
    """An AlphaMethod: He, Sun and Tang's filter (see `refine.guided`). The same in tiles as in whole."""

    version: str = "guided-1"
    needs_features: bool = False
    sequential: bool = False

    def alpha(self, picture: Picture, trimap: Trimap, guide: Alpha, features: Embedding | None = None) -> Alpha:
        check(picture, trimap, guide)
        unknown = trimap == UNKNOWN
        alpha = known(trimap)
        if not unknown.any():
            return alpha
        size = (trimap.shape[0], trimap.shape[1])
        np.copyto(alpha, shares(guide), where=unknown)
        radius = max(2, round(RADIUS * math.hypot(*size)))
        found = by_tiles(_cleaned, alpha, picture, radius, CONTRAST, Box.whole(size), size)
        np.copyto(alpha, found, where=unknown)
        return alpha


def _cleaned(mask: Alpha, picture: npt.NDArray[np.float32], radius: int, smoothing: float, box: Box, size: tuple[int, int]) -> Alpha:
    return guided_by_color(mask, shares(picture), radius, smoothing, box, size)
