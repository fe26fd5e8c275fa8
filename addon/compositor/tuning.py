"""Live steps' values between the panel and the sockets of the clip's node group: said at once, compared, and taken back.

A value that the panel shows is one; the nodes that use the group, its instances, may each say another. Keyframed values have no socket.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import bpy

from ...engine.shot import MattewrightError, Parameter, Value
from .. import animation, properties
from ..colors import displayed
from ..properties import callbacks
from . import curves, live, versions
from .group import build_group, follow, group_of

SAME = 1e-5
"""Of the panel's value; a colour goes to linear light and back on its way."""


@dataclass(frozen=True)
class Node:
    """A node that uses the group, and its tree, by which the user finds it."""

    name: str
    tree: str

    def __str__(self) -> str:
        return f"'{self.name}' in '{self.tree}'"


@dataclass(frozen=True)
class Tuned:
    """A live value that nodes say otherwise than the panel."""

    object: str
    step: int
    """The step's identity."""
    parameter: str
    label: str
    """As the socket is called."""
    panel: Value
    nodes: dict[Node, Value]
    """Those that differ; none where the value was tuned in the group itself, which no node uses yet."""
    group: Value | None = None
    """What the group itself says, where no node uses it."""


def say(clip: bpy.types.MovieClip, value: properties.RefineValue, step: properties.RefineOp, identity: int) -> bool:
    """Let the sockets say what the panel has been set to, of the object with that identity; whether the value has a socket."""
    group = group_of(clip)
    known = _parameters(group) if group is not None else {}
    mine = known.get(f"{identity}/{step.identity}/{value.name}")
    if group is None or mine is None or animation.is_animated(clip, value):
        return False
    content = properties.content_of(value)
    said = list(content) if isinstance(content, tuple) else content
    item = live.inputs_of(group).get(mine["socket"])
    if item is not None and mine["value"] != said:
        live.say(group, item, content)
        mine["value"] = said
        _keep(group, known)
    return item is not None


def tuned(clip: bpy.types.MovieClip) -> list[Tuned]:
    """Where the panel and the nodes differ."""
    group = group_of(clip)
    known = _parameters(group) if group is not None else {}
    if group is None or not known:
        return []
    items, instances = live.inputs_of(group), list(live.instances_of(group))
    found = []
    for item, step, value, parameter in _values(clip):
        mine = known.get(f"{item.identity}/{step.identity}/{value.name}")
        entry = items.get(mine["socket"]) if mine else None
        if entry is None or animation.is_animated(clip, value):
            continue
        panel = properties.content_of(value)
        nodes = {}
        for instance in instances:
            socket = next((socket for socket in instance.inputs if socket.identifier == entry.identifier), None)
            if socket is None or socket.is_linked or _is_moved(socket):
                continue
            said = _content(value, parameter, socket.default_value)
            if not _same(said, panel):
                nodes[Node(instance.name, instance.id_data.name)] = said
        own = _content(value, parameter, entry.default_value) if not instances else None
        if nodes or (own is not None and not _same(own, panel)):
            found.append(Tuned(item.name, step.identity, value.name, entry.name, panel, nodes, own))
    return found


def tuned_curves(clip: bpy.types.MovieClip, object: str = "") -> list[curves.TunedCurve]:
    """Keyed values, of one object or all, whose keyframes were changed in the group."""
    group = group_of(clip)
    return [one for one in curves.tuned(clip, group) if one.object == object or not object] if group is not None else []


def take(clip: bpy.types.MovieClip, object: str = "", node: str = "") -> list[str]:
    """Set the panel to what the nodes say, for one object or all; what was taken, a line each. Other nodes stay as they are.

    Keyframes that were changed in the group are taken, too, where the panel's value has keyframes of its own.

    Raises MattewrightError, and takes nothing, where several nodes say different things and `node` names none of them.
    """
    group = group_of(clip)
    if group is None:
        raise MattewrightError(f"clip '{clip.name}': it has no node group yet: build the nodes")
    if node and not any(instance.name == node for instance in live.instances_of(group)):
        names = ", ".join(f"'{instance.name}'" for instance in live.instances_of(group)) or "none"
        raise MattewrightError(f"node '{node}': it doesn't use the group '{group.name}'; those that do: {names}")
    chosen = {(one.object, one.step, one.parameter): _chosen(one, node) for one in tuned(clip) if one.object == object or not object}
    known, told = _parameters(group), []
    for item, step, value, _ in _values(clip):
        content = chosen.get((item.name, step.identity, value.name))
        if content is None:
            continue
        mine = known[f"{item.identity}/{step.identity}/{value.name}"]
        mine["value"] = list(content) if isinstance(content, tuple) else content
        _keep(group, known)  # before the panel is set: it says nothing new to the other nodes
        properties.set_value(step, value.name, content)
        told.append(f"{item.name}: {step.op} {value.name} {shown(content)}")
    told += [f"{one.label}, {curves.take(one)} keyframes" for one in tuned_curves(clip, object) if one.panel is not None]
    if told:
        clip.update_tag()  # what keyframes say on this frame is seen at once
        follow(clip)
    return told


