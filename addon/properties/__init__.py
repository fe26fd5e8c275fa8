"""What the .blend saves: `clip.mattewright`, the shot that belongs to a movie clip.

Frames are the scene's; coordinates are pixels of the picture as Blender shows it, from its top left corner, y down, as in the document.
"""

from __future__ import annotations

import bpy
from bpy.props import PointerProperty

from .objects import MatteObject, ObjectPrompts, of_name
from .prompts import PromptPoint, PromptScribble, ScribblePoint
from .refine import RefineOp, RefineValue
from .shot import LockedRange, ShotProperties, add_object, assign_identities

__all__ = [
    "MatteObject",
    "ObjectPrompts",
    "PromptPoint",
    "RefineOp",
    "ShotProperties",
    "add_object",
    "assign_identities",
    "of",
    "of_name",
]

CLASSES = (PromptPoint, ScribblePoint, PromptScribble, ObjectPrompts, RefineValue, RefineOp, LockedRange, MatteObject, ShotProperties)
"""Those that are held before those that hold them, as Blender wants it."""

ATTRIBUTE = "mattewright"


def of(clip: bpy.types.MovieClip) -> ShotProperties:
    """The shot of `clip`."""
    properties: ShotProperties = getattr(clip, ATTRIBUTE)
    return properties


def register() -> None:
    for kind in CLASSES:
        bpy.utils.register_class(kind)
    setattr(bpy.types.MovieClip, ATTRIBUTE, PointerProperty(type=ShotProperties, name="Mattewright"))


def unregister() -> None:
    delattr(bpy.types.MovieClip, ATTRIBUTE)
    for kind in reversed(CLASSES):
        bpy.utils.unregister_class(kind)
