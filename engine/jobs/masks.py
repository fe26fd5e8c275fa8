"""What a mask is made from, out of the store and the footage; and the key that says whether it is fresh."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from ..footage import display_rgb
from ..refine import CATALOGUE, Box, Chain, Region, chain_at, depth, frames_needed, owners, reads_depth, reads_picture
from ..refine.chain import live, with_live
from ..refine.kept import MASK_BYTES, PACKED_BYTES, PICTURE_BYTES, Kept
from ..refine.logits import Logits
from ..refine.op import Mask, Picture
from ..shot import BlenderMask, MattewrightError, Polygon, Shot, ShotObject, references
from ..shot.fields import dump
from ..store import keys, pictures
from ..store.depth import read_depth
from .opened import OpenShot
from .overlap import rivals

KEPT = 64
"""Logits that are kept for ops that look at other frames; 128 KiB each."""

LogitsKey = Callable[[str, int], str | None]
"""The key that the logits of an object have, or will have, on a frame; None where there are none."""


def looks_elsewhere(item: ShotObject, frame: int) -> bool:
    """Whether the mask at `frame` is made from more than its own logits and picture."""
    asked = any(references(step, CATALOGUE, "object") for step in item.refine)
    return asked or frames_needed(item.refine, frame) != {frame}


def measures_depth(shot: Shot, objects: Iterable[ShotObject], frames: Iterable[int]) -> bool:
    """Whether a mask of `objects` on `frames` is made from depth, be it by another object that its chain asks for."""
    known = {item.name: item for item in shot.objects}
    asked: set[str] = set()
    coming = [item.name for item in objects]
    while coming:
        name = coming.pop()
        if name in asked or name not in known:
            continue
        asked.add(name)
        coming += [other for step in known[name].refine for other in references(step, CATALOGUE, "object")]
    chains = [with_live(known[name].refine) for name in asked]
    return any(reads_depth(chain, frame) for frame in frames for chain in chains)


class MaskKeys:
    """The keys of masks, given those of all logits."""

    def __init__(self, opened: OpenShot, logits: LogitsKey, depths: Mapping[int, str] = MappingProxyType({})) -> None:
        """`depths` are keys, by frame, that depth pictures will have; those of other frames are what the store has."""
        self._opened = opened
        self._logits = logits
        self._parts: dict[tuple[str, int, bool], list[object] | None] = {}
        """By object, frame, and whether its live steps are left out."""
        self._shapes = {mask.name: mask for mask in opened.shot.masks}
        self._depths: dict[int, str | None] = dict(depths)

    def key(self, item: ShotObject, frame: int) -> str | None:
        """The key that the object's mask has when it is fresh; None where there are no logits to make it from."""
        if self._logits(item.name, frame) is None:
            return None
        needed = {at - frame: self._part(item, at) for at in frames_needed(item.refine, frame)}
        return keys.mask_key(self._opened.size, depth(item.refine), {offset: part for offset, part in needed.items() if part is not None})

    def seen(self, item: ShotObject, frame: int) -> str | None:
        """The key of the mask as one sees it (`MaskSources.finished`): live steps and all, from its file where that is locked.

        None where there are no logits, nor a locked mask.
        """
        made = self.key(replace(item, refine=with_live(item.refine)), frame)
        recorded = self._opened.store.key(item.name, "mask", frame) if item.is_locked(frame) else None
        return made if recorded is None else keys.digest(recorded, chain_at(live(item.refine), frame), made)

    def _part(self, item: ShotObject, frame: int) -> list[object] | None:
        key = item.name, frame, bool(live(item.refine))
        if key not in self._parts:
            self._parts[key] = self._new_part(item, frame)
        return self._parts[key]

    def _new_part(self, item: ShotObject, frame: int) -> list[object] | None:
        opened = self._opened
        logits = self._logits(item.name, frame)
        if logits is None:
            return None
        others = {}
        if opened.shot.overlap == "winner":
            others = {other.name: key for other in opened.shot.objects if (key := self._logits(other.name, frame)) is not None}
        picture = opened.reader.identity(frame) if reads_picture(item.refine, frame) else None
        objects = {name for step in item.refine for name in references(step, CATALOGUE, "object")}
        masks = {name: self._other(opened.shot.object(name), frame) for name in sorted(objects)}
        named = {name for step in item.refine for name in references(step, CATALOGUE, "mask")}
        shapes = {name: dump(shapes_at(self._shapes, name, frame)) for name in sorted(named)}
        chain = chain_at(item.refine, frame) + (["wraps"] if opened.shot.footage.wraps else [])
        depth = (self._depth(frame),) if reads_depth(item.refine, frame) else None
        return keys.mask_part(logits, chain, picture, rivals(opened.shot, item.name, others), masks, shapes, depth)

    def _depth(self, frame: int) -> str | None:
        if frame not in self._depths:
            self._depths[frame] = pictures.read_key(depth_file(self._opened, frame))
        return self._depths[frame]

    def without_depth(self, item: ShotObject, frame: int) -> bool:
        """Whether the object's own chain measures depth, at `frame` or to make the mask there, where there is none."""
        return any(reads_depth(item.refine, at) and self._depth(at) is None for at in frames_needed(item.refine, frame))

    def _other(self, other: ShotObject, frame: int) -> str | None:
        if other.is_locked(frame):
            recorded = self._opened.store.key(other.name, "mask", frame)
            if recorded is not None:
                return keys.digest(recorded, chain_at(live(other.refine), frame)) if live(other.refine) else recorded
        return self.key(replace(other, refine=with_live(other.refine)), frame)


