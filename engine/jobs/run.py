"""The jobs themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np
import numpy.typing as npt

from ..footage import MissingPictureError, display_rgb8
from ..refine import owners, reads_picture, refine
from ..segment.tracker import Past, Prediction, Tracker
from ..shot import MattewrightError, ShotObject
from .opened import OpenShot
from .overlap import FrameKeys, keys_at
from .plan import Plan, Start, Stretch, make_plan, mask_key_at, plan_masks_only
from .progress import Pace, Progress


@dataclass(frozen=True)
class Outcome:
    """What a job did: files written, files that were fresh already, frames whose picture is missing."""

    written: int
    fresh: int
    missing: tuple[int, ...]
    unprompted: tuple[str, ...] = ()
    """Objects that were passed over, because nothing says yet where they are."""


Job = Generator[Progress, None, Outcome]
"""Yields after each frame is safely on disk; its return value is the Outcome. Closing it stops the job there."""


def track_job(opened: OpenShot, names: Sequence[str] = (), first: int | None = None, last: int | None = None) -> Job:
    """Make the logits that are stale, and each one's mask right after it, so that masks appear as frames are made.

    A mask that is stale or lost over fresh logits is made too: nobody tracks a shot to be left with old masks.
    """
    return _work(opened, make_plan(opened, opened.objects(names), opened.frames(first, last)))


def refine_job(opened: OpenShot, names: Sequence[str] = (), first: int | None = None, last: int | None = None) -> Job:
    """Make the masks that are stale, from the logits that are there. The model is not loaded."""
    return _work(opened, plan_masks_only(opened, opened.objects(names), opened.frames(first, last)))


def run_job(opened: OpenShot, names: Sequence[str] = (), first: int | None = None, last: int | None = None) -> Job:
    """Everything that is stale, in all stages."""
    return _work(opened, make_plan(opened, opened.objects(names), opened.frames(first, last)))


def _work(opened: OpenShot, plan: Plan) -> Job:
    tracked = {(start.object.name, start.frame) for start in plan.starts if start.stale}
    tracked |= {(stretch.object.name, frame) for stretch in plan.stretches for frame in stretch.stale}
    stale_masks = {(name, frame) for name, frames in plan.masks.items() for frame in frames}
    together = opened.shot.overlap == "winner"
    at_once = set() if together else stale_masks & tracked
    refined = stale_masks - at_once
    for name in sorted({name for name, _ in tracked}):
        opened.store.prepare(name, "logits")
    for name in sorted({name for name, _ in stale_masks}):
        opened.store.prepare(name, "mask")
    pace = Pace(len(tracked) + len(refined))
    written = 0
    untracked = Counter(frame for _, frame in tracked)
    by_frame: dict[int, list[ShotObject]] = {}
    for item in opened.shot.objects:
        for frame in plan.masks.get(item.name, ()):
            if (item.name, frame) in refined:
                by_frame.setdefault(frame, []).append(item)
    lost: list[MissingPictureError] = []
    for item, frame, prediction, key in _tracked(opened, plan, lost):
        opened.store.write_logits(item.name, frame, prediction, key)
        written += 1
        if (item.name, frame) in at_once:
            _write_mask(opened, item, frame, prediction.logits, {item.name: key})
            written += 1
        yield pace.tick("track", frame, item.name)
        untracked[frame] -= 1
        if together and not untracked[frame]:  # every object that this job tracks there is done
            for name in _refined(opened, frame, by_frame.pop(frame, [])):
                written += 1
                yield pace.tick("refine", frame, name)
    for frame in sorted(by_frame):
        for name in _refined(opened, frame, by_frame[frame]):
            written += 1
            yield pace.tick("refine", frame, name)
    if lost:
        raise lost[0]
    return Outcome(written, plan.fresh_logits + plan.fresh_masks, tuple(sorted(plan.missing)), tuple(plan.unprompted))


def _refined(opened: OpenShot, frame: int, objects: list[ShotObject]) -> Iterator[str]:
    """Write the masks of `objects` on one frame from the logits in the store; each one's name once it is there."""
    store = opened.store
    together = opened.shot.overlap == "winner"
    found = keys_at(store, opened.shot.objects if together else objects, frame)
    for item in objects:
        if item.name not in found:
            raise MattewrightError(f"{store.layout.file(item.name, 'logits', frame)}: gone while the job ran; run again")
    logits = {name: store.read_logits(name, frame).logits for name in found}
    owner = owners(logits.values(), opened.size) if together and objects else None
    order = list(found)
    for item in objects:
        lost = None if owner is None else owner != order.index(item.name)
        _write_mask(opened, item, frame, logits[item.name], found, lost)
        yield item.name


