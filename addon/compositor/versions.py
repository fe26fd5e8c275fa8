"""Where the compositor differs between Blender 4.2 and 5.2: every such place is here, and nowhere else.

5.0 made the scene's compositor a node group like any other, with a group output instead of the Composite node, turned nodes'
settings into sockets, and left only the shader's Math node.
"""

from __future__ import annotations

from typing import Any

import bpy

TREES_ARE_GROUPS = bpy.app.version >= (5, 0, 0)
SIZES_ARE_SOCKETS = bpy.app.version >= (4, 5, 0)
"""Whether how far Dilate/Erode goes comes in by a socket, and not as a setting of the node."""
MATH = "ShaderNodeMath" if TREES_ARE_GROUPS else "CompositorNodeMath"
VALUE = "ShaderNodeValue" if TREES_ARE_GROUPS else "CompositorNodeValue"
DILATE = "CompositorNodeDilateErode"
BLUR = "CompositorNodeBlur"
_BLUR_SIZE = 256
"""In 4.2 a blur's size is a whole number of pixels in its settings, times a factor from 0 to 1 that comes in by a socket."""


def scene_tree(scene: bpy.types.Scene) -> bpy.types.NodeTree | None:
    """The scene's compositor tree, if it has one."""
    found: bpy.types.NodeTree | None = _any(scene).compositing_node_group if TREES_ARE_GROUPS else _any(scene).node_tree
    return found


def socket_kind(kind: str) -> str:
    """The group's socket for a parameter of that kind; before 5.0 the compositor has none for what is on or off."""
    return {"color": "NodeSocketColor", "bool": "NodeSocketBool" if TREES_ARE_GROUPS else "NodeSocketFloat"}.get(kind, "NodeSocketFloat")


def use_compositor(scene: bpy.types.Scene) -> None:
    """Make the scene composite with its tree when it renders."""
    scene.render.use_compositing = True
    if not TREES_ARE_GROUPS:
        _any(scene).use_nodes = True


def new_group(name: str) -> bpy.types.NodeTree:
    """An empty compositor group."""
    made: bpy.types.NodeTree = _any(bpy.data.node_groups).new(name, "CompositorNodeTree")
    return made


def new_scene_tree(scene: bpy.types.Scene, name: str) -> bpy.types.NodeTree:
    """An empty compositor tree for a scene that has none."""
    if TREES_ARE_GROUPS:
        tree = new_group(name)
        _any(scene).compositing_node_group = tree
        return tree
    use_compositor(scene)
    made: bpy.types.NodeTree = _any(scene).node_tree
    made.nodes.clear()  # Blender's own Render Layers and Composite
    return made


def drop_scene_tree(scene: bpy.types.Scene) -> None:
    """Remove the tree of a scene that is about to be removed; before 5.0 it goes with its scene."""
    tree = scene_tree(scene)
    if TREES_ARE_GROUPS and tree is not None:
        bpy.data.node_groups.remove(tree)


def output_node(tree: bpy.types.NodeTree) -> bpy.types.Node | None:
    """The node by which the tree's picture leaves it, if there is one."""
    kind = "NodeGroupOutput" if TREES_ARE_GROUPS else "CompositorNodeComposite"
    outputs = [node for node in tree.nodes if node.bl_idname == kind]
    return next((node for node in outputs if getattr(node, "is_active_output", False)), outputs[0] if outputs else None)


def new_output(tree: bpy.types.NodeTree) -> bpy.types.Node:
    """An output node with one picture for input."""
    if not TREES_ARE_GROUPS:
        return tree.nodes.new("CompositorNodeComposite")
    sockets = [item for item in interface(tree).items_tree if item.item_type == "SOCKET" and item.in_out == "OUTPUT"]
    if not sockets:
        interface(tree).new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
    return tree.nodes.new("NodeGroupOutput")


