"""Labels of whole clips, and the logits of objects that are made of classes: decoding, the network and writing go on beside one another.

No picture lies on disk in between, pictures are decoded in the size that the network is shown, and of the classes' scores only those are
scaled to the picture's size that are in the running.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from contextlib import closing
from functools import partial

import cv2
import numpy as np

from .. import interrupt
from ..classify import (
    Answer,
    LogOdds,
    Picture8,
    Scores,
    Seen,
    drawn,
    joined,
    log_odds,
    merged,
    read_scores,
    shown_size,
    steadied,
    views,
)
from ..footage import AheadReader, MissingPictureError, display_rgb8
from ..footage.shrunk import Shrunk, resized
from ..networks import NetworkCard
from ..networks.session import Session, blob
from ..segment.tracker import Prediction
from ..shot import MattewrightError, ShotObject
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
        self._card = card
        look, shown = opened.shot.classes.look, card.input
        if look == "fine" and not shown.step:
            raise MattewrightError(
                f"network '{card.name}': it takes pictures of {shown.width} x {shown.height} alone: choose another look than fine"
            )
        self._sizes = [shown_size(opened.size, shown, look)]
        if look == "both" and shown.fit != "letterbox" and self._sizes[0] != (shown.height, shown.width):
            self._sizes.append((shown.height, shown.width))
        self.size = self._sizes[0]
        """(height, width) in which it wants to be shown pictures."""
        self._session: Session = opened.resources.network(card, max(1, cores() // hands))

    def look(self, picture: Picture8) -> Answer:
        """What the network says of a picture, (height, width, 3) RGB as displayed, of `size` or larger."""
        said = [self._seen(resized(picture, size)) for size in self._sizes]
        if len(said) == 1:
            return said[0]
        own, squeezed = (answer.even() for answer in said)
        return Answer(merged(own, squeezed, self._card.background), said[0].shown)

    def _seen(self, picture: Picture8) -> Answer:
        size, corners = picture.shape[:2], self._card.output.corners
        shown = views(size, self._card.input)
        parts = []
        for rows, columns in shown:
            interrupt.check()
            part = picture[rows, columns]
            answer = self._session.run(blob(part, self._card.input))
            parts.append(Answer(read_scores(answer, self._card, part.shape[:2]), part.shape[:2], corners))
        return parts[0] if len(parts) == 1 else Answer(joined([part.even() for part in parts], shown), size)

    def see(self, picture: Picture8) -> Seen:
        """The same with what flow is found by."""
        scores = self.look(picture).even()
        return Seen(scores, np.asarray(cv2.cvtColor(resized(picture, scores.shape[1:]), cv2.COLOR_RGB2GRAY), np.uint8))


def write_classes(opened: OpenShot, plan: ClassPlan, pace: Pace, lost: list[MissingPictureError]) -> Generator[Progress, None, int]:
    """Write what the plan says; how many files it were. Pictures that turn out to be lost go into `lost`."""
    if plan.keys is None or not plan.frames:
        return 0
    if plan.labels:
        prepare_folder(opened.store.layout.labels(plan.keys.card.name, opened.shot.name, 0).parent)
    for name in sorted({item.name for items in plan.logits.values() for item, _ in items}):
        opened.store.prepare(name, "logits")
    written = 0
    # One more than there are cores: one of them mostly waits for the disk.
    with (
        Hands(min(MOST, cores() + 1), "classify") as hands,
        closing(_Maker(opened, plan, hands)) as maker,
        closing(hands.in_order(maker.tasks(lost))) as made,
    ):
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
        self._draws = opened.shot.classes.edges == "picture" and bool(plan.labels)
        """Whether pictures are needed in their own size, too."""
        self._pictures = opened.pictures if self._draws else AheadReader(Shrunk(opened.reader, self._looker.size))

    def close(self) -> None:
        self._pictures.close()

    def tasks(self, lost: list[MissingPictureError]) -> Iterator[Callable[[], Written]]:
        """One for each frame of the plan. Pictures are decoded ahead, in order."""
        steady = self._opened.shot.classes.steady
        wanted = self._plan.frames
        asked = sorted({frame + off for frame in wanted for off in self._keys.around(frame)})
        self._pictures.announce(asked)
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
                if self._draws and frame in self._plan.labels:
                    shown[frame] = picture
            begun.append(frame)
            while coming and coming[0] + self._keys.around(coming[0])[-1] <= begun[max(0, len(begun) - 1 - self._hands.count)]:
                yield from self._together(coming.pop(0), seen, shown)
        for frame in coming:
            yield from self._together(frame, seen, shown)

    def _picture(self, frame: int, lost: list[MissingPictureError]) -> Picture8 | None:
        try:
            return display_rgb8(self._pictures.picture(frame))
        except MissingPictureError as error:
            lost.append(error)
            return None

    def _alone(self, frame: int, picture: Picture8) -> Written:
        return self._write(frame, self._looker.look(picture), picture if self._draws else None)

    def _together(self, frame: int, seen: dict[int, Future[Seen]], shown: dict[int, Picture8]) -> Iterator[Callable[[], Written]]:
        near = {off: seen[frame + off] for off in self._keys.around(frame) if frame + off in seen}
        for past in [at for at in seen if at < frame + min(self._keys.around(frame))]:
            del seen[past]
        if 0 in near:
            yield partial(self._held, frame, near, shown.pop(frame, None))

    def _held(self, frame: int, near: dict[int, Future[Seen]], picture: Picture8 | None) -> Written:
        scores = steadied({off: found.result() for off, found in near.items()}, self._opened.shot.classes.steady)
        return self._write(frame, Answer(scores, self._looker.size), picture)

    def _write(self, frame: int, answer: Answer, picture: Picture8 | None) -> Written:
        """`picture` is the one whose edges labels are drawn to."""
        opened, written = self._opened, Written()
        if frame in self._plan.labels:
            found = answer.labels(opened.size) if picture is None else drawn(answer, picture)
            path = opened.store.layout.labels(self._keys.card.name, opened.shot.name, frame)
            pictures.write(path, found, key=self._plan.labels[frame])
            written.append(("", frame))
        wanted = self._plan.logits.get(frame, ())
        scores = answer.even() if wanted else answer.scores
        for item, key in wanted:
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
