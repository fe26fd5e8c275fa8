"""The node group `Mattewright: <clip>`: one output per object, fed by the mask sequence in the store, through the object's live steps,
and those of the object's matte (`mattes`).

The group is updated in place. What is ours is marked (nodes by a property, sockets by their identifier, both by the object's identity),
and only that is touched: the user's nodes and links, inside and outside, stay.
"""

from __future__ import annotations

from typing import Any

import bpy

from ...engine.shot import MattewrightError
from .. import properties, store
from ..footage import footage_of
from . import mattes, versions
from .graph import OBJECT_MARK as MARK
from .graph import Socket
from .live import BUILT, LiveChains, instances_of, signature
from .sequences import own_node, show_files

PREFIX = "Mattewright: "
CLIP = "mattewright_clip"
"""On the group: the clip itself."""
ROW = 320.0
"""From one object's nodes to the next one's."""
SOCKETS = "mattewright_sockets"
"""On the group: the output socket's identifier by the object's identity, and of its matte's outputs by that and their part, ``7 alpha``."""


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
            node = own_node(group, "CompositorNodeImage", item.identity, "", (0.0, -ROW * row))
            show_files(node, item, "mask", place, footage, clip)
            found = ends[name] = chains.build(item, node.outputs["Image"], -ROW * row)  # not Alpha, which is 1 all over in a grey PNG
        return found

    begun: set[str] = set()
    chains = LiveChains(group, clip, footage.frames(), end)
    for row, item in enumerate(shot.objects):
        _drop_outputs(group, item)
        sockets = mattes.build(group, item, -ROW * row, place, footage, clip)
        _lead_out(group, output, end(item.name), item, mattes.Output("", "NodeSocketFloat", ""))
        for wanted in mattes.wanted(item):
            _lead_out(group, output, sockets[wanted.part], item, wanted)
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


def socket_of(group: bpy.types.NodeTree, instance: bpy.types.Node, item: properties.MatteObject, part: str = "") -> bpy.types.NodeSocket:
    """The output of `item` on a node that instances the group: its mask, or a part of its matte."""
    identifier = _sockets(group)[_key(item, part)]
    return next(socket for socket in instance.outputs if socket.identifier == identifier)


def drop_unlinked(clip: bpy.types.MovieClip) -> None:
    """After links were taken away where the group is used: the outputs of mattes that are switched off may go, too."""
    group = group_of(clip)
    for item in properties.of(clip).objects if group else ():
        assert group is not None
        _drop_outputs(group, item)


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
            mattes.drop(group, node)
    sockets, items = _sockets(group), _items(group)
    for key in [key for key in sockets if int(key.split()[0]) not in alive]:
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


def _key(item: properties.MatteObject, part: str) -> str:
    return f"{item.identity} {part}".strip()


def _lead_out(
    group: bpy.types.NodeTree, output: bpy.types.Node, source: bpy.types.NodeSocket, item: properties.MatteObject, wanted: mattes.Output
) -> None:
    """Link `source` to the group's output for it, made if need be, unless the user has linked something of theirs there."""
    socket, is_new = _socket(group, item, wanted)
    entry = next(entry for entry in output.inputs if entry.identifier == socket.identifier)
    if is_new or not entry.is_linked or _is_own(entry):
        group.links.new(source, entry)


def _socket(group: bpy.types.NodeTree, item: properties.MatteObject, wanted: mattes.Output) -> tuple[Any, bool]:
    """The object's output socket, and whether it is new; its name follows the object's, its links know it by its identifier."""
    sockets, items = _sockets(group), _items(group)
    key, name = _key(item, wanted.part), f"{item.name} {wanted.part}".rstrip()
    socket = items.get(sockets.get(key, ""))
    if socket is not None:
        if socket.name != name:
            socket.name = name
        return socket, False
    parts = ["", *(output.part for output in mattes.OUTPUTS)]
    earlier = {sockets.get(_key(item, part)) for part in parts[: parts.index(wanted.part)]}
    before = max((number for number, found in enumerate(items) if found in earlier), default=None)
    socket = versions.interface(group).new_socket(name, in_out="OUTPUT", socket_type=wanted.kind)
    socket.description = wanted.description
    if before is not None:  # an object's outputs stand together, in this order
        versions.interface(group).move(socket, before + 1)
    sockets[key] = socket.identifier
    group[SOCKETS] = sockets
    return socket, True


def _drop_outputs(group: bpy.types.NodeTree, item: properties.MatteObject) -> None:
    """Remove the outputs of the object's matte that it doesn't ask for, but for those that are linked where the group is used."""
    sockets, items = _sockets(group), _items(group)
    wanted = {_key(item, output.part) for output in mattes.wanted(item)}
    kept = set()
    for output in mattes.OUTPUTS:
        key = _key(item, output.part)
        if key not in sockets or key in wanted:
            continue
        if _is_used(group, sockets[key]):
            kept.add(output.part)
            continue
        found = items.get(sockets.pop(key))
        if found is not None:
            versions.interface(group).remove(found)
    group[SOCKETS] = sockets
    mattes.drop_unused(group, item, kept)


def _is_used(group: bpy.types.NodeTree, identifier: str) -> bool:
    return any(socket.identifier == identifier and socket.is_linked for node in instances_of(group) for socket in node.outputs)
