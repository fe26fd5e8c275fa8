"""What the refiner's network is shown, made in the same way for training and for use.

Colours of foreground and background are carried from where the trimap is known into the unknown band, and two estimates of alpha follow
from them, so that the network has to correct a matte instead of finding it from nothing. All tensors are (B, channels, h, w) float32; a
pixel's values depend on pixels up to some band widths away, so tiles overlap.

Methods: pull-push after Gortler et al., "The Lumigraph" (1996), for the colours; alpha's projection on the line between two colours as in
Chuang et al., "A Bayesian approach to digital matting" (2001); alpha as a linear function of colour around each pixel as in He et al.,
"Guided image filtering" (2013), solved at a lower resolution as in their "Fast guided filter" (2015); their filter again and again is a
relaxation of the closed form, as in He et al., "Fast matting using large kernel matting Laplacian matrices" (2010).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

__all__ = ["CANDIDATES", "CHANNELS", "FEATURES", "Inputs", "carried", "network_inputs", "one_hot", "placed_features"]

FEATURES: dict[str, tuple[int, int]] = {"high": (32, 4), "middle": (64, 8), "image_embed": (256, 16)}
"""SAM 2's features by name: channels, and the stride at which they join the network."""

CANDIDATES = {False: ("guide", "projected", "near", "relaxed"), True: ("guide", "projected", "solved")}
"""The estimates of alpha, by whether the closed form's is among them."""
CHANNELS = {solved: 13 + len(names) - 1 for solved, names in CANDIDATES.items()}
"""As CANDIDATES: picture 3, guide 1, known foreground and background 2, foreground's colour 3, background's colour 3, the colours' distance
1, and the other candidates."""
LEVELS = 6
"""Halvings in pull-push: what is known reaches about 2 ** LEVELS pixels."""
SURE = 0.05
"""Squared distance of two colours at which half of the projection is trusted."""
NEAR = 5
"""Pixels at half the resolution: the radius of the windows in which alpha is linear in colour."""
DOUBT = 0.15
"""What the guide weighs in the unknown band, as a share of what known pixels weigh."""
FLAT = 5e-4
"""Variance of colour below which such a window says nothing, squared units of the picture."""
SMALL = 2
"""As NEAR, of the windows along which alpha is smoothed ..."""
SHARP = 1e-5
"""... with this for FLAT ..."""
TURNS = 6
"""... so often."""


@dataclass(frozen=True)
class Inputs:
    """The network's input, and what its output is built on."""

    stack: Tensor
    """(B, CHANNELS, h, w)."""
    candidates: Tensor
    """(B, 4 or 3, h, w): alpha as guide, projection, linear function of colour, and relaxation have it, or as guide, projection and closed
    form do; 0 to 1, exact where known."""
    unknown: Tensor
    """(B, 1, h, w): 1 where alpha has to be found, else 0."""
    known: Tensor
    """(B, 1, h, w): 1 on known foreground, else 0."""


def one_hot(trimap: Tensor) -> Tensor:
    """(B, 1, h, w) of 0, 128, 255 (any type) -> (B, 2, h, w) float32: known foreground, known background."""
    return torch.cat((trimap == 255, trimap == 0), 1).float()


