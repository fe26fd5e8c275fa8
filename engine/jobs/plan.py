"""What is stale, and in which order to make it.

A prompted frame stands for itself. The frames before an object's first prompted frame are tracked backward from it, those after its
last one forward, and those between two prompted frames forward from the first with both in view: so a correction on a frame reaches
the neighbouring prompted frames and not beyond, and the result depends on the prompts alone, not on the order in which they were made.

Each frame's key takes in the key of the frame before it, so that a changed picture or prompt makes stale just what follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from types import MappingProxyType

from ..refine import CATALOGUE
from ..shot import FrameRange, MattewrightError, ShotObject, lacking
from ..spans import listed
from ..store import keys
from .alphas import AlphaKeys, AlphaPlan
from .class_plan import ClassPlan, plan_classes
from .masks import MaskKeys
from .opened import OpenShot
from .overlap import recorded


@dataclass
class Start:
    """A prompted frame."""

    object: ShotObject
    frame: int
    key: str
    """What its file has, or will have."""
    chain: str
    """What it hands on to the frames tracked from it: the same, or a digest of what is in its file where that is locked and another."""
    stale: bool


@dataclass
class Stretch:
    """Frames that are tracked one after another from a prompted frame."""

    object: ShotObject
    anchors: tuple[int, ...]
    """Prompted frames: the one that it starts from, then the one that it runs up to, if any."""
    frames: list[int]
    """In the order of tracking: ascending, or descending before the first prompted frame."""
    keys: dict[int, str] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)
    """Frames whose file is fresh, or locked: tracking goes through them without making them."""

    @property
    def forward(self) -> bool:
        return self.frames[0] > self.anchors[0]

    @property
    def stale(self) -> list[int]:
        return [frame for frame in self.frames if frame not in self.kept]


@dataclass
class Plan:
    """All that a job over some objects and frames would do."""

    starts: list[Start] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    masks: dict[str, list[int]] = field(default_factory=dict)
    """By object name, the frames whose mask is stale, or will be once the logits are made."""
    fresh_logits: int = 0
    fresh_masks: int = 0
    missing: set[int] = field(default_factory=set)
    """Frames whose picture the footage lacks."""
    unprompted: list[str] = field(default_factory=list)
    """Objects that are passed over, because nothing says yet where they are."""
    untracked: list[str] = field(default_factory=list)
    """Objects that are passed over, because there are no logits to make their masks from."""
    lacking: dict[str, str] = field(default_factory=dict)
    """Objects whose masks are passed over, because their chains ask for what isn't there: in one line, what, and what to do."""
    alphas: AlphaPlan = field(default_factory=AlphaPlan)
    """The mattes of objects that are to have one."""
    classes: ClassPlan = field(default_factory=ClassPlan)
    """Labels, and the logits of objects that are made of classes: `fresh_logits` and `stale_logits` don't count these."""

    @property
    def stale_logits(self) -> int:
        return sum(start.stale for start in self.starts) + sum(len(stretch.stale) for stretch in self.stretches)

    @property
    def stale_masks(self) -> int:
        return sum(len(frames) for frames in self.masks.values())


