"""MobileNetV3-large, as far as its last convolution: Howard et al., "Searching for MobileNetV3", ICCV 2019, table 1.

Its last stage keeps stride 16 by dilation. Normalizations are folded into the convolutions before them, as in the published graph.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn


class _Row(NamedTuple):
    """A bottleneck: channels expanded to, channels given out, kernel's side, stride, dilation, hard swish or ReLU, attention or not."""

    expanded: int
    given: int
    kernel: int = 3
    stride: int = 1
    dilation: int = 1
    swish: bool = True
    attention: bool = False


_ROWS = (
    _Row(16, 16, swish=False),
    _Row(64, 24, stride=2, swish=False),
    _Row(72, 24, swish=False),
    _Row(72, 40, 5, 2, swish=False, attention=True),
    _Row(120, 40, 5, swish=False, attention=True),
    _Row(120, 40, 5, swish=False, attention=True),
    _Row(240, 80, stride=2),
    _Row(200, 80),
    _Row(184, 80),
    _Row(184, 80),
    _Row(480, 112, attention=True),
    _Row(672, 112, attention=True),
    _Row(672, 160, 5, dilation=2, attention=True),
    _Row(960, 160, 5, dilation=2, attention=True),
    _Row(960, 160, 5, dilation=2, attention=True),
)
_TAPS = (1, 3, 6)
"""Which stages' outputs the decoder takes: strides 2, 4 and 8."""
CHANNELS = (16, 24, 40, 960)
"""Of what `Backbone` gives."""
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's pictures, by which the backbone was trained."""


class Backbone(nn.Module):
    """(batch, 3, h, w), 0..1 -> features of strides 2, 4, 8 and 16, of `CHANNELS`."""

    def __init__(self) -> None:
        super().__init__()
        stages: list[nn.Module] = [nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.Hardswish())]
        channels = 16
        for row in _ROWS:
            stages.append(_Bottleneck(channels, row))
            channels = row.given
        stages.append(nn.Sequential(nn.Conv2d(channels, CHANNELS[-1], 1), nn.Hardswish()))
        self.features = nn.ModuleList(stages)

    def forward(self, picture: Tensor) -> list[Tensor]:
        mean, deviation = (picture.new_tensor(values).view(3, 1, 1) for values in (_MEAN, _DEVIATION))
        passed = (picture - mean) / deviation
        given = []
        for index, stage in enumerate(self.features):
            passed = stage(passed)
            if index in _TAPS:
                given.append(passed)
        return [*given, passed]


class _Bottleneck(nn.Module):
    """Expand, filter each channel, weigh the channels, project; added to what came in where that has the same shape."""

    def __init__(self, channels: int, row: _Row) -> None:
        super().__init__()
        act: type[nn.Module] = nn.Hardswish if row.swish else nn.ReLU
        steps: list[nn.Module] = []
        if row.expanded != channels:
            steps.append(nn.Sequential(nn.Conv2d(channels, row.expanded, 1), act()))
        padding = (row.kernel - 1) // 2 * row.dilation
        depthwise = nn.Conv2d(row.expanded, row.expanded, row.kernel, row.stride, padding, row.dilation, groups=row.expanded)
        steps.append(nn.Sequential(depthwise, act()))
        if row.attention:
            steps.append(_Attention(row.expanded))
        steps.append(nn.Sequential(nn.Conv2d(row.expanded, row.given, 1)))
        self.block = nn.Sequential(*steps)
        self._added = row.stride == 1 and channels == row.given

    def forward(self, features: Tensor) -> Tensor:
        passed: Tensor = self.block(features)
        return passed + features if self._added else passed


class _Attention(nn.Module):
    """Squeeze and excitation: each channel weighed by what all of them are on average."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        few = _multiple_of_8(channels / 4)
        self.fc1 = nn.Conv2d(channels, few, 1)
        self.fc2 = nn.Conv2d(few, channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        mean = features.mean((2, 3), keepdim=True)
        weights: Tensor = nn.functional.hardsigmoid(self.fc2(nn.functional.relu(self.fc1(mean))))
        return weights * features


def _multiple_of_8(channels: float) -> int:
    near = max(8, int(channels + 4) // 8 * 8)
    return near + 8 if near < 0.9 * channels else near
