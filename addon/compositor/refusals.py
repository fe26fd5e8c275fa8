"""Why a step of a chain can't be live."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from ...engine.shot import Value, View, catalogue
from .. import animation, properties
from ..footage import is_linear
from .ops import ALWAYS_PICTURE, COMPILED, EXPOSED, all_values, fixed_sizes


def why_not(step: properties.RefineOp) -> str:
    """Why the step can't be live, in one line; empty if it can."""
    compiled = COMPILED.get(step.op)
    if compiled is None:
        return f"op '{step.op}': the compositor has no nodes for it: leave it baked"
    values = all_values(step)
    reasons = (compiled.refusal(taken) or _changed_picture(step, taken) for taken in _taken(step, values))
    reason = next(filter(None, reasons), "") or _moving(step)
    return f"op '{step.op}': {reason}: leave it baked" if reason else ""


def choices_taken(value: properties.RefineValue) -> list[str]:
    """A choice, and where it is animated all that it may come to, by the numbers that stand for them in an F-curve."""
    clip, names = _clip_of(value), properties.choices_by_number(value)
    if not animation.is_animated(clip, value):
        return [str(properties.content_of(value))]
    curve = animation.curves_for(clip, value).get(0)
    if curve is None or len(curve.modifiers):  # a driver or the NLA: it may come to any
        return list(names.values())
    points: Any = curve.keyframe_points
    numbers = {int(point.co[1]) for point in points}
    found = [name for number, name in sorted(names.items()) if number in numbers]
    return found or [str(properties.content_of(value))]


def _taken(step: properties.RefineOp, values: dict[str, Value]) -> Iterator[dict[str, Value]]:
    """The values, with each of the choices that there may be on a frame."""
    choices = {value.name: choices_taken(value) for value in step.values if value.kind == "CHOICE"}
    first = values | {name: taken[0] for name, taken in choices.items()}
    yield first
    for name, taken in choices.items():
        yield from (first | {name: choice} for choice in taken[1:])


def _clip_of(thing: Any) -> bpy.types.MovieClip:
    """The clip whose property a step or a value is."""
    clip: bpy.types.MovieClip = thing.id_data
    return clip


def _moving(step: properties.RefineOp) -> str:
    """What has keyframes, where nodes can't have any."""
    fixed = fixed_sizes(step.op)
    for value in step.values:
        parameter = properties.parameter_of(step.op, value.name)
        if parameter is None or (parameter.kind in (*EXPOSED, "choice") and value.name not in fixed):
            continue
        if animation.is_animated(_clip_of(step), value):
            older = " before Blender 4.5" if value.name in fixed else ""
            return f"'{value.name}' has keyframes or a driver, which its nodes can't have{older}"
    return ""


def _changed_picture(step: properties.RefineOp, values: dict[str, Value]) -> str:
    """Which op before it changes the picture that it reads."""
    if step.op not in ALWAYS_PICTURE and values.get("on", "mask") == "mask":
        return ""
    clip = _clip_of(step)
    if is_linear(clip) and properties.view_of(properties.of(clip)) != View():
        return "the footage is seen through a view of its own (Settings), which the compositor has no nodes for"
    if properties.of(clip).alpha != "auto":
        return "the footage's own alpha is taken otherwise than Blender takes it (Settings), which the compositor has no nodes for"
    for item in properties.of(clip).objects:
        steps = list(item.refine)
        for before in steps[: steps.index(step)] if step in steps else ():
            declaration = catalogue().get(before.op)
            if before.enabled and declaration is not None and declaration.family == "Picture":
                return f"'{before.op}' changes the picture before it, which the compositor can't"
    return ""
