"""The network of Robust Video Matting: backbone, LR-ASPP, a decoder that remembers, and a deep guided filter.

Section 3 of the paper; LR-ASPP is MobileNetV3's, the guided filter Wu et al., "Fast End-to-End Trainable Guided Filter", CVPR 2018.
Modules are named as in the published weights; normalizations are folded into the convolutions before them.
"""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from .backbone import CHANNELS, Backbone

_WIDTHS = (16, 32, 40, 80)
"""Channels that the decoder gives at strides 1, 2, 4 and 8."""
_DEEP = 128
"""Channels of the features of stride 16."""

Memory = tuple[Tensor, Tensor, Tensor, Tensor]
"""What the decoder remembers: its recurrent states at strides 2, 4, 8 and 16."""


class Network(nn.Module):
    """One frame after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.aspp = _Aspp(CHANNELS[-1], _DEEP)
        self.decoder = _Decoder()
        self.project_mat = _Projection(_WIDTHS[0], 4)
        self.refiner = _GuidedFilter(_WIDTHS[0])

    def forward(self, small: Tensor, memory: Memory | None) -> tuple[Tensor, Tensor, Memory]:
        """What is found in a picture, as a line over the picture itself: slopes and offsets, (batch, 4, h, w) each; and the memory.

        `small` (batch, 3, h, w), 0..1, as displayed; `shrunk` makes it. `memory`: what the frame before gave; None for a clip's first.
        `enlarged` makes of the line what is found in the large picture: foreground minus picture, and alpha.
        """
        *fine, deep = self.backbone(small)
        features, memory = self.decoder(small, fine, self.aspp(deep), memory)
        slope, offset = self.refiner(small, self.project_mat(features), features)
        return slope, offset, memory


def shrunk(picture: Tensor, ratio: float) -> Tensor:
    """The picture (batch, 3, h, w) as the network looks at it: `ratio`, 0..1, times its size."""
    if ratio == 1:
        return picture
    return functional.interpolate(picture, scale_factor=ratio, mode="bilinear", align_corners=False, recompute_scale_factor=False)


def guides(picture: Tensor) -> Tensor:
    """(batch, 4, h, w): red, green, blue, which the foreground's difference follows, and their mean, which alpha follows."""
    return torch.cat((picture, picture.mean(1, keepdim=True)), 1)


def enlarged(slope: Tensor, offset: Tensor, guide: Tensor) -> Tensor:
    """The line over a guide (batch, channels, H, W) of any size: (batch, channels, H, W)."""
    slope, offset = (functional.interpolate(one, guide.shape[2:], mode="bilinear", align_corners=False) for one in (slope, offset))
    return slope * guide + offset


class _Aspp(nn.Module):
    """Lite reduced atrous spatial pyramid pooling: features weighed by the whole picture's."""

    def __init__(self, channels: int, given: int) -> None:
        super().__init__()
        self.aspp1 = nn.Sequential(nn.Conv2d(channels, given, 1), nn.ReLU())
        self.aspp2 = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, given, 1, bias=False), nn.Sigmoid())

    def forward(self, features: Tensor) -> Tensor:
        weighed: Tensor = self.aspp1(features) * self.aspp2(features)
        return weighed


class _Decoder(nn.Module):
    """From stride 16 to 1; half of the channels at each of strides 16 to 2 go through a recurrent unit."""

    def __init__(self) -> None:
        super().__init__()
        whole, half, quarter, eighth = _WIDTHS
        self.decode4 = _Remembering(_DEEP)
        self.decode3 = _Upsampling(_DEEP, CHANNELS[2], eighth)
        self.decode2 = _Upsampling(eighth, CHANNELS[1], quarter)
        self.decode1 = _Upsampling(quarter, CHANNELS[0], half)
        self.decode0 = _Output(half, whole)

    def forward(self, picture: Tensor, fine: list[Tensor], deep: Tensor, memory: Memory | None) -> tuple[Tensor, Memory]:
        pictures = [picture]
        for _ in range(3):
            pictures.append(functional.avg_pool2d(pictures[-1], 2, 2, ceil_mode=True, count_include_pad=False))
        first, second, third, fourth = memory or (None,) * 4
        passed, fourth = self.decode4(deep, fourth)
        passed, third = self.decode3(passed, fine[2], pictures[3], third)
        passed, second = self.decode2(passed, fine[1], pictures[2], second)
        passed, first = self.decode1(passed, fine[0], pictures[1], first)
        return self.decode0(passed, picture), (first, second, third, fourth)


