"""Where the object should be, from where it was: the mask of earlier frames carried over by the likeness of image features."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as functional
from torch import Tensor

from .image_model import LOGITS_SIDE, Embedding
from .tracker import Memory

TEMPERATURE = 0.02
"""Of the softmax over cosine likenesses."""
MOTION = 0.125
"""How far things move in a frame: one standard deviation, as a share of the picture's side (the square root of its area)."""
ANCHOR_TRUST = 6.0
"""How much likelier, as a logarithm, a prompted frame's cell is to be right than a tracked one's of the same likeness. A tracked frame
is heard where nothing prompted looks alike; else its mistakes would confirm themselves, for nothing looks more like a frame than the
frame before."""
EPSILON = 1e-3
_CHUNK = 512
"""Cells that are matched at once; bounds the memory."""
_SOME = 0.1
"""The share of object from which a place counts as having some."""
_NEAR = 3
"""Cells around the object that are remembered one by one."""


def match(frame: int, embedding: Embedding, memory: Sequence[Memory], wraps: bool = False) -> npt.NDArray[np.float32]:
    """The share of each place on `frame` that is object, (256, 256), 0 to 1. `wraps`: what leaves on one side may come in on the other.

    Each of the cells (64 x 64 at a side of 1024) takes the average of the remembered cells' 4 x 4 masks, weighted by the likeness of the
    features and by how probable it is that something moved that far in that many frames (a Gaussian random walk, no likelier than
    anywhere in the picture once it spreads that wide).
    """
    side = embedding.image_embed.shape[-1]
    places = _places(embedding, wraps).to(embedding.image_embed)
    # The exponent of the Gaussian is a dot product too, -|x - y|^2 / 2v = (x, |x|^2, 1) . (y / v, -1 / 2v, -|y|^2 / 2v), so that one matrix
    # product gives likeness and distance together.
    queries = torch.cat(
        [_features(embedding) / TEMPERATURE, places, places.square().sum(1, keepdim=True), places.new_ones(len(places), 1)], 1
    )
    parts = [_examples(item, abs(frame - item.frame), places, wraps) for item in memory]
    # The object's own cells first: the rest add nothing to the average but their weight.
    keys = torch.cat([part.keys for part in parts] + [part.others for part in parts])
    values = torch.cat([part.values for part in parts])
    found = torch.cat([(chunk @ keys.T).softmax(1)[:, : len(values)] @ values for chunk in torch.split(queries, _CHUNK)])
    shares = functional.pixel_shuffle(found.T.reshape(1, -1, side, side), math.isqrt(values.shape[1]))
    matched: npt.NDArray[np.float32] = _of_side(shares, LOGITS_SIDE)[0, 0].clamp(0, 1).cpu().numpy()
    return matched


def log_odds(shares: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Shares (0 to 1) as log odds, bounded."""
    bounded = np.clip(shares, EPSILON, 1 - EPSILON)
    odds: npt.NDArray[np.float32] = np.log(bounded / (1 - bounded))
    return odds


def expected_iou(mask: Tensor, shares: Tensor) -> Tensor:
    """The intersection over union of `mask`, (h, w) bool, with the object whose probability at each place is `shares`, (h, w)."""
    inside = shares[mask].sum()
    return inside / (mask.sum() + shares.sum() - inside).clamp(min=1)


def _features(embedding: Embedding) -> Tensor:
    """(cells, channels), each of length 1."""
    return functional.normalize(embedding.image_embed[0].flatten(1).T.contiguous(), dim=1)


@dataclass(frozen=True)
class _Examples:
    """What a past frame has to offer; a key is a cell's features, (channels,), then what `match` makes its distance from."""

    keys: Tensor
    """(n, channels + 4, or 5): cells of the object and those around."""
    values: Tensor
    """(n, places in a cell): the mask in these cells, 0 to 1."""
    others: Tensor
    """(m, channels + 4, or 5): the rest, where there is nothing of the object."""


def _examples(item: Memory, frames: int, places: Tensor, wraps: bool) -> _Examples:
    """What the frame that is `frames` away has to offer.

    Away from the object, one in four cells speaks for all: most of a picture is background, and neighbours look alike.
    """
    side = item.embedding.image_embed.shape[-1]
    shares = torch.from_numpy(item.prediction.logits.astype(np.float32)).to(places).sigmoid()[None, None]
    factor = shares.shape[-1] // side
    shares = _of_side(shares, factor * side)
    covered = functional.max_pool2d(shares, factor)
    around = functional.pad(covered, (_NEAR, _NEAR, 0, 0), mode="circular") if wraps else covered
    near = (functional.max_pool2d(around, 2 * _NEAR + 1, stride=1, padding=(_NEAR, 0 if wraps else _NEAR)) > _SOME).flatten()
    lattice = torch.zeros_like(covered, dtype=torch.bool)
    lattice[..., ::2, ::2] = True
    others = lattice.flatten() & ~near
    keys = torch.cat([_features(item.embedding), _moves(places, MOTION**2 * max(1, frames))], 1)
    keys[:, -1] += ANCHOR_TRUST if item.prompted else 0.0
    thinned = keys[others]
    thinned[:, -1] += math.log(4)
    return _Examples(keys[near], functional.pixel_unshuffle(shares, factor)[0].flatten(1).T[near], thinned)


def _of_side(shares: Tensor, side: int) -> Tensor:
    """(1, 1, h, w) -> (1, 1, side, side): where a cell's masks are no whole number of the logits' (`encoding.SIDES` has one such, 896)."""
    if shares.shape[-1] == side:
        return shares
    return functional.interpolate(shares, size=(side, side), mode="bilinear", align_corners=False)


def _moves(places: Tensor, variance: float) -> Tensor:
    """Each place's part of the Gaussian in `match`, as log of the density against anywhere: (cells, 4), or 5 as places have 3 numbers."""
    if variance >= 1 / (2 * math.pi):
        return places.new_zeros(len(places), places.shape[1] + 2)
    spread = places.new_full((len(places), 1), -1 / (2 * variance))
    bias = spread * places.square().sum(1, keepdim=True) - math.log(2 * math.pi * variance)
    return torch.cat([places / variance, spread, bias], 1)


def _places(embedding: Embedding, wraps: bool) -> Tensor:
    """(cells, 2): where the cells are, in units of the picture's side (the square root of its area).

    (cells, 3) where the picture wraps: on the cylinder whose girth is its width. What is near by on it is as near as in the picture, and
    across the edges, too.
    """
    side = embedding.image_embed.shape[-1]
    height, width = (length / math.sqrt(embedding.size[0] * embedding.size[1]) for length in embedding.size)
    y, x = torch.meshgrid(torch.arange(side) * (height / side), torch.arange(side) * (width / side), indexing="ij")
    if not wraps:
        return torch.stack([x.flatten(), y.flatten()], 1)
    radius = width / (2 * math.pi)
    angle = x.flatten() / radius
    return torch.stack([radius * angle.cos(), radius * angle.sin(), y.flatten()], 1)
