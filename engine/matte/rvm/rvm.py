"""Robust Video Matting as one of the ways to an alpha: it finds people by itself, and is let only where the trimap doesn't know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ...segment import models
from ...segment.device import pick_device
from ..method import UNKNOWN, Alpha, Picture, Trimap, checked, known, shares
from . import MODEL, version
from .network import Memory, Network, enlarged, shrunk

if TYPE_CHECKING:
    from ...segment.image_model import Embedding

SHORT_SIDE = 432
"""Pixels of the picture that the network looks at; larger ones are made smaller for it, and the guided filter enlarges what it finds. It is
what the authors advise for whole people: 0.6 of 1280 x 720, 0.4 of 1920 x 1080, 0.2 of 3840 x 2160."""


class RobustVideoMatting:
    """An `AlphaMethod` that remembers: one of them sees the frames of one object, all of one size, in order."""

    needs_features = False
    sequential = True

    def __init__(self, device: str | None = None) -> None:
        """Raises MattewrightError when the weights or the device are not there."""
        self.version = version()
        self._device = pick_device(device)
        with torch.device("meta"):
            network = Network()
        network.load_state_dict(models.state_dict(MODEL), assign=True)
        # Twice as fast as the usual layout on a CPU.
        self._network = network.eval().requires_grad_(False).to(self._device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._memory: Memory | None = None
        self._size: tuple[int, ...] | None = None

    def restart(self) -> None:
        """Forget the frames that were seen: the next one is a clip's first."""
        self._memory, self._size = None, None

    def alpha(self, picture: Picture, trimap: Trimap, guide: Alpha, features: Embedding | None = None) -> Alpha:
        """(height, width) float32, 0 to 1: the share of any person; 0 and 1 where the trimap knows.

        `guide` and `features` say nothing here. Raises ValueError where shapes differ, also from the frames before.
        """
        picture, trimap, _ = checked(picture, trimap, guide)
        people = self.people(picture)
        return np.where(trimap == UNKNOWN, people, known(trimap))

    def follow(self, picture: Picture) -> None:
        """See `method.Follows`."""
        self.people(shares(picture))

    def people(self, picture: Picture) -> Alpha:
        """(height, width) float32, 0 to 1, of all people in the picture, wherever they are; the next frame remembers it.

        Raises ValueError where the size is not that of the frames before.
        """
        if self._size not in (None, picture.shape[:2]):
            raise ValueError(f"expected pictures of {self._size}, as the frames before, got {picture.shape[:2]}")
        self._size = picture.shape[:2]
        with torch.inference_mode():
            large = torch.from_numpy(np.ascontiguousarray(picture)).to(self._device).permute(2, 0, 1)[None]
            small = shrunk(large, min(1.0, SHORT_SIDE / min(picture.shape[:2])))
            slope, offset, self._memory = self._network(small.contiguous(memory_format=torch.channels_last), self._memory)
            found = enlarged(slope[:, 3:], offset[:, 3:], large.mean(1, keepdim=True))
            return np.asarray(found[0, 0].clamp(0, 1).cpu().numpy(), np.float32)
