"""A wide picture shown to a network of another shape: squeezed into it, or part by part in the network's own shape.

Squeezed, people become so thin that a small network misses them; parts cost a look each, and what fills the picture is cut by their seams.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np

from ..networks import Input
from .scores import Scores

Look = Literal["parts", "whole", "both"]
View = tuple[slice, slice]
"""Rows and columns of the picture."""
ALIKE = 1.2
"""How much wider or higher a picture may be than the network's, and still be shown as a whole."""


def views(size: tuple[int, int], shown: Input, look: Look) -> list[View]:
    """The parts of a picture of `size` (height, width) that are shown, from left to right or from top to bottom; they overlap."""
    height, width = size
    wider = (width / height) / (shown.width / shown.height)
    if look == "whole" or shown.fit == "letterbox" or 1 / ALIKE <= wider <= ALIKE:
        return [(slice(0, height), slice(0, width))]
    if wider > 1:
        return [(slice(0, height), columns) for columns in _spread(width, round(width / wider), wider)]
    return [(rows, slice(0, width)) for rows in _spread(height, round(height * wider), 1 / wider)]


def _spread(whole: int, part: int, times: float) -> list[slice]:
    """As few parts as cover the whole, as far from one another as may be."""
    count = math.ceil(times - 0.05)
    part = max(part, -(-whole // count))
    return [slice(begin, begin + part) for begin in (round(place * (whole - part) / (count - 1)) for place in range(count))]


def joined(parts: Sequence[Scores], shown: Sequence[View]) -> Scores:
    """The scores of the whole picture; where parts overlap, those fade from one to the next."""
    if len(parts) == 1:
        return parts[0]
    sideways = shown[0][0] == shown[1][0]
    axis = 2 if sideways else 1
    spans = [columns if sideways else rows for rows, columns in shown]
    per_pixel = parts[0].shape[axis] / (spans[0].stop - spans[0].start)
    begins = [round(span.start * per_pixel) for span in spans]
    shape = list(parts[0].shape)
    shape[axis] = begins[-1] + parts[0].shape[axis]
    found = np.empty(shape, np.float32)
    end = 0
    for part, begin in zip(parts, begins, strict=True):
        overlap = end - begin
        count = part.shape[axis]
        found[_at(axis, end, begin + count)] = part[_at(axis, max(0, overlap), count)]
        if overlap > 0:
            share = (np.arange(overlap, dtype=np.float32) + np.float32(0.5)) / np.float32(overlap)
            both = found[_at(axis, begin, end)]
            both += (part[_at(axis, 0, overlap)] - both) * (share if sideways else share[:, None])
        end = begin + count
    return found


def _at(axis: int, begin: int, end: int) -> tuple[slice, ...]:
    return (slice(None),) * axis + (slice(begin, end),)


def merged(parts: Scores, whole: Scores, background: int | None) -> Scores:
    """What was seen part by part and what was seen as a whole: of each class the higher score, of the background their mean."""
    size = parts.shape[:0:-1]
    large = np.stack([cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in whole])
    found: Scores = np.maximum(parts, large)
    if background is not None:
        found[background] = (parts[background] + large[background]) / 2
    return found
