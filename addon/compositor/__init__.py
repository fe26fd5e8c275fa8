"""The clip's masks in Blender's compositor: the node group, and the ready-made tree that keys the clip."""

from .group import build_group, follow, group_of, refresh, reload_masks
from .keying import build_keying_tree
from .render import KeyedFrames, render_keyed, render_still
from .tuning import register, unregister

__all__ = [
    "KeyedFrames",
    "build_group",
    "build_keying_tree",
    "follow",
    "group_of",
    "refresh",
    "register",
    "reload_masks",
    "render_keyed",
    "render_still",
    "unregister",
]