def make_plan(
    opened: OpenShot,
    objects: list[ShotObject],
    target: FrameRange,
    *,
    mattes: bool = True,
    classes: bool = True,
    labels: bool = False,
    depths: Mapping[int, str] = MappingProxyType({}),
) -> Plan:
    """Compare the store with what the document asks for, for `objects` over the frames of `target`; `mattes` says whether these count,
    `classes` whether the objects do that are made of classes, and `labels` whether the classes' labels do. `depths` are the keys, by frame,
    of depth pictures that are made first.

    Raises MattewrightError for a prompt on a frame whose picture is not there.
    """
    plan = Plan()
    if not objects:
        raise MattewrightError(f"{opened.path}: the shot has no objects: add one and say on a frame where it is")
    if not any(item.prompted or (classes and item.classes) for item in objects):
        reason = (
            "is made of classes, and not tracked: run `classify`"
            if objects[0].classes
            else "has no prompts: say on at least one frame where it is"
        )
        raise MattewrightError(f"{opened.path}: object '{objects[0].name}' {reason}")
    made: dict[str, dict[int, str]] = {}
    if classes:
        plan.classes, made = plan_classes(opened, objects, target, plan.missing, labels=labels)
    for item in objects:
        if item.classes:
            continue
        if not item.prompted:
            plan.unprompted.append(item.name)
            continue
        logits = made[item.name] = {}
        starts = _starts(opened, item)
        stretches = _stretches(opened, item, target, plan.missing)
        used = {frame for stretch in stretches for frame in stretch.anchors} | {frame for frame in starts if frame in target}
        for stretch in stretches:
            _fill_keys(opened, stretch, starts, logits)
        for frame in sorted(used):
            logits[frame] = starts[frame].key
        plan.starts += [starts[frame] for frame in sorted(used)]
        plan.stretches += stretches
        plan.fresh_logits += sum(not starts[frame].stale for frame in used) + sum(len(stretch.kept) for stretch in stretches)
    _plan_masks(opened, made, target, plan, mattes, depths)
    return plan


def make_class_plan(opened: OpenShot, objects: list[ShotObject], target: FrameRange, *, labels: bool) -> Plan:
    """The logits and masks of those of `objects` that are made of classes, and, with `labels`, the labels."""
    plan = Plan()
    plan.classes, made = plan_classes(opened, objects, target, plan.missing, labels=labels)
    _plan_masks(opened, made, target, plan)
    return plan


def plan_masks_only(opened: OpenShot, objects: list[ShotObject], target: FrameRange) -> Plan:
    """The masks that are stale against the logits that are there, whatever the prompts say by now.

    Raises MattewrightError where none of the objects has any.
    """
    plan = Plan()
    found = _tracked(opened, objects, target, plan)
    _plan_masks(opened, {name: frames for name, frames in found.items() if frames}, target, plan)
    return plan


def plan_mattes_only(opened: OpenShot, objects: list[ShotObject], target: FrameRange) -> Plan:
    """The mattes of `objects`, enabled or not, that are stale against the logits that are there, and the chains' masks of these.

    Raises MattewrightError where none of the objects is tracked.
    """
    plan = Plan()
    found = _tracked(opened, objects, target, plan)
    store = opened.store
    alphas = AlphaKeys(opened, MaskKeys(opened, cache(lambda name, frame: store.key(name, "logits", frame))))
    without = lacking(opened.shot, CATALOGUE)
    for item in objects:
        if item.name in without:
            plan.lacking[item.name] = without[item.name]
        elif found[item.name]:
            plan.alphas.look(alphas, item, sorted(found[item.name]))
    return plan


def _tracked(opened: OpenShot, objects: list[ShotObject], target: FrameRange, plan: Plan) -> dict[str, dict[int, str]]:
    """By object and frame the keys of the logits that there are. Raises MattewrightError where there are none of any object."""
    found = {item.name: recorded(opened.store, item.name, target) for item in objects}
    plan.untracked = [name for name, frames in found.items() if not frames]
    if objects and len(plan.untracked) == len(objects):
        raise MattewrightError(
            f"{opened.path}: object '{plan.untracked[0]}' has no tracked frames in {target.first} to {target.last}: track first"
        )
    return found


def _starts(opened: OpenShot, item: ShotObject) -> dict[int, Start]:
    starts = {}
    for prompts in item.prompted:
        frame = prompts.frame
        if not opened.reader.has_picture(frame):
            raise MattewrightError(f"{opened.path}: object '{item.name}' is prompted on frame {frame}, where the footage has no picture")
        mask = opened.prompt_mask(prompts)
        key = keys.start_key(
            opened.model_checksum, opened.tracker_version, opened.reader.identity(frame), prompts, mask[0] if mask else None
        )
        recorded = opened.store.key(item.name, "logits", frame)
        if recorded is not None and item.is_locked(frame):
            starts[frame] = Start(item, frame, recorded, keys.locked_key(recorded, key), stale=False)
        else:
            starts[frame] = Start(item, frame, key, key, stale=recorded != key)
    return starts


