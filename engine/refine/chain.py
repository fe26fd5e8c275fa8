"""From logits to the mask: an object's chain of ops at one frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..shot import RefineStep
from .op import Mask, Op
from .shape import GROW
from .threshold import THRESHOLD

_OPS: dict[str, Op] = {op.declaration.name: op for op in (THRESHOLD, GROW)}
CATALOGUE = {name: op.declaration for name, op in _OPS.items()}
"""Every op that there is, as the document's validation and the panel see it."""

_DEFAULT: tuple[RefineStep, ...] = (RefineStep("threshold"),)
"""What an empty chain means: the object where the model thinks it more likely than not."""

NOT_THE_OBJECT = -60.0
"""A logit whose probability is nothing."""

Refined = npt.NDArray[np.uint8]


def _enabled(steps: Sequence[RefineStep]) -> list[RefineStep]:
    return [step for step in steps if step.enabled] if steps else list(_DEFAULT)


def chain_at(steps: Sequence[RefineStep], frame: int) -> list[Any]:
    """The chain with its values at Blender frame `frame`, as plain data: what a mask's key is made from."""
    return [[step.op, _OPS[step.op].version, _OPS[step.op].declaration.values_at(step.values, frame)] for step in _enabled(steps)]


def reads_picture(steps: Sequence[RefineStep]) -> bool:
    """Whether any op of the chain wants the picture."""
    return any(_OPS[step.op].reads_picture for step in _enabled(steps))


def enlarge(logits: npt.NDArray[np.float16], size: tuple[int, int]) -> Mask:
    """(h, w) logits at the model's resolution as (height, width) float32 over the picture: bilinearly, as SAM 2 does."""
    height, width = size
    known = np.nan_to_num(logits.astype(np.float32), nan=NOT_THE_OBJECT)  # what is not a number is not the object
    return np.asarray(cv2.resize(known, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def refine(
    logits: npt.NDArray[np.float16],
    size: tuple[int, int],
    steps: Sequence[RefineStep],
    frame: int,
    picture: Mask | None = None,
    lost: npt.NDArray[np.bool_] | None = None,
) -> Refined:
    """The object's mask at `frame`: (height, width) uint8, 255 where the object is.

    `logits` is (h, w) at the model's resolution and `size` the picture's (height, width). The logits are enlarged, taken away where another
    object has won the pixel (`lost`, (height, width), see `owners`), and turned into a probability (0 to 1) before the first op.
    """
    enlarged = enlarge(logits, size)
    if lost is not None:
        enlarged[lost] = NOT_THE_OBJECT
    mask = _probability(enlarged)
    for step in _enabled(steps):
        op = _OPS[step.op]
        mask = op.function(mask, picture, op.declaration.values_at(step.values, frame))
    mask = np.clip(mask, 0.0, 1.0)
    mask *= 255.0
    rounded: Refined = np.rint(mask, out=mask).astype(np.uint8)
    return rounded


def _probability(logits: Mask) -> Mask:
    """Float32 logits as probabilities, in their own place: a large picture's temporaries cost more than the sums."""
    np.clip(logits, -60.0, 60.0, out=logits)
    np.negative(logits, out=logits)
    np.exp(logits, out=logits)
    logits += 1.0
    return np.reciprocal(logits, out=logits)
