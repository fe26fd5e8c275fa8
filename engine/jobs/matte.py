"""Mattes: alphas of what was tracked, steadied where that is asked for, and the objects' own colours.

Frames are gone through in order, all objects together, so that each picture is decoded once. What a steadied alpha needs of the frames
around it is made with it, and kept beside it; a method that goes by what came before is fed from where it has to begin, whatever the job.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from typing import NamedTuple

from .. import interrupt
from ..footage import MissingPictureError, Picture, display_rgb
from ..matte import steady
from ..matte.method import AlphaMethod, Follows
from ..refine.op import Picture as Shown
from ..shot import ShotObject, Stage
from . import alpha_maker
from .alphas import AlphaKeys, AlphaPlan, RawStage, raw_stage
from .freed import keep_freed
from .masks import MaskKeys, MaskSources
from .opened import OpenShot
from .progress import Pace, Progress

HANDS = 2
"""Frames in work at a time, where the method leaves cores idle: each takes some gigabytes of a large picture."""
LARGE = 12_000_000
"""Pixels of a picture from which on there is one at a time in work."""


def write_mattes(opened: OpenShot, plan: AlphaPlan, pace: Pace, lost: list[MissingPictureError]) -> Generator[Progress, None, int]:
    """Make what is stale in `plan`; returns how many files were written. Yields when all files of an object on a frame are there.

    A picture that turns out to be lost goes into `lost`, and the frames that need it are passed over.
    """
    names = [name for name, frames in plan.stale.items() if frames]
    if not names:
        return 0
    store = opened.store
    keys = AlphaKeys(opened, MaskKeys(opened, cache(lambda name, frame: store.key(name, "logits", frame))))
    work = _Work(opened, keys)
    for name in names:
        work.add(opened.shot.object(name), plan.stale[name])
    return (yield from work.done(pace, lost))


Pictures = Mapping[int, Picture | MissingPictureError]
"""By scene frame, those that a step may need."""


@dataclass
class _Raw:
    """To make the method's alpha of an object on a frame."""

    item: ShotObject
    frame: int
    key: str
    kept: bool
    """Whether it is to be written; else it only comes before one that is."""
    copied: RawStage | None
    """Where it lies already, under the other name."""


@dataclass
class _Finish:
    """To make the files that there are to be of an object on a frame, once the methods' alphas that they are made from are there."""

    item: ShotObject
    frame: int
    key: str | None
    """Of the alpha; None where that is fresh, or the method's own."""
    colour_key: str | None
    """Of the foreground; None where that is fresh, or not asked for."""
    near: dict[int, RawStage] = field(default_factory=dict)
    """By how far off they are, the stages in which the alphas lie that steady this one."""


class _Working(NamedTuple):
    step: _Raw | _Finish
    done: Future[int]


