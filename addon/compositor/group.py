"""The node group `Mattewright: <clip>`: one output per object, fed by the mask sequence in the store, through the object's live steps.

The group is updated in place. What is ours is marked (nodes by a property, sockets by their identifier, both by the object's identity),
and only that is touched: the user's nodes and links, inside and outside, stay.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ...engine.shot import Footage, Layout, MattewrightError
from .. import properties, store
from ..footage import footage_of
from . import versions
from .graph import OBJECT_MARK as MARK
from .graph import Socket
from .live import BUILT, LiveChains, signature

PREFIX = "Mattewright: "
CLIP = "mattewright_clip"
"""On the group: the clip itself."""
SOCKETS = "mattewright_sockets"
"""On the group: the output socket's identifier by the object's identity."""


def group_of(clip: bpy.types.MovieClip) -> bpy.types.NodeTree | None:
    """The clip's group, if it was built."""
    return next((group for group in bpy.data.node_groups if group.library is None and versions.mark(group, CLIP) == clip), None)


def build_group(clip: bpy.types.MovieClip) -> bpy.types.NodeTree:
    """Make the clip's group, or bring it up to date with the clip's objects.

    Raises MattewrightError where the store's place or the footage isn't known, or a live step has no nodes.
    """
    place = store.layout(clip)
    footage = footage_of(clip, place.root)
    shot = properties.of(clip)
    properties.assign_identities(shot)
    group = group_of(clip)
    if group is None:
        group = versions.new_group(PREFIX + clip.name)
        versions.set_mark(group, CLIP, clip)
    elif group.name.startswith(PREFIX):  # a name that the user chose stays
        group.name = PREFIX + clip.name
    _drop_removed(group, {item.identity for item in shot.objects})
    output = _output(group)
    ends: dict[str, Socket | None] = {}

    def end(name: str) -> Socket:
        """The socket at which the object's mask is finished."""
        item = properties.of_name(shot.objects, name)
        found = ends.setdefault(name, None)
        if found is None:
            if name in begun:
                raise MattewrightError(f"object '{name}': its live steps ask, through others, for its own mask: break the circle")
            begun.add(name)
            row = shot.objects.find(name)
            node = _mask_node(group, item, row)
            _read_masks(node, item, place, footage, clip)
            found = ends[name] = chains.build(item, node.outputs["Image"], -320.0 * row)  # not Alpha, which is 1 all over in a grey PNG
        return found

    begun: set[str] = set()
    chains = LiveChains(group, clip, footage.frames(), end)
    for item in shot.objects:
        mask = end(item.name)
        socket, is_new = _socket(group, item)
        entry = next(entry for entry in output.inputs if entry.identifier == socket.identifier)
        if is_new or not entry.is_linked or _is_own(entry):
            group.links.new(mask, entry)
    chains.finish()
    versions.set_mark(group, BUILT, signature(clip))
    return group


def refresh(clip: bpy.types.MovieClip) -> None:
    """After masks were written: bring the clip's group up to date if there is one, for its nodes go on from where the masks end.

    Building takes some tens of milliseconds, so it is only done when something was said since that it depends on.
    """
    group = group_of(clip)
    if group is None:
        return
    if versions.mark(group, BUILT) != signature(clip):
        build_group(clip)
    reload_masks(clip)


def follow(clip: bpy.types.MovieClip) -> str:
    """After the chain was changed: bring the clip's group, if there is one, up to date at once. Why it can't be; mostly empty."""
    group = group_of(clip)
    if group is None or versions.mark(group, BUILT) == signature(clip):
        return ""
    try:
        build_group(clip)
    except MattewrightError as error:
        return f"the nodes stay as they were: {error}"
    return ""


def socket_of(group: bpy.types.NodeTree, instance: bpy.types.Node, item: properties.MatteObject) -> bpy.types.NodeSocket:
    """The output of `item` on a node that instances the group."""
    identifier = _sockets(group)[str(item.identity)]
    return next(socket for socket in instance.outputs if socket.identifier == identifier)


def reload_masks(clip: bpy.types.MovieClip) -> None:
    """Forget the masks that Blender keeps in memory: it doesn't look whether a file of a sequence has changed."""
    group = group_of(clip)
    for node in group.nodes if group else ():
        image = getattr(node, "image", None)
        if versions.mark(node, MARK) is not None and image is not None:
            image.reload()


