"""Keyframes inside the clip's node group: made of the panel's, tuned there, and taken back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import bpy

from .. import animation, properties
from . import versions
from .graph import OBJECT_MARK, STEP_MARK

CURVE = "mattewright_curve"
"""On a Value node: what the panel's keyframes were when its own were made."""
SAME = 1e-5
"""Of a keyframe's place: Blender holds it in 32 bits."""
_HANDLES = ("handle_left", "handle_right")
_POINT = ("interpolation", "easing", "back", "amplitude", "period", "handle_left_type", "handle_right_type")
_ROLE = re.compile(r"(\d+) keyed (.+) (\d) 1")
"""What the node's mark says: the step's identity, the parameter and its channel (`role`)."""


@dataclass(frozen=True)
class TunedCurve:
    """One channel of a live value whose keyframes in the group are others than those that they were made of."""

    object: str
    step: int
    """The step's identity."""
    parameter: str
    label: str
    """As its node is called."""
    node: Any
    curve: bpy.types.FCurve
    """The group's."""
    panel: bpy.types.FCurve | None
    """The clip's; None where the node's keyframes were made of a driver or the like, which has none to give them back to."""


def role(parameter: str, channel: int) -> str:
    """What the Value node of a keyed parameter is, in its step."""
    return f"keyed {parameter} {channel}"


def facts_of(point: bpy.types.Keyframe) -> dict[str, Any]:
    """A keyframe as plain data."""
    found: dict[str, Any] = {name: getattr(point, name) for name in _POINT}
    return found | {name: list(getattr(point, name)) for name in ("co", *_HANDLES)}


def constant(frame: int, value: float) -> dict[str, Any]:
    """A keyframe whose value holds until the next."""
    return {"co": [float(frame), value], "interpolation": "CONSTANT"}


def panel_curve(clip: bpy.types.MovieClip, value: properties.RefineValue, channel: int) -> bpy.types.FCurve | None:
    """The clip's curve that a node's can be the same as; None where frame by frame keyframes must stand for what moves the value."""
    curve = animation.curves_for(clip, value).get(channel)
    # A switch is on at 1 alone, however a curve gets there.
    return curve if curve is not None and not len(curve.modifiers) and value.kind != "SWITCH" else None


def source_of(curve: bpy.types.FCurve, value: properties.RefineValue) -> list[dict[str, Any]]:
    """The keyframes that a node has of the clip's curve: a choice holds until the next, whatever lies between their numbers."""
    held = {"interpolation": "CONSTANT"} if value.kind == "CHOICE" else {}
    return [facts_of(point) | held for point in curve.keyframe_points]


def write(group: bpy.types.NodeTree, node: Any, source: list[dict[str, Any]], extrapolation: str) -> None:
    """Key the Value node's value inside the group, unless it was so keyed before: then it is the user's to tune."""
    digest = _digest(source, extrapolation)
    curve = curve_of(group, node)
    if curve is not None and versions.mark(node, CURVE) == digest:
        return
    if curve is None:
        node.outputs[0].keyframe_insert("default_value", frame=0.0)  # makes the action, its slot and all that, in every Blender
        curve = curve_of(group, node)
    assert curve is not None
    _set(curve, source, extrapolation)
    versions.set_mark(node, CURVE, digest)


def curve_of(group: bpy.types.NodeTree, node: Any) -> bpy.types.FCurve | None:
    """The curve that keys the Value node's value."""
    path = node.outputs[0].path_from_id("default_value")
    return next((known for known in animation.curves_of(group) if known.data_path == path), None)


def tuned(clip: bpy.types.MovieClip, group: bpy.types.NodeTree) -> Iterator[TunedCurve]:
    """Those of the group whose keyframes were changed there."""
    for node in group.nodes:
        said = versions.mark(node, CURVE)
        curve = curve_of(group, node) if said else None
        if curve is None or _is_as(said, curve):
            continue
        found = _ROLE.fullmatch(str(versions.mark(node, STEP_MARK)))
        if found is None:
            continue
        for item in properties.of(clip).objects:
            for step in item.refine if item.identity == versions.mark(node, OBJECT_MARK) else ():
                value = step.values.get(found[2]) if step.identity == int(found[1]) else None
                if value is not None:
                    panel = panel_curve(clip, value, int(found[3]))
                    yield TunedCurve(item.name, step.identity, found[2], node.label, node, curve, panel)


def take(one: TunedCurve) -> int:
    """Give the clip the keyframes that the group has; how many there are."""
    assert one.panel is not None
    points: Any = one.curve.keyframe_points
    known: Any = one.curve
    _set(one.panel, [facts_of(point) for point in points], known.extrapolation)
    given: Any = one.panel
    # What the next building of the group makes of the clip's: the node's are the same by now.
    versions.set_mark(one.node, CURVE, _digest([facts_of(point) for point in given.keyframe_points], given.extrapolation))
    return len(points)


def forget(one: TunedCurve) -> None:
    """Have the next building of the group make the node's keyframes anew."""
    versions.set_mark(one.node, CURVE, "")


def _set(curve: bpy.types.FCurve, source: list[dict[str, Any]], extrapolation: str) -> None:
    points: Any = curve.keyframe_points
    while len(points):
        points.remove(points[len(points) - 1], fast=True)
    points.add(len(source))
    for point, facts in zip(points, source, strict=True):
        point.co = facts["co"]
    for point, facts in zip(points, source, strict=True):
        for name in (*_POINT, *_HANDLES):
            if name in facts:
                setattr(point, name, facts[name])
    known: Any = curve
    known.extrapolation = extrapolation
    curve.update()


def _digest(source: list[dict[str, Any]], extrapolation: str) -> str:
    return json.dumps([source, extrapolation], sort_keys=True)


def _is_as(said: str, curve: bpy.types.FCurve) -> bool:
    """Whether the curve has the keyframes of a `_digest`. Handles that follow from the keyframes are not looked at."""
    source, extrapolation = json.loads(said)
    points: Any = curve.keyframe_points
    now = sorted((facts_of(point) for point in points), key=lambda facts: float(facts["co"][0]))
    before = sorted(source, key=lambda facts: float(facts["co"][0]))
    known: Any = curve
    return (
        extrapolation == known.extrapolation
        and len(now) == len(before)
        and all(_is_same(one, other) for one, other in zip(before, now, strict=True))
    )


def _is_same(before: dict[str, Any], now: dict[str, Any]) -> bool:
    free = [name for name in _HANDLES if before.get(f"{name}_type") in ("FREE", "ALIGNED")]
    words = [name for name in ("interpolation", "easing", "handle_left_type", "handle_right_type") if name in before]
    return all(before[name] == now[name] for name in words) and all(
        abs(one - other) <= SAME * max(1.0, abs(one)) for name in ("co", *free) for one, other in zip(before[name], now[name], strict=True)
    )
