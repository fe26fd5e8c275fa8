"""The jobs themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from heapq import heapify, heappop, heappush

from ..footage import MissingPictureError
from ..refine import depth
from ..segment.tracker import Past, Prediction, Tracker
from ..shot import MattewrightError, ShotObject
from .classify import write_classes
from .depth import DepthPlan, make_depth
from .freed import keep_freed
from .hands import MOST, Hands, cores
from .masks import MaskKeys, MaskSources, looks_elsewhere
from .matte import write_mattes
from .opened import OpenShot
from .outcome import Job, Outcome
from .plan import Plan, Start, Stretch, make_class_plan, make_plan, plan_masks_only, plan_mattes_only
from .progress import Pace
from .run_plan import plan_run


def track_job(opened: OpenShot, names: Sequence[str] = (), first: int | None = None, last: int | None = None) -> Job:
    """Make the logits that are stale, and each one's mask right after it, so that masks appear as frames are made.

    A mask that is stale or lost over fresh logits is made too: nobody tracks a shot to be left with old masks. Objects that are made of
    classes are passed over.
    """
    return _work(opened, make_plan(opened, opened.objects(names), opened.frames(first, last), mattes=False, classes=False))


def classify_job(opened: OpenShot, names: Sequence[str] = (), first: int | None = None, last: int | None = None) -> Job:
    """Make the labels that are stale, and the logits and masks of the objects that are made of classes; of those called `names` alone, and
    no labels, where there are any.

    Raises MattewrightError for an object that is not made of classes.
    """
    chosen = opened.objects(names)
    for item in chosen if names else ():
        if not item.classes:
            raise MattewrightError(f"{opened.path}: object '{item.name}' is not made of classes: say of which, or track it")
    return _work(opened, make_class_plan(opened, chosen, opened.frames(first, last), labels=not names))


def refine_job(opened: OpenShot, names: Sequence[str] = (), first: int | None = None, last: int | None = None) -> Job:
    """Make the masks that are stale, from the logits that are there. The model is not loaded.

    As all jobs, it raises MattewrightError at its end, when the others are done, for objects whose chains ask for what isn't there.
    """
    return _work(opened, plan_masks_only(opened, opened.objects(names), opened.frames(first, last)))


def matte_job(opened: OpenShot, names: Sequence[str] = (), first: int | None = None, last: int | None = None) -> Job:
    """Make the alphas, and the foregrounds that are asked for, that are stale against what is tracked: of the objects called `names`,
    whether their mattes are enabled or not, or of all whose are. The model is loaded where a method wants its features.

    As all jobs, it raises MattewrightError at its end, when the others are done, for objects whose method can't work here.
    """
    chosen = opened.objects(names) if names else [item for item in opened.shot.objects if item.matte.enabled]
    if not chosen:
        raise MattewrightError(f"{opened.path}: no object is to have a matte: enable one's, or name the object")
    return _work(opened, plan_mattes_only(opened, chosen, opened.frames(first, last)))


def run_job(opened: OpenShot, names: Sequence[str] = (), first: int | None = None, last: int | None = None) -> Job:
    """Everything that is stale, in all stages (`plan_run`)."""
    plan = plan_run(opened, names, first, last)
    return _work(opened, plan.rest) if plan.depth is None else _after_depth(opened, plan.depth, plan.rest)


def _after_depth(opened: OpenShot, depth_first: DepthPlan, rest: Plan) -> Job:
    made = yield from make_depth(opened, depth_first)
    done = yield from _work(opened, rest)
    return replace(done, written=done.written + made.written, fresh=done.fresh + made.fresh)


def _work(opened: OpenShot, plan: Plan) -> Job:
    tracked = {(start.object.name, start.frame) for start in plan.starts if start.stale}
    tracked |= {(stretch.object.name, frame) for stretch in plan.stretches for frame in stretch.stale}
    stale_masks = {(name, frame) for name, frames in plan.masks.items() for frame in frames}
    together = opened.shot.overlap == "winner"
    apart = {(item.name, frame) for item in opened.shot.objects for frame in plan.masks.get(item.name, ()) if looks_elsewhere(item, frame)}
    at_once = set() if together else stale_masks & tracked - apart
    refined = stale_masks - at_once
    for name in sorted({name for name, _ in tracked}):
        opened.store.prepare(name, "logits")
    for name in sorted({name for name, _ in stale_masks}):
        opened.store.prepare(name, "mask")
    pace = Pace(plan.classes.count + len(tracked) + len(refined) + plan.alphas.count)
    lost: list[MissingPictureError] = []
    written = yield from write_classes(opened, plan.classes, pace, lost)
    untracked = Counter(frame for _, frame in tracked)
    by_frame: dict[int, list[ShotObject]] = {}
    for item in opened.shot.objects:
        for frame in plan.masks.get(item.name, ()):
            if (item.name, frame) in refined:
                by_frame.setdefault(frame, []).append(item)
    writer = _MaskWriter(opened)
    for item, frame, prediction, key in _tracked(opened, plan, lost):
        opened.store.write_logits(item.name, frame, prediction, key)
        writer.sources.forget(item.name, frame)
        written += 1
        if (item.name, frame) in at_once:
            writer.write(item, frame)
            written += 1
        yield pace.tick("track", frame, item.name)
        untracked[frame] -= 1
        if together and not untracked[frame]:  # every object that this job tracks there is done
            now = [other for other in by_frame.get(frame, []) if (other.name, frame) not in apart]
            by_frame[frame] = [other for other in by_frame.get(frame, []) if (other.name, frame) in apart]
            for other in now:
                writer.write(other, frame)
                written += 1
                yield pace.tick("refine", frame, other.name)
    if lost:  # what was not made has no mask either
        by_frame = {frame: [item for item in items if opened.store.key(item.name, "logits", frame)] for frame, items in by_frame.items()}
    with closing(_at_several_hands(_MaskWriter(opened), by_frame)) as made:
        for name, frame in made:
            written += 1
            yield pace.tick("refine", frame, name)
    written += yield from write_mattes(opened, plan.alphas, pace, lost)
    if lost:
        raise lost[0]
    for what, lacking in (("masks", plan.lacking), ("mattes", plan.alphas.lacking)):
        if lacking:
            without = "; ".join(f"'{name}': {reason}" for name, reason in lacking.items())
            raise MattewrightError(f"{opened.path}: there are no new {what} of {without} ({written} other files were written)")
    fresh = plan.classes.fresh + plan.fresh_logits + plan.fresh_masks + plan.alphas.fresh
    return Outcome(written, fresh, tuple(sorted(plan.missing)), tuple(plan.unprompted), tuple(plan.untracked))


class _MaskWriter:
    """Makes masks from the logits in the store; at any frame, from any thread, as long as no logits change meanwhile without a word."""

    def __init__(self, opened: OpenShot) -> None:
        self._opened = opened
        self.sources = MaskSources(opened)

    def write(self, item: ShotObject, frame: int) -> None:
        """Write the object's mask on one frame."""
        store = self._opened.store
        # Asked anew each time: what a mask says that it was made from must be what it was made from.
        key = MaskKeys(self._opened, lambda name, at: store.key(name, "logits", at)).key(item, frame)
        mask = self.sources.mask(item, frame) if key is not None else None
        if key is None or mask is None:
            raise MattewrightError(f"{store.layout.file(item.name, 'logits', frame)}: gone while the job ran; run again")
        store.write_mask(item.name, frame, mask.rounded(self._opened.size, depth(item.refine)), key)