def _is_own(entry: bpy.types.NodeSocket) -> bool:
    """Whether what comes in at the group's output is a node of ours: of the object, or of one that it is combined with."""
    return any(link.from_node and versions.mark(link.from_node, MARK) is not None for link in entry.links or ())


def _sockets(group: bpy.types.NodeTree) -> dict[str, str]:
    """A copy; written back whole."""
    known = versions.mark(group, SOCKETS)
    return {str(key): str(value) for key, value in known.items()} if known else {}


def _items(group: bpy.types.NodeTree) -> dict[str, Any]:
    """The group's output sockets by identifier, in order."""
    found = versions.interface(group).items_tree
    return {item.identifier: item for item in found if item.item_type == "SOCKET" and item.in_out == "OUTPUT"}


def _drop_removed(group: bpy.types.NodeTree, alive: set[int]) -> None:
    for node in list(group.nodes):
        if versions.mark(node, MARK) not in {None, *alive}:
            image = getattr(node, "image", None)
            group.nodes.remove(node)
            if image is not None and image.users == 0:
                bpy.data.images.remove(image)
    sockets, items = _sockets(group), _items(group)
    for key in [key for key in sockets if int(key) not in alive]:
        item = items.get(sockets.pop(key))
        if item is not None:
            versions.interface(group).remove(item)
    group[SOCKETS] = sockets


def _output(group: bpy.types.NodeTree) -> bpy.types.Node:
    outputs = [node for node in group.nodes if node.bl_idname == "NodeGroupOutput"]
    for node in outputs:
        if getattr(node, "is_active_output", True):
            return node
    if outputs:
        return outputs[0]
    made = group.nodes.new("NodeGroupOutput")
    made.location = (400.0, 0.0)
    return made


def _mask_node(group: bpy.types.NodeTree, item: properties.MatteObject, row: int) -> Any:
    """The object's Image node; a copy that the user made of one carries its mark too, so the first is taken."""
    for node in group.nodes:
        if node.bl_idname == "CompositorNodeImage" and versions.mark(node, MARK) == item.identity:
            return node
    node = group.nodes.new("CompositorNodeImage")
    node[MARK] = item.identity
    node.location = (0.0, -320.0 * row)
    return node


def _read_masks(node: Any, item: properties.MatteObject, place: Layout, footage: Footage, clip: bpy.types.MovieClip) -> None:
    """Let `node` show the object's mask of the scene's frame."""
    name = f"{item.name} mask"
    node.label = item.name
    if node.image is None:
        # Not `images.load`: that wants the file to be there, and the group may be built before anything was tracked.
        node.image = bpy.data.images.new(name, 1, 1)
    image = node.image
    image.source = "SEQUENCE"
    frames = footage.frames()
    path = _as_said(place.file(item.name, "mask", frames.first), clip)
    if image.filepath != path:
        image.name = name
        image.filepath = path
    if image.colorspace_settings.name != "Non-Color":
        image.colorspace_settings.name = "Non-Color"  # a mask's values are not light: as sRGB, 0.5 would be off by 0.29
    # Blender loads the file number `scene_frame - frame_start + 1 + frame_offset`: thus the scene frame's own. The whole clip, not just
    # the range in work: past its end Blender would hold the last mask, where a missing file is honestly transparent.
    node.frame_start = frames.first
    node.frame_duration = len(frames)
    node.frame_offset = frames.first - 1
    node.use_cyclic = False
    node.use_auto_refresh = True


def _as_said(path: Path, clip: bpy.types.MovieClip) -> str:
    """Relative to the .blend if the user has the store so, that a moved project finds its masks."""
    said = properties.of(clip).store.strip() or store.default_folder(clip)
    if said.startswith("//") and bpy.data.filepath:
        try:
            return bpy.path.relpath(str(path))
        except ValueError:  # Windows: on another drive
            pass
    return str(path)


def _socket(group: bpy.types.NodeTree, item: properties.MatteObject) -> tuple[Any, bool]:
    """The object's output socket, and whether it is new; its name follows the object's, its links know it by its identifier."""
    sockets, items = _sockets(group), _items(group)
    socket = items.get(sockets.get(str(item.identity), ""))
    if socket is not None:
        if socket.name != item.name:
            socket.name = item.name
        return socket, False
    socket = versions.interface(group).new_socket(item.name, in_out="OUTPUT", socket_type="NodeSocketFloat")
    sockets[str(item.identity)] = socket.identifier
    group[SOCKETS] = sockets
    return socket, True
