"""Image nodes in the clip's group that show an object's files in the store, each the file of the scene's frame."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import bpy

from ...engine.shot import Footage, Layout, Stage
from .. import properties, store
from . import versions
from .graph import OBJECT_MARK as MARK

PART = "mattewright_part"
"""On a node of ours that is none of the mask's and none of a live step's: what it is for its object."""


def own_node(group: bpy.types.NodeTree, kind: str, identity: int, part: str, place: tuple[float, float]) -> Any:
    """The object's node of that kind and part (empty: the mask's), made if there is none.

    A copy that the user made of one carries its marks too, so the first is taken.
    """
    for node in group.nodes:
        if node.bl_idname == kind and versions.mark(node, MARK) == identity and (versions.mark(node, PART) or "") == part:
            return node
    node = group.nodes.new(kind)
    node[MARK] = identity
    if part:
        node[PART] = part
    node.location = place
    return node


def show_files(node: Any, item: properties.MatteObject, stage: Stage, place: Layout, footage: Footage, clip: bpy.types.MovieClip) -> None:
    """Let the Image node `node` show the object's files of `stage`."""
    name = f"{item.name} {stage}"
    node.label = item.name if stage == "mask" else name
    if node.image is None:
        # Not `images.load`: that wants the file to be there, and the group may be built before anything was tracked.
        node.image = bpy.data.images.new(name, 1, 1)
    image = node.image
    image.source = "SEQUENCE"
    frames = footage.frames()
    path = _as_said(place.file(item.name, stage, frames.first), clip)
    if image.filepath != path:
        image.name = name
        image.filepath = path
    _set_space(image, stage)
    # Blender loads the file number `scene_frame - frame_start + 1 + frame_offset`: thus the scene frame's own. The whole clip, not just
    # the range in work: past its end Blender would hold the last file, where a missing one is honestly transparent.
    node.frame_start = frames.first
    node.frame_duration = len(frames)
    node.frame_offset = frames.first - 1
    node.use_cyclic = False
    node.use_auto_refresh = True


def _set_space(image: Any, stage: Stage) -> None:
    """A mask's values are not light: as sRGB, 0.5 would be off by 0.29. The foreground's are, in Rec.709's primaries."""
    space = "Linear Rec.709" if stage == "foreground" else "Non-Color"
    if image.colorspace_settings.name == space:
        return
    if stage == "foreground":
        with suppress(TypeError):  # a studio's configuration may not know it: Blender takes EXR for its scene-linear, as it always does
            image.colorspace_settings.name = space
    else:
        image.colorspace_settings.name = space


def _as_said(path: Path, clip: bpy.types.MovieClip) -> str:
    """Relative to the .blend if the user has the store so, that a moved project finds its masks."""
    said = properties.of(clip).store.strip() or store.default_folder(clip)
    if said.startswith("//") and bpy.data.filepath:
        try:
            return bpy.path.relpath(str(path))
        except ValueError:  # Windows: on another drive
            pass
    return str(path)