class MaskSources:
    """The chains of a shot's objects with all that they are made from. Any thread may ask."""

    def __init__(self, opened: OpenShot) -> None:
        self._opened = opened
        self._reading = threading.Lock()
        self._lock = threading.Lock()
        self._logits: OrderedDict[tuple[str, int], Logits | None] = OrderedDict()
        self._owners: OrderedDict[int, npt.NDArray[np.int32]] = OrderedDict()
        said = opened.resources.settings
        self._kept = Kept(said.fitting(MASK_BYTES, 0.1), said.fitting(PACKED_BYTES, 0.1), said.fitting(PICTURE_BYTES, 0.05))
        self._chains = {item.name: self.chain(item) for item in opened.shot.objects}
        self._whole: dict[str, Chain] = {}
        """Chains with their live steps, of objects that others ask for."""
        self._shapes = {mask.name: mask for mask in opened.shot.masks}

    def chain(self, item: ShotObject) -> Chain:
        """A chain of the object's, with all that it is made from."""
        return Chain(item.refine, ObjectSources(self, item), self._kept, self._opened.shot.footage.wraps)

    def mask(self, item: ShotObject, frame: int) -> Region | None:
        """The object's mask at `frame`; None where it was not tracked. Raises MattewrightError where its chain can't be run."""
        try:
            return self._chains[item.name].mask(frame)
        except RecursionError:
            reason = "its steps that look at other frames, and the chains that it asks for, are too many on top of one another: use fewer"
            raise MattewrightError(f"object '{item.name}', frame {frame}: {reason}") from None

    @property
    def wraps(self) -> bool:
        """Whether the picture goes on at its other side: a panorama."""
        return self._opened.shot.footage.wraps

    @property
    def size(self) -> tuple[int, int]:
        return self._opened.size

    def logits(self, name: str, frame: int) -> Logits | None:
        with self._lock:
            if (name, frame) in self._logits:
                self._logits.move_to_end((name, frame))
                return self._logits[name, frame]
        found = self._opened.store.read_logit_pixels(name, frame)
        with self._lock:
            self._logits[name, frame] = found
            while len(self._logits) > KEPT:
                self._logits.popitem(last=False)
        return found

    def forget(self, name: str, frame: int) -> None:
        """The logits there are others now."""
        with self._lock:
            self._logits.pop((name, frame), None)
            self._owners.pop(frame, None)

    def lost(self, item: ShotObject, frame: int) -> npt.NDArray[np.bool_] | None:
        if self._opened.shot.overlap != "winner":
            return None
        found = {other.name: logits for other in self._opened.shot.objects if (logits := self.logits(other.name, frame)) is not None}
        with self._lock:
            owner = self._owners.get(frame)
        if owner is None:
            owner = owners(found.values(), self.size)
            with self._lock:
                self._owners[frame] = owner
                while len(self._owners) > 2:
                    self._owners.popitem(last=False)
        return np.asarray(owner != list(found).index(item.name))

    def picture(self, frame: int) -> Picture:
        return self._kept.picture(frame, lambda: self._read_picture(frame))

    def _read_picture(self, frame: int) -> Picture:
        with self._reading:
            return display_rgb(self._opened.pictures.picture(frame))

    def depth(self, frame: int) -> Mask:
        return self._kept.picture(("depth", frame), lambda: read_depth_at(self._opened, frame))

    def finished(self, name: str, frame: int) -> Region:
        """The mask of the object `name` as one sees it, live steps and all: from its file where that is locked, else made anew.

        Nothing where it was not tracked.
        """
        item = self._opened.shot.object(name)
        if item.is_locked(frame) and self._opened.store.key(name, "mask", frame) is not None:
            pixels = self._opened.store.read_mask(name, frame)
            if pixels.shape != self.size:
                path = self._opened.store.layout.file(name, "mask", frame)
                size = f"{pixels.shape[1]} x {pixels.shape[0]}"
                raise MattewrightError(f"{path}: {size} pixels, not the footage's: unlock the frame and run again")
            mask = Region(Box.whole(self.size), pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)).trimmed()
            return self.chain(replace(item, refine=live(item.refine))).over(mask, frame) if live(item.refine) else mask
        if not live(item.refine):
            return self.mask(item, frame) or Region.nothing()
        if name not in self._whole:
            self._whole[name] = self.chain(replace(item, refine=with_live(item.refine)))
        return self._whole[name].mask(frame) or Region.nothing()

    def shapes(self, name: str, frame: int) -> Sequence[Polygon]:
        return shapes_at(self._shapes, name, frame)