class _Work:
    """The steps of a job, in order of the frames that must have been come to."""

    def __init__(self, opened: OpenShot, keys: AlphaKeys) -> None:
        self._opened, self._keys = opened, keys
        self._steps: dict[int, list[_Raw | _Finish]] = {}
        self._wanted: set[int] = set()
        """Frames whose pictures are needed."""
        self._methods: dict[str, AlphaMethod] = {}
        self._given: dict[int, Picture | MissingPictureError] = {}
        self._sources = _Sources(opened, self._given)

    # --- what is to be done

    def add(self, item: ShotObject, frames: Sequence[int]) -> None:
        """Plan the object's files on `frames`, of which there are to be alphas."""
        keys, reach = self._keys, steady.REACH if item.matte.steady else 0
        needed: set[int] = set()
        for frame in frames:
            stale = not keys.fresh_alpha(item, frame)
            colour = None if keys.fresh_foreground(item, frame) else keys.foreground(item, frame)
            step = _Finish(item, frame, keys.alpha(item, frame) if stale and reach else None, colour)
            if stale and reach:
                near = {offset: frame + offset for offset in keys.near(item, frame)}
                step.near = {offset: "alpha" if keys.finished(item, at) else "raw" for offset, at in near.items()}
                self._wanted |= set(near.values())
                needed |= {near[offset] for offset, stage in step.near.items() if stage == "raw"}
            elif stale:
                needed.add(frame)
            if colour is not None:
                self._wanted.add(frame)
            self._steps.setdefault(frame + reach, []).append(step)
        self._add_raw(item, needed)
        wanted: dict[Stage, bool] = {"alpha": True, "raw": reach > 0, "foreground": item.matte.foreground}
        for stage in (stage for stage, there in wanted.items() if there):
            self._opened.store.prepare(item.name, stage)

    def _add_raw(self, item: ShotObject, needed: set[int]) -> None:
        keys, store, stage = self._keys, self._opened.store, raw_stage(item)
        other: RawStage = "alpha" if stage == "raw" else "raw"
        copied: set[int] = set()
        made: set[int] = set()
        for frame in sorted(needed):
            key = keys.raw(item, frame)
            if store.key(item.name, stage, frame) != key:
                (copied if store.key(item.name, other, frame) == key and not keys.finished(item, frame) else made).add(frame)
        fed = {at for frame in made for at in range(keys.beginning(item, frame), frame + 1)}
        for frame in sorted(fed | copied):
            key = keys.raw(item, frame)
            assert key is not None
            step = _Raw(item, frame, key, frame in made | copied, other if frame in copied else None)
            self._steps.setdefault(frame, []).insert(0, step)  # what is finished there is made from it
        self._wanted |= fed
        if fed:
            self._methods[item.name] = alpha_maker.method_of(
                self._opened.resources, keys.chosen(item).name, self._opened.shot.footage.wraps
            )

    # --- doing it

    def done(self, pace: Pace, lost: list[MissingPictureError]) -> Generator[Progress, None, int]:
        """See `write_mattes`."""
        keep_freed()
        self._opened.pictures.announce(sorted(self._wanted))
        written, hands = 0, self._hands()
        raws: dict[tuple[str, int], Future[int]] = {}
        with ThreadPoolExecutor(hands, "matte") as pool:
            working: deque[_Working] = deque()
            try:
                for frame in sorted(self._steps.keys() | self._wanted):
                    self._come_to(frame)
                    raws = {at: one for at, one in raws.items() if at[1] >= frame - 2 * steady.REACH}
                    for step in self._steps.get(frame, ()):
                        if len(working) == 2 * hands:
                            written += yield from self._settled(working.popleft(), pace, lost)
                        future = pool.submit(_unless, interrupt.told(), self._task(step, raws))
                        working.append(_Working(step, future))
                        if isinstance(step, _Raw):
                            raws[step.item.name, step.frame] = future
                while working:
                    written += yield from self._settled(working.popleft(), pace, lost)
            finally:
                for waiting in working:
                    waiting.done.cancel()
        return written

    def _hands(self) -> int:
        """Methods of a network take all cores by themselves, and one that goes by what came before takes one frame after the other."""
        height, width = self._opened.size
        one = any(method.sequential or method.needs_features for method in self._methods.values())
        return 1 if one or height * width > LARGE else min(HANDS, os.cpu_count() or 1)

    def _come_to(self, frame: int) -> None:
        for past in [at for at in self._given if at < frame - 2 * steady.REACH]:
            del self._given[past]
        if frame in self._wanted:
            try:
                self._given[frame] = self._opened.pictures.picture(frame)
            except MissingPictureError as error:
                self._given[frame] = error

    def _settled(self, one: _Working, pace: Pace, lost: list[MissingPictureError]) -> Generator[Progress, None, int]:
        step = one.step
        try:
            written = one.done.result()
        except MissingPictureError as error:
            if error.frame not in {known.frame for known in lost}:
                lost.append(error)
            return 0
        if isinstance(step, _Finish):
            yield pace.tick("matte", step.frame, step.item.name, self._keys.chosen(step.item).name)
        return written

    def _task(self, step: _Raw | _Finish, raws: Mapping[tuple[str, int], Future[int]]) -> Callable[[], int]:
        given = dict(self._given)
        if isinstance(step, _Raw):
            return partial(self._make, step, given)
        name = step.item.name
        before = [raws[name, step.frame + offset] for offset in [*step.near] or [0] if (name, step.frame + offset) in raws]
        return partial(self._finish, step, given, before)

    def _make(self, step: _Raw, given: Pictures) -> int:
        """How many files are written."""
        store, item, frame = self._opened.store, step.item, step.frame
        if step.copied is not None:
            found = store.read_alpha(item.name, frame, step.copied)
        else:
            method = self._methods[item.name]
            picture = _taken(given, frame)
            if not step.kept and isinstance(method, Follows):
                interrupt.check()
                method.follow(display_rgb(picture))
                return 0
            features = partial(self._opened.embedding, frame, picture) if method.needs_features else None
            found = alpha_maker.alpha(method, alpha_maker.band(self._sources, item, frame), partial(display_rgb, picture), features)
        if step.kept:
            store.write_alpha(item.name, frame, found, step.key, raw_stage(item))
        return int(step.kept and not item.matte.steady)

    def _finish(self, step: _Finish, given: Pictures, before: Sequence[Future[int]]) -> int:
        for one in before:
            one.result()
        store, item, frame = self._opened.store, step.item, step.frame
        if step.key is not None:
            alphas = {offset: store.read_alpha(item.name, frame + offset, stage) for offset, stage in step.near.items()}
            pictures = _AsDisplayed({offset: _taken(given, frame + offset) for offset in step.near})
            store.write_alpha(item.name, frame, alpha_maker.steadied(alphas, pictures, item.matte.steady), step.key, "alpha")
        if step.colour_key is not None:
            made = alpha_maker.colour(item, _taken(given, frame), store.read_alpha(item.name, frame), self._opened.shot.footage.wraps)
            store.write_foreground(item.name, frame, made, step.colour_key)
        return (step.key is not None) + (step.colour_key is not None)


class _AsDisplayed(Mapping[int, Shown]):
    """Pictures as displayed, in float32 no more than two at a time: of 6000 x 9000 pixels each takes 650 MB."""

    def __init__(self, pictures: Mapping[int, Picture]) -> None:
        self._pictures = pictures
        self._made: dict[int, Shown] = {}

    def __getitem__(self, offset: int) -> Shown:
        if offset not in self._made:
            for other in [at for at in self._made if at]:  # that of the frame itself is asked for again and again
                del self._made[other]
            self._made[offset] = display_rgb(self._pictures[offset])
        return self._made[offset]

    def __iter__(self) -> Iterator[int]:
        return iter(self._pictures)

    def __len__(self) -> int:
        return len(self._pictures)


def _taken(given: Pictures, frame: int) -> Picture:
    found = given[frame]
    if isinstance(found, MissingPictureError):
        raise found
    return found


class _Sources(MaskSources):
    """`MaskSources` that take the pictures which the job has decoded, whatever thread asks."""

    def __init__(self, opened: OpenShot, given: Pictures) -> None:
        super().__init__(opened)
        self._given_pictures = given

    def _read_picture(self, frame: int) -> Shown:
        known = self._given_pictures.get(frame)
        return display_rgb(known if isinstance(known, Picture) else self._opened.reader.picture(frame))


def _unless(unwanted: Callable[[], bool], work: Callable[[], int]) -> int:
    with interrupt.unless(unwanted):
        interrupt.check()
        return work()
