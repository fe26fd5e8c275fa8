"""Where the object should be, from where it was: the mask of earlier frames carried over by the likeness of image features."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as functional
from torch import Tensor

from .image_model import Embedding
from .tracker import Memory

TEMPERATURE = 0.05
"""Of the softmax over cosine likenesses."""
MOTION = 0.125
"""How far things move in a frame: one standard deviation, as a share of the picture's side (the square root of its area)."""
EPSILON = 1e-3
_CHUNK = 512
"""Cells that are matched at once; bounds the memory."""


def match(frame: int, embedding: Embedding, memory: Sequence[Memory]) -> npt.NDArray[np.float32]:
    """The share of each place on `frame` that is object, (256, 256), 0 to 1.

    Each of the 64 x 64 cells takes the average of the remembered cells' 4 x 4 masks, weighted by the likeness of the features and by
    how probable it is that something moved that far in that many frames (a Gaussian random walk, no likelier than anywhere in the
    picture once it spreads that wide).
    """
    queries = _features(embedding)
    side = embedding.image_embed.shape[-1]
    places = _places(embedding.size, side)
    keys = [_features(item.embedding) for item in memory]
    values = torch.cat([_patches(item, side, queries.device) for item in memory])
    found = torch.empty((len(queries), values.shape[1]), device=queries.device)
    scores = torch.empty((_CHUNK, len(values)), device=queries.device)
    for start in range(0, len(queries), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        for index, item in enumerate(memory):
            part = scores[:, index * side * side : (index + 1) * side * side]
            torch.matmul(queries[chunk], keys[index].T, out=part)
            part /= TEMPERATURE
            part += _moves(places, start, abs(frame - item.frame)).to(part)
        scores -= scores.amax(1, keepdim=True)
        scores.exp_()
        torch.matmul(scores, values, out=found[chunk])
        found[chunk] /= scores.sum(1, keepdim=True)
    shares = functional.pixel_shuffle(found.T.reshape(1, -1, side, side), math.isqrt(values.shape[1]))
    matched: npt.NDArray[np.float32] = shares[0, 0].clamp(0, 1).cpu().numpy()
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


def main_parts(mask: npt.NDArray[np.bool_], least: float = 0.1) -> npt.NDArray[np.bool_]:
    """`mask` without the connected parts smaller than `least` of the largest one."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count <= 2:
        return mask
    areas = stats[:, cv2.CC_STAT_AREA]
    keep = areas >= least * areas[1:].max()
    keep[0] = False
    kept: npt.NDArray[np.bool_] = keep[labels]
    return kept


def middle(mask: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """x, y of the place farthest inside `mask`; the mask's edge is an outside."""
    distance = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    y, x = np.unravel_index(int(np.argmax(distance)), distance.shape)
    return float(x) + 0.5, float(y) + 0.5


def _features(embedding: Embedding) -> Tensor:
    """(cells, channels), each of length 1."""
    return functional.normalize(embedding.image_embed[0].flatten(1).T.contiguous(), dim=1)


def _patches(item: Memory, side: int, device: torch.device) -> Tensor:
    """The remembered mask, (cells, places in a cell), 0 to 1."""
    shares = torch.from_numpy(item.prediction.logits.astype(np.float32)).to(device).sigmoid()[None, None]
    return functional.pixel_unshuffle(shares, shares.shape[-1] // side)[0].flatten(1).T.contiguous()


def _places(size: tuple[int, int], side: int) -> Tensor:
    """(cells, 2): where the cells are, in units of the picture's side (the square root of its area)."""
    height, width = (length / math.sqrt(size[0] * size[1]) for length in size)
    y, x = torch.meshgrid(torch.arange(side) * (height / side), torch.arange(side) * (width / side), indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], 1)


def _moves(places: Tensor, start: int, frames: int) -> Tensor:
    """Log of how likely a move from each place to those of a chunk is, against anywhere: (chunk, cells)."""
    variance = MOTION**2 * max(1, frames)
    squared = (places[start : start + _CHUNK, None] - places[None]).square_().sum(-1)
    return (
        torch.clamp(-squared / (2 * variance) - math.log(2 * math.pi * variance), max=12)
        if variance < 1 / (2 * math.pi)
        else torch.zeros(1)
    )
