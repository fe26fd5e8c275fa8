"""The closed form, corrected pixel by pixel: a small network looks at the evidence around each unknown pixel and says what alpha lacks.

Needs no torch, and begins with the closed form's alpha to the last bit before it is trained. Of large pictures the correction is found in a
smaller one: the network has learnt bands of some pixels, not of some hundred.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save_file

from ...refine.region import Box
from ...shot import MattewrightError
from ..closed_form import CLOSED_FORM
from ..guide import strips
from ..method import BACKGROUND, FOREGROUND, UNKNOWN, Alpha, Picture, Trimap, check, shares
from ..tiles import enlarged
from .banded import mirrored, over_band
from .evidence import COUNT, evidence
from .shipped import CORRECTOR, ENTRY, SHIPPED, checksum_of, sealed, told

if TYPE_CHECKING:
    from ...segment.image_model import Embedding

__all__ = ["LIMIT", "SCALE", "SIDE", "Corrector", "Weights"]

Plane = npt.NDArray[np.float32]

SIDE = 960
"""Pixels: of pictures whose longer side is a multiple of that, so many are made one for the correction."""
LIMIT = 4.0
"""Deviations: evidence farther than that from what is usual counts as so far."""
SMOOTH = 1.0
"""Pixels, of the Gaussian over corrections: a pixel's own is noisier than that of its neighbours together."""
SCALE = 0.3
"""What the network's 1 is of alpha."""


@dataclass(frozen=True)
class Weights:
    """Of the network: evidence, less what is usual, by its deviation, through layers with what is below 0 cut off between them."""

    usual: Plane
    """(COUNT,)."""
    deviation: Plane
    """(COUNT,)."""
    layers: tuple[tuple[Plane, Plane], ...]
    """Matrices (taken, made) and what is added (made,)."""

    def change(self, found: Plane) -> Plane:
        """(n,): what is to be added to alpha, of evidence (n, COUNT)."""
        values = np.clip((found - self.usual) / self.deviation, -LIMIT, LIMIT)
        for number, (matrix, more) in enumerate(self.layers):
            values = (np.maximum(values, 0) if number else values) @ matrix + more
        return np.asarray(values[:, 0] * np.float32(SCALE), np.float32)

    def save(self, path: Path, notes: dict[str, str]) -> str:
        """Write float32 and the checksum beside it, which is returned. `notes` go into the metadata."""
        tensors = {"usual": self.usual, "deviation": self.deviation}
        for number, (matrix, more) in enumerate(self.layers):
            tensors |= {f"{number}.matrix": np.ascontiguousarray(matrix), f"{number}.more": more}
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        said = {"kind": CORRECTOR, "settings": {"features": False, "solved": True}, "notes": notes}
        save_file(tensors, temporary, {ENTRY: json.dumps(said, sort_keys=True)})
        return sealed(temporary, path)

    @classmethod
    def load(cls, path: Path = SHIPPED) -> Weights:
        """Raises MattewrightError where the file is missing or not what it should be."""
        checksum_of(path)
        if (kind := told(path).get("kind")) != CORRECTOR:
            raise MattewrightError(f"{path}: weights of kind {kind}, expected {CORRECTOR}: they are another version's")
        tensors = load_file(path)
        layers = [(tensors[f"{number}.matrix"], tensors[f"{number}.more"]) for number in range(len(tensors) // 2 - 1)]
        if len(tensors["usual"]) != COUNT:
            raise MattewrightError(
                f"{path}: weights for {len(tensors['usual'])} numbers a pixel, expected {COUNT}: they are another version's"
            )
        return cls(tensors["usual"], tensors["deviation"], tuple(layers))


class Corrector:
    """An AlphaMethod. Frames don't depend on one another."""

    needs_features = False
    sequential = False

    def __init__(self, weights: Weights, version: str) -> None:
        self.version = version
        self._weights = weights

    def alpha(self, picture: Picture, trimap: Trimap, guide: Alpha, features: Embedding | None = None) -> Alpha:
        """See AlphaMethod.alpha."""
        check(picture, trimap, guide)
        return self.corrected(picture, trimap, guide, CLOSED_FORM.alpha(picture, trimap, guide))

    def corrected(self, picture: Picture, trimap: Trimap, guide: Alpha, solved: Alpha) -> Alpha:
        """`solved`, the closed form's alpha of the three, better, in its own memory."""
        times = max(1, round(max(trimap.shape, default=0) / SIDE))
        size = trimap.shape[0] // times, trimap.shape[1] // times
        unknown = trimap == UNKNOWN
        if not unknown.any() or not all(size):
            return solved
        seen = (picture, trimap, guide, solved) if times == 1 else _smaller(picture, trimap, guide, solved, size)
        colour, said = shares(seen[0]), shares(seen[2])
        change = _smoothed(over_band(seen[1], lambda box: self._tile(colour, seen[1], said, seen[3], box)), seen[1] == UNKNOWN)
        for strip in strips(trimap.shape, 0):
            here = Box(strip.inner.start, 0, strip.inner.stop, trimap.shape[1])
            more = change[strip.inner] if times == 1 else enlarged(change, (trimap.shape[0], trimap.shape[1]), here)
            np.add(solved[strip.inner], more, out=solved[strip.inner], where=unknown[strip.inner])
        return np.clip(solved, 0.0, 1.0, out=solved)

    def _tile(self, picture: Picture, trimap: Trimap, guide: Alpha, solved: Alpha, box: Box) -> Plane:
        """What is to be added in `box`, which may reach beyond the picture: mirrored there."""
        at = np.ix_(mirrored(box.top, box.bottom, trimap.shape[0]), mirrored(box.left, box.right, trimap.shape[1]))
        here = trimap[at]
        made = np.zeros(here.shape, np.float32)
        made[here == UNKNOWN] = self._weights.change(evidence(picture[at], here, guide[at], solved[at]))
        return made


def _smoothed(change: Plane, unknown: npt.NDArray[np.bool_]) -> Plane:
    """The mean of a pixel's and its unknown neighbours'."""
    amount = cv2.GaussianBlur(unknown.astype(np.float32), (0, 0), SMOOTH)
    return np.asarray(cv2.GaussianBlur(change, (0, 0), SMOOTH) / np.maximum(amount, np.float32(1e-3)), np.float32)


def _smaller(picture: Picture, trimap: Trimap, guide: Alpha, solved: Alpha, size: tuple[int, int]) -> tuple[Picture, Trimap, Alpha, Alpha]:
    """The four at `size`, (height, width); what is not all known is unknown."""
    mean = cv2.resize(trimap, size[::-1], interpolation=cv2.INTER_AREA)
    small = np.full(size, UNKNOWN, np.uint8)
    small[mean == BACKGROUND], small[mean == FOREGROUND] = BACKGROUND, FOREGROUND
    colour, said, share = (
        np.asarray(cv2.resize(values, size[::-1], interpolation=cv2.INTER_AREA), np.float32) for values in (picture, guide, solved)
    )
    share[small == BACKGROUND], share[small == FOREGROUND] = 0, 1
    return colour, small, said, share