class _Remembering(nn.Module):
    """The second half of the channels through the recurrent unit."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gru = _Gru(channels // 2)

    def forward(self, features: Tensor, memory: Tensor | None) -> tuple[Tensor, Tensor]:
        plain, timed = features.chunk(2, 1)
        memory = self.gru(timed, memory)
        return torch.cat((plain, memory), 1), memory


class _Upsampling(nn.Module):
    def __init__(self, channels: int, skipped: int, given: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(channels + skipped + 3, given, 3, padding=1), nn.ReLU())
        self.gru = _Gru(given // 2)

    def forward(self, features: Tensor, skipped: Tensor, picture: Tensor, memory: Tensor | None) -> tuple[Tensor, Tensor]:
        joined = self.conv(torch.cat((_doubled(features, picture), skipped, picture), 1))
        plain, timed = joined.chunk(2, 1)
        memory = self.gru(timed, memory)
        return torch.cat((plain, memory), 1), memory


class _Output(nn.Module):
    def __init__(self, channels: int, given: int) -> None:
        super().__init__()
        first, second = nn.Conv2d(channels + 3, given, 3, padding=1), nn.Conv2d(given, given, 3, padding=1)
        self.conv = nn.Sequential(first, nn.ReLU(), second, nn.ReLU())

    def forward(self, features: Tensor, picture: Tensor) -> Tensor:
        passed: Tensor = self.conv(torch.cat((_doubled(features, picture), picture), 1))
        return passed


class _Gru(nn.Module):
    """A gated recurrent unit of convolutions: Ballas et al., "Delving Deeper into Convolutional Networks", ICLR 2016."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.ih = nn.Sequential(nn.Conv2d(2 * channels, 2 * channels, 3, padding=1), nn.Sigmoid())
        self.hh = nn.Sequential(nn.Conv2d(2 * channels, channels, 3, padding=1), nn.Tanh())

    def forward(self, features: Tensor, memory: Tensor | None) -> Tensor:
        if memory is None:
            memory = torch.zeros_like(features)
        reset, update = self.ih(torch.cat((features, memory), 1)).chunk(2, 1)
        candidate = self.hh(torch.cat((features, reset * memory), 1))
        now: Tensor = (1 - update) * memory + update * candidate
        return now


class _Projection(nn.Module):
    def __init__(self, channels: int, given: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, given, 1)

    def forward(self, features: Tensor) -> Tensor:
        passed: Tensor = self.conv(features)
        return passed


class _GuidedFilter(nn.Module):
    """Finds how what was found in the small picture depends on it, locally and linearly."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.box_filter = nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False)
        steps = (nn.Conv2d(8 + channels, channels, 1), nn.Identity(), nn.ReLU(), nn.Conv2d(channels, channels, 1), nn.Identity())
        self.conv = nn.Sequential(*steps, nn.ReLU(), nn.Conv2d(channels, 4, 1))

    def forward(self, picture: Tensor, found: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """Slope and offset, (batch, 4, h, w), of `found` (batch, 4, h, w) over the `guides` of the picture."""
        guide = guides(picture)
        guide_mean, found_mean = self.box_filter(guide), self.box_filter(found)
        covariance = self.box_filter(guide * found) - guide_mean * found_mean
        variance = self.box_filter(guide * guide) - guide_mean * guide_mean
        slope = self.conv(torch.cat((covariance, variance, features), 1))
        return slope, found_mean - slope * guide_mean


def _doubled(features: Tensor, like: Tensor) -> Tensor:
    """Twice the size, without the row and column that an odd size has too many."""
    larger = functional.interpolate(features, scale_factor=2, mode="bilinear", align_corners=False)
    return larger[:, :, : like.shape[2], : like.shape[3]]
