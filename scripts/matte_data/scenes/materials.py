"""Cheap materials: each makes a Blender material with few nodes. Colours are scene-linear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy


def _new(name: str) -> tuple[Any, Any, Any]:
    """The material, its nodes, and its output's Surface socket."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    nodes = made.node_tree.nodes
    nodes.clear()
    return made, nodes, nodes.new("ShaderNodeOutputMaterial").inputs["Surface"]


def _rgba(colour: Sequence[float]) -> tuple[float, float, float, float]:
    return (colour[0], colour[1], colour[2], 1.0)


def _mixed(nodes: Any, links: Any, factor: Any, first: Sequence[float], second: Sequence[float]) -> Any:
    mix = nodes.new("ShaderNodeMix")
    mix.data_type = "RGBA"
    links.new(factor, mix.inputs["Factor"])
    mix.inputs["A"].default_value, mix.inputs["B"].default_value = _rgba(first), _rgba(second)
    return next(socket for socket in mix.outputs if socket.type == "RGBA")


def surface(
    name: str,
    colour: Sequence[float],
    rough: float = 0.6,
    metal: float = 0.0,
    pattern: str = "plain",
    second: Sequence[float] | None = None,
    scale: float = 9.0,
) -> Any:
    """Cloth, skin, plastic, metal: one colour, or with `second` in a pattern: noise, stripes, checks."""
    made, nodes, out = _new(name)
    links = made.node_tree.links
    shader = nodes.new("ShaderNodeBsdfPrincipled")
    shader.inputs["Roughness"].default_value, shader.inputs["Metallic"].default_value = rough, metal
    shader.inputs["Base Color"].default_value = _rgba(colour)
    links.new(shader.outputs[0], out)
    if pattern != "plain":
        place = nodes.new("ShaderNodeTexCoord").outputs["Object"]
        kind = {"noise": "ShaderNodeTexNoise", "stripes": "ShaderNodeTexWave", "checks": "ShaderNodeTexChecker"}[pattern]
        texture = nodes.new(kind)
        texture.inputs["Scale"].default_value = scale * {"noise": 1.0, "stripes": 0.9, "checks": 2.2}[pattern]
        links.new(place, texture.inputs["Vector"])
        if pattern == "stripes":
            texture.bands_direction = "Z"
        factor = texture.outputs["Fac" if "Fac" in texture.outputs else "Factor"]
        links.new(_mixed(nodes, links, factor, colour, second or [1 - channel for channel in colour]), shader.inputs["Base Color"])
    return made


def strand(name: str, colour: Sequence[float] | None, rough: float = 0.3) -> Any:
    """Hair and fur: `colour`, or where it is None the strands' attribute ``tint``."""
    made, nodes, out = _new(name)
    links = made.node_tree.links
    shader = nodes.new("ShaderNodeBsdfHairPrincipled")
    shader.parametrization = "COLOR"
    shader.inputs["Roughness"].default_value = rough
    shader.inputs["Random Roughness"].default_value = 0.2
    if colour is None:
        attribute = nodes.new("ShaderNodeAttribute")
        attribute.attribute_name = "tint"
        links.new(attribute.outputs["Color"], shader.inputs["Color"])
    else:
        vary = nodes.new("ShaderNodeHueSaturation")
        random = nodes.new("ShaderNodeHairInfo").outputs["Random"]
        spread = nodes.new("ShaderNodeMapRange")
        links.new(random, spread.inputs["Value"])
        spread.inputs["To Min"].default_value, spread.inputs["To Max"].default_value = 0.7, 1.35
        links.new(spread.outputs[0], vary.inputs["Value"])
        vary.inputs["Color"].default_value = _rgba(colour)
        links.new(vary.outputs[0], shader.inputs["Color"])
    links.new(shader.outputs[0], out)
    return made


def thin(name: str, colour: Sequence[float] | None, through: float = 0.35) -> Any:
    """Leaves, barbs: light from behind shines through. `colour` None: the attribute ``tint``."""
    made, nodes, out = _new(name)
    links = made.node_tree.links
    front, back, mix = (nodes.new(kind) for kind in ("ShaderNodeBsdfDiffuse", "ShaderNodeBsdfTranslucent", "ShaderNodeMixShader"))
    mix.inputs[0].default_value = through
    if colour is None:
        attribute = nodes.new("ShaderNodeAttribute")
        attribute.attribute_name = "tint"
        for shader in (front, back):
            links.new(attribute.outputs["Color"], shader.inputs["Color"])
    else:
        for shader in (front, back):
            shader.inputs["Color"].default_value = _rgba(colour)
    links.new(front.outputs[0], mix.inputs[1])
    links.new(back.outputs[0], mix.inputs[2])
    links.new(mix.outputs[0], out)
    return made


