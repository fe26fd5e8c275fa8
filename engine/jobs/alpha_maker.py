"""An object's trimap, alpha and own colour on one frame, out of the mask, the logits and the picture: one way for jobs and previews."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from .. import interrupt
from ..footage import Picture, display_rgb
from ..footage.view import light_of
from ..matte import despill, foreground, steady
from ..matte.guide import guide
from ..matte.method import UNKNOWN, Alpha, AlphaMethod, Trimap, known
from ..matte.trimap import TrimapSettings, make_trimap
from ..refine import Box
from ..refine.logits import probabilities
from ..shot import ShotObject
from ..shot.view import USUAL_VIEW
from .masks import MaskSources

if TYPE_CHECKING:
    from ..segment.image_model import Embedding

Stored = npt.NDArray[np.uint16]
"""(height, width), 65535 where the object covers the pixel."""


class Band(NamedTuple):
    """Where alpha has to be found, and what the mask says of it there."""

    trimap: Trimap
    guide: Alpha

    @property
    def unknown(self) -> bool:
        """Whether there is anything to find."""
        return bool((self.trimap == UNKNOWN).any())


def band(sources: MaskSources, item: ShotObject, frame: int) -> Band:
    """Of the object's mask as one sees it at `frame`. Raises MattewrightError where its chain can't be run."""
    whole = Box.whole(sources.size)
    mask = sources.finished(item.name, frame).over(whole)
    logits = sources.logits(item.name, frame)
    # A locked mask may stand where nothing was tracked.
    probability = mask if logits is None else probabilities(logits, sources.size, whole, sources.lost(item, frame))
    said = item.matte
    trimap = make_trimap(probability, mask, TrimapSettings(said.width, said.inside, said.outside))
    return Band(trimap, guide(probability, mask))


def alpha(
    method: AlphaMethod, found: Band, picture: Callable[[], npt.NDArray[np.float32]], features: Callable[[], Embedding] | None
) -> Stored:
    """The method's alpha. `picture` gives (height, width, 3) float32 as displayed, `features` the image encoder's of it; None where the
    method has no use for them. They are asked for only where there is anything to find.
    """
    if not method.sequential and not found.unknown:
        return stored(known(found.trimap))
    interrupt.check()
    return stored(method.alpha(picture(), found.trimap, found.guide, features() if features is not None else None))


def steadied(alphas: Mapping[int, Stored], pictures: Mapping[int, npt.NDArray[np.float32]], amount: float) -> Stored:
    """The alpha of the frame that is 0 off, held by those next to it; alphas and pictures by how many frames they are off."""
    return stored(steady.steady({offset: shares(found) for offset, found in alphas.items()}, pictures, amount))


def colour(item: ShotObject, picture: Picture, alpha: Stored) -> npt.NDArray[np.float16]:
    """The object's own colour: (height, width, 3) RGB, scene-linear Rec.709, straight; where the object covers all, the picture's own."""
    share = shares(alpha)
    found = foreground.foreground(display_rgb(picture), share)
    if item.matte.despill != "none":
        found = despill.despill(found, item.matte.despill, item.matte.despill_strength)
    linear = light_of(found, picture.view if picture.encoding == "linear" else USUAL_VIEW)
    if picture.encoding == "linear" and item.matte.despill == "none":  # brighter than white, where it is the object's own alone
        own = np.nan_to_num(np.asarray(picture.pixels, np.float32), nan=0.0, posinf=65504.0, neginf=0.0)
        linear = np.where(share[..., None] >= 1, own, linear)
    return np.clip(linear, -65504.0, 65504.0).astype(np.float16)


def shares(alpha: Stored) -> Alpha:
    """(height, width) float32, 0 to 1."""
    return np.asarray(alpha * np.float32(1 / 65535), np.float32)


def stored(alpha: Alpha) -> Stored:
    """What is not a number is 0."""
    made: Stored = np.rint(np.clip(np.nan_to_num(alpha, nan=0.0), 0.0, 1.0) * np.float32(65535)).astype(np.uint16)
    return made
