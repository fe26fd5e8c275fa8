"""The refiner's network: a UNet that goes between resolutions by wavelets and corrects the candidates for alpha in the unknown band.

Down by analysis, up by synthesis, each with the channels' mixing folded into its filters: one convolution with a stride of 2 whose kernel
is the wavelet's four bands, mixed. No layer looks at the whole picture, so that tiles of a picture get what the picture would get, as far
as they overlap. No normalisation layers: residual branches begin at zero, so that an untrained network gives back the closed form's alpha
to the last bit where it is given it, and the mean candidate where it isn't.

Methods: Ronneberger et al., "U-Net" (2015); Liu et al., "Multi-level Wavelet-CNN" (2018), for wavelets in place of pooling; Ballas et al.,
"Delving deeper into convolutional networks for learning video representations" (2016), for the recurrent state (a convolutional GRU).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from .inputs import CANDIDATES, CHANNELS, FEATURES, Inputs
from .wavelet import WAVELETS, kernels, pad_periodic, unpad_periodic

__all__ = ["STRIDE", "Network", "NetworkSettings", "Sampling"]

STRIDE = 16
"""Pictures come in multiples of so many pixels."""
STRIDED = "strided"
"""In place of a wavelet's name: plain learned kernels with a stride of 2."""


@dataclass(frozen=True)
class NetworkSettings:
    """What the network is built from; kept in the weights' metadata."""

    wavelet: str = "db1"
    """``db1``, ``db2``, ``db4``, or ``strided``."""
    features: bool = True
    """Whether SAM 2's features are taken, where there are any."""
    recurrent: bool = False
    """Whether a state at the lowest resolution goes from frame to frame."""
    solved: bool = False
    """Whether the closed form's alpha is given, which the network then only corrects."""
    channels: tuple[int, int, int, int] = (24, 32, 64, 96)
    """At strides 2, 4, 8, 16."""
    blocks: tuple[int, int, int, int] = (0, 1, 1, 2)
    """Residual blocks on the way down; on the way up there is one."""

    def __post_init__(self) -> None:
        if self.wavelet not in (*WAVELETS, STRIDED):
            raise ValueError(f"wavelet {self.wavelet}: expected one of {', '.join((*WAVELETS, STRIDED))}")

    @classmethod
    def of(cls, values: Mapping[str, object]) -> NetworkSettings:
        """From what `asdict` and JSON made of it."""
        made = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
        return cls(**made)  # type: ignore[arg-type]

    def values(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


class Sampling(nn.Module):
    """A change of resolution by 2, and of channels: analysis and mixing, or (`up`) mixing and synthesis."""

    bands: Tensor

    def __init__(self, taken: int, made: int, wavelet: str, *, up: bool = False) -> None:
        super().__init__()
        self.up = up
        filters = torch.eye(4).reshape(4, 2, 2)[None] if wavelet == STRIDED else kernels(wavelet)[None]
        self.taps = filters.shape[-1]
        # As an orthonormal transform keeps the sum of squares, so does its mixing: each output sees 4 * taken numbers, or taken.
        self.mixing = nn.Parameter(torch.randn(*((taken, made, 4) if up else (made, taken, 4))) * ((1 if up else 4) * taken) ** -0.5)
        self.bias = nn.Parameter(torch.zeros(made))
        self.register_buffer("bands", filters[0], persistent=False)

    def forward(self, values: Tensor) -> Tensor:
        kernel = torch.einsum("abk,kyx->abyx", self.mixing, self.bands.to(self.mixing.dtype))
        if not self.up:
            return functional.conv2d(pad_periodic(values, self.taps), kernel, self.bias, stride=2)
        return unpad_periodic(functional.conv_transpose2d(values, kernel, stride=2), self.taps) + self.bias[:, None, None]


class Block(nn.Module):
    """Two 3x3 convolutions beside the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.second = (nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2))
        nn.init.kaiming_normal_(self.first.weight, nonlinearity="relu")
        nn.init.normal_(self.second.weight, std=1e-3)

    def forward(self, values: Tensor) -> Tensor:
        made: Tensor = values + self.second(functional.relu(self.first(functional.relu(values))))
        return made


class Memory(nn.Module):
    """A convolutional GRU on half of the channels; the others pass by."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self._kept = channels // 2
        self.gates = nn.Conv2d(2 * self._kept, 2 * self._kept, 3, padding=1)
        self.candidate = nn.Conv2d(2 * self._kept, self._kept, 3, padding=1)

    def forward(self, values: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor]:
        passed, seen = values[:, self._kept :], values[:, : self._kept]
        before = torch.zeros_like(seen) if state is None else state
        reset, update = torch.sigmoid(self.gates(torch.cat((seen, before), 1))).chunk(2, 1)
        new = torch.tanh(self.candidate(torch.cat((seen, reset * before), 1)))
        state = (1 - update) * before + update * new
        return torch.cat((state, passed), 1), state


class Network(nn.Module):
    """Inputs (B, ., h, w), h and w multiples of STRIDE -> alpha (B, 1, h, w)."""

    def __init__(self, settings: NetworkSettings = NetworkSettings()) -> None:
        super().__init__()
        self.settings = settings
        widths, wavelet = settings.channels, settings.wavelet
        self.down = nn.ModuleList(
            Sampling(taken, made, wavelet) for taken, made in zip((CHANNELS[settings.solved], *widths), widths, strict=False)
        )
        self.below = nn.ModuleList(
            nn.Sequential(*(Block(width) for _ in range(count))) for width, count in zip(widths, settings.blocks, strict=True)
        )
        if settings.features:
            self.joined = nn.ModuleDict(
                {name: nn.Conv2d(count, widths[stride.bit_length() - 2], 1) for name, (count, stride) in FEATURES.items()}
            )
            for convolution in self.joined.values():
                nn.init.normal_(convolution.weight, std=0.02)  # type: ignore[arg-type]
        if settings.recurrent:
            self.memory = Memory(widths[3])
        self.up = nn.ModuleList(Sampling(widths[level + 1], widths[level], wavelet, up=True) for level in range(3))
        self.above = nn.ModuleList(Block(widths[level]) for level in range(3))
        # The candidates have the fine detail; what is made of them is found at half the resolution, without wide layers at full.
        self._mixed = len(CANDIDATES[settings.solved]) - settings.solved
        self.to_full = Sampling(widths[0], self._mixed + 4, wavelet, up=True)
        nn.init.zeros_(self.to_full.mixing)

    def forward(
        self, inputs: Inputs, features: Mapping[str, Tensor] | None = None, state: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Alpha, not cut off at 0 and 1 (so that errors keep their slope), and the state for the next frame (None unless recurrent).

        `features`: by FEATURES' names, (B, channels, h / stride, w / stride), all zero for a picture without; None for none at all.
        """
        values, skips = inputs.stack, []
        for level, (down, below) in enumerate(zip(self.down, self.below, strict=True)):
            values = down(values)
            if features is not None and self.settings.features:
                for name, (_, stride) in FEATURES.items():
                    if stride == 2 << level:
                        values = values + self.joined[name](features[name])
            values = below(values)
            skips.append(values)
        if self.settings.recurrent:
            values, state = self.memory(values, state)
        for level in (2, 1, 0):
            values = self.above[level](self.up[level](values) + skips[level])
        return self._alpha(self.to_full(values), inputs), state

    def _alpha(self, last: Tensor, inputs: Inputs) -> Tensor:
        """Of the last layer (B, ., h, w): the candidates' shares, what is added, and what is added by colour."""
        shares, candidates = last[:, : self._mixed], inputs.candidates
        if self.settings.solved:  # the last one, and of what the others say otherwise as much as the network finds right
            solved = candidates[:, -1:]
            mixed = solved + (torch.tanh(shares) * (candidates[:, :-1] - solved)).sum(1, keepdim=True)
        else:
            mixed = (torch.softmax(shares, 1) * candidates).sum(1, keepdim=True)
        by_colour = (last[:, -3:] * inputs.stack[:, :3]).sum(1, keepdim=True)
        alpha = mixed + last[:, self._mixed : self._mixed + 1] + by_colour
        return alpha * inputs.unknown + inputs.known
