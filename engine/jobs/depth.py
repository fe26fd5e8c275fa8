"""A shot's depth pictures, one after another: each holds on to the one before it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..depth import network, sharpened, steadied
from ..footage import display_rgb, display_rgb8
from ..networks import NetworkCard, checksum, find_card
from ..shot import FrameRange, MattewrightError
from ..shot.fields import dump
from ..store import pictures
from ..store.depth import read_depth, write_depth
from ..store.keys import digest
from ..store.store import prepare_folder
from .opened import OpenShot
from .outcome import Job, Outcome
from .progress import Pace

VERSION = f"depth 1, {sharpened.VERSION}"
"""Part of every key: raised when the same picture would give other bytes."""
LEAST_LIGHT = 2.0**-14
"""What half floats hold exactly enough; less is 0, as zip packs it better."""


@dataclass
class DepthPlan:
    """What of a shot's depth is to be made."""

    card: NetworkCard
    keys: dict[int, str] = field(default_factory=dict)
    """By frame, in order: what its file has when it is fresh."""
    stale: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    """Frames that the footage has no picture on."""

    @property
    def fresh(self) -> int:
        return len(self.keys) - len(self.stale)


def plan_depth(opened: OpenShot, target: FrameRange) -> DepthPlan:
    """Compare the store with what the document asks for, over `target`; and over the frames before it which these go on from.

    Raises MattewrightError for a network that is not there, and where no frame has a picture.
    """
    asked = opened.shot.depth
    plan = DepthPlan(find_card(asked.network, "depth"))
    frames = [frame for frame in opened.shot.range if opened.reader.has_picture(frame)]
    if not frames:
        raise MattewrightError(f"{opened.path}: no picture on frames {opened.shot.range.first} to {opened.shot.range.last}")
    plan.missing = sorted(set(target) - set(frames))
    how = [VERSION, checksum(plan.card), dump(plan.card.input), dump(plan.card.output), opened.size]
    if plan.card.output.near is None:
        how.append(opened.reader.identity(frames[0]))
    before: str | None = None
    for frame in frames:
        if frame > target.last:
            break
        key = digest(*how, opened.reader.identity(frame), *([steadied.VERSION, asked.steady, before] if before else []))
        if asked.steady or frame in target:
            plan.keys[frame] = key
            before = key if asked.steady else None
            if pictures.read_key(opened.store.layout.depth(plan.card.name, frame)) != key:
                plan.stale.append(frame)
    return plan


def depth_job(opened: OpenShot, names: object = (), first: int | None = None, last: int | None = None) -> Job:
    """Make the depth pictures that are stale from `first` to `last`, by default the document's range; `names` don't matter.

    What is steadied goes on from the shot's first frame: frames before `first` are made too, if they are stale.
    """
    return make_depth(opened, plan_depth(opened, opened.frames(first, last)))


def make_depth(opened: OpenShot, plan: DepthPlan) -> Job:
    """Make what the plan says."""
    pace = Pace(len(plan.stale))
    if plan.stale:
        prepare_folder(opened.store.layout.depth(plan.card.name, 0).parent)
        maker = _Maker(opened, plan)
        opened.pictures.announce(plan.stale)
        for frame in plan.stale:
            maker.make(frame)
            yield pace.tick("depth", frame, "")
    return Outcome(len(plan.stale), plan.fresh, tuple(plan.missing))


class _Maker:
    """Makes one frame after another, from what is in the store and not from what it remembers: a run that was cut gives the same bytes."""

    def __init__(self, opened: OpenShot, plan: DepthPlan) -> None:
        self._opened, self._plan = opened, plan
        self._network = network.DepthNetwork(plan.card, opened.resources.device)
        self._ends: network.Ends | None = None
        self._frames = list(plan.keys)
        self._last: tuple[int, npt.NDArray[np.float32]] | None = None
        """The latest frame, and its picture at the size that depth is worked on."""

    def make(self, frame: int) -> None:
        """Write the frame's file."""
        opened, strength = self._opened, self._opened.shot.depth.steady
        found = opened.pictures.picture(frame)
        values = self._network.values(display_rgb8(found))
        size = sharpened.working_size(opened.size, values.shape)
        shares = network.shares(sharpened.resized(values, size), self._ends_by(values, frame))
        picture = display_rgb(found)
        small = sharpened.resized(picture, size)
        index = self._frames.index(frame)
        if strength and index:
            before = self._frames[index - 1]
            stored = sharpened.resized(read_depth(opened.store.layout.depth(self._plan.card.name, before)), size)
            shares = steadied.steadied(shares, stored, small, self._small(before, size), strength)
        self._last = frame, small
        whole = sharpened.sharpened(shares, picture)
        whole[whole < LEAST_LIGHT] = 0
        output = self._plan.card.output
        metres = (output.near, output.far) if output.kind == "depth" and output.near is not None and output.far is not None else None
        path = opened.store.layout.depth(self._plan.card.name, frame)
        write_depth(path, whole.astype(np.float16), self._plan.keys[frame], metres)

    def _small(self, frame: int, size: tuple[int, int]) -> npt.NDArray[np.float32]:
        if self._last is not None and self._last[0] == frame:
            return self._last[1]
        return sharpened.resized(display_rgb(self._opened.pictures.picture(frame)), size)

    def _ends_by(self, values: npt.NDArray[np.float32], frame: int) -> network.Ends:
        """Of the card, or of the shot's first picture."""
        if self._ends is None:
            opened = self._opened
            first = next(at for at in opened.shot.range if opened.reader.has_picture(at))
            if self._plan.card.output.near is None and first != frame:
                values = self._network.values(display_rgb8(opened.pictures.picture(first)))
            self._ends = self._network.ends(values)
        return self._ends
