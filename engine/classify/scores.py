"""What a network says of a picture, one number a class and pixel, at its own resolution; and the two things that are made of that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import cv2
import numpy as np
import numpy.typing as npt

from ..networks import NetworkCard
from ..shot import MattewrightError

Scores = npt.NDArray[np.float32]
"""(classes, h, w), over the whole picture: their softmax over the classes is how likely each is."""
Labels = npt.NDArray[np.uint8]
"""(h, w): the index of the likeliest class."""
LogOdds = npt.NDArray[np.float16]
"""(h, w), above 0 where it is likelier than not."""
SURE = 8.0
"""The score of the class that a network names without saying how likely it is; the others' is 0."""
LIMIT = 30.0
"""The largest log-odds that are kept: odds of 10^13."""
ROUNDED = 1e-2
"""How far beyond 0 and 1 probabilities of half precision may be."""
_LEAST = 1e-7
"""The least probability that is told from none."""


def read_scores(answer: npt.NDArray[Any], card: NetworkCard, size: tuple[int, int]) -> Scores:
    """The scores in what the network of `card` answered to a picture of `size` (height, width).

    Raises MattewrightError for an answer of another shape than its card says, or with values that can't be what it says.
    """
    planes = _planes(answer, card)
    if card.output.kind == "labels":
        if planes.min() < 0 or planes.max() >= len(card.classes):
            _refuse(card, f"with the class {planes.max() if planes.max() > 0 else planes.min():g}", f"has {len(card.classes)}, from 0 on")
        classes = np.arange(len(card.classes), dtype=np.int64)[:, None, None]
        scores = (planes.astype(np.int64) == classes).astype(np.float32) * np.float32(SURE)
    elif card.output.kind == "probabilities":
        if planes.min() < -ROUNDED or planes.max() > 1 + ROUNDED:
            _refuse(card, f"with {planes.min():g} to {planes.max():g}", "says probabilities, not scores")
        scores = np.log(np.clip(planes.astype(np.float32), _LEAST, 1.0))
    else:
        scores = planes.astype(np.float32, copy=False)
    return np.ascontiguousarray(_without_padding(scores, card, size))


def _planes(answer: npt.NDArray[Any], card: NetworkCard) -> npt.NDArray[Any]:
    """(classes, h, w), or of labels (1, h, w)."""
    found = answer[0] if answer.ndim == 4 and len(answer) == 1 else answer
    if card.output.kind == "labels" and found.ndim == 3 and 1 in (found.shape[0], found.shape[2]):
        return found if found.shape[0] == 1 else found.transpose(2, 0, 1)
    if found.ndim == 3 and card.output.kind != "labels":
        planes = found if card.output.layout == "NCHW" else found.transpose(2, 0, 1)
        if len(planes) == len(card.classes):
            return planes
        if len(planes) == 1 and len(card.classes) == 2:  # the second class alone: the first is what it isn't
            return np.concatenate([1 - planes if card.output.kind == "probabilities" else np.zeros_like(planes), planes])
    wanted = "labels" if card.output.kind == "labels" else f"{len(card.classes)} classes as {card.output.layout}"
    _refuse(card, f"with an array of {list(answer.shape)}", f"says {wanted}")


def _refuse(card: NetworkCard, answers: str, says: str) -> NoReturn:
    raise MattewrightError(f"network '{card.name}': it answers {answers}, its card {says}: correct the card's output or classes")


def _without_padding(planes: Scores, card: NetworkCard, size: tuple[int, int]) -> Scores:
    if card.input.fit != "letterbox":
        return planes
    height, width = size
    times = min(card.input.width / width, card.input.height / height)
    rows = max(1, round(planes.shape[1] * height * times / card.input.height))
    columns = max(1, round(planes.shape[2] * width * times / card.input.width))
    return planes[:, :rows, :columns]


def in_the_running(scores: Scores) -> list[int]:
    """The classes that may be the likeliest somewhere: those that are not behind one and the same class everywhere."""
    first = int(scores.mean(axis=(1, 2)).argmax())
    best = scores[first]
    return [index for index, plane in enumerate(scores) if index == first or (plane > best if index > first else plane >= best).any()]


def labels(scores: Scores) -> Labels:
    """The likeliest class of each pixel, the first of those that are equal."""
    running = in_the_running(scores)
    if len(running) == 1:
        return np.full(scores.shape[1:], running[0], np.uint8)
    found: Labels = np.asarray(running, np.uint8)[scores[running].argmax(axis=0)]
    return found


def log_odds(scores: Scores, classes: Sequence[int]) -> LogOdds:
    """(h, w): the logarithm of how much likelier it is that a pixel is of one of `classes` than of none, -LIMIT to LIMIT."""
    wanted = sorted(set(classes))
    rest = [index for index in range(len(scores)) if index not in wanted]
    if not rest:
        return np.full(scores.shape[1:], LIMIT, np.float16)
    odds: LogOdds = np.clip(_together(scores[wanted]) - _together(scores[rest]), -LIMIT, LIMIT).astype(np.float16)
    return odds


def _together(scores: Scores) -> npt.NDArray[Any]:
    """The logarithm of the sum of the exponentials."""
    if len(scores) == 1:
        return np.asarray(scores[0])
    best: npt.NDArray[np.float32] = scores.max(axis=0)
    total = np.zeros_like(best)
    for plane in scores:
        total += cv2.exp(plane - best)
    return np.asarray(best + np.log(total))