def network_inputs(picture: Tensor, trimap: Tensor, guide: Tensor, solved: Tensor | None = None) -> Inputs:
    """`picture` (B, 3, h, w) float32 0 to 1, RGB as displayed; `trimap` (B, 1, h, w) 0, 128, 255; `guide` (B, 1, h, w) float32 0 to 1.

    `solved`, as `guide`, is the closed form's alpha, which takes the place of the two that come near it. h and w are even.
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
    if solved is None:
        linear = _linear(picture, guide, foreground, unknown) * unknown + foreground
        found = [linear, _relaxed(picture, guide, foreground, unknown, 0.5 * (linear + unknown * guide + foreground))]
    else:
        found = [solved]
    candidates = torch.cat((guide, projected, *found), 1) * unknown + foreground
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


def _linear(picture: Tensor, guide: Tensor, foreground: Tensor, unknown: Tensor) -> Tensor:
    """(B, 1, h, w), 0 to 1: alpha as the linear function of colour that fits best what is known around, and the guide where nothing is."""
    weight = 1 - (1 - DOUBT) * unknown
    small = functional.avg_pool2d(torch.cat((picture - 0.5, foreground + unknown * guide, weight), 1), 2)
    colour, wanted, share = small[:, :3], small[:, 3:4], small[:, 4:]
    sums = _box(torch.cat((share, share * small[:, :4], share * _products(colour), share * wanted * colour), 1), NEAR)
    sums = sums[:, 1:] / sums[:, :1]
    mean, level = sums[:, :3], sums[:, 3:4]
    slope = _solved(_inverse(sums[:, 4:10] - _products(mean), FLAT), sums[:, 10:] - mean * level)
    fit = torch.cat((slope, level - (slope * mean).sum(1, keepdim=True)), 1)
    return _applied(functional.avg_pool2d(fit, 3, 1, 1, count_include_pad=False), picture)


def _relaxed(picture: Tensor, guide: Tensor, foreground: Tensor, unknown: Tensor, start: Tensor) -> Tensor:
    """(B, 1, h, w), 0 to 1: `start`, smoothed again and again along the picture's colours from what is known: near the closed form."""
    small = functional.avg_pool2d(torch.cat((picture - 0.5, foreground, unknown, start), 1), 2)
    colour, known, free, alpha = small[:, :3], small[:, 3:4], small[:, 4:5], small[:, 5:]
    count = _box(torch.ones_like(alpha[:1]), SMALL)
    sums = _box(torch.cat((colour, _products(colour)), 1), SMALL) / count
    mean = sums[:, :3]
    inverse = _inverse(sums[:, 3:] - _products(mean), SHARP)
    for turn in range(TURNS + 1):
        found = _box(torch.cat((alpha, alpha * colour), 1), SMALL) / count
        slope = _solved(inverse, found[:, 1:] - mean * found[:, :1])
        fit = _box(torch.cat((slope, found[:, :1] - (slope * mean).sum(1, keepdim=True)), 1), SMALL) / count
        if turn < TURNS:
            alpha = known + free * ((fit[:, :3] * colour).sum(1, keepdim=True) + fit[:, 3:]).clamp(0, 1)
    return _applied(fit, picture)


def _products(colour: Tensor) -> Tensor:
    """(B, 6, h, w): red with red, green and blue, green with green and blue, blue with blue."""
    return torch.cat((colour[:, :1] * colour, colour[:, 1:2] * colour[:, 1:], colour[:, 2:3] * colour[:, 2:]), 1)


def _inverse(covariance: Tensor, flat: float) -> list[Tensor]:
    """Of the symmetric 3x3 matrices whose six different elements are (B, 6, h, w), with `flat` added on the diagonal: by cofactors."""
    rr, rg, rb, gg, gb, bb = torch.split(covariance, 1, 1)
    rr, gg, bb = rr + flat, gg + flat, bb + flat
    cofactors = (gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg, rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg)
    # All three eigenvalues are `flat` at least; rounding may say otherwise.
    determinant = rr * cofactors[0] + rg * cofactors[1] + rb * cofactors[2]
    scale = 1 / torch.maximum(determinant, (rr + gg + bb) * (flat * flat / 3))
    return [cofactor * scale for cofactor in cofactors]


def _solved(inverse: list[Tensor], wanted: Tensor) -> Tensor:
    """(B, 3, h, w): the matrix that `inverse` is, times `wanted`."""
    rr, rg, rb, gg, gb, bb = inverse
    x, y, z = torch.split(wanted, 1, 1)
    return torch.cat((rr * x + rg * y + rb * z, rg * x + gg * y + gb * z, rb * x + gb * y + bb * z), 1)


def _applied(fit: Tensor, picture: Tensor) -> Tensor:
    """Linear functions (B, 4, h / 2, w / 2) of colour less a half, of the full picture's colours; cut off at 0 and 1."""
    full = functional.interpolate(fit, size=picture.shape[-2:], mode="bilinear", align_corners=False)
    return ((full[:, :3] * (picture - 0.5)).sum(1, keepdim=True) + full[:, 3:]).clamp(0, 1)


def _box(values: Tensor, radius: int) -> Tensor:
    """Sums over windows of 2 radius + 1 squared, of what lies inside the picture."""
    side = 2 * radius + 1
    across = functional.pad(values, (radius + 1, radius)).cumsum(-1)
    across = across[..., side:] - across[..., :-side]
    down = functional.pad(across, (0, 0, radius + 1, radius)).cumsum(-2)
    return down[..., side:, :] - down[..., :-side, :]
