"""How an object's matte is made. Limits and defaults are the shot document's own (`engine.shot.matte`)."""

from __future__ import annotations

from typing import Annotated, Any, get_args, get_origin, get_type_hints

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty

from ...engine.shot import Matte
from ...engine.shot.fields import Range
from . import callbacks
from .refine import rounded

USUAL = Matte()


def _limits(name: str) -> Any:
    """Keywords for the number `name`: its limits and its default."""
    hint = get_type_hints(Matte, include_extras=True)[name]
    assert get_origin(hint) is Annotated
    limit = next(part for part in get_args(hint) if isinstance(part, Range))
    return {"min": limit.low, "max": limit.high, "default": getattr(USUAL, name)}


class MatteSettings(bpy.types.PropertyGroup):
    """An object's matte; the same for all frames, so that nothing here can be keyed.

    Enumerations are saved by number: none is used twice.
    """

    enabled: BoolProperty(
        name="Matte",
        description="Make soft alpha of the object's masks, for edges, hair, and what moves or is out of focus; nodes get it as outputs",
        default=USUAL.enabled,
        options=set(),
        update=callbacks.matted,
    )
    method: EnumProperty(
        name="Method",
        description="What finds alpha where the mask alone can't say it",
        items=(
            ("auto", "Automatic", "Mattewright's own refiner where its weights are, else Closed Form", 0),
            ("refiner", "Refiner", "Closed Form, corrected pixel by pixel by Mattewright's own small network: slow", 1),
            ("closed_form", "Closed Form", "Colors near each other lie on a line: exact on hair and blur, slow; needs no weights", 2),
            ("knn", "KNN", "Pixels of alike color and place have alike alpha: for holes and loose strands, slow; needs no weights", 3),
            ("learning_based", "Learning Based", "Alpha is learned from pixels' neighbors: like Closed Form, slow; needs no weights", 4),
            ("guided", "Guided", "The mask follows the picture's edges: a quick look, not for hair; needs no weights", 5),
            ("rvm", "Robust Video Matting", "People only: a network that follows them over the frames; its weights are installed apart", 6),
            ("people", "People", "Closed Form and what Robust Video Matting, installed apart, sees of people: the best for them", 7),
        ),
        default=USUAL.method,
        options=set(),
    )
    width: FloatProperty(
        name="Width",
        description="Pixels around the outline in which alpha is found, half to each side; 0: by the object's size and the model's doubts",
        subtype="PIXEL",
        precision=1,
        step=50,
        options=set(),
        **_limits("width"),
    )
    inside: FloatProperty(
        name="Inside",
        description="How far the band reaches into the object, times its usual reach; 0: not at all",
        precision=2,
        step=5,
        options=set(),
        **_limits("inside"),
    )
    outside: FloatProperty(
        name="Outside",
        description="How far the band reaches away from the object, times its usual reach; 0: not at all",
        precision=2,
        step=5,
        options=set(),
        **_limits("outside"),
    )
    steady: FloatProperty(
        name="Stability",
        description="How much alpha is held by the frames around it, along their motion, so that it doesn't boil; 0: each frame for itself",
        subtype="FACTOR",
        options=set(),
        **_limits("steady"),
    )
    foreground: BoolProperty(
        name="Foreground Color",
        description="Also make the object's own color, without the background that shines through its edges; straight, not premultiplied",
        default=USUAL.foreground,
        options=set(),
        update=callbacks.matted,
    )
    despill: EnumProperty(
        name="Despill",
        description="The screen whose light is taken out of the foreground's color",
        items=(
            ("none", "None", "Leave the color as it is", 0),
            ("green", "Green", "Take a green screen's light out of the foreground's color", 1),
            ("blue", "Blue", "Take a blue screen's light out of the foreground's color", 2),
        ),
        default=USUAL.despill,
        options=set(),
    )
    despill_strength: FloatProperty(
        name="Strength",
        description="How much of the screen's light is taken out",
        subtype="FACTOR",
        options=set(),
        **_limits("despill_strength"),
    )


def matte_of(settings: MatteSettings) -> Matte:
    """As the document has it."""
    return Matte(
        enabled=bool(settings.enabled),
        method=settings.method,
        width=rounded(settings.width),
        inside=rounded(settings.inside),
        outside=rounded(settings.outside),
        steady=rounded(settings.steady),
        foreground=bool(settings.foreground),
        despill=settings.despill,
        despill_strength=rounded(settings.despill_strength),
    )