def give(clip: bpy.types.MovieClip, object: str = "") -> list[str]:
    """Let the nodes say what the panel says, for one object or all; what was given, a line each. Keyed and linked sockets stay.

    Raises MattewrightError where keyframes were changed in the group and it can't be built.
    """
    group = group_of(clip)
    if group is None:
        raise MattewrightError(f"clip '{clip.name}': it has no node group yet: build the nodes")
    items, known, told = live.inputs_of(group), _parameters(group), []
    chosen = {(one.object, one.step, one.parameter): one for one in tuned(clip) if one.object == object or not object}
    for item, step, value, _ in _values(clip):
        one = chosen.get((item.name, step.identity, value.name))
        if one is not None:
            mine = known[f"{item.identity}/{step.identity}/{value.name}"]
            live.say(group, items[mine["socket"]], one.panel)
            told.append(f"{item.name}: {step.op} {value.name} {shown(one.panel)}")
    changed = tuned_curves(clip, object)
    for curve in changed:
        curves.forget(curve)
        told.append(f"{curve.label}, its keyframes")
    if changed:
        build_group(clip)
    return told


def is_behind(clip: bpy.types.MovieClip) -> bool:
    """Whether the clip's objects, or its live steps other than by a socket's value, are not those that the group was built for."""
    group = group_of(clip)
    return group is not None and versions.mark(group, live.BUILT) != live.signature(clip)


def shown(content: Value) -> str:
    """A value as a label has it."""
    if isinstance(content, bool | str):
        return {True: "on", False: "off"}.get(content, str(content)) if isinstance(content, bool) else content
    if isinstance(content, tuple | list):
        return ", ".join(f"{channel:.3g}" for channel in content)
    return f"{content:.4g}"


def register() -> None:
    callbacks.on_chained.append(_chained)
    callbacks.on_valued.append(_valued)


def unregister() -> None:
    callbacks.on_valued.remove(_valued)
    callbacks.on_chained.remove(_chained)


def _chained(clip: bpy.types.MovieClip) -> None:
    follow(clip)  # where it can't, the panel goes on saying that the nodes are behind


def _valued(clip: bpy.types.MovieClip, value: properties.RefineValue, step: properties.RefineOp, identity: int) -> None:
    if not say(clip, value, step, identity):
        follow(clip)


def _chosen(one: Tuned, node: str) -> Value | None:
    if one.group is not None:
        return one.group
    said = {where: content for where, content in one.nodes.items() if not node or where.name == node}
    first = next(iter(said.values()), None)
    if any(not _same(content, first) for content in said.values()):
        each = ", ".join(f"{shown(content)} in {where}" for where, content in said.items())
        raise MattewrightError(f"'{one.label}' is {each}: name the node that is meant")
    return first


def _values(clip: bpy.types.MovieClip) -> Iterator[tuple[Any, Any, Any, Parameter]]:
    """Object, step, value and declaration of each live value."""
    for item in properties.of(clip).objects:
        for step in item.refine:
            for value in step.values if step.enabled and step.live else ():
                parameter = properties.parameter_of(step.op, value.name)
                if parameter is not None:
                    yield item, step, value, parameter


def _content(value: properties.RefineValue, parameter: Parameter, said: Any) -> Value:
    """What a socket says, as the panel's value would hold it."""
    if parameter.kind == "color":
        return properties.within(value, displayed(tuple(said)[:3]))
    return bool(said > 0.5) if parameter.kind == "bool" else properties.within(value, float(said))


def _same(one: Value | None, other: Value | None) -> bool:
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return all(abs(a - b) <= 10 * SAME for a, b in zip(one, other, strict=True))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= SAME * max(1.0, abs(one))
    return one == other


def _is_moved(socket: bpy.types.NodeSocket) -> bool:
    """Whether a curve or a driver of the user's moves the socket."""
    tree, path = socket.id_data, socket.path_from_id("default_value")
    return any(curve.data_path == path for curve in (*animation.curves_of(tree), *animation.drivers_of(tree)))


def _parameters(group: bpy.types.NodeTree) -> dict[str, Any]:
    said = versions.mark(group, live.PARAMETERS)
    found: dict[str, Any] = json.loads(said) if said else {}
    return found


def _keep(group: bpy.types.NodeTree, known: dict[str, Any]) -> None:
    versions.set_mark(group, live.PARAMETERS, json.dumps(known, sort_keys=True))
