"""What the .blend saves: `clip.mattewright`, the shot that belongs to a movie clip.

The groups hold data and no methods: a registered property group that has a function or a Python property crashes bpy 4.2 as it exits, if
from that function there is a way to bpy (`callbacks`).
Nor do they point to other datablocks: Blender 5.0 forgets to clear such a pointer on a clip when the other is removed.

Frames are the scene's; coordinates are pixels of the picture as Blender shows it, from its top left corner, y down, as in the document.
"""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent
from bpy.props import PointerProperty

from .callbacks import FIELDS, make_live, parameter_of, settle_live
from .classes import ClassSettings, ObjectClass, ShotClass, chosen_classes, classes_of, list_classes, lists
from .depth import DepthSettings, depth_of
from .matte import MatteSettings, matte_of
from .objects import (
    FIRST_OP,
    MatteObject,
    ObjectPrompts,
    add_refine,
    begin_chain,
    clear_prompts,
    covers_all,
    is_of_classes,
    is_wholly_locked,
    of_name,
    prompts_at,
    prompts_for,
)
from .outputs import MatteOutput, OutputObject, OutputValue, choose_object, copy_output, options_of, set_option
from .outputs import complete as complete_output
from .people import LOOKS, PeopleSearch, people_of
from .prompts import PromptPoint, PromptScribble, ScribblePoint
from .refine import (
    RefineOp,
    RefineValue,
    choices_by_number,
    complete,
    content_of,
    is_default,
    set_value,
    values_of,
    within,
)
from .shot import LockedRange, ShotProperties, active_object, active_output, add_object, assign_identities, view_of, visible_objects
from .tracks import AttachedTrack

__all__ = [
    "ATTRIBUTE",
    "FIELDS",
    "FIRST_OP",
    "LOOKS",
    "AttachedTrack",
    "ClassSettings",
    "DepthSettings",
    "MatteObject",
    "MatteOutput",
    "MatteSettings",
    "ObjectClass",
    "ObjectPrompts",
    "OutputObject",
    "OutputValue",
    "PeopleSearch",
    "PromptPoint",
    "RefineOp",
    "RefineValue",
    "ShotClass",
    "ShotProperties",
    "active_object",
    "active_output",
    "add_object",
    "add_refine",
    "assign_identities",
    "begin_chain",
    "choices_by_number",
    "choose_object",
    "chosen_classes",
    "classes_of",
    "clear_prompts",
    "complete",
    "complete_output",
    "content_of",
    "copy_output",
    "covers_all",
    "depth_of",
    "is_default",
    "is_of_classes",
    "is_wholly_locked",
    "list_classes",
    "lists",
    "make_live",
    "matte_of",
    "of",
    "of_name",
    "options_of",
    "parameter_of",
    "people_of",
    "prompts_at",
    "prompts_for",
    "set_option",
    "set_value",
    "settle_live",
    "values_of",
    "view_of",
    "visible_objects",
    "within",
]

CLASSES = (
    PromptPoint,
    ScribblePoint,
    PromptScribble,
    ObjectPrompts,
    RefineValue,
    RefineOp,
    LockedRange,
    AttachedTrack,
    MatteSettings,
    ObjectClass,
    MatteObject,
    OutputObject,
    OutputValue,
    MatteOutput,
    ShotClass,
    ClassSettings,
    PeopleSearch,
    DepthSettings,
    ShotProperties,
)
"""Those that are held before those that hold them, as Blender wants it."""

ATTRIBUTE = "mattewright"


def of(clip: bpy.types.MovieClip) -> ShotProperties:
    """The shot of `clip`."""
    properties: ShotProperties = getattr(clip, ATTRIBUTE)
    return properties


@persistent  # type: ignore[untyped-decorator]
def _complete_all(path: str, *rest: object) -> None:
    """Bring what an earlier version saved up to date: ops may have got parameters since, and formats options."""
    for clip in bpy.data.movieclips:
        for item in of(clip).objects:
            for step in item.refine:
                complete(step)
        for output in of(clip).outputs:
            complete_output(output)


def register() -> None:
    for kind in CLASSES:
        bpy.utils.register_class(kind)
    declare: Any = PointerProperty  # some stubs say that it gives None
    setattr(bpy.types.MovieClip, ATTRIBUTE, declare(type=ShotProperties, name="Mattewright"))
    bpy.app.handlers.load_post.append(_complete_all)


def unregister() -> None:
    bpy.app.handlers.load_post.remove(_complete_all)
    delattr(bpy.types.MovieClip, ATTRIBUTE)
    for kind in reversed(CLASSES):
        bpy.utils.unregister_class(kind)
