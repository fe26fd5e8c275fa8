"""What training makes small. All but the composition are of the error alone: alpha less the truth, in the unknown band, 0 elsewhere.

Laplacian pyramid: Hou & Liu, "Context-aware image matting" (2019). Composition: Xu et al., "Deep Image Matting" (2017). The temporal term
is the L1 of what dtSSD measures (Erofeev et al., 2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from engine.matte.refiner.wavelet import analysis

__all__ = ["LossSettings", "losses"]


@dataclass(frozen=True)
class LossSettings:
    """What each term weighs."""

    soft: float = 10.0
    """In the L1: truly semi-transparent pixels, as against the others of the band."""
    absolute: float = 1.0
    laplacian: float = 0.5
    gradient: float = 0.5
    composition: float = 0.25
    wavelet: float = 0.25
    temporal: float = 0.5
    harm: float = 3.0
    """What it costs to be farther from the truth than the closed form is, where that is given."""
    levels: int = 3
    """Of the Laplacian pyramid, and of the wavelet term."""
    wavelet_name: str = "db1"


EASY = 0.02
"""A mean error of the closed form in a sample's band from which on samples count the less the larger it is: what is nearly right already,
as most edges of real footage are, would drown among what is hopeless."""


def losses(
    alpha: Tensor,
    truth: Tensor,
    unknown: Tensor,
    foreground: Tensor,
    frames: int,
    settings: LossSettings,
    solved: Tensor | None = None,
) -> dict[str, Tensor]:
    """Each term, weighted, and their sum as ``total``; all are means over the band's pixels.

    `alpha`, as the network gives it, `truth`, `unknown` and `solved`, the closed form's alpha for a network that corrects it, are
    (B, 1, h, w), `foreground` (B, 3, h, w); with `frames` of 2, samples 2i and 2i + 1 are consecutive.
    """
    # Beyond 0 or 1 is right where the truth is 0 or 1: it is cut off in use.
    right = ((truth <= 0) & (alpha < 0)) | ((truth >= 1) & (alpha > 1))
    error = torch.where(right, torch.zeros_like(alpha), alpha - truth) * unknown
    count = unknown.sum().clamp_min(1.0)
    harm = None
    if solved is not None:
        off = (solved - truth).abs() * unknown
        harm = (error.abs() - off).clamp_min(0)
        share = 1 / (off.sum((1, 2, 3), keepdim=True) / unknown.sum((1, 2, 3), keepdim=True).clamp_min(1.0) + EASY)
        share = share / share.mean()
        error, harm = error * share, harm * share
    weight = unknown * (1 + (settings.soft - 1) * ((truth > 0.02) & (truth < 0.98)))
    # Any other background does for a composite: the error shows where it differs from the foreground.
    contrast = foreground - foreground.roll(frames, 0) if foreground.shape[0] > frames else foreground
    terms = {
        "absolute": settings.absolute * (weight * error.abs()).sum() / weight.sum().clamp_min(1.0),
        "laplacian": settings.laplacian * _laplacian(error, settings.levels) / count,
        "gradient": settings.gradient * sum((error.diff(dim=side)).abs().sum() for side in (-1, -2)) / count,
        "composition": settings.composition * (error * contrast).abs().sum() / (3 * count),
        "wavelet": settings.wavelet * _wavelet(error, settings) / count,
    }
    if harm is not None:
        terms["harm"] = settings.harm * harm.sum() / count
    if frames == 2:
        terms["temporal"] = settings.temporal * (error[1::2] - error[::2]).abs().sum() / (count / 2)
    terms["total"] = torch.stack(list(terms.values())).sum()
    return terms


def _laplacian(error: Tensor, levels: int) -> Tensor:
    """The sum over all levels, each level's pixels counted as many as they cover."""
    total: Tensor = error.new_zeros(())
    for level in range(levels):
        smaller = functional.avg_pool2d(error, 2)
        detail = error - functional.interpolate(smaller, scale_factor=2, mode="bilinear", align_corners=False)
        total = total + detail.abs().sum() * 4**level
        error = smaller
    whole: Tensor = total + error.abs().sum() * 4**levels / 4
    return whole


def _wavelet(error: Tensor, settings: LossSettings) -> Tensor:
    """The sum of the details' absolute values. Orthonormal: a level's coefficients are twice as large, and a quarter as many."""
    total: Tensor = error.new_zeros(())
    for level in range(settings.levels):
        bands = analysis(error, settings.wavelet_name)
        total = total + bands[:, 1:].abs().sum() * 2**level
        error = bands[:, :1]
    return total
