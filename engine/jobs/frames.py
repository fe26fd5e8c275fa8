"""What there is of each object frame by frame, for a strip below the picture: tracked, stale, masked, doubtful.

Out of the store, the document and the footage's own facts; the model is not loaded.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from ..matte import methods
from ..shot import FrameRange, MattewrightError, Shot, ShotObject, Stage, document_path
from ..shot.messages import Doubt, FramesDone, ObjectFrames
from ..spans import spans_of
from ..store import Store
from .class_plan import stale_labels
from .opened import OpenShot, Resources
from .plan import make_plan
from .review import NOTHING, Named, review

LABELS = ""
"""What labels are called among objects."""
Looked = Callable[[], None]
"""Called between two frames; what it raises ends the work."""


class FrameLists:
    """Keeps what the last shot's review found until one of its files changes: that reads them all."""

    def __init__(self, resources: Resources | None = None) -> None:
        self._resources = resources or Resources()
        self._reviewed: dict[str, list[Named]] = {}
        self._reviewed_of: object = None
        self._path: Path | None = None

    def make(self, path: Path, shot: Shot | None = None, looked: Looked = lambda: None, anew: bool = True) -> FramesDone:
        """Of all objects of the shot over its range; `shot` is taken for what the document says.

        Unless `anew`, what is doubtful is what was found last. Raises MattewrightError.
        """
        with OpenShot(document_path(path), self._resources, shot) as opened:
            target = opened.shot.range
            there = {item.name: _frames(opened.store, item.name, "logits", target) for item in opened.shot.objects}
            stale, problem = stale_frames(opened)
            doubtful = self._review(opened, looked, anew)
            return FramesDone(
                target.first,
                target.last,
                tuple(
                    ObjectFrames(
                        item.name,
                        spans_of(there[item.name]),
                        spans_of(stale.get(item.name, set()) & set(there[item.name])),
                        spans_of(_frames(opened.store, item.name, "mask", target)),
                        tuple(
                            Doubt(one.frame, one.confidence, one.reason) for one in doubtful.get(item.name, ()) if _is_open(item, one.frame)
                        ),
                        spans_of(_frames(opened.store, item.name, "alpha", target)),
                        _lacking(item),
                    )
                    for item in opened.shot.objects
                ),
                problem,
                stale_labels=spans_of(stale.get(LABELS, ())),
            )

    def _review(self, opened: OpenShot, looked: Looked, anew: bool) -> dict[str, list[Named]]:
        if not anew:
            return self._reviewed if self._path == opened.path else {}
        of = _files(opened)
        if of != self._reviewed_of:
            self._reviewed = {
                name: sorted((one for one in named if one.reason != NOTHING), key=lambda one: one.frame)
                for name, named in review(opened.store, opened.shot, opened.shot.objects, looked=looked).items()
            }
            self._reviewed_of, self._path = of, opened.path
        return self._reviewed


def _lacking(item: ShotObject) -> str:
    """Why the object's mattes can't be made here; mostly empty."""
    try:
        methods.choose(item.matte.method)
    except MattewrightError as error:
        return str(error)
    return ""


def _is_open(item: ShotObject, frame: int) -> bool:
    """Whether the user may still want to change it: the review knows of the prompts and the locks that there were then."""
    return not item.is_locked(frame) and all(prompts.frame != frame for prompts in item.prompted)


def stale_frames(opened: OpenShot) -> tuple[dict[str, set[int]], str]:
    """By object, the frames that a run would make anew or for the first time; by `LABELS` those whose labels are stale, where an output is
    made of them; and why that isn't known."""
    labels, problem = dict[str, set[int]](), ""
    try:
        if stale := stale_labels(opened):
            labels[LABELS] = stale
    except MattewrightError as error:
        problem = str(error)
    said = [item for item in opened.shot.objects if item.prompted or item.classes]
    if not said:
        return labels, problem
    try:
        plan = make_plan(opened, said, opened.shot.range)
    except MattewrightError as error:
        return labels, str(error)
    found = {name: set(frames) for name, frames in plan.masks.items()}
    for name, frames in plan.alphas.stale.items():
        found.setdefault(name, set()).update(frames)
    for frame, items in plan.classes.logits.items():
        for item, _ in items:
            found.setdefault(item.name, set()).add(frame)
    for start in plan.starts:
        if start.stale:
            found.setdefault(start.object.name, set()).add(start.frame)
    for stretch in plan.stretches:
        found.setdefault(stretch.object.name, set()).update(stretch.stale)
    return found | labels, problem


def _frames(store: Store, name: str, stage: Stage, target: FrameRange) -> list[int]:
    return [frame for frame, _ in store.layout.files(name, stage) if frame in target]


def _files(opened: OpenShot) -> object:
    """Another value whenever the review may find something else. Not for a new prompt: the tracked frames are what they were."""
    return opened.path, opened.shot.range, [(item.name, _stamps(opened.store, item.name)) for item in opened.shot.objects]


def _stamps(store: Store, name: str) -> Sequence[tuple[str, int, int]]:
    folder = store.layout.folder(name, "logits")
    try:
        with os.scandir(folder) as entries:
            return sorted((entry.name, (stat := entry.stat()).st_mtime_ns, stat.st_size) for entry in entries)
    except OSError:  # nothing is tracked yet
        return []
