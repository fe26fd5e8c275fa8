"""Logits such as a tracker's, made from a true alpha: grown, shrunk, shifted, with strands missing, holes and crumbs, and soft by chance.

All at the logits' own 256 x 256, so that enlarged to the picture they are as vague as a model's.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["SIDE", "damaged_logits", "noise_field"]

SIDE = 256
LIMIT = 20.0
"""As far as a model's logits go."""


def noise_field(rng: np.random.Generator, side: int, cells: float) -> npt.NDArray[np.float32]:
    """(side, side) float32, mean 0, deviation about 1, that changes over `cells` pixels."""
    coarse = max(3, math.ceil(side / cells) + 2)
    field = cv2.resize(rng.standard_normal((coarse, coarse), np.float32) * np.float32(1.3), (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(field, np.float32)


def damaged_logits(share: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """(256, 256) float32 logits of the picture of which `share`, (256, 256) float32, is the true alpha, averaged over each cell."""
    # A model draws what is dense, and smooths what is thin away.
    share = np.asarray(cv2.GaussianBlur(share, (0, 0), rng.uniform(0.3, 1.2)), np.float32)
    level = rng.uniform(0.3, 0.7) + rng.choice((0.0, 0.08, 0.16)) * noise_field(rng, SIDE, rng.uniform(8, 50))
    mask = (share > level).astype(np.uint8)
    if rng.random() < 0.3:
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN if rng.random() < 0.6 else cv2.MORPH_CLOSE, _disk(rng.uniform(1, 3)))
    mask = _spotted(mask, rng)
    signed = cv2.distanceTransform(mask, cv2.DIST_L2, 3) - cv2.distanceTransform(1 - mask, cv2.DIST_L2, 3)
    signed = np.clip(signed, -SIDE, SIDE)  # a mask without an outline is farther from it than numbers go
    signed -= np.sign(signed, dtype=np.float32) * np.float32(0.5)
    # Grown and shrunk, here this way and there that.
    signed += np.float32(rng.normal(0, 0.35)) + np.float32(abs(rng.normal(0, 0.35))) * noise_field(rng, SIDE, rng.uniform(6, 40))
    slope = rng.uniform(1.2, 6) * np.exp((rng.uniform(0, 0.5) * noise_field(rng, SIDE, rng.uniform(10, 60))).clip(-2, 2))
    logits = np.tanh(signed * slope / LIMIT) * LIMIT * rng.uniform(0.4, 1.0)
    logits += rng.uniform(0, 0.6) * noise_field(rng, SIDE, rng.uniform(2, 10))
    logits = cv2.GaussianBlur(logits.astype(np.float32), (0, 0), rng.uniform(0.3, 1.2))
    shift = rng.normal(0, 0.25, 2)
    matrix = np.asarray(((1, 0, shift[0]), (0, 1, shift[1])), np.float32)
    moved = cv2.warpAffine(logits, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def _spotted(mask: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Bites, holes and crumbs near the outline, in some."""
    if rng.random() < 0.5:
        return mask
    edge = np.argwhere(cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)))
    spotted = mask.copy()
    for _ in range(rng.integers(1, 5)):
        if not len(edge):
            break
        y, x = edge[rng.integers(len(edge))] + rng.integers(-4, 5, 2)
        size = tuple(int(value) for value in rng.integers(1, 5, 2))
        cv2.ellipse(spotted, (int(x), int(y)), size, float(rng.uniform(0, 180)), 0, 360, int(rng.integers(2)), -1)
    return spotted


def _disk(radius: float) -> npt.NDArray[np.uint8]:
    side = 2 * math.ceil(radius) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
