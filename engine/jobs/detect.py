"""People become objects: boxes by a detector, masks of these by the model, the same person known again on the frames that follow.

Each frame's finds are kept in the store, so that a search that was cut off goes on; the document is not written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np

from .. import interrupt
from ..detect.detector import Detector, roomy
from ..detect.known import Expecting, Person, covered, union
from ..detect.same import Mask, distinct, matched, overlap, within
from ..footage import display_rgb8
from ..networks import NetworkCard, checksum, find_card
from ..refine.logits import enlarge
from ..segment.tracker import Prediction
from ..shot import MattewrightError, Prompts, Shot, ShotObject, check, folder_name
from ..shot.fields import dump
from ..shot.people import USUAL_PEOPLE, Detected, PeopleSettings
from ..store import pictures
from ..store.keys import digest
from ..store.people import Seen, SeenPeople, fresh_people, write_people
from ..store.store import prepare_folder
from .coloured import unlike
from .opened import OpenShot
from .progress import Pace, Progress

VERSION = "people 1"
"""Part of every frame's key: raised when the same input would find other people."""
ALREADY = 0.5
"""The least IoU, or part of them, at which somebody is an object already."""
FORGOTTEN = 12
"""Looks after which somebody who wasn't seen any more is not waited for."""


@dataclass(frozen=True)
class PeopleFound:
    """What the job found."""

    shot: Shot
    """With the new objects."""
    objects: tuple[Detected, ...]
    frames: int
    people: int
    """On all frames together, objects or not."""
    known: int
    """How many of these are objects already."""
    classed: tuple[str, ...] = ()
    """The objects, made of classes, that some of those are in already."""


DetectJob = Generator[Progress, None, PeopleFound]
"""Yields after each frame that was looked at. Closing it stops it there; what was found so far is kept."""


def detect_job(opened: OpenShot, settings: PeopleSettings = USUAL_PEOPLE, first: int | None = None, last: int | None = None) -> DetectJob:
    """Look for people in the frames from `first` to `last`, by default the shot's range.

    Masks that are prompts are written. Raises MattewrightError for a network that is not there, and where no frame has a picture.
    """
    card = find_card(settings.network, "people")
    asked = opened.frames(first, last)
    frames = [frame for frame in asked if opened.reader.has_picture(frame)]
    if not frames:
        raise MattewrightError(f"{opened.path}: no picture on frames {asked.first} to {asked.last}: choose others")
    frames = frames[:1] if settings.look == "first" else frames[:: settings.every] if settings.look == "every" else frames
    search = _Search(opened, settings, card)
    pace = Pace(len(frames))
    for frame in frames:
        search.look(frame)
        yield pace.tick("detect", frame, "")
    return search.found(len(frames))


