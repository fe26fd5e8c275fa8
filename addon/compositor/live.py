"""An object's live steps as nodes inside the clip's group, after its mask.

A parameter is a socket of the group, `<object>: <op> <parameter>`, to be tuned where the group is used. What the panel says reaches the
socket when the group is built and the panel has said something new since the last time; what was tuned there stays until then. A
parameter with keyframes has no socket but a Value node inside the group, with the same keyframes: these too are only made anew once the
panel's have changed. What has a driver, F-modifiers or the NLA gets a keyframe for every frame on which it changes. Of a choice with
keyframes the group has the nodes of all that it comes to, and that node's number says which of them counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

import bpy

from ...engine.shot import FrameRange, KeyedValue, MattewrightError, Parameter, Value
from .. import animation, properties
from ..colors import linear
from . import curves, ops, refusals, versions
from .graph import OBJECT_MARK, STEP_MARK, Nodes, Number, Socket, change

PARAMETERS = "mattewright_parameters"
"""On the group: JSON, by ``<object>/<step>/<parameter>``: its socket's identifier, and what the panel last said."""
BUILT = "mattewright_built"
"""On the group: `signature` when it was built."""


class LiveChains:
    """The live steps of all objects, for one building of the group."""

    def __init__(self, group: bpy.types.NodeTree, clip: bpy.types.MovieClip, frames: FrameRange, other: Callable[[str], Number]) -> None:
        self.group, self.clip, self.frames, self.other = group, clip, frames, other
        said = versions.mark(group, PARAMETERS)
        self.before: dict[str, Any] = json.loads(said) if said else {}
        self.now: dict[str, Any] = {}
        self.used: dict[int, set[str]] = {}

    def build(self, item: properties.MatteObject, mask: Socket, row: float) -> Socket:
        """The object's mask after its live steps. Raises MattewrightError for a step that has no nodes."""
        found: Number = mask
        shared = Nodes(self.group, item.identity, 0, (-900.0, row - 160.0))
        live = [step for step in item.refine if step.enabled and step.live]
        for column, step in enumerate(live):
            reason = refusals.why_not(step)
            if reason:
                raise MattewrightError(f"object '{item.name}': {reason}")
            nodes = Nodes(self.group, item.identity, step.identity, (300.0 + 700.0 * column, row))
            found = ops.COMPILED[step.op].function(_Step(self, item, step, nodes, shared, label_of(step, live)), found)
            self.used.setdefault(item.identity, set()).update(nodes.used)
        self.used.setdefault(item.identity, set()).update(shared.used)
        assert isinstance(found, bpy.types.NodeSocket)
        return found

    def finish(self) -> None:
        """Remove what no step needs any longer; called when all objects are built and their outputs linked."""
        for identity, used in self.used.items():
            _remove_unused(self.group, identity, used)
        items = inputs_of(self.group)
        for key in self.before.keys() - self.now.keys():
            item = items.get(self.before[key]["socket"])
            if item is not None:
                versions.interface(self.group).remove(item)
        text = json.dumps(self.now, sort_keys=True)
        if text != versions.mark(self.group, PARAMETERS) and (self.now or self.before):
            versions.set_mark(self.group, PARAMETERS, text)

    @cached_property
    def keyed(self) -> dict[int, KeyedValue]:
        return animation.keyed_values(self.clip, self.frames)

    def socket(self, key: str, name: str, parameter: Parameter, content: Value) -> str:
        """The identifier of the group's socket for a parameter, which says `content` if the panel has not said so before."""
        known = self.before.get(key)
        item = inputs_of(self.group).get(known["socket"]) if known else None
        is_new = item is None
        if item is None:
            item = versions.interface(self.group).new_socket(name, in_out="INPUT", socket_type=versions.socket_kind(parameter.kind))
        change(item, "name", name)
        change(item, "description", parameter.description)
        if parameter.kind == "bool" and hasattr(item, "max_value"):
            change(item, "min_value", 0.0)
            change(item, "max_value", 1.0)
        if parameter.low is not None and parameter.high is not None:
            change(item, "min_value", float(parameter.low))
            change(item, "max_value", float(parameter.high))
        said = list(content) if isinstance(content, tuple) else content
        if known is None or is_new or known["value"] != said:
            say(self.group, item, content)
        self.now[key] = {"socket": item.identifier, "value": said}
        return str(item.identifier)


