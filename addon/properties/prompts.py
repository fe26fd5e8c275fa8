"""Points and scribbles: the parts of a prompt."""

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatProperty

FARTHEST = 65536.0
"""Pixels; the document's own limit."""


class PromptPoint(bpy.types.PropertyGroup):
    """A click: on the object, or on what is not the object."""

    x: FloatProperty(name="X", description="Pixels from the picture's left edge", min=0.0, max=FARTHEST)
    y: FloatProperty(name="Y", description="Pixels from the picture's top edge, downwards", min=0.0, max=FARTHEST)
    positive: BoolProperty(name="Positive", description="On the object; off: on what is not the object", default=True)


class ScribblePoint(bpy.types.PropertyGroup):
    x: FloatProperty(name="X", description="Pixels from the picture's left edge", min=0.0, max=FARTHEST)
    y: FloatProperty(name="Y", description="Pixels from the picture's top edge, downwards", min=0.0, max=FARTHEST)


class PromptScribble(bpy.types.PropertyGroup):
    """A stroke along the object, or along what is not the object."""

    points: CollectionProperty(name="Points", description="Of the stroke, in its order", type=ScribblePoint)
    positive: BoolProperty(name="Positive", description="On the object; off: on what is not the object", default=True)
