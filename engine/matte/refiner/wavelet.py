"""Orthonormal wavelets as torch convolutions: the refiner's way between resolutions in place of pooling.

A picture (B, C, h, w) with even sides becomes (B, 4C, h/2, w/2): channel 4c + b is band b of channel c, in PyWavelets' order cA, cH, cV, cD
(approximation; detail across rows, across columns, across both). Edges are taken as periodic, so that the sizes halve and `synthesis` gives
back what `analysis` took, to rounding: PyWavelets' mode "periodization".

Method: Mallat, "A theory for multiresolution signal decomposition" (1989); Daubechies, "Ten Lectures on Wavelets" (1992), for the filters;
Liu et al., "Multi-level Wavelet-CNN" (2018), for their place in a UNet.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as functional
from torch import Tensor

__all__ = ["WAVELETS", "analysis", "kernels", "pad_periodic", "synthesis", "unpad_periodic"]

_ROOT = math.sqrt(3.0)
WAVELETS: dict[str, tuple[float, ...]] = {
    "db1": (math.sqrt(0.5), math.sqrt(0.5)),
    "db2": tuple(value / (4 * math.sqrt(2.0)) for value in (1 - _ROOT, 3 - _ROOT, 3 + _ROOT, 1 + _ROOT)),
    "db4": (
        -0.010597401785069032,
        0.0328830116668852,
        0.030841381835560764,
        -0.18703481171909309,
        -0.027983769416859854,
        0.6308807679298589,
        0.7148465705529157,
        0.2303778133088965,
    ),
}
"""The low-pass decomposition filters, as PyWavelets' ``dec_lo``."""


def kernels(wavelet: str) -> Tensor:
    """(4, L, L) float32: what each band correlates the picture with, in the order cA, cH, cV, cD.

    Raises ValueError for a wavelet that isn't in WAVELETS.
    """
    if wavelet not in WAVELETS:
        raise ValueError(f"wavelet {wavelet}: expected one of {', '.join(WAVELETS)}")
    # PyWavelets convolves, which turns the filters round; torch correlates.
    low = torch.tensor(WAVELETS[wavelet][::-1], dtype=torch.float64)
    # The quadrature mirror filter of an orthonormal wavelet.
    signs = torch.tensor([(-1.0) ** tap for tap in range(len(low))], dtype=torch.float64)
    high = low.flip(0) * signs
    bands = [torch.outer(down, across) for down, across in ((low, low), (high, low), (low, high), (high, high))]
    return torch.stack(bands).float()


def pad_periodic(picture: Tensor, taps: int) -> Tensor:
    """(B, C, h, w) with (taps - 2) / 2 more pixels on each side, out of the opposite side."""
    margin = (taps - 2) // 2
    return functional.pad(picture, (margin, margin, margin, margin), mode="circular") if margin else picture


def unpad_periodic(padded: Tensor, taps: int) -> Tensor:
    """The adjoint of `pad_periodic`: what lies on the margins is added to the opposite side. For what a transposed convolution made."""
    margin = (taps - 2) // 2
    if not margin:
        return padded
    for dimension in (-2, -1):
        inner = padded.narrow(dimension, margin, padded.shape[dimension] - 2 * margin).clone()
        size = inner.shape[dimension]
        inner.narrow(dimension, size - margin, margin).add_(padded.narrow(dimension, 0, margin))
        inner.narrow(dimension, 0, margin).add_(padded.narrow(dimension, padded.shape[dimension] - margin, margin))
        padded = inner
    return padded


def analysis(picture: Tensor, wavelet: str = "db1") -> Tensor:
    """(B, C, h, w) float, h and w even -> (B, 4C, h/2, w/2)."""
    channels = picture.shape[1]
    filters = kernels(wavelet).to(picture)
    padded = pad_periodic(picture, filters.shape[-1])
    return functional.conv2d(padded, filters[:, None].repeat(channels, 1, 1, 1), stride=2, groups=channels)


def synthesis(bands: Tensor, wavelet: str = "db1") -> Tensor:
    """(B, 4C, h, w) float -> (B, C, 2h, 2w): the inverse of `analysis`."""
    channels = bands.shape[1] // 4
    filters = kernels(wavelet).to(bands)
    grown = functional.conv_transpose2d(bands, filters[:, None].repeat(channels, 1, 1, 1), stride=2, groups=channels)
    return unpad_periodic(grown, filters.shape[-1])
