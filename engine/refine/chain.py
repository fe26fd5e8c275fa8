"""From logits to the mask: an object's chain of ops, run on no more of the picture than it touches."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, Generic, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from ..shot import MattewrightError, Polygon, RefineStep
from .catalogue import OPS
from .logits import Logits, box_above, probabilities
from .op import Op, Picture, PictureOp, Values
from .region import Box, Mask, Region

T = TypeVar("T")

DEFAULT: tuple[RefineStep, ...] = (RefineStep("threshold"),)
"""What an empty chain means: the object where the model thinks it more likely than not."""
MASK_BYTES = 256 << 20
PICTURE_BYTES = 64 << 20
"""What is kept for the ops and frames that ask for it again; one thing is, however large."""


class Sources(Protocol):
    """What a chain is made from. All by Blender's scene frame."""

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the picture."""

    def logits(self, frame: int) -> Logits | None:
        """What the model said of the object; None where it was not tracked."""

    def lost(self, frame: int) -> npt.NDArray[np.bool_] | None:
        """(height, width), true where another object has won the pixel; None where masks stand alone."""

    def picture(self, frame: int) -> Picture:
        """(height, width, 3) float32 as displayed, 0 to 1; not to be written to."""

    def mask(self, name: str, frame: int) -> Region:
        """The finished mask of the object `name`."""

    def shapes(self, name: str, frame: int) -> Sequence[Polygon]:
        """The outlines of the Blender Mask `name`."""


def enabled(steps: Sequence[RefineStep]) -> list[RefineStep]:
    """The steps that run in the engine; those that are live run in the compositor, on what these make."""
    return [step for step in steps if step.enabled and not step.live] if steps else list(DEFAULT)


def live(steps: Sequence[RefineStep]) -> tuple[RefineStep, ...]:
    """The steps that run in the compositor, as if they ran here."""
    return tuple(replace(step, live=False) for step in steps if step.enabled and step.live)


def with_live(steps: Sequence[RefineStep]) -> tuple[RefineStep, ...]:
    """The chain as if all its steps ran here."""
    return tuple(replace(step, live=False) for step in steps)


def depth(steps: Sequence[RefineStep]) -> Literal[8, 16]:
    """Bits of the mask's file: 8, or 16 where the compositor goes on working on it."""
    return 16 if any(step.enabled and step.live for step in steps) else 8


def chain_at(steps: Sequence[RefineStep], frame: int) -> list[Any]:
    """The chain with its values at Blender frame `frame`, as plain data: what a mask's key is made from."""
    return [[step.op, OPS[step.op].version, values_at(step, frame)] for step in enabled(steps)]


def values_at(step: RefineStep, frame: int) -> Values:
    return OPS[step.op].declaration.values_at(step.values, frame)


def reads_picture(steps: Sequence[RefineStep], frame: int) -> bool:
    """Whether any op of the chain wants the picture at `frame`."""
    return any(isinstance(op := OPS[step.op], Op) and op.reads_picture(values_at(step, frame)) for step in enabled(steps))


def frames_needed(steps: Sequence[RefineStep], frame: int) -> set[int]:
    """The frames whose logits the mask at `frame` is made from, itself among them; some may not exist."""
    needed = {frame}
    for step in reversed(enabled(steps)):
        op = OPS[step.op]
        if isinstance(op, Op):
            needed |= {at + offset for at in needed for offset in op.frames(values_at(step, at), at)}
    return {at for at in needed if at >= 0}


