"""What refine chains ask for besides their own object's logits: the masks of other objects, and Blender Masks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .errors import DocumentError
from .operations import NAMED, Declaration, KeyedValue, ParameterKind

if TYPE_CHECKING:
    from .document import RefineStep, Shot, ShotObject

DEEPEST = 32
"""How many objects may ask for one another's masks in a row."""


def references(step: RefineStep, ops: Mapping[str, Declaration], kind: ParameterKind) -> set[str]:
    """The names that the step's parameters of `kind` (``object`` or ``mask``) hold on any frame; none of a step that is off."""
    return _said(step, ops, kind) - {""}


def check_references(shot: Shot, ops: Mapping[str, Declaration]) -> None:
    """Ops name objects that there are, and no object's chain asks, by however many others, for its own mask. Raises DocumentError.

    A Blender Mask that is gone is another thing (`lacking`): masks come and go in a file, and the other objects can be worked on.
    """
    uses: dict[str, set[str]] = {item.name: set() for item in shot.objects}
    for index, item in enumerate(shot.objects):
        for number, step in enumerate(item.refine):
            for name in sorted(references(step, ops, "object")):
                if name not in uses:
                    path = f"objects[{index}].refine[{number}]"
                    raise DocumentError(path, f"there is no object '{name}' in this shot; its objects: {', '.join(uses)}")
                uses[item.name].add(name)
    left = dict(uses)
    for _ in range(DEEPEST):  # those go that ask for none of the rest
        left = {name: asked for name, asked in left.items() if any(other in left for other in asked)}
    if not left:
        return
    for name in left:
        met, ahead = set[str](), set(uses[name])
        while ahead:
            if name in ahead:
                raise DocumentError("objects", f"the refine chain of '{name}' asks, through others, for its own mask: break the circle")
            met |= ahead
            ahead = set().union(*(uses[other] for other in ahead)) - met
    many = f"more than {DEEPEST} objects in a row"
    raise DocumentError("objects", f"the refine chain of '{next(iter(left))}' asks for a mask that asks for another's, {many}: use fewer")


def lacking(shot: Shot, ops: Mapping[str, Declaration]) -> dict[str, str]:
    """The objects whose masks can't be made, by name: in one line, what their chain asks for in vain, and what to do."""
    found = {item.name: reason for item in shot.objects if (reason := _in_vain(item, shot, ops))}
    while True:
        more = {}
        for item in shot.objects:
            for number, step in enumerate(item.refine, 1):
                through = sorted(references(step, ops, "object") & found.keys())
                if through and item.name not in found:
                    more[item.name] = f"step {number} ({step.op}) asks for '{through[0]}', whose {found[through[0]]}"
        if not more:
            return found
        found |= more


def _in_vain(item: ShotObject, shot: Shot, ops: Mapping[str, Declaration]) -> str:
    """What the object's own steps ask for that isn't there; empty if nothing."""
    masks = {mask.name for mask in shot.masks}
    for number, step in enumerate(item.refine, 1):
        where = f"step {number} ({step.op})"
        for kind in ("object", "mask"):
            if "" in _said(step, ops, kind):
                return f"{where} says nowhere which {NAMED[kind].split(' ', 1)[1]} it means: choose one, or switch the step off"
        for name in sorted(references(step, ops, "mask") - masks):
            known = ", ".join(f"'{mask}'" for mask in sorted(masks)) or "none"
            gone = f"asks for the Blender Mask '{name}', which is not in this shot (its masks: {known})"
            return f"{where} {gone}: choose another one, or switch the step off"
    return ""


def unused(shot: Shot, ops: Mapping[str, Declaration]) -> list[str]:
    """The Blender Masks of the shot that no step asks for."""
    asked = {name for item in shot.objects for step in item.refine for name in references(step, ops, "mask")}
    return [mask.name for mask in shot.masks if mask.name not in asked]


def _said(step: RefineStep, ops: Mapping[str, Declaration], kind: ParameterKind) -> set[str]:
    """As `references`, and empty where on some frame nothing is chosen."""
    if not step.enabled:
        return set()
    values: list[KeyedValue] = [step.values.get(parameter.name, "") for parameter in ops[step.op].parameters if parameter.kind == kind]
    return {str(single) for value in values for single in (value.values() if isinstance(value, dict) else [value])}
