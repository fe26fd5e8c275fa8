"""Which kind of thing each pixel of a clip shows, and the classes that objects are made of. Defaults are the shot document's own.

Nothing here can be keyed: it is the same for all frames. Enumerations are saved by number: none is used twice.
"""

from __future__ import annotations

import struct
from typing import Any

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, FloatVectorProperty, IntProperty, StringProperty

from ...engine.shot import Classes
from ...engine.shot.networks import Network
from ..translations import CONTEXT
from .refine import rounded

USUAL = Classes()


class ObjectClass(bpy.types.PropertyGroup):
    """One of the classes that an object is made of."""

    name: StringProperty(name="Class", description="The class's name in the shot's network")


class ShotClass(bpy.types.PropertyGroup):
    """One of the classes that the shot's network tells apart: as the engine said, for the list."""

    name: StringProperty(name="Class", description="The class's name in the network")
    label: IntProperty(name="Label", description="The class's value in label pictures", min=0)
    color: FloatVectorProperty(
        name="Color", description="The class's, in label pictures and in the overlay", subtype="COLOR", size=3, min=0.0, max=1.0
    )
    chosen: BoolProperty(
        name="Choose",
        description="Take this class: several that are chosen become one object together; where none is, the active one is meant",
        default=False,
        options=set(),
    )


class ClassSettings(bpy.types.PropertyGroup):
    """How the clip's pixels are told apart by class."""

    network: StringProperty(name="Network", description="The network that tells the classes apart", default=USUAL.network)
    steady: FloatProperty(
        name="Stability",
        description="How much a frame's classes are held by those before it, along their motion, so that labels don't flicker",
        subtype="FACTOR",
        min=0.0,
        max=1.0,
        default=USUAL.steady,
        options=set(),
    )
    edges: EnumProperty(
        name="Edges",
        description="How labels come from the network's size to the picture's",
        items=(
            ("smooth", "As They Are", "Each pixel has its likeliest class by what the network says around it: fastest", 0),
            ("picture", "Follow Picture", "Labels' borders are drawn to edges of the picture", 1),
        ),
        default=USUAL.edges,
        options=set(),
    )
    look: EnumProperty(
        name="Look",
        description="How the network, whose picture is small, is shown a larger one",
        items=(
            ("parts", "Normal", "With the network's own detail: at once where it takes pictures of any shape, else part by part", 0),
            ("whole", "Fast", "The whole picture in few pixels, squeezed where need be: half the time, and small things are missed", 1),
            ("both", "Both", "Normal, and squeezed into the network's own shape: slower, for what may be small or fill the picture", 2),
            ("fine", "Fine", "Twice the detail, in four times the time: only with networks that take pictures of any shape", 3),
        ),
        default=USUAL.look,
        options=set(),
        translation_context=CONTEXT,
    )
    known: CollectionProperty(name="Classes", description="The classes that the network tells apart", type=ShotClass)
    active: IntProperty(name="Active Class", description="The class that is selected in the panel", min=0, options=set())
    every: IntProperty(
        name="Every",
        description="Classes prompt an object on every so many frames",
        min=1,
        max=10000,
        default=25,
        options=set(),
    )


def classes_of(settings: ClassSettings) -> Classes:
    """As the document has it."""
    edges: Any = settings.edges
    look: Any = settings.look
    return Classes(network=settings.network, steady=rounded(settings.steady), edges=edges, look=look)


def chosen_classes(settings: ClassSettings) -> tuple[str, ...]:
    """The names of the classes that are chosen in the list; where none is, of the active one."""
    names = tuple(str(item.name) for item in settings.known if item.chosen)
    if names or not 0 <= settings.active < len(settings.known):
        return names
    return (str(settings.known[settings.active].name),)


def lists(settings: ClassSettings, network: Network) -> bool:
    """Whether the list is that of the network's classes."""
    return [(item.label, item.name, tuple(item.color)) for item in settings.known] == _rows(network)


def list_classes(settings: ClassSettings, network: Network | None) -> None:
    """List the network's classes, if it is known; those of the same names stay chosen."""
    if network is None or lists(settings, network):
        return
    chosen = {str(item.name) for item in settings.known if item.chosen}
    active = str(settings.known[settings.active].name) if 0 <= settings.active < len(settings.known) else ""
    settings.known.clear()
    for place, (label, name, color) in enumerate(_rows(network)):
        made = settings.known.add()
        made.label, made.name, made.color, made.chosen = label, name, color, name in chosen
        if name == active:
            settings.active = place


def _rows(network: Network) -> list[tuple[int, str, tuple[float, ...]]]:
    """Labels, names and colours of the classes that show something, as Blender keeps them: with 32 bits."""
    shown = ((label, item) for label, item in enumerate(network.classes) if label != network.background)
    return [(label, item.name, tuple(struct.unpack("3f", struct.pack("3f", *item.color)))) for label, item in shown]
