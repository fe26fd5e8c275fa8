"""Which object a pixel belongs to, where several may claim it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from .logits import enlarge

Owners = npt.NDArray[np.int32]


def owners(logits: Iterable[npt.NDArray[np.float16]], size: tuple[int, int]) -> Owners:
    """(height, width): the index, among the objects whose `logits` are given, of the one with the highest logit at each pixel.

    `size` is the picture's (height, width); each (h, w) array of logits is enlarged as the refine chain does it. The first of two
    that are equal wins. One full-size array of logits is held beside the best so far, however many objects there are. Raises
    ValueError when there are none.
    """
    best: npt.NDArray[np.float32] | None = None
    owner: Owners = np.zeros(size, np.int32)
    for index, item in enumerate(logits):
        claim = enlarge(item, size)
        if best is None:
            best = claim
            continue
        higher = claim > best
        owner[higher] = index
        np.copyto(best, claim, where=higher)
    if best is None:
        raise ValueError("no logits: a pixel can't belong to one of no objects")
    return owner