def _stretches(opened: OpenShot, item: ShotObject, target: FrameRange, missing: set[int]) -> list[Stretch]:
    prompted = sorted(prompts.frame for prompts in item.prompted)
    orders: list[tuple[tuple[int, ...], range]] = [((prompted[0],), range(prompted[0] - 1, target.first - 1, -1))]
    for here, there in pairwise(prompted):
        orders.append(((here, there), range(here + 1, there)))
    orders.append(((prompted[-1],), range(prompted[-1] + 1, target.last + 1)))
    stretches = []
    for anchors, order in orders:
        wanted = [index for index, frame in enumerate(order) if frame in target]
        if not wanted:
            continue
        frames = []
        for frame in order[: wanted[-1] + 1]:
            if opened.reader.has_picture(frame):
                frames.append(frame)
            else:
                missing.add(frame)
        if frames:
            stretches.append(Stretch(item, anchors, frames))
    return stretches


def _fill_keys(opened: OpenShot, stretch: Stretch, starts: dict[int, Start], logits: dict[int, str]) -> None:
    item = stretch.object
    anchors = tuple(starts[frame].chain for frame in stretch.anchors)
    before = anchors[0]
    for frame in stretch.frames:
        recorded = opened.store.key(item.name, "logits", frame)
        key = keys.step_key(before, opened.reader.identity(frame), anchors, item.track_points(frame))
        if item.is_locked(frame) and recorded is not None:
            stretch.kept.add(frame)
            logits[frame] = recorded
            before = keys.locked_key(recorded, key)
            continue
        stretch.keys[frame] = logits[frame] = before = key
        if recorded == key:
            stretch.kept.add(frame)


def _plan_masks(
    opened: OpenShot,
    made: dict[str, dict[int, str]],
    target: FrameRange,
    plan: Plan,
    mattes: bool = False,
    depths: Mapping[int, str] = MappingProxyType({}),
) -> None:
    """The masks over the logits of `made`: by object and frame, the keys that there are, or will be once the job has tracked. Then, with
    `mattes`, those of the objects that are to have one.

    Where the objects share out the pixels, the masks of all of them belong to the job.
    """
    found = dict(made)
    if opened.shot.overlap == "winner":
        frames = {frame for frames in made.values() for frame in frames} | set(target)
        found = {item.name: recorded(opened.store, item.name, frames) | made.get(item.name, {}) for item in opened.shot.objects}

    def logits(name: str, frame: int) -> str | None:
        known = found.get(name, {}).get(frame)
        return known or opened.store.key(name, "logits", frame)

    masks = MaskKeys(opened, cache(logits), depths)
    alphas = AlphaKeys(opened, masks)
    without = lacking(opened.shot, CATALOGUE)
    for item in opened.shot.objects:
        if item.name not in found:
            continue
        stale = []
        for frame in sorted(found[item.name]):
            key = opened.store.key(item.name, "mask", frame)
            if key is not None and item.is_locked(frame):
                plan.fresh_masks += 1
            elif item.name in without:
                if item.name in made:
                    plan.lacking[item.name] = without[item.name]
            elif key == masks.key(item, frame):
                plan.fresh_masks += 1
            else:
                stale.append(frame)
        away = [frame for frame in stale if masks.without_depth(item, frame)]
        if away and item.name in made:
            plan.lacking[item.name] = f"there is no depth on {listed(away)}: run depth first"
        stale = [frame for frame in stale if frame not in away]
        if stale or item.name in made:
            plan.masks[item.name] = stale
        if mattes and item.matte.enabled and item.name not in without:
            plan.alphas.look(alphas, item, [frame for frame in sorted(found[item.name]) if frame in target and frame not in away])
