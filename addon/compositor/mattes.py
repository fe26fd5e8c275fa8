"""The outputs of an object's matte: `<object> alpha`, `<object> foreground` where one is made, and `<object> cut-out`, ready to lay over.

They are there while the object's matte is switched on; one that is linked somewhere stays when it is switched off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy

from ...engine.shot import Footage, Layout
from .. import properties
from . import versions
from .graph import OBJECT_MARK as MARK
from .sequences import PART, own_node, show_files

ALPHA, FOREGROUND, CUTOUT, CLIP = "alpha", "foreground", "cut-out", "clip"
"""Parts; the clip has no output, it is what is cut out where no foreground is made."""
BELOW = 150.0
"""How far a matte's nodes lie below its mask's."""


@dataclass(frozen=True)
class Output:
    """An output socket of the group."""

    part: str
    kind: str
    description: str


OUTPUTS = (
    Output(ALPHA, "NodeSocketFloat", "How much of each pixel is the object, 0 to 1"),
    Output(
        FOREGROUND,
        "NodeSocketColor",
        "The object's own color without the background, scene-linear, straight: not multiplied by alpha; where alpha is 0 it means nothing",
    ),
    Output(CUTOUT, "NodeSocketColor", "The object alone, premultiplied by its alpha: lay it over another picture with Alpha Over"),
)


def wanted(item: properties.MatteObject) -> tuple[Output, ...]:
    """The outputs that the object's matte asks for."""
    if not item.matte.enabled:
        return ()
    return tuple(output for output in OUTPUTS if output.part != FOREGROUND or item.matte.foreground)


def build(
    group: bpy.types.NodeTree, item: properties.MatteObject, row: float, place: Layout, footage: Footage, clip: bpy.types.MovieClip
) -> dict[str, bpy.types.NodeSocket]:
    """The matte's nodes, made or brought up to date; where each part comes out."""
    if not item.matte.enabled:
        return {}
    identity, image = item.identity, "CompositorNodeImage"
    alpha = own_node(group, image, identity, ALPHA, (0.0, row - BELOW))
    show_files(alpha, item, "alpha", place, footage, clip)
    made = {ALPHA: alpha.outputs["Image"]}  # not Alpha, which is 1 all over in a grey PNG
    if item.matte.foreground:
        foreground = own_node(group, image, identity, FOREGROUND, (200.0, row - BELOW))
        show_files(foreground, item, "foreground", place, footage, clip)
        color = made[FOREGROUND] = foreground.outputs["Image"]
    else:
        picture = own_node(group, "CompositorNodeMovieClip", identity, CLIP, (200.0, row - BELOW))
        picture.clip = clip
        color = picture.outputs["Image"]
    is_new = not any(versions.mark(node, MARK) == identity and versions.mark(node, PART) == CUTOUT for node in group.nodes)
    cut = own_node(group, "CompositorNodeSetAlpha", identity, CUTOUT, (400.0, row - BELOW))
    if is_new:
        versions.apply_mask(cut)
    _feed(group, color, cut.inputs["Image"])
    _feed(group, made[ALPHA], cut.inputs["Alpha"])
    return made | {CUTOUT: cut.outputs["Image"]}


def drop_unused(group: bpy.types.NodeTree, item: properties.MatteObject, kept: set[str]) -> None:
    """Remove the object's nodes of parts that it doesn't ask for, and none of the outputs `kept` needs."""
    parts = {output.part for output in wanted(item)} | kept
    if CUTOUT in kept and not item.matte.enabled:
        parts |= {ALPHA, FOREGROUND, CLIP}
    elif CUTOUT in parts:
        parts.add(FOREGROUND if item.matte.foreground else CLIP)
    for node in list(group.nodes):
        part = versions.mark(node, PART)
        if part is not None and versions.mark(node, MARK) == item.identity and part not in parts:
            drop(group, node)


def drop(group: bpy.types.NodeTree, node: Any) -> None:
    """Remove the node, and its image if nothing else has it."""
    image = getattr(node, "image", None)
    group.nodes.remove(node)
    if image is not None and image.users == 0:
        bpy.data.images.remove(image)


def _feed(group: bpy.types.NodeTree, source: Any, target: Any) -> None:
    """Link them, unless the user has put something of their own there."""
    links = list(target.links or ())
    if any(link.from_node and versions.mark(link.from_node, MARK) is None for link in links):
        return
    if not any(link.from_socket == source for link in links):
        group.links.new(source, target)
