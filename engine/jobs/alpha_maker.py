"""An object's trimap, alpha and own colour on one frame, out of the mask, the logits and the picture: one way for jobs and previews."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from .. import interrupt
from ..footage import Picture, display_rgb
from ..footage.view import light_of
from ..matte import despill, foreground, steady
from ..matte.around import Around
from ..matte.guide import guide, strips
from ..matte.method import UNKNOWN, Alpha, AlphaMethod, Trimap, known
from ..matte.trimap import TrimapSettings, make_trimap
from ..refine import Box, Region
from ..refine.around import Turn
from ..refine.logits import probabilities
from ..shot import ShotObject
from ..shot.view import USUAL_VIEW
from .masks import MaskSources

if TYPE_CHECKING:
    from ..segment.image_model import Embedding
    from .opened import Resources

Stored = npt.NDArray[np.uint16]
"""(height, width), 65535 where the object covers the pixel."""


T = TypeVar("T", bound=np.generic)
SEEN = 64
"""Pixels beyond the band that a method looks at: an object that is farther from a panorama's seam needs no turning."""


class Band(NamedTuple):
    """Where alpha has to be found, and what the mask says of it there."""

    trimap: Trimap
    guide: Alpha
    shift: int = 0
    """By how many columns all is turned to the right to find alpha: a panorama's seam then lies away from the object."""

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
    settings = TrimapSettings(said.width, said.inside, said.outside)
    shift = 0
    if sources.wraps:
        shift = Turn.away([Region(whole, mask).trimmed()], sources.size, round(said.width) + SEEN).shift
        probability, mask = _turned(probability, shift), _turned(mask, shift)
    trimap = make_trimap(probability, mask, settings)
    return Band(_turned(trimap, -shift), _turned(guide(probability, mask), -shift), shift)


def _turned(values: npt.NDArray[T], shift: int) -> npt.NDArray[T]:
    """`values`, (height, width, ...), with their columns `shift` to the right, and from the end to the beginning."""
    return np.roll(values, shift, axis=1) if shift else values


def alpha(
    method: AlphaMethod, found: Band, picture: Callable[[], npt.NDArray[np.float32]], features: Callable[[], Embedding] | None
) -> Stored:
    """The method's alpha. `picture` gives (height, width, 3) float32 as displayed, `features` the image encoder's of it; None where the
    method has no use for them. They are asked for only where there is anything to find.
    """
    if not method.sequential and not found.unknown:
        return stored(known(found.trimap))
    interrupt.check()
    if method.sequential or features is not None:  # what they know of other frames (see `Around`), or have been given, isn't turned
        return stored(method.alpha(picture(), found.trimap, found.guide, features() if features is not None else None))
    shift = found.shift
    made = method.alpha(_turned(picture(), shift), _turned(found.trimap, shift), _turned(found.guide, shift), None)
    return stored(_turned(made, -shift))


def method_of(resources: Resources, name: str, wraps: bool) -> AlphaMethod:
    """The method `name`, loaded, for pictures that go on at their other side if they do. Raises MattewrightError without weights."""
    found = resources.method(name)
    return Around(found) if wraps and found.sequential else found


def steadied(alphas: Mapping[int, Stored], pictures: Mapping[int, npt.NDArray[np.float32]], amount: float) -> Stored:
    """The alpha of the frame that is 0 off, held by those next to it; alphas and pictures by how many frames they are off."""
    return stored(steady.steady({offset: shares(found) for offset, found in alphas.items()}, pictures, amount))


def colour(item: ShotObject, picture: Picture, alpha: Stored, wraps: bool = False) -> npt.NDArray[np.float16]:
    """The object's own colour: (height, width, 3) RGB, scene-linear Rec.709, straight; where the object covers all, the picture's own.

    `wraps`: the picture goes on at its other side.
    """
    share = shares(alpha)
    if wraps:
        covered = Region(Box.whole(share.shape), share).trimmed()
        shift = Turn.away([covered], share.shape, foreground.MARGIN + foreground.BEYOND).shift
        if shift:
            pixels: Any = picture.pixels
            turned = replace(picture, pixels=_turned(pixels, shift))
            return _turned(colour(item, turned, _turned(alpha, shift)), -shift)
    found = foreground.foreground(_Seen(picture), share)
    made = np.empty(found.shape, np.float16)
    for strip in strips(share.shape, 0):
        rows = strip.inner
        made[rows] = _linear(item, found[rows], share[rows], replace(picture, pixels=picture.pixels[rows]))
    return made


def _linear(item: ShotObject, found: npt.NDArray[np.float32], share: Alpha, picture: Picture) -> npt.NDArray[np.float32]:
    """Of some rows, `found` without the screen's light, scene-linear."""
    if item.matte.despill != "none":
        found = despill.despill(found, item.matte.despill, item.matte.despill_strength)
    linear = light_of(found, picture.view if picture.encoding == "linear" else USUAL_VIEW)
    if picture.encoding == "linear" and item.matte.despill == "none":  # brighter than white, where it is the object's own alone
        own = np.nan_to_num(np.asarray(picture.pixels, np.float32), nan=0.0, posinf=65504.0, neginf=0.0)
        linear = np.where(share[..., None] >= 1, own, linear)
    return np.clip(linear, -65504.0, 65504.0)


class _Seen:
    """A picture as displayed, a part at a time: of 6000 x 9000 pixels all of it takes 650 MB."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self.shape: tuple[int, ...] = picture.pixels.shape

    def __getitem__(self, part: Any, /) -> npt.NDArray[np.float32]:
        return display_rgb(replace(self._picture, pixels=self._picture.pixels[part]))


def shares(alpha: Stored) -> Alpha:
    """(height, width) float32, 0 to 1."""
    return np.asarray(alpha * np.float32(1 / 65535), np.float32)


def stored(alpha: Alpha) -> Stored:
    """What is not a number is 0."""
    made: Stored = np.rint(np.clip(np.nan_to_num(alpha, nan=0.0), 0.0, 1.0) * np.float32(65535)).astype(np.uint16)
    return made
