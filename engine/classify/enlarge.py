"""Labels whose borders are drawn to the picture's own edges."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .answer import Answer
from .scores import Labels, Scores, labels

Picture8 = npt.NDArray[np.uint8]
"""(height, width, 3) RGB as displayed."""
RADIUS = 2
"""Pixels of the scores' resolution around each, whose colours are held against the classes there."""
SMOOTHING = 1e-3
"""The variance of grey, 0 to 1, below which there is no edge to draw to."""
BAND = 2
"""Pixels of the scores' resolution to either side of where two labels meet, in which that may move."""


def drawn(answer: Answer, picture: Picture8) -> Labels:
    """(height, width) of the picture: its labels, near where labels meet by its edges.

    Those are found by a guided filter (He and Sun, "Fast Guided Filter", 2015) that is worked out at the scores' resolution.
    """
    height, width = picture.shape[:2]
    scores = answer.even()
    low = labels(scores)
    large = answer.labels((height, width))
    there = np.unique(low).tolist()
    if len(there) == 1:
        return large
    meeting = _meeting(low)
    left, top, across, down = cv2.boundingRect(meeting)
    # The part of the picture that the band is in, and what the same part is at the network's resolution.
    rows = slice(top * height // low.shape[0], -(-(top + down) * height // low.shape[0]))
    columns = slice(left * width // low.shape[1], -(-(left + across) * width // low.shape[1]))
    part = cv2.cvtColor(picture[rows, columns], cv2.COLOR_RGB2GRAY)
    band = cv2.resize(meeting, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)[rows, columns] > 0
    small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), low.shape[::-1], interpolation=cv2.INTER_AREA)
    guide = np.multiply(small, np.float32(1 / 255), dtype=np.float32)
    best = np.full(part.shape, -np.inf, np.float32)
    found = large[rows, columns]
    mean = _mean(guide)
    spread = _mean(guide * guide) - mean * mean + np.float32(SMOOTHING)
    shares = _shares(scores[there])
    grey = part.astype(np.float32)
    for index, share in zip(there, shares, strict=True):
        average = _mean(share)
        slope = (_mean(share * guide) - mean * average) / spread
        base = _mean(average - slope * mean)
        value = _part_of(_mean(slope) * np.float32(1 / 255), (height, width), rows, columns)
        value *= grey
        value += _part_of(base, (height, width), rows, columns)
        better = band & (value > best)
        best[better] = value[better]
        found[better] = index
    return large


def _meeting(low: Labels) -> npt.NDArray[np.uint8]:
    """(h, w): 1 near where labels differ."""
    differ = np.zeros(low.shape, np.uint8)
    differ[:, 1:] |= low[:, 1:] != low[:, :-1]
    differ[1:] |= low[1:] != low[:-1]
    return np.asarray(cv2.dilate(differ, np.ones((2 * BAND + 1, 2 * BAND + 1), np.uint8)), np.uint8)


def _shares(scores: Scores) -> Scores:
    """Softmax."""
    made = np.exp(scores - scores.max(axis=0))
    return np.asarray(made / made.sum(axis=0), np.float32)


def _mean(values: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    side = 2 * RADIUS + 1
    return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)


def _part_of(low: npt.NDArray[Any], size: tuple[int, int], rows: slice, columns: slice) -> npt.NDArray[np.float32]:
    """Those rows and columns of `low` scaled up to `size`, bilinearly, without the rest."""
    down, across = low.shape[0] / size[0], low.shape[1] / size[1]
    place = np.array(
        [[across, 0, (columns.start + 0.5) * across - 0.5], [0, down, (rows.start + 0.5) * down - 0.5]],
        np.float64,
    )
    shape = columns.stop - columns.start, rows.stop - rows.start
    return np.asarray(
        cv2.warpAffine(low, place, shape, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE), np.float32
    )