class _Step:
    """`ops.Step`."""

    def __init__(
        self,
        chains: LiveChains,
        item: properties.MatteObject,
        step: properties.RefineOp,
        nodes: Nodes,
        shared: Nodes,
        label: str,
    ) -> None:
        self.chains, self.item, self.step, self.nodes, self.shared, self.label = chains, item, step, nodes, shared, label

    def number(self, name: str) -> Number:
        if name in ops.fixed_sizes(self.step.op):
            return float(str(self._content(name)))
        return self._keyed(name, 0) if self._is_keyed(name) else self._socket(name)

    def color(self, name: str) -> tuple[Number, Number, Number]:
        if self._is_keyed(name):
            return self._keyed(name, 0), self._keyed(name, 1), self._keyed(name, 2)
        # The socket is scene-linear, as all colours in Blender's nodes are, so that it can be picked off the picture.
        shown = self.nodes.node("CompositorNodeConvertColorSpace", f"display {name}")
        versions.to_display(shown)
        self.nodes.put(shown.inputs["Image"], self._socket(name))
        return self.nodes.separate(shown.outputs["Image"])

    def word(self, name: str) -> str:
        return str(self._content(name))

    def either(self, name: str, made: Callable[[str], Number]) -> Number:
        value = self._value(name)
        choices, numbers = refusals.choices_taken(value), _numbers_of(value)
        found = made(choices[0])
        if len(choices) > 1:
            at = self._keyed(name, 0)
            for choice in choices[1:]:
                found = self.nodes.choose(self.nodes.math("COMPARE", at, numbers[choice], 0.5), made(choice), found)
        return found

    def switch(self, name: str) -> Number:
        return self.number(name)

    def picture(self) -> Socket:
        nodes = Nodes(self.shared.group, self.shared.object, self.shared.step, self.shared.origin)  # each time the same ones
        footage = nodes.node("CompositorNodeMovieClip", "clip")
        change(footage, "clip", self.chains.clip)
        shown = nodes.node("CompositorNodeConvertColorSpace", "display")
        versions.to_display(shown)
        nodes.put(shown.inputs["Image"], footage.outputs["Image"])
        together = nodes.node("CompositorNodeCombineColor", "picture")
        change(together, "mode", "RGB")
        for socket, part in zip(together.inputs, nodes.separate(shown.outputs["Image"]), strict=False):
            nodes.put(socket, nodes.clamped(part))
        self.shared.used |= nodes.used
        found: Socket = together.outputs["Image"]
        return found

    def other(self, name: str) -> Number:
        return self.chains.other(name)

    def _value(self, name: str) -> properties.RefineValue:
        found: properties.RefineValue = self.step.values[name]
        return found

    def _content(self, name: str) -> Value:
        return properties.content_of(self._value(name))

    def _parameter(self, name: str) -> Parameter:
        found = properties.parameter_of(self.step.op, name)
        assert found is not None, "an op that is compiled is declared"
        return found

    def _is_keyed(self, name: str) -> bool:
        return animation.is_animated(self.chains.clip, self._value(name))

    def _socket(self, name: str) -> Socket:
        key = f"{self.item.identity}/{self.step.identity}/{name}"
        said = f"{self.item.name}: {self.label} {name.replace('_', ' ')}"
        identifier = self.chains.socket(key, said, self._parameter(name), self._content(name))
        entry = self.nodes.node("NodeGroupInput", f"input {name}")
        change(entry, "hide", True)
        for other in entry.outputs:
            change(other, "hide", other.identifier != identifier)
        found: Socket = next(other for other in entry.outputs if other.identifier == identifier)
        return found

    def _keyed(self, name: str, channel: int) -> Number:
        """A Value node with the keyframes that the panel's value has, kept in the parameter's range."""
        node = self.nodes.node(versions.VALUE, curves.role(name, channel))
        change(node, "label", f"{self.item.name}: {self.label} {name}")
        value = self._value(name)
        curve = curves.panel_curve(self.chains.clip, value, channel)
        if curve is not None:
            source = curves.source_of(curve, value)
            extrapolation = curve.extrapolation if value.kind != "CHOICE" else "CONSTANT"
        else:
            keyed = self.chains.keyed.get(value.as_pointer(), self._content(name))
            by_frame = keyed if isinstance(keyed, dict) else {str(self.chains.frames.first): keyed}
            source = [curves.constant(int(frame), _channel(value, content, channel)) for frame, content in by_frame.items()]
            extrapolation = "CONSTANT"
        curves.write(self.chains.group, node, source, extrapolation)
        found: Number = node.outputs[0]
        parameter = self._parameter(name)
        low, high = (0.0, 1.0) if parameter.kind == "color" else (parameter.low, parameter.high)
        if low is not None and high is not None:
            found = self.nodes.lower(self.nodes.higher(found, float(low)), float(high))
        return found


