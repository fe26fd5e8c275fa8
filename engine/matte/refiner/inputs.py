"""What the refiner's network is shown, made in the same way for training and for use.

Colours of foreground and background are carried from where the trimap is known into the unknown band, and two estimates of alpha follow
from them, so that the network has to correct a matte instead of finding it from nothing. All tensors are (B, channels, h, w) float32; a
pixel's values depend on pixels up to some band widths away, so tiles overlap.

Methods: pull-push after Gortler et al., "The Lumigraph" (1996), for the colours; alpha's projection on the line between two colours as in
Chuang et al., "A Bayesian approach to digital matting" (2001); alpha as a linear function of colour around each pixel as in He et al.,
"Guided image filtering" (2013), solved at a lower resolution as in their "Fast guided filter" (2015).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

__all__ = ["CHANNELS", "FEATURES", "Inputs", "carried", "network_inputs", "one_hot", "placed_features"]

FEATURES: dict[str, tuple[int, int]] = {"high": (32, 4), "middle": (64, 8), "image_embed": (256, 16)}
"""SAM 2's features by name: channels, and the stride at which they join the network."""

CHANNELS = 16
"""Picture 3, guide 1, known foreground and background 2, foreground's colour 3, background's colour 3, projected alpha 1, the colours'
distance 1, alpha linear in colour near and far 2."""
LEVELS = 6
"""Halvings in pull-push: what is known reaches about 2 ** LEVELS pixels."""
SURE = 0.05
"""Squared distance of two colours at which half of the projection is trusted."""
WINDOWS = ((2, 5), (4, 7))
"""Of the windows in which alpha is linear in colour: the part of the resolution at which they are looked at, and their radius there."""
DOUBT = 0.15
"""What the guide weighs in the unknown band, as a share of what known pixels weigh."""
FLAT = 5e-4
"""Variance of colour below which a window says nothing, squared units of the picture."""


@dataclass(frozen=True)
class Inputs:
    """The network's input, and what its output is built on."""

    stack: Tensor
    """(B, CHANNELS, h, w)."""
    candidates: Tensor
    """(B, 4, h, w): alpha as the guide, the projection, and the near and far linear functions have it, 0 to 1, exact where known."""
    unknown: Tensor
    """(B, 1, h, w): 1 where alpha has to be found, else 0."""
    known: Tensor
    """(B, 1, h, w): 1 on known foreground, else 0."""


def one_hot(trimap: Tensor) -> Tensor:
    """(B, 1, h, w) of 0, 128, 255 (any type) -> (B, 2, h, w) float32: known foreground, known background."""
    return torch.cat((trimap == 255, trimap == 0), 1).float()


def network_inputs(picture: Tensor, trimap: Tensor, guide: Tensor) -> Inputs:
    """`picture` (B, 3, h, w) float32 0 to 1, RGB as displayed; `trimap` (B, 1, h, w) 0, 128, 255; `guide` (B, 1, h, w) float32 0 to 1.

    h and w are even.
    """
    known = one_hot(trimap)
    foreground, background = known[:, :1], known[:, 1:]
    unknown = 1 - foreground - background
    near = carried(picture, foreground), carried(picture, background)
    across = near[0] - near[1]
    distance = across.square().sum(1, keepdim=True)
    share = ((picture - near[1]) * across).sum(1, keepdim=True) / distance.clamp_min(1e-4)
    trust = distance / (distance + SURE)
    projected = trust * share.clamp(0, 1) + (1 - trust) * guide
    linear = [_linear(picture, guide, foreground, unknown, *window) for window in WINDOWS]
    candidates = torch.cat((guide, projected, *linear), 1) * unknown + foreground
    stack = torch.cat(
        (picture - 0.5, candidates[:, :1], known, near[0] - 0.5, near[1] - 0.5, candidates[:, 1:2], trust, candidates[:, 2:]), 1
    )
    return Inputs(stack, candidates, unknown, foreground)


def placed_features(features: Mapping[str, Tensor], where: Tensor) -> dict[str, Tensor]:
    """SAM 2's features, by FEATURES' names (B, channels, rows, columns) over the whole picture, at the network's strides.

    `where`: (B, h, w, 2) float32, for each pixel of the sample or tile the place x, y of its centre in the picture, 0 to 1; h and w
    multiples of the largest stride. Returns (B, channels, h / stride, w / stride).
    """
    across = where.permute(0, 3, 1, 2) * 2 - 1
    return {
        name: functional.grid_sample(
            features[name].float(),
            functional.avg_pool2d(across, stride).permute(0, 2, 3, 1),
            mode="bilinear",
            padding_mode="border",
            align_corners=False,
        )
        for name, (_, stride) in FEATURES.items()
    }