class Chain:
    """One object's ops, ready to run at any frame, from any thread."""

    def __init__(self, steps: Sequence[RefineStep], sources: Sources) -> None:
        self.steps = enabled(steps)
        self.sources = sources
        self._masks: _Kept[Region] = _Kept(MASK_BYTES)
        self._pictures: _Kept[Picture] = _Kept(PICTURE_BYTES)

    def mask(self, frame: int) -> Region | None:
        """The object's mask at `frame`; None where it was not tracked."""
        return self._after(len(self.steps), frame)

    def over(self, mask: Region, frame: int) -> Region:
        """The steps done to a mask that is there already. None of them may look at other frames: these have no such mask."""
        for number, step in enumerate(self.steps):
            op = OPS[step.op]
            if isinstance(op, Op):
                mask = self._applied(op, number, mask, frame, values_at(step, frame))
        return mask

    def _after(self, count: int, frame: int) -> Region | None:
        """The mask after the first `count` steps."""
        logits = self.sources.logits(frame)
        if logits is None:
            return None
        known = self._masks.get((count, frame))
        if known is not None:
            return known
        mask = self._beginning(logits, frame)
        for number in range(count):
            step = self.steps[number]
            op = OPS[step.op]
            if isinstance(op, Op):
                mask = self._applied(op, number, mask, frame, values_at(step, frame))
        if count < len(self.steps):  # asked for by another frame, and so by others too
            self._masks.keep((count, frame), mask, mask.values.nbytes)
        return mask

    def _beginning(self, logits: Logits, frame: int) -> Region:
        """The probability, where the first op makes anything of it."""
        size = self.sources.size
        box = Box.whole(size)
        first = next(((op, step) for step in self.steps if isinstance(op := OPS[step.op], Op)), None)
        if first is not None:
            cut = first[0].cut(values_at(first[1], frame))
            box = box if cut is None else box_above(logits, size, cut)
        if box.empty:
            return Region.nothing()
        lost = self.sources.lost(frame)
        return Region(box, probabilities(logits, size, box, None if lost is None else lost[box.slices]))

    def _applied(self, op: Op, number: int, mask: Region, frame: int, values: Values) -> Region:
        size = self.sources.size
        margin = op.margin(values)
        box = Box.whole(size) if margin is None else mask.box.grown(margin, size)
        if mask.box.empty and margin is not None:
            return Region.nothing()
        made = op.function(mask.over(box), _Context(self, number, frame, box), values)
        if made.shape != box.size or made.dtype != np.float32:
            raise TypeError(f"op '{op.declaration.name}' made {made.shape} {made.dtype} of {box.size} float32")
        return Region(box, made).trimmed()

    def picture(self, number: int, frame: int) -> Picture:
        """The picture as the picture ops among the first `number` steps left it."""
        ops = [(index, step) for index, step in enumerate(self.steps[:number]) if isinstance(OPS[step.op], PictureOp)]
        found = self._once((-1, frame), lambda: self.sources.picture(frame))
        for index, step in ops:
            op = OPS[step.op]
            assert isinstance(op, PictureOp)
            found = self._once((index, frame), partial(op.function, found, values_at(step, frame)))
        return found

    def _once(self, key: tuple[int, int], make: Callable[[], Picture]) -> Picture:
        found = self._pictures.get(key)
        if found is None:
            found = make()
            self._pictures.keep(key, found, found.nbytes)
        return found


class _Kept(Generic[T]):
    """The latest things by a step's number and a frame, as many as fit into `limit` bytes, for several threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = 0
        self._things: OrderedDict[tuple[int, int], tuple[T, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[int, int]) -> T | None:
        with self._lock:
            if key not in self._things:
                return None
            self._things.move_to_end(key)
            return self._things[key][0]

    def keep(self, key: tuple[int, int], thing: T, size: int) -> None:
        """Keep `thing`, which weighs `size` bytes."""
        with self._lock:
            self._bytes += size - self._things.pop(key, (thing, 0))[1]
            self._things[key] = thing, size
            while self._bytes > self._limit and len(self._things) > 1:
                self._bytes -= self._things.popitem(last=False)[1][1]


class _Context:
    """`op.Context` of one op at one frame."""

    def __init__(self, chain: Chain, number: int, frame: int, box: Box) -> None:
        self._chain, self._number = chain, number
        self.frame, self.box = frame, box

    @property
    def size(self) -> tuple[int, int]:
        return self._chain.sources.size

    @cached_property
    def picture(self) -> Picture:
        return self._chain.picture(self._number, self.frame)[self.box.slices]

    def other(self, name: str) -> Mask:
        if not name:
            raise MattewrightError(f"op '{self._chain.steps[self._number].op}': no object is chosen: choose one, or turn the op off")
        return self._chain.sources.mask(name, self.frame).over(self.box)

    def near(self, offset: int) -> Mask | None:
        frame = self.frame + offset
        found = self._chain._after(self._number, frame) if frame >= 0 else None  # Blender counts from 0, and so do the files
        return None if found is None else found.over(self.box)

    def shapes(self, name: str) -> Sequence[Polygon]:
        if not name:
            raise MattewrightError(f"op '{self._chain.steps[self._number].op}': no Blender Mask is chosen: choose one, or turn the op off")
        return self._chain.sources.shapes(name, self.frame)