def apply_mask(node: bpy.types.Node) -> None:
    """Let a Set Alpha node multiply the picture by its alpha: premultiplied, as the compositor and EXR have it."""
    if TREES_ARE_GROUPS:
        _any(node.inputs["Type"]).default_value = "Apply Mask"
    else:
        _any(node).mode = "APPLY"


def new_maximum(tree: bpy.types.NodeTree) -> bpy.types.Node:
    """A node that gives the larger of its two first inputs."""
    node = tree.nodes.new(MATH)
    _any(node).operation = "MAXIMUM"
    return node


def set_dilation(node: bpy.types.Node, mode: str) -> None:
    """What Dilate/Erode does: ``DISTANCE``, by a disk, or ``THRESHOLD``, by the distance from where the mask is a half."""
    if TREES_ARE_GROUPS:
        _any(node.inputs["Type"]).default_value = mode.title()
    else:
        _any(node).mode = mode


def set_dilation_size(node: bpy.types.Node, pixels: int) -> None:
    """How far it goes, where that is a setting of the node (`SIZES_ARE_SOCKETS`)."""
    _any(node).distance = pixels


def set_falloff(node: bpy.types.Node, pixels: float) -> None:
    """How wide the edge of the mode ``THRESHOLD`` is; below 2 Blender would smooth it by other means."""
    if SIZES_ARE_SOCKETS:
        _any(node.inputs["Falloff Size"]).default_value = pixels
    else:
        _any(node).edge = pixels


def falloff_socket(node: bpy.types.Node) -> bpy.types.NodeSocket | None:
    return node.inputs["Falloff Size"] if SIZES_ARE_SOCKETS else None


def set_blur(node: bpy.types.Node, kind: str) -> float:
    """Blur by ``GAUSS`` or ``FLAT``; what the socket `Size` takes for one pixel."""
    settings = _any(node)
    if TREES_ARE_GROUPS:
        settings.inputs["Type"].default_value = {"GAUSS": "Gaussian", "FLAT": "Flat"}[kind]
    else:
        settings.filter_type = kind
    if SIZES_ARE_SOCKETS:
        return 1.0
    settings.use_bokeh = False
    settings.size_x = settings.size_y = _BLUR_SIZE
    return 1.0 / _BLUR_SIZE


def to_display(node: bpy.types.Node) -> None:
    """Let a Convert Colorspace node make of scene-linear colour what is displayed, sRGB."""
    settings = _any(node)
    spaces = {item.identifier for item in settings.bl_rna.properties["from_color_space"].enum_items}
    settings.from_color_space = "scene_linear" if "scene_linear" in spaces else "Linear Rec.709"
    settings.to_color_space = "sRGB"


def composite_on_cpu(scene: bpy.types.Scene) -> None:
    """At full precision, and without a GPU: a machine without a screen has none, and Blender 5.2 would abort for the want of it."""
    settings = _any(scene.render)
    if hasattr(settings, "compositor_device"):
        settings.compositor_device = "CPU"
    if hasattr(settings, "compositor_precision"):
        settings.compositor_precision = "FULL"


def still_format(settings: bpy.types.ImageFormatSettings, file_format: str) -> None:
    """Still pictures of `file_format` (PNG, OPEN_EXR)."""
    if hasattr(settings, "media_type"):
        _any(settings).media_type = "IMAGE"
    _any(settings).file_format = file_format


def mark(thing: bpy.types.bpy_struct, key: str) -> Any:
    """The custom property `key` of a node or tree; None where it has none."""
    return _any(thing).get(key)


def set_mark(thing: bpy.types.bpy_struct, key: str, value: object) -> None:
    _any(thing)[key] = value


def interface(tree: bpy.types.NodeTree) -> Any:
    """The tree's sockets. Their stubs differ from version to version more than they do."""
    return tree.interface


def _any(thing: Any) -> Any:
    """`thing` without its type: what one version's stubs know, another's do not."""
    return thing
