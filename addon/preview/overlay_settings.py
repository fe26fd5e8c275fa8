"""How masks are shown over the clip: on the scene, so that each has its own, and a .blend opens as it was left."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, PointerProperty

from ..translations import CONTEXT
from . import callbacks

ATTRIBUTE = "mattewright_overlay"


class OverlaySettings(bpy.types.PropertyGroup):
    """What the user chose in the panel. Enumerations are saved by number: none is used twice."""

    show: BoolProperty(
        name="Mask Overlay",
        description="Show the masks of all visible objects over the clip",
        default=True,
        options=set(),
        update=callbacks.changed,
    )
    stage: EnumProperty(
        name="Show",
        description="Which of the objects' pictures is shown",
        items=(
            ("MASK", "Mask", "The masks, as the refine chains make them", 0),
            ("TRIMAP", "Trimap", "The active object as far as its mask is sure of it, and in gray the band in which alpha is found", 1),
            ("ALPHA", "Alpha", "The alphas that there are, and with Live Mask the active object's as its matte makes it by now", 2),
        ),
        default="MASK",
        options=set(),
        update=callbacks.staged,
    )
    view: EnumProperty(
        name="View",
        description="What is shown of the masks",
        items=(
            ("OVERLAY", "Overlay", "Each object's color over the clip", "OVERLAY", 0),
            ("OUTLINE", "Outline", "Each object's outline alone", "MOD_EDGESPLIT", 3),
            ("MATTE", "Matte", "White where an object is, on black", "IMAGE_ALPHA", 1),
            ("CUTOUT", "Cutout", "The clip where an object is, on a checkerboard", "TEXTURE", 2),
        ),
        default="OVERLAY",
        options=set(),
        translation_context=CONTEXT,
        update=callbacks.changed,
    )
    opacity: FloatProperty(
        name="Opacity",
        description="Of the colors over the clip",
        subtype="FACTOR",
        min=0.0,
        max=1.0,
        default=0.45,
        options=set(),
        update=callbacks.changed,
    )
    outline: BoolProperty(
        name="Outline", description="Draw a line where a mask is half", default=True, options=set(), update=callbacks.changed
    )
    prompts: BoolProperty(
        name="Prompts",
        description="Show the prompts on this frame, and faintly those on the frames around it",
        default=True,
        options=set(),
        update=callbacks.changed,
    )
    classes: BoolProperty(
        name="Classes",
        description="Show what Classify has made of this frame, each class in its color, below the masks",
        default=False,
        options=set(),
        update=callbacks.changed,
    )
    compare: EnumProperty(
        name="Compare",
        description="What the active object's mask is before its refine chain, while Live Mask is on",
        items=(
            ("AFTER", "Refined", "The mask as the refine chain makes it", "NONE", 0),
            ("BEFORE", "Tracked", "The mask as it was tracked, before the refine chain", "NONE", 1),
            ("WIPE", "Wipe", "As it was tracked to the left of a line, refined to its right", "NONE", 2),
        ),
        default="AFTER",
        options=set(),
        update=callbacks.compared,
    )
    wipe: FloatProperty(
        name="Wipe",
        description="Where the line is, from the picture's left edge to its right one",
        subtype="FACTOR",
        min=0.0,
        max=1.0,
        default=0.5,
        options=set(),
        update=callbacks.changed,
    )


def of(scene: bpy.types.Scene) -> OverlaySettings:
    """The scene's."""
    found: OverlaySettings = getattr(scene, ATTRIBUTE)
    return found


def register() -> None:
    bpy.utils.register_class(OverlaySettings)
    declare: Any = PointerProperty  # some stubs say that it gives None
    setattr(bpy.types.Scene, ATTRIBUTE, declare(type=OverlaySettings, name="Mattewright Overlay"))


def unregister() -> None:
    delattr(bpy.types.Scene, ATTRIBUTE)
    bpy.utils.unregister_class(OverlaySettings)
