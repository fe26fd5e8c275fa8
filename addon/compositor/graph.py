"""Sums of sockets: what the refine ops are compiled with.

A `Number` is a socket or a constant. Every node has a role in its step, by which it is found again when the group is brought up to date:
nodes stay where the user put them, and so do links that the user made.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import bpy

from . import versions

OBJECT_MARK = "mattewright_object"
"""On a node of ours inside the group: the object's identity."""
STEP_MARK = "mattewright_step"
"""On a node of ours that is of a live step: the step's identity and the node's role."""

Socket = bpy.types.NodeSocket
Number = Socket | float


@dataclass
class Nodes:
    """The nodes of one live step in a group. What is made anew lands in a row of its own."""

    group: bpy.types.NodeTree
    object: int
    step: int
    origin: tuple[float, float] = (0.0, 0.0)
    used: set[str] = field(default_factory=set)
    _roles: Counter[str] = field(default_factory=Counter)
    _known: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._known = {}
        for node in self.group.nodes:  # a copy that the user made of one carries its marks too: the first is taken
            if versions.mark(node, OBJECT_MARK) == self.object and versions.mark(node, STEP_MARK) is not None:
                self._known.setdefault(str(versions.mark(node, STEP_MARK)), node)

    def node(self, kind: str, role: str = "") -> Any:
        """The step's node of this kind and role, made if there is none."""
        name = role or kind.removeprefix("CompositorNode").removeprefix("ShaderNode")
        self._roles[name] += 1
        mark = f"{self.step} {name} {self._roles[name]}"
        self.used.add(mark)
        found = self._known.get(mark)
        if found is not None and found.bl_idname == kind:
            return found
        made = self.group.nodes.new(kind)
        made[OBJECT_MARK], made[STEP_MARK] = self.object, mark
        made.hide = kind == versions.MATH
        count = len(self.used) - 1
        made.location = (self.origin[0] + 160.0 * (count // 6), self.origin[1] - 60.0 * (count % 6))
        return made

    def put(self, socket: Any, value: Number) -> None:
        """Let `value` come in at `socket`, unless the user has linked something of theirs there."""
        links = list(socket.links or ())
        theirs = any(versions.mark(link.from_node, OBJECT_MARK) is None for link in links)
        if theirs:
            return
        if isinstance(value, bpy.types.NodeSocket):
            if not any(link.from_socket == value for link in links):
                self.group.links.new(value, socket)
            return
        for link in links:
            self.group.links.remove(link)
        change(socket, "default_value", value)

    def math(self, operation: str, *inputs: Number, clamp: bool = False) -> Number:
        """`operation` of Blender's Math node."""
        node = self.node(versions.MATH, operation.lower())
        change(node, "operation", operation)
        change(node, "use_clamp", clamp)
        for socket, value in zip(node.inputs, inputs, strict=False):
            self.put(socket, value)
        found: Socket = node.outputs[0]
        return found

    def add(self, one: Number, other: Number, clamp: bool = False) -> Number:
        return self.math("ADD", one, other, clamp=clamp)

    def subtract(self, one: Number, other: Number, clamp: bool = False) -> Number:
        return self.math("SUBTRACT", one, other, clamp=clamp)

    def multiply(self, one: Number, other: Number) -> Number:
        return self.math("MULTIPLY", one, other)

    def divide(self, one: Number, other: Number) -> Number:
        return self.math("DIVIDE", one, other)

    def lower(self, one: Number, other: Number) -> Number:
        return self.math("MINIMUM", one, other)

    def higher(self, one: Number, other: Number) -> Number:
        return self.math("MAXIMUM", one, other)

    def above(self, one: Number, other: Number) -> Number:
        """1 where `one` is higher, else 0."""
        return self.math("GREATER_THAN", one, other)

    def below(self, one: Number, other: Number) -> Number:
        """1 where `one` is lower, else 0."""
        return self.math("LESS_THAN", one, other)

    def inverse(self, one: Number) -> Number:
        return self.subtract(1.0, one)

    def clamped(self, one: Number) -> Number:
        return self.add(one, 0.0, clamp=True)

    def choose(self, switch: Number, one: Number, other: Number) -> Number:
        """`one` where `switch` is 1, `other` where it is 0."""
        return self.add(other, self.multiply(self.subtract(one, other), switch))

    def separate(self, color: Socket, mode: str = "RGB") -> tuple[Socket, Socket, Socket]:
        """Red, green and blue, or hue, saturation and value."""
        node = self.node("CompositorNodeSeparateColor", f"separate {mode.lower()}")
        change(node, "mode", mode)
        self.put(node.inputs[0], color)
        return node.outputs[0], node.outputs[1], node.outputs[2]

    def disk(self, mask: Number, pixels: Number) -> Number:
        """Dilated by a disk of so many pixels."""
        node = self.node(versions.DILATE, "disk")
        versions.set_dilation(node, "DISTANCE")
        self.put(node.inputs["Mask"], mask)
        if versions.SIZES_ARE_SOCKETS:
            self.put(node.inputs["Size"], pixels)
            return self._out(node)
        assert isinstance(pixels, float)
        versions.set_dilation_size(node, round(pixels))
        found: Number = self._out(node)
        if pixels > 2:  # 4.2 leaves out the disk's last pixel to the left and its last one below
            for way in ("X", "Y"):
                moved = self.node("CompositorNodeTranslate", "moved")
                self.put(moved.inputs["Image"], mask)
                self.put(moved.inputs[way], -pixels)
                found = self.higher(found, moved.outputs[0])
        return found

    def distance(self, mask: Number, out: Number, into: Number) -> Number:
        """How far each pixel is inside, below 0 outside, of what is above a half: from its centre to that of the nearest pixel of the other
        side, never between -1 and 1. Right from `out` pixels outside to `into` inside; what is farther is given as that far.
        """
        node = self.node(versions.DILATE, "distance")
        versions.set_dilation(node, "THRESHOLD")
        self.put(node.inputs["Mask"], mask)
        reach = self.math("MAXIMUM", self.add(out, into), 2.0) if versions.SIZES_ARE_SOCKETS else max(_number(out) + _number(into), 2.0)
        if versions.SIZES_ARE_SOCKETS:
            self.put(node.inputs["Size"], out)
            self.put(versions.falloff_socket(node), reach)
        else:
            versions.set_dilation_size(node, round(_number(out)))
            versions.set_falloff(node, _number(reach))
        return self.subtract(self.multiply(self._out(node), reach), out)

    def blur(self, mask: Number, kind: str, pixels: Number) -> Number:
        """Blurred by Blender's Blur node."""
        node = self.node(versions.BLUR, "blur")
        share = versions.set_blur(node, kind)
        self.put(node.inputs["Image"], mask)
        size = node.inputs["Size"]
        if not versions.SIZES_ARE_SOCKETS:
            self.put(size, self.multiply(pixels, share))
        elif isinstance(pixels, bpy.types.NodeSocket):
            self.put(size, pixels)
        else:
            for axis in (0, 1):
                size.default_value[axis] = pixels
        return self._out(node)

    def _out(self, node: Any) -> Socket:
        found: Socket = node.outputs[0]
        return found


def change(thing: Any, name: str, value: Any) -> None:
    """Set a property if it isn't so already: each setting makes Blender go over the whole tree."""
    now = getattr(thing, name)
    same = abs(now - value) <= 1e-6 * abs(value) if isinstance(value, float) else now == value
    if not same:
        setattr(thing, name, value)


def _number(value: Number) -> float:
    assert isinstance(value, float | int), "before 4.5 no socket can say it"
    return float(value)
