"""How people are looked for. None of it is in the document: those who are found become objects with prompts."""

from __future__ import annotations

from typing import Literal

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ...engine.shot.people import USUAL_PEOPLE, PeopleSettings
from .refine import rounded

Frames = Literal["HERE", "EVERY", "ALL"]
LOOKS: dict[Frames, Literal["first", "every", "all"]] = {"HERE": "first", "EVERY": "every", "ALL": "all"}


class PeopleSearch(bpy.types.PropertyGroup):
    """What the user chose in the panel. Enumerations are saved by number: none is used twice."""

    network: StringProperty(name="Network", description="The network that finds people", default=USUAL_PEOPLE.network)
    frames: EnumProperty(
        name="Frames",
        description="The frames on which people are looked for",
        items=(
            ("HERE", "This Frame", "On the current frame: who comes in later is not found", 0),
            ("EVERY", "Every N-th", "On every so many frames: people who come in later are found too, and tracks are mended", 1),
            ("ALL", "All Frames", "On each frame, which takes longest", 2),
        ),
        default="HERE",
        options=set(),
    )
    every: IntProperty(
        name="Every",
        description="People are looked for on every so many frames",
        min=1,
        max=10000,
        default=USUAL_PEOPLE.every,
        options=set(),
    )
    together: BoolProperty(
        name="Together",
        description="Make one object of all people, instead of one object a person",
        default=USUAL_PEOPLE.together,
        options=set(),
    )
    over_classes: BoolProperty(
        name="Also within Classes",
        description="Also add people whom an object made of classes covers already",
        default=USUAL_PEOPLE.over_classes,
        options=set(),
    )
    score: FloatProperty(
        name="Least Score",
        description="How sure the detector must be of a person",
        subtype="FACTOR",
        min=0.0,
        max=1.0,
        default=USUAL_PEOPLE.least_score,
        options=set(),
    )


def people_of(search: PeopleSearch) -> PeopleSettings:
    """As the engine is asked."""
    frames: Frames = search.frames
    score, over = rounded(search.score), bool(search.over_classes)
    return PeopleSettings(search.network, LOOKS[frames], search.every, bool(search.together), score, over)
