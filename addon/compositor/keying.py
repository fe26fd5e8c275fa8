"""The ready-made tree: Movie Clip -> Set Alpha <- the clip's group -> output; a single object's own foreground instead of the clip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy

from ...engine.shot import MattewrightError
from .. import properties, store
from . import versions
from .group import build_group, drop_unlinked, socket_of
from .mattes import ALPHA, FOREGROUND

MARK = "mattewright_keying"
"""On a node of ours in the scene's tree: its part."""


def build_keying_tree(scene: bpy.types.Scene, clip: bpy.types.MovieClip, objects: Sequence[str] = ()) -> bool:
    """Key `clip` in the scene's compositor by `objects` (all, where none is named), united where there are several: each by its alpha
    where its matte is switched on, else by its mask. A single object has its own foreground's colour if one is made.

    A tree that is there stays: our nodes are added to it, or those of an earlier call brought up to date, and the scene's output is
    only taken if nothing else is linked to it. Returns whether the keyed picture is what leaves the tree.
    """
    shot = properties.of(clip)
    chosen = [properties.of_name(shot.objects, name) for name in objects] or list(shot.objects)
    if not chosen:
        raise MattewrightError(f"clip '{clip.name}': no object to key by: add one")
    group = build_group(clip)
    tree = versions.scene_tree(scene) or versions.new_scene_tree(scene, f"Keying: {clip.name}")
    versions.use_compositor(scene)

    footage = _part(tree, "clip", "CompositorNodeMovieClip", (-600.0, 200.0))
    footage.clip = clip
    instance = _part(tree, "group", "CompositorNodeGroup", (-600.0, -150.0))
    instance.node_tree = group
    is_new = not any(versions.mark(node, MARK) == "alpha" for node in tree.nodes)
    keyed = _part(tree, "alpha", "CompositorNodeSetAlpha", (0.0, 100.0))
    if is_new:
        versions.apply_mask(keyed)
    own = store.has_own_color(chosen[0], len(chosen))
    color = socket_of(group, instance, chosen[0], FOREGROUND) if own else footage.outputs["Image"]
    if _is_ours(keyed.inputs["Image"]) and not any(link.from_socket == color for link in keyed.inputs["Image"].links or ()):
        tree.links.new(color, keyed.inputs["Image"])
    _feed(tree, keyed.inputs["Alpha"], [socket_of(group, instance, item, ALPHA if item.matte.enabled else "") for item in chosen])
    drop_unlinked(clip)
    return _lead_out(tree, keyed)


def _part(tree: bpy.types.NodeTree, part: str, kind: str, location: tuple[float, float]) -> Any:
    for node in tree.nodes:
        if versions.mark(node, MARK) == part and node.bl_idname == kind:
            return node
    made = tree.nodes.new(kind)
    made[MARK] = part
    made.location = location
    return made


def _feed(tree: bpy.types.NodeTree, target: bpy.types.NodeSocket, masks: Sequence[bpy.types.NodeSocket]) -> None:
    """Link the largest of `masks` to `target`, unless the user has put something of their own there."""
    if not _is_ours(target):
        return
    for node in [node for node in tree.nodes if versions.mark(node, MARK) == "union"]:
        tree.nodes.remove(node)
    united = masks[0]
    for row, mask in enumerate(masks[1:]):
        larger = versions.new_maximum(tree)
        larger[MARK] = "union"
        larger.location = (-350.0 + 60.0 * row, -150.0 - 60.0 * row)
        tree.links.new(united, larger.inputs[0])
        tree.links.new(mask, larger.inputs[1])
        united = larger.outputs[0]
    tree.links.new(united, target)


def _is_ours(target: bpy.types.NodeSocket) -> bool:
    """Whether nothing comes in there but from our own nodes."""
    return all(versions.mark(link.from_node, MARK) is not None for link in target.links or () if link.from_node)


def _lead_out(tree: bpy.types.NodeTree, keyed: bpy.types.Node) -> bool:
    output = versions.output_node(tree)
    if output is None:
        output = versions.new_output(tree)
        output.location = (300.0, 100.0)
    target = output.inputs[0]
    if not target.is_linked:
        tree.links.new(keyed.outputs["Image"], target)
    return any(link.from_node == keyed for link in target.links or ())