def gauze(name: str, colour: Sequence[float], opacity: float, weave: float) -> Any:
    """Semi-transparent cloth: denser where it is seen at a slant, with a faint weave of `weave` threads a metre."""
    made, nodes, out = _new(name)
    links = made.node_tree.links
    cloth, clear, mix = (nodes.new(kind) for kind in ("ShaderNodeBsdfDiffuse", "ShaderNodeBsdfTransparent", "ShaderNodeMixShader"))
    cloth.inputs["Color"].default_value = _rgba(colour)
    slant = nodes.new("ShaderNodeLayerWeight")
    slant.inputs["Blend"].default_value = 0.5
    threads = nodes.new("ShaderNodeTexNoise")
    threads.inputs["Scale"].default_value = weave / 8
    links.new(nodes.new("ShaderNodeTexCoord").outputs["UV"], threads.inputs["Vector"])
    rise = nodes.new("ShaderNodeMath")
    rise.operation, rise.use_clamp = "MULTIPLY_ADD", True
    links.new(slant.outputs["Facing"], rise.inputs[0])
    rise.inputs[1].default_value, rise.inputs[2].default_value = min(0.95, opacity * 1.3), opacity * 0.6
    vary = nodes.new("ShaderNodeMath")
    vary.operation, vary.use_clamp = "MULTIPLY_ADD", True
    links.new(threads.outputs[0], vary.inputs[0])
    vary.inputs[1].default_value = opacity * 0.8
    links.new(rise.outputs[0], vary.inputs[2])
    links.new(vary.outputs[0], mix.inputs[0])
    links.new(clear.outputs[0], mix.inputs[1])
    links.new(cloth.outputs[0], mix.inputs[2])
    links.new(mix.outputs[0], out)
    return made


def puff(name: str, colour: Sequence[float], density: float) -> Any:
    """A ball of mist: opaque at its middle, nothing at its rim, uneven."""
    made, nodes, out = _new(name)
    links = made.node_tree.links
    mist, clear, mix = (nodes.new(kind) for kind in ("ShaderNodeBsdfDiffuse", "ShaderNodeBsdfTransparent", "ShaderNodeMixShader"))
    mist.inputs["Color"].default_value = _rgba(colour)
    # How much the surface faces the camera: 1 - Facing runs from the rim (0) to the middle (1).
    slant = nodes.new("ShaderNodeLayerWeight")
    slant.inputs["Blend"].default_value = 0.5
    facing = nodes.new("ShaderNodeMath")
    facing.operation = "SUBTRACT"
    facing.inputs[0].default_value = 1.0
    links.new(slant.outputs["Facing"], facing.inputs[1])
    soft = nodes.new("ShaderNodeMath")
    soft.operation = "POWER"
    links.new(facing.outputs[0], soft.inputs[0])
    soft.inputs[1].default_value = 2.0
    noise = nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = 4.0, 4.0
    links.new(nodes.new("ShaderNodeTexCoord").outputs["Object"], noise.inputs["Vector"])
    uneven = nodes.new("ShaderNodeMapRange")
    uneven.inputs["From Min"].default_value, uneven.inputs["From Max"].default_value = 0.3, 0.7
    links.new(noise.outputs[0], uneven.inputs["Value"])
    weight = nodes.new("ShaderNodeMath")
    weight.operation = "MULTIPLY"
    links.new(soft.outputs[0], weight.inputs[0])
    links.new(uneven.outputs[0], weight.inputs[1])
    dense = nodes.new("ShaderNodeMath")
    dense.operation, dense.use_clamp = "MULTIPLY", True
    links.new(weight.outputs[0], dense.inputs[0])
    dense.inputs[1].default_value = density
    # A ball has two skins: only the near one shows.
    near = nodes.new("ShaderNodeNewGeometry").outputs["Backfacing"]
    only = nodes.new("ShaderNodeMath")
    only.operation = "SUBTRACT"
    only.inputs[0].default_value = 1.0
    links.new(near, only.inputs[1])
    last = nodes.new("ShaderNodeMath")
    last.operation = "MULTIPLY"
    links.new(dense.outputs[0], last.inputs[0])
    links.new(only.outputs[0], last.inputs[1])
    links.new(last.outputs[0], mix.inputs[0])
    links.new(clear.outputs[0], mix.inputs[1])
    links.new(mist.outputs[0], mix.inputs[2])
    links.new(mix.outputs[0], out)
    return made
