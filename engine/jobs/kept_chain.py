"""Masks of one frame after another while values are dragged: what is made of a chain is kept after each of its steps."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..footage import display_rgb
from ..refine import OPS, Chain, Region, chain_at, owners
from ..refine.chain import values_at
from ..refine.logits import Logits
from ..refine.op import Mask, Op, Picture, PictureOp
from ..shot import ShotObject
from ..store import pictures
from .kept import Kept, Tracked
from .masks import MaskKeys, MaskSources, ObjectSources, depth_file, read_depth_at
from .opened import OpenShot


class KeptSources(MaskSources):
    """`MaskSources` of one preview, which takes from what is kept. The logits that it has seen first are those that it goes on with."""

    def __init__(self, opened: OpenShot, kept: Kept, said: Mapping[tuple[str, int], Tracked | None] | None = None) -> None:
        """`said` stands for what the store holds, by object and frame."""
        self.opened, self.kept = opened, kept
        super().__init__(opened)
        self._seen = dict(said or {})

    def chain(self, item: ShotObject) -> Chain:
        return _KeptChain(item, self)

    def tracked(self, name: str, frame: int) -> Tracked | None:
        if (name, frame) not in self._seen:
            self._seen[name, frame] = self.kept.read(self.opened.store, name, frame)
        return self._seen[name, frame]

    def logits(self, name: str, frame: int) -> Logits | None:
        found = self.tracked(name, frame)
        return None if found is None else found.logits

    def logits_key(self, name: str, frame: int) -> str | None:
        found = self.tracked(name, frame)
        return None if found is None else found.key

    def lost(self, item: ShotObject, frame: int) -> npt.NDArray[np.bool_] | None:
        if self.opened.shot.overlap != "winner":
            return None
        found = {other.name: known for other in self.opened.shot.objects if (known := self.tracked(other.name, frame)) is not None}
        key = self.size, tuple(known.key for known in found.values())
        owner = self.kept.owners.get(key)
        if owner is None:
            owner = owners((known.logits for known in found.values()), self.size)
            self.kept.owners.keep(key, owner, owner.nbytes)
        return np.asarray(owner != list(found).index(item.name))

    def picture(self, frame: int) -> Picture:
        key = self.opened.reader.identity(frame)
        found = self.kept.pictures.get(key)
        if found is None:
            found = display_rgb(self.opened.reader.picture(frame))
            self.kept.pictures.keep(key, found, found.nbytes)
        return found

    def depth(self, frame: int) -> Mask:
        key = "depth", pictures.read_key(depth_file(self.opened, frame))
        found = self.kept.pictures.get(key)
        return self.kept.pictures.keep(key, (made := read_depth_at(self.opened, frame)), made.nbytes) if found is None else found

    def finished(self, name: str, frame: int) -> Region:
        key = self.opened.store.key(name, "mask", frame) if self.opened.shot.object(name).is_locked(frame) else None
        if key is None:
            return super().finished(name, frame)
        known = self.kept.masks.get(("locked", key, self.size))
        if known is None:
            known = super().finished(name, frame)
            self.kept.masks.keep(("locked", key, self.size), known, known.values.nbytes)
        return known


class _KeptChain(Chain):
    """`Chain` that keeps the mask after every step."""

    def __init__(self, item: ShotObject, sources: KeptSources) -> None:
        super().__init__(item.refine, ObjectSources(sources, item), wraps=sources.opened.shot.footage.wraps)
        self._item, self._of = item, sources
        self._first = next((number for number, step in enumerate(self.steps, 1) if isinstance(OPS[step.op], Op)), len(self.steps) + 1)
        """Steps up to the first that works on the mask. What is before it hangs on that step's values, in how much of the picture it is."""
        self._keys: dict[int, MaskKeys] = {}

    def _after(self, count: int, frame: int) -> Region | None:
        if count < self._first:
            return super()._after(count, frame)
        key = self._key(count, frame)
        if key is None:
            return None
        known = self._of.kept.masks.get(key)
        if known is not None:
            return known
        mask = self._after(count - 1, frame)
        if mask is None:
            return None
        step = self.steps[count - 1]
        op = OPS[step.op]
        if isinstance(op, Op):
            mask = self._applied(op, count - 1, mask, frame, values_at(step, frame))
        return self._of.kept.masks.keep(key, mask, mask.values.nbytes)

    def _key(self, count: int, frame: int) -> Hashable | None:
        """Of all that the mask after the first `count` steps is made from: as that of a mask on disk whose chain ends there."""
        if count not in self._keys:
            self._keys[count] = MaskKeys(self._of.opened, self._of.logits_key)
        key = self._keys[count].key(replace(self._item, refine=tuple(self.steps[:count])), frame)
        return None if key is None else (self._item.name, key)

    def picture(self, number: int, frame: int) -> Picture:
        found = self._of.picture(frame)
        identity = self._of.opened.reader.identity(frame)
        done = []
        for step in self.steps[:number]:
            op = OPS[step.op]
            if isinstance(op, PictureOp):
                done.append(step)
                key = identity, repr(chain_at(done, frame))
                known = self._of.kept.pictures.get(key)
                if known is None:
                    known = op.function(found, values_at(step, frame))
                    self._of.kept.pictures.keep(key, known, known.nbytes)
                found = known
        return found
