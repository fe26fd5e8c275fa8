"""A panorama for a method that remembers: it is shown some of the other side beyond each edge, so that it sees no edge where there is none.

Turning the picture, as for all others, is not for it: what it remembers lies where it lay on the frame before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from .method import Alpha, AlphaMethod, Follows, Picture, Trimap

if TYPE_CHECKING:
    from ..segment.image_model import Embedding

VERSION = "padded"
"""Part of every key of what is made so."""
SHARE, LEAST = 1 / 8, 64
"""How much of the other side is seen: of the picture's width, and pixels at least."""

T = TypeVar("T", bound=np.generic)


class Around:
    """An AlphaMethod that goes around the seam of a picture whose right edge goes on at its left one."""

    needs_features = False
    sequential = True

    def __init__(self, method: AlphaMethod) -> None:
        """`method` is its own; it needs no features."""
        self._method = method
        self.version = f"{method.version} {VERSION}"

    def alpha(self, picture: Picture, trimap: Trimap, guide: Alpha, features: Embedding | None = None) -> Alpha:
        """See AlphaMethod.alpha."""
        made = self._method.alpha(padded(picture), padded(trimap), padded(guide))
        margin, width = _margin(trimap.shape[1]), trimap.shape[1]
        return np.ascontiguousarray(made[:, margin : margin + width])

    def follow(self, picture: Picture) -> None:
        """See `method.Follows`."""
        if isinstance(self._method, Follows):
            self._method.follow(padded(picture))


def padded(values: npt.NDArray[T]) -> npt.NDArray[T]:
    """(height, width + 2 margin, ...) of (height, width, ...): on either side what follows there, all around."""
    margin = _margin(values.shape[1])
    return np.concatenate([values[:, values.shape[1] - margin :], values, values[:, :margin]], axis=1)


def _margin(width: int) -> int:
    return min(width, max(LEAST, round(SHARE * width)))
