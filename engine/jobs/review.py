"""Which frames of a shot most need eyes: a confidence for each frame and object, from what is in the store alone.

No model and no footage: the tracker's own trust in each frame, which its file keeps, is combined with what the logits say by themselves
and beside those of the frames next to it. A few frames are held at a time, whatever the shot's length.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from statistics import median
from typing import TypeGuard

import cv2
import numpy as np
import numpy.typing as npt

from ..segment.tracker import Prediction
from ..shot import Shot, ShotObject
from ..store import Store

SHARE = 0.1
"""Of an object's frames, how many are named unless something else is asked for."""
UNSURE = 2.0
"""Logits nearer to 0 than this (a probability between 0.12 and 0.88) are neither the object nor the ground."""


@dataclass(frozen=True)
class Look:
    """One object on one frame, as far as the logits tell."""

    frame: int
    score: float
    """The tracker's own trust, 0 to 1."""
    area: float
    """The mask's share of the picture."""
    softness: float
    """How much of the picture is unsure, as a share of the mask's area: at most 1, and 0 for an empty mask that is sure of it."""
    mask: npt.NDArray[np.bool_]
    """(h, w) at the model's resolution."""
    alone: float = 1.0
    """The share of the mask that no other object of the shot claims; 1 for an empty mask."""


@dataclass(frozen=True)
class Signals:
    """What speaks for one frame: all but `found` and `size` from 0, the worst, to 1."""

    score: float
    """The tracker's own trust."""
    agreement: float
    """Intersection over union with the neighbouring frames' masks once their middles lie on each other, so that motion isn't blamed, by the
    most that their areas allow; the geometric mean of both sides: a frame beside a jump is to blame for one at most."""
    steadiness: float
    """The smaller area over the larger one, of this frame and each neighbour; the geometric mean of both sides."""
    sureness: float
    """1 less the softness."""
    size: float
    """The area over that on the nearest prompted frame; 1 where that is not known."""
    alone: float
    """The share of the mask that no other object claims: two that are alike are easily taken for each other."""
    found: bool
    """False where the mask is empty though the object was found on an earlier frame."""


@dataclass(frozen=True)
class Judged:
    """One frame's confidence, 0 to 1, and what takes it away."""

    frame: int
    confidence: float
    doubts: Mapping[str, float]
    """By signal, the negative logarithm of what it leaves of the confidence."""
    signals: Signals


@dataclass(frozen=True)
class Named:
    """A frame that needs eyes."""

    frame: int
    confidence: float
    """0 to 1."""
    reason: str
    """In words."""


WEIGHTS = {"score": 1.0, "agreement": 0.25, "steadiness": 0.5, "sureness": 0.5, "size": 0.25, "alone": 0.5}
"""The confidence is the product of the signals, each to the power given here. Chosen with `scripts/bench_review` on bmx-trees, breakdance
and motorbike, but for `alone`, which takes several objects and is from dogs-jump. The distance from the prompted frames and averages
over time were tried too, and found no more bad frames.
"""
FLOOR = 0.02
"""No signal alone takes the confidence to nothing, so that the others still tell bad from worse."""
NOTICED = 0.05
"""A doubt that is smaller is no reason."""
NOTHING = "nothing stands out"
REASONS = {
    "score": "the tracker doubts it",
    "agreement": "the mask changes shape between frames",
    "steadiness": "the mask jumps in size",
    "sureness": "the edges are unsure",
    "alone": "another object claims the same place",
}


def look(frame: int, prediction: Prediction) -> Look:
    """What one frame's logits, (h, w), say by themselves."""
    logits = np.nan_to_num(prediction.logits.astype(np.float32), nan=-60.0)
    mask = logits > 0
    count = int(np.count_nonzero(mask))
    unsure = int(np.count_nonzero(np.abs(logits) < UNSURE))
    softness = min(1.0, unsure / count) if count else float(unsure > 0)
    return Look(frame, min(1.0, max(0.0, prediction.score)), count / mask.size, softness, mask)


def apart(looks: Mapping[str, Look]) -> dict[str, Look]:
    """One frame's `looks`, by object, each with what it has to itself."""
    claims = np.zeros((), np.uint16)
    for one in looks.values():
        claims = claims + one.mask
    return {name: replace(one, alone=_alone(one.mask, claims > 1)) for name, one in looks.items()}


def _alone(mask: npt.NDArray[np.bool_], shared: npt.NDArray[np.bool_]) -> float:
    count = int(np.count_nonzero(mask))
    return 1.0 - np.count_nonzero(mask & shared) / count if count else 1.0


def agreement(one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_]) -> float:
    """Intersection over union of two (h, w) masks once `other`'s middle lies on `one`'s; 1 where both are empty, 0 where one is.

    What is moved out of the picture is left out on both sides, so that an object is not blamed for entering it.
    """
    if not one.any() or not other.any():
        return float(one.any() == other.any())
    (y, x), (there_y, there_x) = _middle(one), _middle(other)
    dy, dx = round(y - there_y), round(x - there_x)
    height, width = one.shape
    here = one[max(0, dy) : height + min(0, dy), max(0, dx) : width + min(0, dx)]
    moved = other[max(0, -dy) : height + min(0, -dy), max(0, -dx) : width + min(0, -dx)]
    union = np.count_nonzero(here | moved)
    return float(np.count_nonzero(here & moved) / union) if union else 0.0


def _middle(mask: npt.NDArray[np.bool_]) -> tuple[float, float]:
    moments = cv2.moments(mask.astype(np.uint8), binaryImage=True)
    return moments["m01"] / moments["m00"], moments["m10"] / moments["m00"]