def signature(clip: bpy.types.MovieClip) -> str:
    """Changes when the objects, their mattes' outputs or live steps do, or what moves values; not by one that a socket says (`tuning`)."""
    objects = [
        [item.identity, item.name, [[step.identity, step.op, _building(step)] for step in item.refine if step.enabled and step.live]]
        + ([item.matte.foreground] if item.matte.enabled else [])
        for item in properties.of(clip).objects
    ]
    moving = [
        [curve.data_path, curve.array_index, curve.mute, len(curve.modifiers), [curves.facts_of(point) for point in curve.keyframe_points]]
        for curve in (*animation.curves_of(clip), *animation.drivers_of(clip))
        if any(steps for _, _, steps, *_ in objects) and curve.data_path.startswith(f"{properties.ATTRIBUTE}.")
    ]
    return hashlib.sha256(json.dumps([objects, moving]).encode()).hexdigest()


def _building(step: properties.RefineOp) -> dict[str, Value | list[str]]:
    """The values that decide which nodes there are; of choices all that they come to."""
    fixed = ops.fixed_sizes(step.op) if step.op in ops.COMPILED else ()
    exposed = {value.name for value in step.values if _is_exposed(step, value.name)} - set(fixed)
    choices = {value.name: refusals.choices_taken(value) for value in step.values if value.kind == "CHOICE"}
    return {name: content for name, content in ops.all_values(step).items() if name not in exposed} | choices


def _is_exposed(step: properties.RefineOp, name: str) -> bool:
    parameter = properties.parameter_of(step.op, name)
    return parameter is not None and parameter.kind in ops.EXPOSED


def label_of(step: properties.RefineOp, live: Iterable[properties.RefineOp]) -> str:
    """The op's name, and its number among the object's live ones of that name if there are several."""
    same = [other.identity for other in live if other.op == step.op]
    number = f" {same.index(step.identity) + 1}" if len(same) > 1 else ""
    return str(step.op).replace("_", " ") + number


def say(group: bpy.types.NodeTree, item: Any, content: Value) -> None:
    """Let the group's socket be at `content` everywhere: what its default is later means nothing to the instances that there are."""
    said = (*linear(content), 1.0) if isinstance(content, tuple) else content
    item.default_value = said
    for instance in instances_of(group):
        for socket in instance.inputs:
            if socket.identifier == item.identifier:
                socket.default_value = said


def inputs_of(group: bpy.types.NodeTree) -> dict[str, Any]:
    """The group's input sockets by identifier."""
    found = versions.interface(group).items_tree
    return {item.identifier: item for item in found if item.item_type == "SOCKET" and item.in_out == "INPUT"}


def instances_of(group: bpy.types.NodeTree) -> Iterator[Any]:
    """The nodes that use the group, in scenes' trees and in other groups."""
    trees: list[bpy.types.NodeTree] = list(bpy.data.node_groups)
    if not versions.TREES_ARE_GROUPS:
        trees += [tree for scene in bpy.data.scenes if (tree := versions.scene_tree(scene)) is not None]
    for tree in trees:
        for node in tree.nodes:
            if getattr(node, "node_tree", None) == group:
                yield node


def _numbers_of(value: properties.RefineValue) -> dict[str, float]:
    """What stands for each choice in an F-curve."""
    return {name: float(number) for number, name in properties.choices_by_number(value).items()}


def _channel(value: properties.RefineValue, content: Value, channel: int) -> float:
    if isinstance(content, str):
        return _numbers_of(value)[content]
    if isinstance(content, tuple | list):
        return float(content[channel])
    assert isinstance(content, int | float)
    return float(content)


def _remove_unused(group: bpy.types.NodeTree, identity: int, used: set[str]) -> None:
    for node in list(group.nodes):
        mark = versions.mark(node, STEP_MARK)
        if mark is not None and versions.mark(node, OBJECT_MARK) == identity and str(mark) not in used:
            group.nodes.remove(node)
