"""What Blender calls when a property changes, or to know an enumeration's items.

Nothing here may lead to the module bpy, not even by a global: Blender 4.2 never lets go of these functions, and a bpy that is never let
go of crashes as the process ends.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from ...engine.shot import Parameter, catalogue, formats

FIELDS = {
    "NUMBER": "number",
    "SWITCH": "switch",
    "CHOICE": "choice",
    "WHOLE": "whole",
    "COLOR": "color",
    "OBJECT": "reference",
    "MASK": "reference",
}
"""The property of a RefineValue that holds it, by its kind."""
CAPITALS = {"dwaa", "lzw", "piz", "zip", "zips", "4444xq"}
"""Choices that are short for something."""
_items: dict[tuple[str, ...], list[tuple[str, str, str, str, int]]] = {}
"""Blender keeps no hold on the texts that a callback gives it: they must live on here."""
on_chained: list[Callable[[Any], None]] = []
"""Called with the clip after a step, or an object's matte, was switched on or off; empty while the add-on is off."""
on_valued: list[Callable[[Any, Any, Any, int], None]] = []
"""Called with the clip, the value, its step and its object's identity after a live step's value was set; empty while the add-on is off."""
on_edited: list[Callable[[], None]] = []
"""Called after any step's value was set; empty while the add-on is off."""
on_referred: list[Callable[[], None]] = []
"""Called when a value names another mask; empty while the add-on is off."""


@cache
def parameter_of(op: str, name: str) -> Parameter | None:
    """The declaration of a parameter; None for what this version doesn't know."""
    declaration = catalogue().get(op)
    return next((parameter for parameter in declaration.parameters if parameter.name == name), None) if declaration else None


@cache
def option_of(format: str, name: str) -> Parameter | None:
    """The declaration of an option of an output's format; None for what this version doesn't know."""
    declaration = formats().get(format)
    return next((parameter for parameter in declaration.parameters if parameter.name == name), None) if declaration else None


def choice_number(choice: str) -> int:
    """What stands for a choice in a saved file and an F-curve: by its name, so that an op may get further choices."""
    return zlib.crc32(choice.encode()) & 0x7FFF


def choices(self: Any, context: Any) -> list[tuple[str, str, str, str, int]]:
    """The items of a parameter that is a choice."""
    return _choice_items(parameter_of(self.op, self.name))


def option_choices(self: Any, context: Any) -> list[tuple[str, str, str, str, int]]:
    """The items of a format's option that is a choice."""
    return _choice_items(option_of(self.format, self.name))


def _choice_items(parameter: Parameter | None) -> list[tuple[str, str, str, str, int]]:
    known = tuple(parameter.choices) if parameter else ()
    if known not in _items:
        _items[known] = [(choice, title_of(choice), "", "NONE", choice_number(choice)) for choice in known]
    return _items[known]


def title_of(choice: str) -> str:
    """A choice as Blender writes such words."""
    return choice.upper() if choice in CAPITALS else choice.replace("_", " ").title()


def keep_within(self: Any, context: Any) -> None:
    """A number that was typed stays in its parameter's range; what F-curves and drivers give is cut off where it is read."""
    parameter = parameter_of(self.op, self.name)
    field = FIELDS[self.kind]
    if parameter is not None and field in ("number", "whole"):
        value = getattr(self, field)
        inside = cut(parameter, value)
        if abs(inside - value) > 1e-6 * abs(inside):  # Blender's 32 bits make of a limit such as 0.1 another number
            setattr(self, field, inside)
    valued(self, context)


def valued(self: Any, context: Any) -> None:
    """After a value was set: the compositor's nodes may be what does its step."""
    for edited in on_edited:
        edited()
    clip = self.id_data
    if clip is None or not on_valued:
        return
    place = self.path_from_id().rpartition(".values[")[0]
    step = clip.path_resolve(place)
    if step.enabled and step.live:
        identity = clip.path_resolve(place.rpartition(".refine[")[0]).identity
        for call in on_valued:
            call(clip, self, step, identity)


def cut(parameter: Parameter, value: float) -> float:
    """`value` in the parameter's range."""
    if parameter.low is not None:
        value = max(value, parameter.low)
    return min(value, parameter.high) if parameter.high is not None else value


def referred(self: Any, context: Any) -> None:
    """Know the object that is meant by its identity too, and tell of a mask that is: they may be renamed."""
    if self.kind == "MASK":
        for call in (*on_referred, *on_edited):
            call()
    if self.kind == "OBJECT" and self.id_data is not None:
        found = [item.identity for item in self.id_data.mattewright.objects if item.name == self.reference]
        self.target = found[0] if found else 0
        valued(self, context)


def switched(self: Any, context: Any) -> None:
    """After a step was switched on or off."""
    steps, _ = _place(self)
    settle_live(steps)
    for call in on_chained if self.id_data is not None else ():
        call(self.id_data)


def keep_option_within(self: Any, context: Any) -> None:
    """A number that was typed stays in its option's range."""
    parameter = option_of(self.format, self.name)
    if parameter is None or self.kind not in ("NUMBER", "WHOLE"):
        return
    field = FIELDS[self.kind]
    value = getattr(self, field)
    inside = cut(parameter, value)
    if abs(inside - value) > 1e-6 * abs(inside):
        setattr(self, field, inside)


def formatted(self: Any, context: Any) -> None:
    """After an output got another format, whose options are others."""
    from .outputs import complete  # it imports this module itself

    complete(self)


def matted(self: Any, context: Any) -> None:
    """After a matte, or its foreground, was switched on or off: the node group has outputs for them."""
    for call in on_chained if self.id_data is not None else ():
        call(self.id_data)


def made_live(self: Any, context: Any) -> None:
    """After a step was made live, or not: what follows one that is becomes so too, or that one doesn't."""
    steps, index = _place(self)
    if not (steps and self.live and not make_live(steps, index)):
        settle_live(steps)


def _place(step: Any) -> tuple[list[Any], int]:
    """The chain that the step is of, and where in it the step is."""
    for item in step.id_data.mattewright.objects if step.id_data is not None else ():
        steps = list(item.refine)
        if step in steps:
            return steps, steps.index(step)
    return [], 0


def renamed(self: Any, context: Any) -> None:
    """Steps and outputs that mean this object go on meaning it."""
    if self.identity <= 0 or self.id_data is None:
        return
    for item in self.id_data.mattewright.objects:
        for step in item.refine:
            for value in step.values:
                if value.kind == "OBJECT" and value.target == self.identity and value.reference != self.name:
                    value.reference = self.name
    for output in self.id_data.mattewright.outputs:
        for chosen in output.objects:
            if chosen.target == self.identity and chosen.name != self.name:
                chosen.name = self.name


def settle_live(steps: Sequence[Any]) -> None:
    """Bake the live steps that one follows which is on and not live: that one is in the mask file, and the compositor comes after it."""
    baked = False
    for step in reversed(steps):
        if baked and step.live:
            step.live = False
        baked = baked or (step.enabled and not step.live)


def make_live(steps: Sequence[Any], index: int) -> str:
    """Make the step at `index` live, and those after it that are on; empty, or why one of them can't be, and none is."""
    from ..compositor import refusals  # it imports the properties itself

    followers = [step for step in steps[index + 1 :] if step.enabled]
    for step in (steps[index], *followers):
        reason = refusals.why_not(step)
        if reason:
            steps[index].live = False
            return reason
    for step in reversed(followers):
        if not step.live:
            step.live = True
    if not steps[index].live:
        steps[index].live = True
    return ""
