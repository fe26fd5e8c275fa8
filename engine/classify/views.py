"""How a picture is shown to a network that sees fewer pixels, and mostly a square: in its own shape where the network takes that, else
squeezed, or part by part.

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

Look = Literal["parts", "whole", "both", "fine"]
View = tuple[slice, slice]
"""Rows and columns of the picture that is shown."""
ALIKE = 1.2
"""How much wider or higher a picture may be than the network's, and still be squeezed into that."""
FINE = 2


def shown_size(size: tuple[int, int], shown: Input, look: Look) -> tuple[int, int]:
    """(height, width) in which a picture of `size` is shown: the network sees it in one look, or all of it in the looks of `views`.

    ``parts`` (and ``both``): its shorter side has as many pixels as the network's picture. ``whole``: all of it has. ``fine``: its sides
    are twice as long as for ``parts``; only of networks that take pictures of other sizes (`Input.step`).
    """
    height, width = size
    around = max(shown.height / height, shown.width / width)
    if shown.fit == "letterbox":
        around = min(shown.height / height, shown.width / width)
        return max(1, round(height * around)), max(1, round(width * around))
    if shown.step:
        times = math.sqrt(shown.height * shown.width / (height * width)) if look == "whole" else around * (FINE if look == "fine" else 1)
        return _stepped(height * times, shown.height, shown.step), _stepped(width * times, shown.width, shown.step)
    wider = (width / height) / (shown.width / shown.height)
    if look == "whole" or 1 / ALIKE <= wider <= ALIKE:
        return shown.height, shown.width
    return _covered(height * around, shown.height), _covered(width * around, shown.width)


def _stepped(side: float, own: int, step: int) -> int:
    """The nearest to `side` that the network takes."""
    return max(own % step + 4 * step, own + step * round((side - own) / step))


def _covered(side: float, part: int) -> int:
    """`side`, where as few parts as may be cover it."""
    return min(round(side), part * math.ceil(side / part - 0.05))


def views(size: tuple[int, int], shown: Input) -> list[View]:
    """The parts of a picture of `size`, as `shown_size` says it, that are shown, from left to right or from top to bottom; they overlap."""
    height, width = size
    if shown.step or shown.fit == "letterbox":
        return [(slice(0, height), slice(0, width))]
    return [(rows, columns) for rows in _spread(height, shown.height) for columns in _spread(width, shown.width)]


def _spread(whole: int, part: int) -> list[slice]:
    """As few parts as cover the whole, as far from one another as may be."""
    count = -(-whole // part)
    return [slice(begin, begin + part) for begin in (round(place * (whole - part) / max(1, count - 1)) for place in range(count))]


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
    """What was seen in parts or in the picture's shape and what was seen squeezed: of each class the higher score, of the background their
    mean."""
    size = parts.shape[:0:-1]
    large = np.stack([cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in whole])
    found: Scores = np.maximum(parts, large)
    if background is not None:
        found[background] = (parts[background] + large[background]) / 2
    return found
