"""One picture, and what a model is shown of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..shot import MattewrightError
from ..shot.view import USUAL_VIEW, View
from .view import seen

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16] | npt.NDArray[np.float32]
"""(height, width, 3) RGB, the top row first. Integers are full scale: 0 is black, 255 or 65535 white."""


@dataclass(frozen=True)
class Picture:
    """The picture that Blender's Movie Clip node shows at one scene frame, before Blender's conversion to scene-linear.

    There is no alpha: where the footage has some, the colours are multiplied by it as Blender does (see `engine.footage.alpha`).
    """

    frame: int
    """Blender's scene frame."""
    pixels: Pixels
    encoding: Literal["display", "linear"]
    """"linear": scene-linear float, as OpenEXR and Radiance HDR hold it, unbounded. "display": everything else, sRGB or the movie's own
    transfer, 0 to 1 of the full scale (a float TIFF may exceed it)."""
    view: View = USUAL_VIEW
    """How a "linear" one is shown; the others are seen as they are."""


class MissingPictureError(MattewrightError):
    """The footage has no picture at a frame: a gap in a sequence, or what a truncated movie lost. Other frames may still come."""

    def __init__(self, frame: int, message: str) -> None:
        super().__init__(message)
        self.frame = frame


def display_rgb8(picture: Picture) -> npt.NDArray[np.uint8]:
    """What a model is shown: (height, width, 3) uint8 RGB, display encoded; the picture's own pixels where they are just that.

    uint16 is divided by 257 and rounded. Scene-linear float goes through the picture's view: exposure and transfer, by default sRGB's after
    clipping to 0..1. Infinity is white, minus infinity and not-a-number are black.
    """
    pixels = picture.pixels
    if pixels.dtype == np.uint8:
        return np.asarray(pixels, dtype=np.uint8)
    if pixels.dtype == np.uint16:
        # (v + 128) // 257 is v / 257 rounded to nearest: 257 is odd, so there are no ties.
        return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return np.rint(display_rgb(picture) * 255).astype(np.uint8)


def display_rgb(picture: Picture) -> npt.NDArray[np.float32]:
    """What refine ops see: (height, width, 3) float32 RGB, display encoded, 0 to 1, with all the steps that the picture has.

    What is beyond 0 and 1 is clipped, infinity too; not-a-number is black.
    """
    pixels = picture.pixels
    if pixels.dtype != np.float32:
        whole: npt.NDArray[np.float32] = pixels.astype(np.float32)
        return np.multiply(whole, np.float32(1 / (255 if pixels.dtype == np.uint8 else 65535)), out=whole)
    if picture.encoding == "linear":
        return seen(pixels, picture.view)
    return np.asarray(np.clip(np.nan_to_num(pixels, nan=0.0, posinf=1.0, neginf=0.0), 0.0, 1.0), np.float32)