class _Search:
    """The people so far, from the first frame that is looked at to the last."""

    def __init__(self, opened: OpenShot, settings: PeopleSettings, card: NetworkCard) -> None:
        self._opened, self._settings, self._card = opened, settings, card
        self._network = digest(VERSION, checksum(card), dump(card.input), dump(card.output))
        self._name = settings.name or ("People" if settings.together else "Person")
        self._people: list[Person] = []
        self._unseen: dict[int, int] = {}
        """By the person's number, how many looks ago they were seen."""
        self._scores: dict[int, float] = {}
        self._before = ""
        self._count = self._known = 0
        self._objects = [item for item in opened.shot.objects if item.prompted and not item.classes]
        self._classed = [item for item in opened.shot.objects if item.classes and not settings.over_classes]
        self._covering: set[str] = set()
        """Those of the latter that somebody was in."""
        self._tools: tuple[Detector, Expecting] | None = None
        prepare_folder(opened.store.layout.people(card.name, 0).parent)

    def look(self, frame: int) -> None:
        """Find the frame's people, unless they are in the store."""
        key, path = self._key(frame), self._opened.store.layout.people(self._card.name, frame)
        seen = fresh_people(path, key)
        if seen is None:
            seen = self._looked(frame, key)
            write_people(path, seen)
        self._before = key
        self._take(frame, seen)

    def _key(self, frame: int) -> str:
        opened, settings = self._opened, self._settings
        how = [opened.features_version, opened.tracker_version, settings.least_score, settings.together and self._own_name()]
        objects = [
            [
                item.name,
                dump(item.prompted),
                [self._mask_digest(said) for said in item.prompted],
                opened.store.key(item.name, "logits", frame),
            ]
            for item in (*self._objects, *self._classed)
        ]
        return digest(self._network, how, opened.reader.identity(frame), objects, frame, self._before)

    def _mask_digest(self, said: Prompts) -> str | None:
        mask = self._opened.prompt_mask(said)
        return mask[0] if mask else None

    # --- one frame

    def _looked(self, frame: int, key: str) -> SeenPeople:
        detector, expecting = self._ready()
        found = detector.find(display_rgb8(self._opened.pictures.picture(frame)), self._settings.least_score)
        boxes = [replace(one, box=roomy(one.box, self._opened.size)) for one in found]
        made = []
        for one in boxes:
            interrupt.check()
            made.append(expecting.prompted(Prompts(frame, box=one.box)))
        chosen = distinct([covered(one) for one in made])
        # The largest first: that is how they are numbered.
        chosen.sort(key=lambda index: -int(np.count_nonzero(covered(made[index]))))
        seen = [Seen(boxes[index].box, boxes[index].score) for index in chosen]
        predictions = [made[index] for index in chosen]
        if self._settings.together:
            return self._as_one(frame, key, seen, predictions)
        masks = [covered(one) for one in predictions]
        already = set(matched(masks, self._expected_objects(frame), ALREADY)) if masks else set()
        for index, name in self._in_classes(frame, masks).items():
            if index not in already:
                already.add(index)
                seen[index] = replace(seen[index], classed=name)
        new = [index for index in range(len(seen)) if index not in already]
        numbers = self._numbers(frame, [masks[index] for index in new])
        for index, number in zip(new, numbers, strict=True):
            seen[index] = replace(seen[index], who=number)
        return SeenPeople(key, tuple(seen))

    def _as_one(self, frame: int, key: str, seen: list[Seen], predictions: list[Prediction]) -> SeenPeople:
        if not predictions:
            return SeenPeople(key)
        together = union(predictions)
        if matched([covered(together)], self._expected_objects(frame), ALREADY):
            return SeenPeople(key, tuple(seen))
        if classed := self._in_classes(frame, [covered(together)]):
            return SeenPeople(key, tuple(replace(one, classed=classed[0]) for one in seen))
        mask = np.asarray(enlarge(together.logits, self._opened.size) > 0)
        mark = hashlib.sha256(np.packbits(mask).tobytes()).hexdigest()[:12]
        path = self._opened.store.layout.picked_mask(self._own_name(), frame, mark)
        pictures.write(path, mask.astype(np.uint8) * 255, key=key)
        return SeenPeople(key, tuple(replace(one, who=0) for one in seen), path.relative_to(self._opened.folder).as_posix())

    def _expected_objects(self, frame: int) -> list[Mask]:
        """Where the shot's objects are: as tracked, if they are tracked there, else as their prompts say or let one expect."""
        found = []
        for item in self._objects:
            interrupt.check()
            pixels = self._opened.store.read_logit_pixels(item.name, frame)
            mask = (
                np.asarray(pixels > 0)
                if pixels is not None
                else self._expected(Person({said.frame: said for said in item.prompted}), frame)
            )
            found.append(mask)
        return _of_one_size([mask for mask in found if mask is not None])

    def _in_classes(self, frame: int, masks: list[Mask]) -> dict[int, str]:
        """By the index of a person's mask, the object made of classes that they are in already: its mask is much the same as theirs, or as
        that of all the frame's people, and they are in it. One that is not classified there covers nobody."""
        found: dict[int, str] = {}
        everybody = np.logical_or.reduce(masks) if masks else None
        for item in self._classed if masks else ():
            pixels = self._opened.store.read_logit_pixels(item.name, frame)
            if pixels is None or everybody is None:
                continue
            (mask,) = _of_one_size([np.asarray(pixels > 0)])
            of_people = overlap(mask, everybody) >= ALREADY
            for index, one in enumerate(masks):
                if overlap(mask, one) >= ALREADY or (of_people and within(one, mask) >= ALREADY):
                    found.setdefault(index, item.name)
        return found

    def _expected(self, person: Person, frame: int) -> Mask | None:
        return self._ready()[1].at(person, frame)

    def _numbers(self, frame: int, masks: list[Mask]) -> list[int]:
        """Who each is; those who weren't seen before have numbers of their own."""
        waited = [number for number, looks in self._unseen.items() if looks < FORGOTTEN] if masks else []
        expected: dict[int, Mask] = {}
        for number in waited:
            interrupt.check()
            mask = self._expected(self._people[number], frame)
            if mask is not None:
                expected[number] = mask
        known = list(expected)
        same = matched(masks, [expected[number] for number in known])
        new = iter(range(len(self._people), len(self._people) + len(masks)))
        return [known[same[index]] if index in same else next(new) for index in range(len(masks))]

    def _ready(self) -> tuple[Detector, Expecting]:
        if self._tools is None:
            opened = self._opened
            self._tools = Detector(self._card, opened.resources.device), Expecting(opened.tracker(), opened.embedding, opened.prompt_mask)
        return self._tools

    # --- all of them

    def _take(self, frame: int, seen: SeenPeople) -> None:
        self._unseen = {number: looks + 1 for number, looks in self._unseen.items()}
        for one in seen.people:
            self._count += 1
            if one.who is None:
                self._known += 1
                self._covering |= {one.classed} - {""}
                continue
            while len(self._people) <= one.who:
                self._people.append(Person())
            self._people[one.who].said[frame] = Prompts(frame, mask=seen.mask) if seen.mask else Prompts(frame, box=one.box)
            self._unseen[one.who] = 0
            self._scores[one.who] = max(one.score, self._scores.get(one.who, 0.0))

    def _own_name(self) -> str:
        return _free_name(self._opened.shot, self._name)

    def found(self, frames: int) -> PeopleFound:
        """Everybody, as new objects of the shot."""
        shot = self._opened.shot
        objects = []
        for number, person in enumerate(self._people):
            name = self._own_name() if self._settings.together else _free_name(shot, self._name, numbered=True)
            color = unlike([item.color for item in shot.objects])
            prompts = tuple(person.said[frame] for frame in sorted(person.said))
            objects.append(Detected(name, color, prompts, self._scores[number]))
            shot = replace(shot, objects=(*shot.objects, ShotObject(name, color, prompts)))
        check(shot)
        classed = tuple(item.name for item in self._classed if item.name in self._covering)
        return PeopleFound(shot, tuple(objects), frames, self._count, self._known, classed)


def _free_name(shot: Shot, wanted: str, numbered: bool = False) -> str:
    """`wanted`, with the first number that makes it a name that no object has; without one where it needs none and isn't `numbered`."""
    taken = {item.folder.casefold() for item in shot.objects}
    number = 1
    name = f"{wanted} 1" if numbered else wanted
    while folder_name(name).casefold() in taken:
        number += 1
        name = f"{wanted} {number}"
    return name


def _of_one_size(masks: list[Mask]) -> list[Mask]:
    """As the model's masks are. One that was tracked by another model may have more cells."""
    import cv2

    from ..segment.image_prompts import LOGITS_SIDE

    side = (LOGITS_SIDE, LOGITS_SIDE)
    return [
        mask if mask.shape == side else np.asarray(cv2.resize(mask.astype(np.uint8), side, interpolation=cv2.INTER_NEAREST) > 0)
        for mask in masks
    ]
