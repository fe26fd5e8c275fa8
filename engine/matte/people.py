"""People: the closed form, pulled to what Robust Video Matting sees, as far as that agrees with what is known around.

What corrects the closed form corrects this too. Near a known pixel that the network is wrong about (another person behind, a thing in a
hand, an animal) the guide counts as ever, so that what is no person comes out as without the network.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from ..refine.region import Box
from .closed_form import CLOSED_FORM, pull
from .guide import strips
from .method import BACKGROUND, FOREGROUND, UNKNOWN, Alpha, Picture, Trimap, check, shares
from .tiles import by_tiles, enlarged

if TYPE_CHECKING:
    from ..segment.image_model import Embedding

VERSION = f"people-2 {CLOSED_FORM.version}"
SIDE = 960
"""Pixels: whether the network is right is looked at in a picture with no longer side."""
RADIUS = 0.02
"""Of that picture's diagonal: how far around a pixel it is looked at, ..."""
ACROSS = 4.0
"""... and at least so many times as far as the unknown pixels are, on average, from a known one: across the band, that is."""
WRONG = 0.3
"""So wrong, on average, about what is known around a pixel, on either side, and the network doesn't count there at all."""
HINT = 0.1
"""What the guide weighs in the unknown band, as against what is known: it decides where nothing is known around."""


class Network(Protocol):
    """Robust Video Matting, which remembers the frames before."""

    def people(self, picture: Picture) -> Alpha:
        """(height, width), 0 to 1: of all people in the picture."""
        ...


Correct = Callable[[Picture, Trimap, Alpha, Alpha], Alpha]
"""Of picture, trimap, guide and the closed form's alpha: that alpha, better (`refiner.corrector`)."""


class People:
    """An AlphaMethod that remembers: one of them sees the frames of one object in order."""

    needs_features = False
    sequential = True

    def __init__(self, network: Network, version: str, correct: Correct | None = None) -> None:
        """`version`: of all that makes the alpha, as `methods.choose` says it."""
        self._network = network
        self._correct = correct
        self.version = version

    def alpha(self, picture: Picture, trimap: Trimap, guide: Alpha, features: Embedding | None = None) -> Alpha:
        """See AlphaMethod.alpha."""
        check(picture, trimap, guide)
        seen = self._network.people(shares(picture))
        trust = agreement(seen, trimap, guide)
        wanted = np.empty(trimap.shape, np.float32)
        for strip in strips(trimap.shape, 0):
            said = shares(guide[strip.inner])
            share = enlarged(trust, trimap.shape, Box(strip.inner.start, 0, strip.inner.stop, trimap.shape[1]))
            wanted[strip.inner] = said + share * (seen[strip.inner] - said)
        solved = by_tiles(picture, trimap, wanted, CLOSED_FORM.solved, pull, trust=trust)
        return self._correct(picture, trimap, guide, solved) if self._correct else solved

    def follow(self, picture: Picture) -> None:
        """See `method.Follows`."""
        self._network.people(shares(picture))


def agreement(seen: Alpha, trimap: Trimap, guide: Alpha) -> Alpha:
    """How far `seen` is to be trusted, 0 to 1, by how it agrees with the trimap around each pixel.

    (h, w) float32 of a picture of no more than SIDE pixels; the three, (height, width), are of one size.
    """
    times = min(1.0, SIDE / max(1, *trimap.shape))
    size = max(1, round(trimap.shape[1] * times)), max(1, round(trimap.shape[0] * times))
    small, said = (cv2.resize(values, size, interpolation=cv2.INTER_AREA) for values in (seen, shares(guide)))
    known = cv2.resize(trimap, size, interpolation=cv2.INTER_NEAREST)
    hint = np.where(known == UNKNOWN, np.float32(HINT), np.float32(0))
    unknown = (known == UNKNOWN).view(np.uint8)
    depth = cv2.mean(cv2.distanceTransform(unknown, cv2.DIST_L2, cv2.DIST_MASK_3), unknown)[0]
    radius = round(max(2.0, RADIUS * math.hypot(*size), ACROSS * depth))
    wrong = np.zeros(known.shape, np.float32)
    for value, sure, missed in ((FOREGROUND, said, 1 - small), (BACKGROUND, 1 - said, small)):
        weight = np.where(known == value, np.float32(1), hint * np.maximum(2 * sure - 1, 0))
        amount, lost = (cv2.blur(part, (2 * radius + 1, 2 * radius + 1)) for part in (weight, weight * missed))
        np.maximum(wrong, lost / np.maximum(amount, np.float32(1e-6)), out=wrong)
    return np.asarray(np.clip(1 - wrong / np.float32(WRONG), 0, 1), np.float32)
