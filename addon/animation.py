"""Keyframes and drivers on an object's refine values: what each frame's value is, and their way when steps move.

They are a clip's own: `clip.keyframe_insert('mattewright.objects[0].refine[0].values[0].number')`, or the I key over the value. F-curves
are evaluated one by one, which costs microseconds and changes nothing. What has a driver, or comes out of the NLA, only Blender's own
evaluation knows: the scene is led through the frames, and back, as long as that takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import bpy

from ..engine.shot import FrameRange, KeyedValue, Value
from . import properties
from .properties import FIELDS, RefineValue

_STEP = re.compile(rf"^({properties.ATTRIBUTE}\.objects\[)(\d+)(\]\.refine\[)(\d+)(\].*)$", re.DOTALL)
_OBJECT = re.compile(rf"^({properties.ATTRIBUTE}\.objects\[)(\d+)(\].*)$", re.DOTALL)

Renumber = Callable[[int], int | None]
"""The new number of what had this one; None where it is gone."""


@dataclass
class _Animated:
    """One value and what moves it."""

    value: RefineValue
    curves: dict[int, bpy.types.FCurve] = field(default_factory=dict)
    """By the channel of a colour; 0 of what has one."""
    only_blender_knows: bool = False


def curves_of(thing: Any) -> list[bpy.types.FCurve]:
    """The F-curves of the action of a clip, a tree or another datablock, wherever this Blender keeps them."""
    data = thing.animation_data
    action = data.action if data else None
    if action is None:
        return []
    if not hasattr(action, "layers"):  # before 4.4 an action was one list of curves
        return list(action.fcurves)
    slot = data.action_slot
    found = []
    for layer in action.layers if slot else ():
        for strip in layer.strips:
            bag = strip.channelbag(slot)
            found += list(bag.fcurves) if bag else []
    return found


def drivers_of(thing: Any) -> list[bpy.types.FCurve]:
    data = thing.animation_data
    return list(data.drivers) if data else []


def keyed_values(clip: bpy.types.MovieClip, frames: FrameRange, scene: bpy.types.Scene | None = None) -> dict[int, KeyedValue]:
    """The refine values of `clip` that change over `frames`, or differ on them from what the properties show: by the value's pointer.

    One value where it is the same on all frames; otherwise by frame, each holding until the next that is given.
    """
    animated = _animated(clip)
    if not animated:
        return {}
    unknown = [one for one in animated if one.only_blender_knows]
    rows: dict[int, list[Value]] = {one.value.as_pointer(): [] for one in animated}
    shown_in = scene or bpy.context.scene
    if unknown and shown_in is not None:
        for _ in led(shown_in, frames):
            for one in unknown:
                rows[one.value.as_pointer()].append(properties.content_of(one.value))
    for one in animated:
        if not one.only_blender_knows:
            rows[one.value.as_pointer()] = _by_curves(one, frames)
    return {pointer: _keyed(row, frames) for pointer, row in rows.items() if row}


def is_led(clip: bpy.types.MovieClip) -> bool:
    """Whether the scene must be led through the frames, as long as that takes, to know the clip's values."""
    return any(one.only_blender_knows for one in _animated(clip))


def is_animated(clip: bpy.types.MovieClip, value: RefineValue) -> bool:
    """Whether a curve or a driver moves `value`."""
    return any(one.value == value for one in _animated(clip))


def curves_for(clip: bpy.types.MovieClip, value: RefineValue) -> dict[int, bpy.types.FCurve]:
    """The F-curves that move `value`, by channel; none where a driver or the NLA does."""
    return next((one.curves for one in _animated(clip) if one.value == value and not one.only_blender_knows), {})


def renumber_steps(clip: bpy.types.MovieClip, item: int, number: Renumber) -> None:
    """Let curves and drivers follow the steps of the object of number `item`, of which `number` tells where they have gone."""

    def path(said: str) -> str | None:
        found = _STEP.match(_numbered(clip, said))
        if found is None or int(found[2]) != item:
            return said
        there = number(int(found[4]))
        return None if there is None else f"{found[1]}{found[2]}{found[3]}{there}{found[5]}"

    _rewrite(clip, path)


def renumber_objects(clip: bpy.types.MovieClip, number: Renumber) -> None:
    """Let curves and drivers follow the objects, of which `number` tells where they have gone."""

    def path(said: str) -> str | None:
        found = _OBJECT.match(_numbered(clip, said))
        there = number(int(found[2])) if found else None
        if found is None:
            return said
        return None if there is None else f"{found[1]}{there}{found[3]}"

    _rewrite(clip, path)


