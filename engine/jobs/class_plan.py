"""What of a shot's classes is stale: labels, and the logits of the objects that are made of classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ..classify import REACH, STEADY_VERSION
from ..networks import NetworkCard, checksum, find_card
from ..shot import DocumentError, FrameRange, MattewrightError, Output, Shot, ShotObject, formats
from ..shot.fields import dump
from ..store import pictures
from ..store.keys import digest
from .opened import OpenShot

VERSION = "classes 2"
"""Part of every key: raised when the same pictures would give other bytes."""


class ClassKeys:
    """What labels and logits of classes are made from, by the document and the footage. Raises MattewrightError for a network that isn't
    there."""

    def __init__(self, opened: OpenShot) -> None:
        self._opened = opened
        self.card: NetworkCard = find_card(opened.shot.classes.network, "classes")
        self._said: dict[int, str] = {}

    @cached_property
    def _how(self) -> list[object]:
        said, card = self._opened.shot.classes, self.card
        shown = [dump(card.input), dump(card.output), len(card.classes), said.look, self._opened.size]
        return [VERSION, checksum(card), shown, [STEADY_VERSION, said.steady] if said.steady else None]

    def around(self, frame: int) -> list[int]:
        """The frames that the scores of `frame` are made from, by how far they are off, 0 among them."""
        if not self._opened.shot.classes.steady:
            return [0]
        footage, reader = self._opened.shot.footage, self._opened.reader
        wanted = range(-REACH, REACH + 1)
        return [
            off for off in wanted if not off or (frame + off >= 0 and footage.has_frame(frame + off) and reader.has_picture(frame + off))
        ]

    def _scores(self, frame: int) -> str:
        if frame not in self._said:
            reader = self._opened.reader
            self._said[frame] = digest(self._how, {str(off): reader.identity(frame + off) for off in self.around(frame)})
        return self._said[frame]

    def labels(self, frame: int) -> str:
        """Of a frame's labels at the picture's size."""
        return digest(self._scores(frame), "labels", self._opened.shot.classes.edges)

    def logits(self, item: ShotObject, frame: int) -> str:
        """Of an object's log-odds."""
        return digest(self._scores(frame), "log-odds", self.indices(item.classes, f"object '{item.name}'"))

    def indices(self, classes: Sequence[str], whose: str) -> list[int]:
        """Of the classes, in the order of the card's. Raises MattewrightError for one that the network doesn't have."""
        try:
            return sorted({self.card.class_index(name) for name in classes})
        except DocumentError as error:
            raise MattewrightError(f"{self._opened.path}: {whose}: {error}: choose others, or another network") from None


@dataclass
class ClassPlan:
    """What is to be made."""

    keys: ClassKeys | None = None
    """None where nothing of classes was asked for."""
    labels: dict[int, str] = field(default_factory=dict)
    """By frame, the keys that stale labels will have."""
    logits: dict[int, list[tuple[ShotObject, str]]] = field(default_factory=dict)
    """By frame, the objects whose logits are stale, and what keys these will have."""
    fresh: int = 0
    fresh_labels: int = 0
    """Of those."""

    @property
    def frames(self) -> list[int]:
        return sorted(self.labels.keys() | self.logits.keys())

    @property
    def stale_logits(self) -> int:
        return sum(map(len, self.logits.values()))

    @property
    def count(self) -> int:
        return len(self.labels) + self.stale_logits


def wants_labels(shot: Shot) -> bool:
    """Whether an enabled output is made of labels."""
    return any(output.enabled and of_labels(output) for output in shot.outputs)


def of_labels(output: Output) -> bool:
    """Whether it is made of labels: those formats are that need no objects."""
    return not formats()[output.format].needs_objects


def stale_labels(opened: OpenShot) -> set[int]:
    """The frames whose labels are there, but made from other footage or settings than the document names; only where an output is made of
    labels. Raises MattewrightError where that can't be known, as the network isn't there."""
    if not any(of_labels(output) for output in opened.shot.outputs):
        return set()
    plan, _ = plan_classes(opened, (), opened.shot.range, set(), labels=True)
    name = opened.shot.classes.network
    return {frame for frame in plan.labels if opened.store.layout.labels(name, opened.shot.name, frame).is_file()}


Made = dict[str, dict[int, str]]
"""By object and frame, the keys that logits have, or will have."""


def plan_classes(
    opened: OpenShot, objects: Sequence[ShotObject], target: FrameRange, missing: set[int], *, labels: bool
) -> tuple[ClassPlan, Made]:
    """What is stale over `target` of those of `objects` that are made of classes, and, with `labels`, of the labels.

    Frames whose picture the footage lacks go into `missing`.
    """
    chosen = [item for item in objects if item.classes]
    plan, made = ClassPlan(), {item.name: dict[int, str]() for item in chosen}
    if not chosen and not labels:
        return plan, made
    plan.keys = keys = ClassKeys(opened)
    for frame in target:
        if not opened.reader.has_picture(frame):
            missing.add(frame)
            continue
        if labels:
            key = keys.labels(frame)
            if pictures.read_key(opened.store.layout.labels(keys.card.name, opened.shot.name, frame)) == key:
                plan.fresh += 1
                plan.fresh_labels += 1
            else:
                plan.labels[frame] = key
        for item in chosen:
            key, recorded = keys.logits(item, frame), opened.store.key(item.name, "logits", frame)
            if recorded is not None and (recorded == key or item.is_locked(frame)):
                made[item.name][frame] = recorded
                plan.fresh += 1
            else:
                made[item.name][frame] = key
                plan.logits.setdefault(frame, []).append((item, key))
    return plan, made
