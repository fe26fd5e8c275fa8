"""From logits to the mask: an object's chain of ops, run on no more of the picture than it touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial, reduce
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from .. import interrupt
from ..shot import MattewrightError, Polygon, RefineStep
from .around import Turn
from .catalogue import OPS
from .kept import Kept
from .logits import Logits, box_above, likelier, probabilities
from .op import Op, Picture, PictureOp, Values
from .region import Box, Mask, Region

DEFAULT: tuple[RefineStep, ...] = (RefineStep("threshold"),)
"""What an empty chain means: the object where the model thinks it more likely than not."""


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

    def depth(self, frame: int) -> Mask:
        """(height, width) float32, 0 far to 1 near; not to be written to. Raises MattewrightError where there is none."""

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


def reads_depth(steps: Sequence[RefineStep], frame: int) -> bool:
    """Whether any op of the chain wants to know at `frame` how near things are."""
    return any(isinstance(op := OPS[step.op], Op) and op.reads_depth(values_at(step, frame)) for step in enabled(steps))


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

    def __init__(self, steps: Sequence[RefineStep], sources: Sources, kept: Kept | None = None, wraps: bool = False) -> None:
        """`kept`: what this chain shares with others, in how much it may keep; None for a chain that is alone. `wraps`: the picture's right
        edge goes on at its left one."""
        self.steps = enabled(steps)
        self.sources = sources
        self._wraps = wraps
        self._kept = kept or Kept()
        self._name = object()

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
        looking = max((number for number in range(count) if self._looks(number, frame)), default=-1)
        mask = self._beginning(logits, frame) if looking < 0 else self._into(looking, frame)
        if mask is None:
            return None
        for number in range(max(looking, 0), count):
            step = self.steps[number]
            op = OPS[step.op]
            if isinstance(op, Op):
                mask = self._applied(op, number, mask, frame, values_at(step, frame))
        return mask

    def _looks(self, number: int, frame: int) -> bool:
        """Whether the step looks at other frames: what comes into it, they ask for too, and it is kept."""
        op = OPS[self.steps[number].op]
        return isinstance(op, Op) and bool(op.frames(values_at(self.steps[number], frame), frame))

    def looked_at(self, number: int, frame: int) -> Region | None:
        """The mask that comes into a step on another frame than its own; None where nothing is tracked."""
        return self._into(number, frame) if frame >= 0 else None  # Blender counts from 0, and so do the files

    def _into(self, number: int, frame: int) -> Region | None:
        """The mask that comes into a step that looks at other frames, or that is looked at."""
        return self._kept.mask((self._name, number, frame), lambda: self._after(number, frame))

    def _beginning(self, logits: Logits, frame: int) -> Region:
        """The probability, where the first op makes anything of it; or what a first op that makes it hard makes of it already."""
        size = self.sources.size
        box = Box.whole(size)
        first = next(((op, step) for step in self.steps if isinstance(op := OPS[step.op], Op)), None)
        hard = None
        if first is not None:
            values = values_at(first[1], frame)
            cut, hard = first[0].cut(values), first[0].hard(values)
            box = box if cut is None else box_above(logits, size, cut)
        if box.empty:
            return Region.nothing()
        lost = self.sources.lost(frame)
        lost = None if lost is None else lost[box.slices]
        if hard is not None and hard < 1:
            return Region(box, likelier(logits, size, box, hard, lost))
        return Region(box, probabilities(logits, size, box, lost))

    def _applied(self, op: Op, number: int, mask: Region, frame: int, values: Values) -> Region:
        interrupt.check()
        confined = op.confined(values)
        others = [self.looked_at(number, frame + offset) for offset in op.frames(values, frame)] if confined or self._wraps else []
        looked = [other for other in others if other is not None]
        margin = None if confined else op.margin(values)
        turn = Turn.away([mask, *looked], self.sources.size, margin) if self._wraps else None
        if turn is not None:
            mask, looked = turn.region(mask), [turn.region(other) for other in looked]
        box = self._box(op, mask, looked, values)
        if box.empty:
            return Region.nothing()
        made = op.function(mask.over(box), _Context(self, number, frame, box, turn), values)
        if made.shape != box.size or made.dtype != np.float32:
            raise TypeError(f"op '{op.declaration.name}' made {made.shape} {made.dtype} of {box.size} float32")
        done = Region(box, made).trimmed()
        return done if turn is None else turn.back.region(done)

    def _box(self, op: Op, mask: Region, looked: Sequence[Region], values: Values) -> Box:
        """The part of the picture that the op works on, with the masks that it looks at; empty where it makes nothing."""
        if op.confined(values):
            return reduce(Box.around, (other.box for other in looked), mask.box)
        margin = op.margin(values)
        if margin is None:
            return Box.whole(self.sources.size)
        return mask.box if mask.box.empty else mask.box.grown(margin, self.sources.size)

    def picture(self, number: int, frame: int) -> Picture:
        """The picture as the picture ops among the first `number` steps left it."""
        ops = [(index, step) for index, step in enumerate(self.steps[:number]) if isinstance(OPS[step.op], PictureOp)]
        found = self.sources.picture(frame)
        for index, step in ops:
            op = OPS[step.op]
            assert isinstance(op, PictureOp)
            interrupt.check()
            found = self._kept.picture((self._name, index, frame), partial(op.function, found, values_at(step, frame)))
        return found


class _Context:
    """`op.Context` of one op at one frame."""

    def __init__(self, chain: Chain, number: int, frame: int, box: Box, turn: Turn | None) -> None:
        self._chain, self._number, self._turn = chain, number, turn
        self.frame, self.box = frame, box

    @property
    def size(self) -> tuple[int, int]:
        return self._chain.sources.size

    @cached_property
    def picture(self) -> Picture:
        whole = self._chain.picture(self._number, self.frame)
        return whole[self.box.slices] if self._turn is None else self._turn.cut(whole, self.box)

    @cached_property
    def depth(self) -> Mask:
        whole = self._chain.sources.depth(self.frame)
        return whole[self.box.slices] if self._turn is None else self._turn.cut(whole, self.box)

    def other(self, name: str) -> Mask:
        if not name:
            raise MattewrightError(f"op '{self._chain.steps[self._number].op}': no object is chosen: choose one, or turn the op off")
        return self._over(self._chain.sources.mask(name, self.frame))

    def near(self, offset: int) -> Mask | None:
        frame = self.frame + offset
        found = self._chain.looked_at(self._number, frame)
        return None if found is None else self._over(found)

    def shapes(self, name: str) -> Sequence[Polygon]:
        if not name:
            raise MattewrightError(f"op '{self._chain.steps[self._number].op}': no Blender Mask is chosen: choose one, or turn the op off")
        shapes = self._chain.sources.shapes(name, self.frame)
        return shapes if self._turn is None else self._turn.outlines(shapes)

    def _over(self, mask: Region) -> Mask:
        return mask.over(self.box) if self._turn is None else self._turn.over(mask, self.box)
