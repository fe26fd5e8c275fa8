"""What every way to an alpha is: a function from one picture and what the mask says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ..segment.image_model import Embedding

Picture = npt.NDArray[np.float32]
"""(height, width, 3), RGB, 0 to 1, as displayed."""
Alpha = npt.NDArray[np.float32]
"""(height, width), 0 to 1; a mask, a probability or an alpha."""
Trimap = npt.NDArray[np.uint8]
"""(height, width): BACKGROUND, UNKNOWN or FOREGROUND."""

BACKGROUND = 0
UNKNOWN = 128
FOREGROUND = 255


class AlphaMethod(Protocol):
    """One picture at a time. Where the trimap is known, alpha is exactly 0 or 1."""

    @property
    def version(self) -> str:
        """Part of every alpha's key: changes when the same input would give other bytes."""
        ...

    @property
    def needs_features(self) -> bool:
        """Whether `features` must be given."""
        ...

    @property
    def sequential(self) -> bool:
        """Whether it remembers: it must see an object's frames in order, and one of them serves one object alone."""
        ...

    def alpha(self, picture: Picture, trimap: Trimap, guide: Alpha, features: Embedding | None = None) -> Alpha:
        """The object's share of each pixel.

        `guide` is what the mask says where the trimap is unknown (see `guide.guide`); `features` are the image encoder's of the same
        picture. All are of the same height and width. Raises ValueError where they aren't, or where features are needed and missing.
        """
        ...


@runtime_checkable
class Follows(Protocol):
    """A sequential method to which a frame can be shown without its alpha being made."""

    def follow(self, picture: Picture) -> None:
        """See the frame, (height, width, 3), so that the next one's alpha is what it would be after this one's."""
        ...


def check(picture: Picture, trimap: Trimap, guide: Alpha) -> None:
    """Raises ValueError where shapes differ or the trimap holds another value than the three."""
    size = trimap.shape
    if len(size) != 2 or picture.shape != (*size, 3) or guide.shape != size:
        raise ValueError(f"expected a picture (h, w, 3) with a trimap and a guide (h, w), got {picture.shape}, {size} and {guide.shape}")
    if trimap.dtype != np.uint8:
        raise ValueError(f"trimap: expected uint8, got {trimap.dtype}")
    if trimap.size and sum(int(np.count_nonzero(trimap == value)) for value in (BACKGROUND, UNKNOWN, FOREGROUND)) != trimap.size:
        raise ValueError(f"trimap: expected {BACKGROUND}, {UNKNOWN} and {FOREGROUND} alone")


def checked(picture: Picture, trimap: Trimap, guide: Alpha) -> tuple[Picture, Trimap, Alpha]:
    """The three, `check`ed, with picture and guide as `shares`: a copy of each, for methods that take a picture in one piece."""
    check(picture, trimap, guide)
    return shares(picture), trimap, shares(guide)


def shares(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The same within 0 to 1; what is not a number is 0."""
    return np.asarray(np.clip(np.nan_to_num(np.asarray(values, np.float32), nan=0.0), 0.0, 1.0), np.float32)


def known(trimap: Trimap) -> Alpha:
    """Alpha where the trimap knows it: 1 on the foreground, 0 elsewhere."""
    return np.asarray(trimap == FOREGROUND, np.float32)
