"""The people of a shot while it is looked through: where each is expected on the next frame that is looked at, by the tracker."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..segment.follow import follow
from ..shot import Prompts
from .same import Mask

if TYPE_CHECKING:
    from ..segment.image_model import Embedding
    from ..segment.tracker import Prediction, Tracker

ANCHORS = 3
"""Frames on which somebody was seen that the tracker looks back at: the nearest ones."""
PREDICTIONS = 256
"""What the model made of prompts that is kept; 128 KiB each."""


@dataclass
class Person:
    """Somebody, by what was said of them on the frames on which they were seen."""

    said: dict[int, Prompts] = field(default_factory=dict)

    def near(self, frame: int) -> list[int]:
        """The frames, other than that, from which the tracker finds them on `frame`."""
        return sorted(sorted((at for at in self.said if at != frame), key=lambda at: (abs(at - frame), at))[:ANCHORS])


class Expecting:
    """What the model and the tracker make of people. Keeps little: what it has lost it asks the model for again."""

    def __init__(self, tracker: Tracker, embed: Callable[[int], Embedding], masks: Callable[[Prompts], tuple[str, Mask] | None]) -> None:
        """`embed` gives a frame's features, and should keep them; `masks` the content of a prompt's mask file with its digest."""
        self._tracker, self._embed, self._masks = tracker, embed, masks
        self._made: OrderedDict[Prompts, Prediction] = OrderedDict()

    def prompted(self, prompts: Prompts) -> Prediction:
        """What the tracker starts from on the frame of `prompts`."""
        if prompts not in self._made:
            mask = self._masks(prompts)
            self._made[prompts] = self._tracker.start(self._embed(prompts.frame), prompts, None if mask is None else mask[1])
            while len(self._made) > PREDICTIONS:
                self._made.popitem(last=False)
        self._made.move_to_end(prompts)
        return self._made[prompts]

    def at(self, person: Person, frame: int) -> Mask | None:
        """Where `person` is expected on `frame`, at the model's resolution; None where nothing is known of them but on that frame."""
        if frame in person.said:
            return covered(self.prompted(person.said[frame]))
        anchors = {at: self.prompted(person.said[at]) for at in person.near(frame)}
        if not anchors:
            return None
        ((_, found),) = follow(self._tracker, self._embed, anchors, [frame], [], anchors.__getitem__)
        return covered(found)


def covered(prediction: Prediction) -> Mask:
    """(h, w) at the model's resolution."""
    return np.asarray(prediction.logits > 0)


def union(predictions: Sequence[Prediction]) -> Prediction:
    """All of them as one, as sure as the least sure. Raises ValueError where there is none."""
    from ..segment.tracker import Prediction

    logits = np.maximum.reduce([prediction.logits for prediction in predictions])
    return Prediction(logits, min(prediction.score for prediction in predictions))