def depth_file(opened: OpenShot, frame: int) -> Path:
    """Where the shot's depth at `frame` is, or would be."""
    return opened.store.layout.depth(opened.shot.depth.network, frame)


def read_depth_at(opened: OpenShot, frame: int) -> Mask:
    """(height, width), 0 far to 1 near. Raises MattewrightError where there is none, or of other footage."""
    path = depth_file(opened, frame)
    if not path.is_file():
        raise MattewrightError(f"frame {frame}: an op measures depth, and there is none: run depth first ({path} is missing)")
    found = read_depth(path)
    if found.shape != opened.size:
        raise MattewrightError(f"{path}: {found.shape[1]} x {found.shape[0]} pixels, not the footage's: run depth again")
    return found


def shapes_at(masks: Mapping[str, BlenderMask], name: str, frame: int) -> Sequence[Polygon]:
    """The outlines of the Blender Mask `name`. Raises MattewrightError where it is gone."""
    if name not in masks:
        known = ", ".join(f"'{mask}'" for mask in masks) or "none"
        raise MattewrightError(f"there is no Blender Mask '{name}' in this shot (its masks: {known}): choose another one")
    return masks[name].at_frame(frame)


class ObjectSources:
    """`refine.Sources` of one object."""

    def __init__(self, sources: MaskSources, item: ShotObject) -> None:
        self._sources, self._item = sources, item

    @property
    def size(self) -> tuple[int, int]:
        return self._sources.size

    def logits(self, frame: int) -> Logits | None:
        return self._sources.logits(self._item.name, frame)

    def lost(self, frame: int) -> npt.NDArray[np.bool_] | None:
        return self._sources.lost(self._item, frame)

    def picture(self, frame: int) -> Picture:
        return self._sources.picture(frame)

    def depth(self, frame: int) -> Mask:
        return self._sources.depth(frame)

    def mask(self, name: str, frame: int) -> Region:
        return self._sources.finished(name, frame)

    def shapes(self, name: str, frame: int) -> Sequence[Polygon]:
        return self._sources.shapes(name, frame)
