"""Labels of whole clips, and the logits of objects that are made of classes: decoding, the network and writing go on beside one another.

No picture lies on disk in between, and no class's scores are scaled to the picture's size.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from contextlib import closing
from functools import partial

import cv2
import numpy as np

from .. import interrupt
from ..classify import LogOdds, Look, Picture8, Scores, Seen, enlarged, joined, labels, log_odds, merged, read_scores, steadied, views
from ..footage import MissingPictureError, display_rgb8
from ..networks import NetworkCard
from ..networks.session import Session, blob
from ..segment.tracker import Prediction
from ..shot import ShotObject
from ..store import pictures
from ..store.store import prepare_folder
from .class_plan import ClassPlan
from .hands import MOST, Hands, cores
from .opened import OpenShot
from .progress import Pace, Progress

Written = list[tuple[str, int]]
"""Objects and frames; of labels the object is empty."""


class Looker:
    """The shot's network, loaded. Any thread may ask."""

    def __init__(self, opened: OpenShot, card: NetworkCard, hands: int) -> None:
        self._card, self._look = card, opened.shot.classes.look
        self._session: Session = opened.resources.network(card, max(1, cores() // hands))

    def look(self, picture: Picture8) -> Scores:
        """What the network says of a picture, (height, width, 3) RGB as displayed."""
        parts = self._seen(picture, "parts" if self._look == "both" else self._look)
        if self._look != "both" or len(views(picture.shape[:2], self._card.input, "parts")) == 1:
            return parts
        return merged(parts, self._seen(picture, "whole"), self._card.background)

    def _seen(self, picture: Picture8, look: Look) -> Scores:
        interrupt.check()
        shown = views(picture.shape[:2], self._card.input, look)
        parts = []
        for rows, columns in shown:
            part = picture[rows, columns]
            answer = self._session.run(blob(part, self._card.input))
            parts.append(read_scores(answer, self._card, part.shape[:2]))
        return joined(parts, shown)

    def see(self, picture: Picture8) -> Seen:
        """The same with what flow is found by."""
        scores = self.look(picture)
        small = cv2.resize(picture, scores.shape[:0:-1], interpolation=cv2.INTER_AREA)
        return Seen(scores, np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8))


def write_classes(opened: OpenShot, plan: ClassPlan, pace: Pace, lost: list[MissingPictureError]) -> Generator[Progress, None, int]:
    """Write what the plan says; how many files it were. Pictures that turn out to be lost go into `lost`."""
    if plan.keys is None or not plan.frames:
        return 0
    if plan.labels:
        prepare_folder(opened.store.layout.labels(plan.keys.card.name, opened.shot.name, 0).parent)
    for name in sorted({item.name for items in plan.logits.values() for item, _ in items}):
        opened.store.prepare(name, "logits")
    written = 0
    with Hands(min(MOST, cores()), "classify") as hands:
        maker = _Maker(opened, plan, hands)
        with closing(hands.in_order(maker.tasks(lost))) as made:
            for files in made:
                for name, frame in files:
                    written += 1
                    yield pace.tick("classify", frame, name)
    return written


class _Maker:
    """Hands out the work, frame by frame."""

    def __init__(self, opened: OpenShot, plan: ClassPlan, hands: Hands) -> None:
        assert plan.keys is not None
        self._opened, self._plan, self._keys, self._hands = opened, plan, plan.keys, hands
        self._looker = Looker(opened, plan.keys.card, hands.count)

    def tasks(self, lost: list[MissingPictureError]) -> Iterator[Callable[[], Written]]:
        """One for each frame of the plan. Pictures are decoded ahead, in order."""
        steady = self._opened.shot.classes.steady
        wanted = self._plan.frames
        asked = sorted({frame + off for frame in wanted for off in self._keys.around(frame)})
        self._opened.pictures.announce(asked)
        if not steady:
            for frame in asked:
                picture = self._picture(frame, lost)
                if picture is not None:
                    yield partial(self._alone, frame, picture)
            return
        seen: dict[int, Future[Seen]] = {}
        shown: dict[int, Picture8] = {}
        # A frame's own turn comes some frames after the last that it goes by, so that nobody stands and waits for that.
        coming = list(wanted)
        begun: list[int] = []
        for frame in asked:
            picture = self._picture(frame, lost if frame in self._plan.labels or frame in self._plan.logits else [])
            if picture is not None:
                seen[frame] = self._hands.give(self._looker.see, picture)
                if frame in self._plan.labels:
                    shown[frame] = picture
            begun.append(frame)
            while coming and coming[0] + self._keys.around(coming[0])[-1] <= begun[max(0, len(begun) - 1 - self._hands.count)]:
                yield from self._together(coming.pop(0), seen, shown)
        for frame in coming:
            yield from self._together(frame, seen, shown)

    def _picture(self, frame: int, lost: list[MissingPictureError]) -> Picture8 | None:
        try:
            return display_rgb8(self._opened.pictures.picture(frame))
        except MissingPictureError as error:
            lost.append(error)
            return None

    def _alone(self, frame: int, picture: Picture8) -> Written:
        return self._write(frame, self._looker.look(picture), picture)

    def _together(self, frame: int, seen: dict[int, Future[Seen]], shown: dict[int, Picture8]) -> Iterator[Callable[[], Written]]:
        near = {off: seen[frame + off] for off in self._keys.around(frame) if frame + off in seen}
        for past in [at for at in seen if at < frame + min(self._keys.around(frame))]:
            del seen[past]
        if 0 in near:
            yield partial(self._held, frame, near, shown.pop(frame, None))

    def _held(self, frame: int, near: dict[int, Future[Seen]], picture: Picture8 | None) -> Written:
        scores = steadied({off: found.result() for off, found in near.items()}, self._opened.shot.classes.steady)
        return self._write(frame, scores, picture)

    def _write(self, frame: int, scores: Scores, picture: Picture8 | None) -> Written:
        opened, written = self._opened, Written()
        if frame in self._plan.labels and picture is not None:
            found = enlarged(scores, labels(scores), picture, opened.shot.classes.edges)
            path = opened.store.layout.labels(self._keys.card.name, opened.shot.name, frame)
            pictures.write(path, found, key=self._plan.labels[frame])
            written.append(("", frame))
        for item, key in self._plan.logits.get(frame, ()):
            opened.store.write_logits(item.name, frame, self._prediction(item, scores), key)
            written.append((item.name, frame))
        return written

    def _prediction(self, item: ShotObject, scores: Scores) -> Prediction:
        odds = log_odds(scores, self._keys.indices(item.classes, item.name))
        return Prediction(odds, _trust(odds))


def _trust(odds: LogOdds) -> float:
    """How far to trust it, 0 to 1: how likely the object's pixels are to be it, on average; 1 where there are none."""
    inside = odds[odds > 0].astype(np.float32)
    return float((1 / (1 + np.exp(-inside))).mean()) if len(inside) else 1.0