def carried(picture: Tensor, weight: Tensor) -> Tensor:
    """(B, 3, h, w): of `picture` where `weight` (B, 1, h, w) is 1, its colours carried to where it is 0; the mean where nothing is near.

    In steps of 2 pixels at the least: it is the colours that are wanted, not the detail.
    """
    levels = [(functional.avg_pool2d(picture * weight, 2), functional.avg_pool2d(weight, 2))]
    while len(levels) < LEVELS and min(levels[-1][0].shape[-2:]) > 1:
        levels.append(tuple(functional.avg_pool2d(part, 2, ceil_mode=True, count_include_pad=False) for part in levels[-1]))  # type: ignore[arg-type]
    total = levels[-1][1].sum((2, 3), keepdim=True)
    mean = levels[-1][0].sum((2, 3), keepdim=True) / total.clamp_min(1e-6) + (total <= 1e-6) * 0.5
    filled = mean.expand_as(levels[-1][0])
    for colour, amount in reversed(levels):
        if filled.shape[-2:] != colour.shape[-2:]:
            filled = functional.interpolate(filled, size=colour.shape[-2:], mode="bilinear", align_corners=False)
        # A cell that is half known stands for itself: what is missing comes from the coarser level.
        full = (2 * amount).clamp(max=1)
        filled = full * colour / amount.clamp_min(1e-6) + (1 - full) * filled
    return functional.interpolate(filled, scale_factor=2, mode="bilinear", align_corners=False)


def _linear(picture: Tensor, guide: Tensor, foreground: Tensor, unknown: Tensor, step: int, radius: int) -> Tensor:
    """(B, 1, h, w), 0 to 1: alpha as the linear function of colour that fits best what is known around, and the guide where nothing is.

    The functions are found at 1 / `step` of the resolution, in windows of 2 `radius` + 1 squared there.
    """
    weight = 1 - (1 - DOUBT) * unknown
    small = functional.avg_pool2d(
        torch.cat((picture, foreground + unknown * guide, weight), 1), step, ceil_mode=True, count_include_pad=False
    )
    colour, wanted, share = small[:, :3] - 0.5, small[:, 3:4], small[:, 4:]
    weighted = share * small[:, :4] - share * functional.pad(torch.full_like(colour, 0.5), (0, 0, 0, 0, 0, 1))
    products = torch.cat((weighted[:, :1] * colour, weighted[:, 1:2] * colour[:, 1:], weighted[:, 2:3] * colour[:, 2:]), 1)
    sums = _box(torch.cat((share, weighted, products, weighted[:, :3] * wanted), 1), radius)
    sums = sums[:, 1:] / sums[:, :1]
    mean, level = sums[:, :3], sums[:, 3:4]
    r, g, b = torch.split(mean, 1, 1)
    rr, rg, rb, gg, gb, bb = torch.split(sums[:, 4:10] - torch.cat((r * mean, g * mean[:, 1:], b * b), 1), 1, 1)
    rr, gg, bb = rr + FLAT, gg + FLAT, bb + FLAT
    x, y, z = torch.split(sums[:, 10:13] - mean * level, 1, 1)
    # The inverse of the symmetric 3x3 matrix by its cofactors.
    c0, c1, c2 = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
    c3, c4, c5 = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    slope = torch.cat((c0 * x + c1 * y + c2 * z, c1 * x + c3 * y + c4 * z, c2 * x + c4 * y + c5 * z), 1)
    slope = slope / (rr * c0 + rg * c1 + rb * c2)
    offset = level - (slope * mean).sum(1, keepdim=True) - 0.5 * slope.sum(1, keepdim=True)
    fit = functional.avg_pool2d(torch.cat((slope, offset), 1), 3, 1, 1, count_include_pad=False)
    fit = functional.interpolate(fit, size=picture.shape[-2:], mode="bilinear", align_corners=False)
    return ((fit[:, :3] * picture).sum(1, keepdim=True) + fit[:, 3:]).clamp(0, 1)


def _box(values: Tensor, radius: int) -> Tensor:
    """Sums over windows of 2 radius + 1 squared, of what lies inside the picture."""
    side = 2 * radius + 1
    across = functional.pad(values, (radius + 1, radius)).cumsum(-1)
    across = across[..., side:] - across[..., :-side]
    down = functional.pad(across, (0, 0, radius + 1, radius)).cumsum(-2)
    return down[..., side:, :] - down[..., :-side, :]
