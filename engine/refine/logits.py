"""From the model's logits to the picture's pixels."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from .region import Box, Mask

Logits = npt.NDArray[np.float16]
"""(h, w) at the model's resolution, over the whole picture."""
NOT_THE_OBJECT = -60.0
"""A logit whose probability is nothing."""


def enlarge(logits: Logits, size: tuple[int, int], box: Box | None = None) -> Mask:
    """Logits as (height, width) float32 over the part `box` of a picture of `size`, or all of it: bilinearly, as SAM 2 does.

    What comes out at a pixel doesn't depend on the box. It may be a part of a wider array.
    """
    return _spread(_known(logits), size, box or Box.whole(size))


def _known(logits: Logits) -> Mask:
    """What is not a number is not the object."""
    return np.asarray(np.nan_to_num(logits.astype(np.float32), nan=NOT_THE_OBJECT), np.float32)


def _spread(low: Mask, size: tuple[int, int], box: Box) -> Mask:
    # Rows first, and only the box's; then columns for the whole width, as OpenCV can't place a part of a picture.
    above, share = _rows(low.shape[0], size[0], box)
    steps = np.diff(low, axis=0, append=low[-1:])
    tall: Mask = np.take(steps, above, axis=0)
    np.multiply(tall, share, out=tall)
    np.add(tall, np.take(low, above, axis=0), out=tall)
    if len(tall) == 1:
        tall = np.repeat(tall, 2, axis=0)  # OpenCV goes another way about a single row, and rounds otherwise
    wide = np.asarray(cv2.resize(tall, (size[1], len(tall)), interpolation=cv2.INTER_LINEAR), np.float32)
    return wide[: box.size[0], box.left : box.right]


def _rows(count: int, height: int, box: Box) -> tuple[npt.NDArray[np.intp], Mask]:
    """For each row of the box: the row of the logits above it, and how far it is to the next."""
    places = np.clip((np.arange(box.top, box.bottom) + 0.5) * (count / height) - 0.5, 0, count - 1)
    above = np.floor(places).astype(np.intp)
    return above, (places - above).astype(np.float32)[:, None]


def box_above(logits: Logits, size: tuple[int, int], probability: float) -> Box:
    """The part of the picture outside of which no pixel's probability is above `probability`."""
    if probability >= 1.0:
        return Box(0, 0, 0, 0)
    level = _logit(probability)
    with np.errstate(invalid="ignore"):
        high = (logits.astype(np.float32) > level - 0.01).view(np.uint8)  # a hair lower: sums are rounded
    left, top, width, height = cv2.boundingRect(high)
    if width == 0:
        return Box(0, 0, 0, 0)
    down, across = size[0] / logits.shape[0], size[1] / logits.shape[1]
    rows = math.floor((top - 1) * down), math.ceil((top + height + 1) * down)
    columns = math.floor((left - 1) * across), math.ceil((left + width + 1) * across)
    return Box(rows[0], columns[0], rows[1], columns[1]).grown(1, size)


def _logit(probability: float) -> float:
    """The logit of a probability below 1."""
    return math.log(probability / (1.0 - probability)) if probability > 0 else -math.inf


def likelier(logits: Logits, size: tuple[int, int], box: Box, probability: float, lost: npt.NDArray[np.bool_] | None = None) -> Mask:
    """1 where `probabilities` are above `probability`, which is below 1, and 0 elsewhere; without working them out."""
    above = _spread(_known(logits), size, box) > np.float32(_logit(probability))
    if lost is not None:
        above &= ~lost
    return above.astype(np.float32)


def probabilities(logits: Logits, size: tuple[int, int], box: Box, lost: npt.NDArray[np.bool_] | None = None) -> Mask:
    """`enlarge`, and the logits as probabilities, 0 to 1; 0 where `lost`, (height, width) of the box, is true."""
    against = _spread(-np.clip(_known(logits), NOT_THE_OBJECT, -NOT_THE_OBJECT), size, box)
    if lost is not None:
        against[lost] = -NOT_THE_OBJECT
    np.exp(against, out=against)
    against += np.float32(1)
    return np.reciprocal(against, out=against)
