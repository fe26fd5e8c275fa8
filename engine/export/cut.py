"""What is cut out of the footage: how much of each pixel, and whose colours go with it. One way for pictures and movies.

Colours are straight: where the footage has an alpha of its own they are not multiplied by it; what the objects cover is lessened by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..footage import MissingPictureError, Picture
from ..matte.guide import strips
from ..shot import MattewrightError
from ..shot.operations import Parameter
from .context import Context, Coverage
from .pixels import display_pixels, eight_bits, encoded, lessened, scene_linear

COLORS = Parameter(
    "colors",
    "choice",
    "picture",
    "Whose colors: the picture's, or the object's own without what shines through its edges (the matte's foreground)",
    choices=("picture", "foreground"),
)

ALPHA = Parameter(
    "alpha",
    "choice",
    "straight",
    "Straight: full colors, and alpha beside them; premultiplied: multiplied with black, the values as displayed",
    choices=("straight", "premultiplied"),
)

Levels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


class Cut:
    """One output's, by its options ``colors``, ``merge`` and ``invert``. Any thread may ask."""

    def __init__(self, context: Context) -> None:
        """Raises MattewrightError for colours that nobody has."""
        self.context = context
        self.own = context.values.get("colors") == "foreground"
        """Whether colours are the objects' own."""
        self.multiplied = context.values.get("alpha") == "premultiplied"
        lacking = [item.name for item in context.objects if not item.matte.foreground]
        if self.own and lacking:
            raise MattewrightError(f"'{lacking[0]}' has no foreground colors: turn them on in its matte, or take the picture's")
        if self.own and context.inverts:
            raise MattewrightError("what is around the objects has no colors of its own: take the picture's, or don't invert")

    def shown(self, names: Sequence[str], frame: int, deep: bool) -> tuple[Levels, Coverage]:
        """(height, width, 3) colours as displayed, in 8 or (`deep`) 16 bits, and what of each pixel is cut out."""
        coverage = self.context.matte(names, frame)
        if self.own:
            return encoded(self._foreground(names, frame), deep, self.context.shot.footage.view), coverage
        picture, alpha = self._picture(frame)
        return display_pixels(picture, deep), lessened(coverage, alpha)

    def rgba(self, names: Sequence[str], frame: int, deep: bool) -> npt.NDArray[Any]:
        """Both in one array, (height, width, 4); multiplied where the option ``alpha`` says so."""
        colours, coverage = self.shown(names, frame, deep)
        made = with_alpha(colours, coverage)
        if self.multiplied:
            for strip in strips(coverage.shape, 0):  # in floats all of a large picture takes gigabytes
                share = (coverage[strip.inner].astype(np.float32) / np.float32(65535))[..., None]
                made[strip.inner, :, :3] = np.rint(colours[strip.inner] * share)
        return made

    def light(self, names: Sequence[str], frame: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """(height, width, 3) scene-linear colours, and what of each pixel is cut out, 0 to 1."""
        share = np.multiply(self.context.matte(names, frame), np.float32(1 / 65535), dtype=np.float32)
        if self.own:
            return self._foreground(names, frame), share
        picture, alpha = self._picture(frame)
        return scene_linear(picture), share if alpha is None else share * alpha

    def _picture(self, frame: int) -> tuple[Picture, npt.NDArray[np.float32] | None]:
        """The footage's; black where it has none, and that was said to be left out."""
        try:
            return self.context.straight(frame)
        except MissingPictureError:
            if not self.context.incomplete:
                raise
            return Picture(frame, np.zeros((*self.context.size, 3), np.uint8), "display"), None

    def _foreground(self, names: Sequence[str], frame: int) -> npt.NDArray[np.float32]:
        """The objects' own colours, scene-linear: of each pixel, in the measure in which they cover it. Raises MattewrightError."""
        first = self._own(names[0], frame)
        if len(names) == 1:
            return first
        covered = self.context.share(names[0], frame)[..., None]
        mixed = first * covered
        for name in names[1:]:
            share = self.context.share(name, frame)[..., None]
            mixed += self._own(name, frame) * share
            covered += share
        np.divide(mixed, covered, out=first, where=covered > 0)
        return first

    def _own(self, name: str, frame: int) -> npt.NDArray[np.float32]:
        found = self.context.foreground(name, frame)
        if found is not None:
            return found.astype(np.float32)
        if self.context.incomplete and not self.context.there(name, frame):
            return np.zeros((*self.context.size, 3), np.float32)
        raise MattewrightError(f"'{name}' has no foreground on frame {frame}: run first, or take the picture's colors")


def with_alpha(colours: Levels, coverage: Coverage) -> npt.NDArray[Any]:
    """(height, width, 4), of the colours' type."""
    import cv2

    made: npt.NDArray[Any] = cv2.cvtColor(colours, cv2.COLOR_RGB2RGBA)
    made[..., 3] = coverage if colours.dtype == np.uint16 else eight_bits(coverage)
    return made
