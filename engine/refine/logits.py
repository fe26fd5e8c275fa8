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

    What comes out at a pixel doesn't depend on the box.
    """
    box = box or Box.whole(size)
    known = np.nan_to_num(logits.astype(np.float32), nan=NOT_THE_OBJECT)  # what is not a number is not the object
    # Columns for the whole width, as OpenCV can't place a part of a picture; rows are the greater work, and only the box's are made.
    wide: Mask = np.asarray(cv2.resize(known, (size[1], known.shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)
    wide = wide[:, box.left : box.right]
    above, below, share = _rows(known.shape[0], size[0], box)
    found, lower = wide[above], wide[below]
    np.multiply(found, 1.0 - share, out=found)
    np.multiply(lower, share, out=lower)
    return np.add(found, lower, out=found)


def _rows(count: int, height: int, box: Box) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Mask]:
    """For each row of the box: the two rows of the logits that it lies between, and the lower one's share."""
    places = (np.arange(box.top, box.bottom) + 0.5) * (count / height) - 0.5
    places = np.clip(places, 0, count - 1)
    above = np.floor(places).astype(np.intp)
    return above, np.minimum(above + 1, count - 1), (places - above).astype(np.float32)[:, None]


def box_above(logits: Logits, size: tuple[int, int], probability: float) -> Box:
    """The part of the picture outside of which no pixel's probability is above `probability`."""
    if probability >= 1.0:
        return Box(0, 0, 0, 0)
    level = math.log(probability / (1.0 - probability)) if probability > 0 else -math.inf
    with np.errstate(invalid="ignore"):
        high = (logits.astype(np.float32) > level - 0.01).view(np.uint8)  # a hair lower: sums are rounded
    left, top, width, height = cv2.boundingRect(high)
    if width == 0:
        return Box(0, 0, 0, 0)
    down, across = size[0] / logits.shape[0], size[1] / logits.shape[1]
    rows = math.floor((top - 1) * down), math.ceil((top + height + 1) * down)
    columns = math.floor((left - 1) * across), math.ceil((left + width + 1) * across)
    return Box(rows[0], columns[0], rows[1], columns[1]).grown(1, size)


def probability(logits: Mask) -> Mask:
    """Float32 logits as probabilities, in their own place: a large picture's temporaries cost more than the sums."""
    np.clip(logits, -60.0, 60.0, out=logits)
    np.negative(logits, out=logits)
    np.exp(logits, out=logits)
    logits += 1.0
    return np.reciprocal(logits, out=logits)