def _write_mask(
    opened: OpenShot,
    item: ShotObject,
    frame: int,
    logits: npt.NDArray[np.float16],
    found: FrameKeys,
    lost: npt.NDArray[np.bool_] | None = None,
) -> None:
    picture = None
    if reads_picture(item.refine):
        picture = display_rgb8(opened.pictures.picture(frame)).astype(np.float32) / 255.0
    mask = refine(logits, opened.size, item.refine, frame, picture, lost)
    opened.store.write_mask(item.name, frame, mask, mask_key_at(opened, item, frame, found))


Made = tuple[ShotObject, int, Prediction, str]
"""An object, a frame, its prediction and its key, not yet on disk."""


def _tracked(opened: OpenShot, plan: Plan, lost: list[MissingPictureError]) -> Iterator[Made]:
    """Every stale prediction of the plan: the prompted frames, then forward, then backward.

    A picture that turns out to be lost (a movie cut short) ends its own stretch there and goes into `lost`; the others go on.
    All objects walk together, so that a picture is decoded and encoded once for all of them.
    """
    if plan.stale_logits == 0:
        return
    tracker = opened.tracker()
    starts = sorted((start for start in plan.starts if start.stale), key=lambda start: start.frame)
    opened.pictures.announce(sorted({start.frame for start in starts}))
    for start in starts:
        yield start.object, start.frame, _begin(opened, tracker, start), start.key
    for sign in (1, -1):
        walkers = [
            (frames[0] * sign, index, stretch)
            for index, stretch in enumerate(plan.stretches)
            if (frames := stretch.stale) and stretch.forward == (sign == 1)
        ]
        heapify(walkers)
        opened.pictures.announce(sorted({frame for *_, stretch in walkers for frame in stretch.stale}, reverse=sign < 0))
        walking: dict[int, Iterator[tuple[int, Prediction]]] = {}
        while walkers:
            _, index, stretch = heappop(walkers)
            steps = walking.setdefault(index, _walk(opened, tracker, stretch))
            try:
                made = next(steps, None)
            except MissingPictureError as error:
                lost.append(error)
                continue
            if made is None:
                continue
            frame, prediction = made
            yield stretch.object, frame, prediction, stretch.keys[frame]
            left = [later for later in stretch.stale if (later - frame) * sign > 0]
            if left:
                heappush(walkers, (left[0] * sign, index, stretch))


def _begin(opened: OpenShot, tracker: Tracker, start: Start) -> Prediction:
    prompts = next(prompts for prompts in start.object.prompts if prompts.frame == start.frame)
    mask = opened.prompt_mask(prompts)
    return tracker.start(opened.embedding(start.frame), prompts, mask[1] if mask else None)


def _walk(opened: OpenShot, tracker: Tracker, stretch: Stretch) -> Iterator[tuple[int, Prediction]]:
    """The stretch's stale frames in order; frames that are kept are handed to the tracker from the store as they are."""
    from ..segment.follow import follow

    name = stretch.object.name
    prompted = {frame: opened.store.read_logits(name, frame) for frame in stretch.anchors}
    history: list[Past] = []
    run: list[int] = []

    def stored(frame: int) -> Prediction:
        return opened.store.read_logits(name, frame)

    def followed(frames: list[int]) -> Iterator[tuple[int, Prediction]]:
        for frame, prediction in follow(tracker, opened.embedding, prompted, frames, list(history), stored):
            history.append(Past(frame, prediction.score))
            yield frame, prediction

    for frame in stretch.frames:
        if frame not in stretch.kept:
            run.append(frame)
            continue
        yield from followed(run)
        run = []
        history.append(Past(frame, opened.store.read_score(name, frame)))
    yield from followed(run)
