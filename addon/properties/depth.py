"""How a clip's depth is estimated. Defaults are the shot document's own."""

from __future__ import annotations

import bpy
from bpy.props import FloatProperty, StringProperty

from ...engine.shot import Depth
from .refine import rounded

USUAL = Depth()


class DepthSettings(bpy.types.PropertyGroup):
    """How the clip's depth is estimated."""

    network: StringProperty(name="Network", description="The network that estimates depth", default=USUAL.network)
    steady: FloatProperty(
        name="Stability",
        description="How much each frame's depth is held by those before it, along their motion; 0: each frame for itself",
        subtype="FACTOR",
        min=0.0,
        max=1.0,
        default=USUAL.steady,
        options=set(),
    )


def depth_of(settings: DepthSettings) -> Depth:
    """As the document has it."""
    return Depth(network=settings.network, steady=rounded(settings.steady))
