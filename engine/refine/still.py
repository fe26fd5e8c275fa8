"""The chain on one frame alone, of which everything is at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..shot import MattewrightError, Polygon, RefineStep
from .chain import Chain, depth
from .logits import Logits
from .op import Picture
from .region import Mask, Region, Rounded


@dataclass(frozen=True)
class Still:
    """`chain.Sources` of one frame."""

    of: Logits
    size: tuple[int, int]
    at: int
    plate: Picture | None = None
    taken: npt.NDArray[np.bool_] | None = None
    others: Mapping[str, Region] = field(default_factory=dict)
    outlines: Mapping[str, Sequence[Polygon]] = field(default_factory=dict)
    away: Mask | None = None
    """How near things are."""

    def logits(self, frame: int) -> Logits | None:
        return self.of if frame == self.at else None

    def lost(self, frame: int) -> npt.NDArray[np.bool_] | None:
        return self.taken

    def picture(self, frame: int) -> Picture:
        if self.plate is None:
            raise MattewrightError(f"frame {frame}: an op reads the picture, and none is given")
        return self.plate

    def depth(self, frame: int) -> Mask:
        if self.away is None:
            raise MattewrightError(f"frame {frame}: an op measures depth, and none is given")
        return self.away

    def mask(self, name: str, frame: int) -> Region:
        return self.others.get(name, Region.nothing())

    def shapes(self, name: str, frame: int) -> Sequence[Polygon]:
        return self.outlines.get(name, ())


def refine(
    logits: Logits,
    size: tuple[int, int],
    steps: Sequence[RefineStep],
    frame: int,
    picture: Picture | None = None,
    lost: npt.NDArray[np.bool_] | None = None,
) -> Rounded:
    """The object's mask at `frame`: (height, width) uint8, 255 where the object is; uint16 where steps are live.

    `logits` is (h, w) at the model's resolution and `size` the picture's (height, width). The logits are enlarged, taken away where another
    object has won the pixel (`lost`, (height, width), see `owners`), and turned into a probability (0 to 1) before the first op.
    """
    mask = Chain(steps, Still(logits, size, frame, picture, lost)).mask(frame)
    assert mask is not None, "there are logits at this frame"
    return mask.rounded(size, depth(steps))
