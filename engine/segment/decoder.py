"""SAM 2's mask decoder on a CPU: its two enlarging layers as the matrix products that they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as functional
from torch import Tensor, nn

from .linear import Linear, fused

if TYPE_CHECKING:
    from sam2.modeling.sam2_base import SAM2Base


class Doubling(nn.Module):
    """A transposed convolution of 2 x 2 with a stride of 2: each cell becomes four by a matrix of their own, and no two cells meet.

    torch has no fast one for float32 on the CPU; as a product it took 0.83 of the decoder's time (two cores, one object), to the same bits.
    """

    def __init__(self, layer: nn.ConvTranspose2d) -> None:
        """Raises ValueError for any other transposed convolution."""
        super().__init__()
        shape = layer.kernel_size, layer.stride, layer.padding, layer.output_padding, layer.groups, layer.dilation
        if shape != ((2, 2), (2, 2), (0, 0), (0, 0), 1, (1, 1)) or layer.bias is None:
            raise ValueError(f"not a 2 x 2 transposed convolution with a stride of 2 and a bias: {layer}")
        weight = layer.weight.detach().permute(1, 2, 3, 0).reshape(-1, layer.in_channels)
        self._product = Linear(weight, layer.bias.detach().repeat_interleave(4))

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, h, w) -> (B, outputs, 2h, 2w)."""
        batch, _, height, width = x.shape
        cells = self._product(x.permute(0, 2, 3, 1).reshape(batch * height * width, -1))
        return functional.pixel_shuffle(cells.reshape(batch, height, width, -1).permute(0, 3, 1, 2), 2)


def hasten(network: SAM2Base) -> None:
    """Put `Doubling` in the place of `network`'s transposed convolutions, where this machine gains by it. For float32 on the CPU."""
    layers = network.sam_mask_decoder.output_upscaling
    if not fused():
        return
    for index, layer in enumerate(layers):
        if isinstance(layer, nn.ConvTranspose2d):
            layers[index] = Doubling(layer)