def signals(here: Look, neighbours: Sequence[Look], was_found: bool, prompted: Mapping[int, float]) -> Signals:
    """Of one frame, beside those right before and after it (those that there are).

    `prompted` gives the mask's area, as a share of the picture, on the prompted frames.
    """
    ratio = _together([_ratio(here.area, other.area) for other in neighbours])
    overlap = _together([agreement(here.mask, other.mask) for other in neighbours])
    areas = [area for _, area in sorted((abs(frame - here.frame), area) for frame, area in prompted.items()) if area > 0]
    return Signals(
        here.score,
        min(1.0, overlap / ratio) if ratio else 1.0,
        ratio,
        1.0 - here.softness,
        here.area / areas[0] if areas else 1.0,
        here.alone,
        here.area > 0 or not was_found,
    )


def _together(sides: Sequence[float]) -> float:
    return math.prod(sides) ** (1 / len(sides)) if sides else 1.0


def _ratio(one: float, other: float) -> float:
    return 1.0 if one == other else min(one, other) / max(one, other)


def judge(frame: int, found: Signals) -> Judged:
    """The confidence in one frame."""
    values = {name: getattr(found, name) for name in WEIGHTS}
    values["size"] = _ratio(found.size, 1.0)
    doubts = {name: -weight * math.log(min(1.0, max(FLOOR, values[name]))) for name, weight in WEIGHTS.items()}
    return Judged(frame, math.exp(-sum(doubts.values())), doubts, found)


def reason(one: Judged, usual: Mapping[str, float]) -> str:
    """What most sets the frame apart from the object's `usual` doubts; where nothing does, what there is most to doubt."""
    if not one.signals.found:
        return "the mask is empty, and was not before"
    unusual = {name: doubt - usual[name] for name, doubt in one.doubts.items()}
    doubts = unusual if max(unusual.values()) >= NOTICED else one.doubts
    name = max(doubts, key=doubts.__getitem__)
    if doubts[name] < NOTICED:
        return NOTHING
    if name == "size":
        return f"the object is {'larger' if one.signals.size > 1 else 'smaller'} than where it was prompted"
    return REASONS[name]


class Walk:
    """One object's frames one after the other, by rising number; each is judged when the next one is known."""

    def __init__(self, prompted: Mapping[int, float]) -> None:
        """`prompted` is as in `signals`."""
        self._prompted = prompted
        self._before: Look | None = None
        self._here: Look | None = None
        self._was_found = False

    def step(self, after: Look | None) -> Judged | None:
        """The judgement of the frame before `after`, which is None at the end."""
        before, here = self._before, self._here
        self._before, self._here = here, after
        if here is None:
            return None
        judged = judge(here.frame, signals(here, _beside(here, before, after), self._was_found, self._prompted))
        self._was_found = self._was_found or here.area > 0
        return judged


def _beside(here: Look, *others: Look | None) -> list[Look]:
    """Of `others`, those one frame away: beyond a gap nothing need be alike."""
    return [other for other in others if other is not None and abs(other.frame - here.frame) == 1]


def worst(judged: Sequence[Judged], *, share: float = SHARE, count: int | None = None) -> list[Named]:
    """Of one object's frames, the `count` most in need of eyes, or a `share` (0 to 1) of all, rounded up.

    The worst first, the earlier of two that are equal.
    """
    if not judged:
        return []
    usual = {name: median(one.doubts[name] for one in judged) for name in WEIGHTS}
    wanted = math.ceil(share * len(judged)) if count is None else count
    chosen = sorted(judged, key=lambda one: (one.confidence, one.frame))[:wanted]
    return [Named(one.frame, one.confidence, reason(one, usual)) for one in chosen]


def judge_all(looks: Iterable[Look], prompted: Mapping[int, float]) -> Iterator[Judged]:
    """Every frame of one object; `looks` by rising number, `prompted` as in `signals`."""
    walk = Walk(prompted)
    for one in chain(looks, (None,)):
        judged = walk.step(one)
        if judged is not None:
            yield judged


def review(
    store: Store,
    shot: Shot,
    objects: Sequence[ShotObject],
    *,
    share: float = SHARE,
    count: int | None = None,
    looked: Callable[[], None] = lambda: None,
) -> dict[str, list[Named]]:
    """By object, the frames within the shot's range that most need eyes, out of those that are tracked, not prompted and not locked.

    `share` or `count` is for each object. An object of which nothing is tracked has none. `looked` is called after each frame.
    Raises MattewrightError for a file that can't be read.
    """
    there = {item.name: [frame for frame, _ in store.layout.files(item.name, "logits") if frame in shot.range] for item in shot.objects}
    at: dict[int, list[str]] = {}
    for name, frames in there.items():
        for frame in frames:
            at.setdefault(frame, []).append(name)
    walks = {item.name: Walk(_prompted_areas(store, item, there[item.name])) for item in objects}
    judged: dict[str, list[Judged | None]] = {name: [] for name in walks}
    for frame in sorted({frame for name in walks for frame in there[name]}):
        looks = apart({name: look(frame, store.read_logits(name, frame)) for name in at[frame]})
        for name in walks.keys() & looks.keys():
            judged[name].append(walks[name].step(looks[name]))
        looked()
    for name, walk in walks.items():
        judged[name].append(walk.step(None))
    return {item.name: worst([one for one in judged[item.name] if _is_open(one, item)], share=share, count=count) for item in objects}


def _prompted_areas(store: Store, item: ShotObject, there: Sequence[int]) -> dict[int, float]:
    said = {prompts.frame for prompts in item.prompted} & set(there)
    return {frame: look(frame, store.read_logits(item.name, frame)).area for frame in said}


def _is_open(one: Judged | None, item: ShotObject) -> TypeGuard[Judged]:
    """Whether the user may still want to change it."""
    return one is not None and not item.is_locked(one.frame) and all(prompts.frame != one.frame for prompts in item.prompted)