def _at_several_hands(writer: _MaskWriter, by_frame: Mapping[int, Sequence[ShotObject]]) -> Generator[tuple[str, int]]:
    """Write the masks of `by_frame` on as many threads as pay, in order of frames or nearly so; the object and frame of each that is there.

    Closing it waits for the few that are in hand; what is said to be unwanted is given up between two ops, and raises Interrupted.
    """
    wanted = [(item, frame) for frame in sorted(by_frame) for item in by_frame[frame]]
    if not wanted:
        return
    keep_freed()

    def write(item: ShotObject, frame: int) -> tuple[str, int]:
        writer.write(item, frame)
        return item.name, frame

    # One more than there are cores: each waits for the disk at times.
    with (
        Hands(min(MOST, cores() + 1, len(wanted)), "refine") as hands,
        closing(hands.in_order(partial(write, *one) for one in wanted)) as made,
    ):
        yield from made


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
    prompts = next(prompts for prompts in start.object.prompted if prompts.frame == start.frame)
    mask = opened.prompt_mask(prompts)
    return tracker.start(opened.embedding(start.frame), prompts, mask[1] if mask else None)


def _walk(opened: OpenShot, tracker: Tracker, stretch: Stretch) -> Iterator[tuple[int, Prediction]]:
    """The stretch's stale frames in order; frames that are kept are handed to the tracker from the store as they are."""
    from ..segment.follow import follow

    name, points = stretch.object.name, stretch.object.track_points
    prompted = {frame: opened.store.read_logits(name, frame) for frame in stretch.anchors}
    history: list[Past] = []
    run: list[int] = []

    def stored(frame: int) -> Prediction:
        return opened.store.read_logits(name, frame)

    def followed(frames: list[int]) -> Iterator[tuple[int, Prediction]]:
        for frame, prediction in follow(tracker, opened.embedding, prompted, frames, list(history), stored, points):
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