def _rewrite(clip: bpy.types.MovieClip, path: Callable[[str], str | None]) -> None:
    """Give curves and drivers the path that theirs becomes, and remove those whose path becomes None. Called before things move."""
    data: Any = clip.animation_data
    if data is None:
        return
    for curves, remove in ((curves_of(clip), None), (drivers_of(clip), data.drivers.remove)):
        for curve in curves:
            said = path(curve.data_path)
            if said is None:
                (remove or _bag_of(clip, curve).remove)(curve)
            elif said != curve.data_path:
                curve.data_path = said


def _bag_of(clip: bpy.types.MovieClip, curve: bpy.types.FCurve) -> Any:
    """The list that holds one of the clip's curves."""
    data: Any = clip.animation_data
    if not hasattr(data.action, "layers"):
        return data.action.fcurves
    bags = (strip.channelbag(data.action_slot) for layer in data.action.layers for strip in layer.strips)
    return next(bag.fcurves for bag in bags if bag and curve in list(bag.fcurves))


def _numbered(clip: bpy.types.MovieClip, said: str) -> str:
    """A path that goes by names, ``objects["fox"]``, as one that goes by numbers."""
    place = properties.ATTRIBUTE
    for collection in ("objects", "refine"):
        found = re.match(re.escape(f"{place}.{collection}") + r'\["((?:[^"\\]|\\.)*)"\]', said)
        if found:
            things = _at(clip, f"{place}.{collection}")
            index = things.find(re.sub(r"\\(.)", r"\1", found[1]))
            said = f"{place}.{collection}[{index}]" + said[found.end() :] if index >= 0 else said
        number = re.match(re.escape(f"{place}.{collection}") + r"\[\d+\]", said)
        if number is None:
            break
        place = number[0]
    return said


def _animated(clip: bpy.types.MovieClip) -> list[_Animated]:
    """The clip's refine values that something moves."""
    data: Any = clip.animation_data
    if data is None:
        return []
    by_nla = bool(data.use_nla and any(not track.mute for track in data.nla_tracks))
    found: dict[int, _Animated] = {}

    def of(path: str) -> _Animated | None:
        value = _value_at(clip, path)
        return None if value is None else found.setdefault(value.as_pointer(), _Animated(value))

    for curve in curves_of(clip):
        one = None if curve.mute else of(curve.data_path)
        if one is not None:
            one.curves[curve.array_index] = curve
            one.only_blender_knows = by_nla
    for driver in drivers_of(clip):
        one = None if driver.mute else of(driver.data_path)
        if one is not None:
            one.only_blender_knows = True
    if by_nla:  # which values the strips move is not worth finding out: all are looked at
        for value in _all_values(clip):
            found.setdefault(value.as_pointer(), _Animated(value)).only_blender_knows = True
    return list(found.values())


def _all_values(clip: bpy.types.MovieClip) -> Iterable[RefineValue]:
    for item in properties.of(clip).objects:
        for step in item.refine:
            yield from step.values


def _value_at(clip: bpy.types.MovieClip, path: str) -> RefineValue | None:
    """The value that a curve moves; None where it moves something else, or one of the value's fields that isn't in use."""
    if not path.startswith(properties.ATTRIBUTE + "."):
        return None
    owner, _, name = path.rpartition(".")
    try:
        value = _at(clip, owner)
    except ValueError:  # what it was for is gone
        return None
    return value if isinstance(value, RefineValue) and FIELDS[value.kind] == name else None


def _at(clip: Any, path: str) -> Any:
    """What lies at `path`; some stubs say that there is nothing."""
    return clip.path_resolve(path)


def _by_curves(one: _Animated, frames: FrameRange) -> list[Value]:
    """The value on each frame, as Blender would set it."""
    value = one.value
    if value.kind == "COLOR":
        still = tuple(value.color)
        channels = [
            [one.curves[index].evaluate(frame) for frame in frames] if index in one.curves else [still[index]] * len(frames)
            for index in range(3)
        ]
        return [properties.within(value, (red, green, blue)) for red, green, blue in zip(*channels, strict=True)]
    numbers = [one.curves[0].evaluate(frame) for frame in frames]
    if value.kind == "SWITCH":
        return [number > 1.0 - 1.2e-7 for number in numbers]
    if value.kind == "CHOICE":
        names = properties.choices_by_number(value)
        return [names.get(int(number), properties.content_of(value)) for number in numbers]
    return [properties.within(value, int(number) if value.kind == "WHOLE" else number) for number in numbers]


def led(scene: bpy.types.Scene, frames: FrameRange) -> Iterator[int]:
    """Lead the scene through `frames`, and back."""
    before, part = scene.frame_current, scene.frame_subframe
    try:
        for frame in frames:
            scene.frame_set(frame)
            yield frame
    finally:
        scene.frame_set(before, subframe=part)


def _keyed(row: list[Value], frames: FrameRange) -> KeyedValue:
    """Only the frames where it changes."""
    found = {str(frame): value for frame, value, last in zip(frames, row, [None, *row], strict=False) if value != last}
    return row[0] if len(found) == 1 else found
