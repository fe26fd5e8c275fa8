"""What a depth network says of a picture, as shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..networks import NetworkCard
from ..networks.session import Session, blob
from ..shot import MattewrightError

Floats = npt.NDArray[np.float32]

SPREAD = (2.0, 98.0)
"""Percentiles of a first picture between which its relative values count, so that a speck is not the nearest thing there is."""
ROOM = 0.1
"""What is left at either end of the shares of such a picture for what comes nearer or goes farther later."""
LARGEST = 2.0
"""A share is at most that: what is nearer than what was taken for nearest."""


@dataclass(frozen=True)
class Ends:
    """The network's values that stand for the shares 0 and 1."""

    far: float
    near: float


class DepthNetwork:
    """A network for depth, loaded."""

    def __init__(self, card: NetworkCard, device: str | None = None) -> None:
        """Raises MattewrightError where the network isn't there or can't be loaded."""
        self.card = card
        self._session = Session(card, device)

    def values(self, picture: npt.NDArray[np.uint8]) -> Floats:
        """What it says of `picture`, (height, width, 3) RGB as displayed: (h, w) of its own size, over the whole picture; larger is nearer.

        Metres become 1 / metres. Raises MattewrightError for an output that is no picture.
        """
        said = np.squeeze(np.asarray(self._session.run(blob(picture, self.card.input)), np.float32))
        if said.ndim != 2 or min(said.shape) < 2:
            raise MattewrightError(f"network '{self.card.name}': expected one value a pixel, got {said.shape}: correct its card")
        said = self._without_padding(said, picture.shape[:2])
        if self.card.output.kind == "depth":
            assert self.card.output.near is not None  # as the card was checked
            said = np.asarray(1 / np.fmax(said, np.float32(self.card.output.near / 10)), np.float32)
        return np.asarray(np.nan_to_num(said, nan=0.0, posinf=0.0, neginf=0.0), np.float32)

    def _without_padding(self, said: Floats, size: tuple[int, ...]) -> Floats:
        shown = self.card.input
        if shown.fit != "letterbox":
            return said
        times = min(shown.width / size[1], shown.height / size[0])
        rows = max(2, round(size[0] * times * said.shape[0] / shown.height))
        columns = max(2, round(size[1] * times * said.shape[1] / shown.width))
        return said[:rows, :columns]

    def ends(self, first: Floats) -> Ends:
        """The card's, or those of a shot whose first picture has the values `first`."""
        near, far = self.card.output.near, self.card.output.far
        if near is not None and far is not None:
            return Ends(1 / far, 1 / near) if self.card.output.kind == "depth" else Ends(far, near)
        low, high = (float(value) for value in np.percentile(first, SPREAD))
        margin = max(high - low, 1e-6) * ROOM / (1 - 2 * ROOM)
        return Ends(low - margin, high + margin)


def shares(values: Floats, ends: Ends) -> Floats:
    """0 far to 1 near, to LARGEST at most."""
    made = (values - np.float32(ends.far)) / np.float32(ends.near - ends.far)
    return np.asarray(np.clip(made, 0.0, LARGEST), np.float32)
