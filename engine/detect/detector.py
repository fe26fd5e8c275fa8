"""Boxes around people, by a network with a card."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..networks import NetworkCard
from ..networks.session import Session, blob
from ..shot import Box, MattewrightError
from . import yolox

VERSION = "detector 1"
"""Part of every key that hangs on the boxes."""
PERSON = "person"
SMALLEST = 2.0
"""Pixels: a box that is narrower or lower within the picture is nobody."""


ROOM = 0.05
"""How much of its width and height a box is widened by on each side before the model gets it: detectors leave out what SAM 2 then doesn't
take in, as a backpack. DAVIS, three frames each of six sequences: mean IoU .825 by the detector's own boxes, .833 by ones 6 % wider."""


@dataclass(frozen=True)
class Found:
    """A person, in pixels of the picture."""

    box: Box
    score: float
    """How sure the network is, 0 to 1."""


def roomy(box: Box, size: tuple[int, int]) -> Box:
    """`box` as the model is asked about it, widened within a picture of `size` (height, width)."""
    across, down = ROOM * (box.right - box.left), ROOM * (box.bottom - box.top)
    left, top = max(0.0, box.left - across), max(0.0, box.top - down)
    right, bottom = min(float(size[1]), box.right + across), min(float(size[0]), box.bottom + down)
    return Box(*(round(value, 2) for value in (left, top, right, bottom)))


class Detector:
    """A network for people, loaded."""

    def __init__(self, card: NetworkCard, device: str | None = None) -> None:
        """Raises MattewrightError where the network isn't there or can't be loaded."""
        self.card = card
        self._session = Session(card, device)
        names = [item.name for item in card.classes]
        self._index = names.index(PERSON) if PERSON in names else 0

    def find(self, picture: npt.NDArray[np.uint8], least: float) -> list[Found]:
        """The people on `picture`, (height, width, 3) RGB as displayed, that it is at least that sure of; the surest first."""
        said = np.asarray(self._session.run(blob(picture, self.card.input)), np.float32)
        shown = self.card.input
        try:
            boxes, scores = self._read(said)
        except ValueError as error:
            raise MattewrightError(f"network '{self.card.name}': its output isn't what its card says: {error}") from None
        chosen = yolox.best(boxes, scores, least)
        height, width = picture.shape[:2]
        if shown.fit == "letterbox":
            times = min(shown.width / width, shown.height / height)
            boxes = boxes / np.float32(times)
        else:
            boxes = boxes * np.array([width / shown.width, height / shown.height] * 2, np.float32)
        limits = np.array([width, height] * 2, np.float32)
        found = []
        for box, score in zip(np.clip(boxes[chosen], 0, limits), scores[chosen], strict=True):
            left, top, right, bottom = (round(float(value), 2) for value in box)
            if right - left >= SMALLEST and bottom - top >= SMALLEST:
                found.append(Found(Box(left, top, right, bottom), round(float(score), 4)))
        return found

    def _read(self, said: npt.NDArray[np.float32]) -> tuple[yolox.Floats, yolox.Floats]:
        if said.ndim != 3 or said.shape[0] != 1:
            raise ValueError(f"expected (1, n, 5 or more), got {said.shape}")
        if self.card.output.kind == "yolox":
            return yolox.decoded(said[0], (self.card.input.height, self.card.input.width), self._index)
        if said.shape[2] != 5:
            raise ValueError(f"expected (1, n, 5), got {said.shape}")
        there = said[0][said[0, :, 4] > 0]  # what is padded is all 0
        return np.ascontiguousarray(there[:, :4]), np.ascontiguousarray(there[:, 4])
