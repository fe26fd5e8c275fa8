"""Masks, pictures and Blender Masks over a few frames, for the ops to work on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.refine import Box, Chain, Region
from engine.refine.chain import Sources
from engine.shot import Declaration, KeyedValue, Polygon, RefineStep

Mask = npt.NDArray[np.float32]
AS_IT_IS = RefineStep("threshold", {"level": 0.5, "softness": 1.0})
"""Makes nothing of a probability that is as good as nothing, and leaves the others."""
OTHER, OUTLINES = "other", "outlines"


@dataclass
class Scene:
    """`chain.Sources` whose probabilities are given, by frame."""

    masks: Mapping[int, Mask]
    pictures: Mapping[int, npt.NDArray[np.float32]] = field(default_factory=dict)
    other: Mask | None = None
    outlines: Sequence[Polygon] = ()
    depths: Mapping[int, Mask] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        height, width = next(iter(self.masks.values())).shape
        return height, width

    def logits(self, frame: int) -> npt.NDArray[np.float16] | None:
        assert frame >= 0, "no file has such a number"
        if frame not in self.masks:
            return None
        given = self.masks[frame].astype(np.float64)
        with np.errstate(divide="ignore"):
            return np.clip(np.log(given) - np.log1p(-given), -60, 60).astype(np.float16)

    def lost(self, frame: int) -> None:
        return None

    def picture(self, frame: int) -> npt.NDArray[np.float32]:
        return self.pictures[frame]

    def depth(self, frame: int) -> Mask:
        return self.depths[frame]

    def mask(self, name: str, frame: int) -> Region:
        assert name == OTHER
        return Region.nothing() if self.other is None else Region(Box.whole(self.size), self.other).trimmed()

    def shapes(self, name: str, frame: int) -> Sequence[Polygon]:
        assert name == OUTLINES
        return self.outlines


def run(scene: Sources, *steps: RefineStep, frame: int = 1) -> Mask:
    """The chain's mask over the whole picture."""
    made = Chain(steps, scene).mask(frame)
    assert made is not None
    return made.over(Box.whole(scene.size))


def apply(op: str, mask: npt.NDArray[np.floating], picture: npt.NDArray[np.floating] | None = None, **values: KeyedValue) -> Mask:
    """One op on a mask of 0, 1 and what half floats' logits can tell between."""
    pictures = {} if picture is None else {1: np.asarray(picture, np.float32)}
    return run(Scene({1: np.asarray(mask, np.float32)}, pictures), AS_IT_IS, RefineStep(op, values))


def over_time(op: str, masks: Mapping[int, npt.NDArray[np.floating]], at: int, /, **values: KeyedValue) -> Mask:
    """One op on a mask at a frame, with others around it."""
    return run(Scene({frame: np.asarray(mask, np.float32) for frame, mask in masks.items()}), AS_IT_IS, RefineStep(op, values), frame=at)


def disk(size: tuple[int, int], centre: tuple[float, float], radius: float, soft: bool = False) -> Mask:
    """A disk with a hard edge, or one a pixel wide; `centre` is x, y."""
    y, x = np.mgrid[0 : size[0], 0 : size[1]]
    inside = radius - np.hypot(x - centre[0], y - centre[1])
    return np.clip(inside + 0.5, 0, 1).astype(np.float32) if soft else (inside > 0).astype(np.float32)


def area(mask: npt.NDArray[np.floating]) -> float:
    return float(mask.sum(dtype=np.float64))


def names_given(declaration: Declaration) -> dict[str, KeyedValue]:
    """What an op that asks for another object or a Blender Mask can't do without."""
    named: dict[str, KeyedValue] = {"object": OTHER, "mask": OUTLINES}
    return {parameter.name: named[parameter.kind] for parameter in declaration.parameters if parameter.kind in named}


def settings_of(declaration: Declaration) -> list[dict[str, KeyedValue]]:
    """The defaults, and each parameter's ends and choices alone."""
    found: list[dict[str, KeyedValue]] = [{}]
    for parameter in declaration.parameters:
        ends: list[KeyedValue] = [value for value in (parameter.low, parameter.high) if value is not None]
        ends += parameter.choices
        ends += [True, False] if parameter.kind == "bool" else []
        ends += [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0)] if parameter.kind == "color" else []
        found += [{parameter.name: int(value) if parameter.kind == "int" else value} for value in ends]
    return [{**names_given(declaration), **values} for values in found]
