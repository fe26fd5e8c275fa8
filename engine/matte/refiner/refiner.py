"""The UNet as an AlphaMethod: tiles over the unknown band through the network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ...refine.region import Box
from ...segment.device import pick_device
from ..closed_form import CLOSED_FORM
from ..method import UNKNOWN, Alpha, Picture, Trimap, check, known, shares
from . import version as version_of
from .banded import mirrored, over_band
from .inputs import FEATURES, Inputs, network_inputs, placed_features
from .network import Network
from .shipped import SHIPPED
from .weights import load_network

if TYPE_CHECKING:
    from ...segment.image_model import Embedding

__all__ = ["Refiner"]


class Refiner:
    """An AlphaMethod. Frames don't depend on one another; the same picture gives the same bytes with the same number of threads.

    Without a network trained for them, or with `features` off, SAM 2's features are not needed.
    """

    sequential = False

    def __init__(self, network: Network, version: str, device: str = "cpu", *, features: bool = True) -> None:
        self.version = version
        self.needs_features = features and network.settings.features
        self._device = device
        self._network = network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @classmethod
    def load(cls, device: str | None = None, path: Path = SHIPPED, *, features: bool = True) -> Refiner:
        """With the weights in `path`, on `device` or the best there is. Raises MattewrightError where they are missing or changed."""
        network, _ = load_network(path)
        return cls(network, version_of(path), pick_device(device), features=features)

    @torch.inference_mode()
    def alpha(self, picture: Picture, trimap: Trimap, guide: Alpha, features: Embedding | None = None) -> Alpha:
        """See AlphaMethod.alpha."""
        check(picture, trimap, guide)
        if self.needs_features and features is None:
            raise ValueError("the refiner needs the image encoder's features of the picture")
        alpha = known(trimap)
        if not (trimap == UNKNOWN).any():
            return alpha
        solved = CLOSED_FORM.alpha(picture, trimap, guide) if self._network.settings.solved else None
        shown = self._shown(features) if self.needs_features and features is not None else None
        alpha += over_band(trimap, lambda box: self._tile(picture, trimap, guide, solved, box, shown))
        return np.clip(alpha, 0.0, 1.0, out=alpha)

    def _shown(self, features: Embedding) -> Mapping[str, Tensor]:
        """By FEATURES' names."""
        high, middle = features.high_res_feats
        made = {"high": high, "middle": middle, "image_embed": features.image_embed}
        return {name: tensor.to(self._device, torch.float32) for name, tensor in made.items()}

    def _tile(
        self, picture: Picture, trimap: Trimap, guide: Alpha, solved: Alpha | None, box: Box, features: Mapping[str, Tensor] | None
    ) -> Alpha:
        """What the network says of `box`, which may reach beyond the picture: mirrored there."""
        size = trimap.shape
        rows, columns = mirrored(box.top, box.bottom, size[0]), mirrored(box.left, box.right, size[1])
        at = np.ix_(rows, columns)
        colours = torch.from_numpy(shares(picture[at])).permute(2, 0, 1)[None].to(self._device)
        planes = (trimap, guide) if solved is None else (trimap, guide, solved)
        band, said, *found = (torch.from_numpy(np.ascontiguousarray(values[at]))[None, None].to(self._device) for values in planes)
        inputs = network_inputs(colours.contiguous(), band, said.float().nan_to_num(0.0).clamp(0, 1), *found)
        placed = None
        if self._network.settings.features:
            down, across = box.size
            if features is None:
                placed = {
                    name: torch.zeros(1, count, down // step, across // step, device=self._device)
                    for name, (count, step) in FEATURES.items()
                }
            else:
                y, x = ((np.arange(first, last, dtype=np.float32) + 0.5) / full for first, last, full in _spans(box, size))
                where = torch.from_numpy(np.stack(np.meshgrid(x.astype(np.float32), y.astype(np.float32)), -1))[None]
                placed = placed_features(features, where.to(self._device))
        arranged = Inputs(inputs.stack.contiguous(memory_format=torch.channels_last), inputs.candidates, inputs.unknown, inputs.known)
        found = self._network(arranged, placed)[0]
        return np.asarray(found[0, 0].float().clamp(0, 1).cpu().numpy(), np.float32)


def _spans(box: Box, size: tuple[int, ...]) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    return (box.top, box.bottom, size[0]), (box.left, box.right, size[1])
