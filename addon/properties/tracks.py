"""A motion track of the clip that is attached to an object."""

import bpy
from bpy.props import BoolProperty, StringProperty


class AttachedTrack(bpy.types.PropertyGroup):
    """Named, for nothing can point to a track; where it is, only Blender's own tracking data says."""

    name: StringProperty(name="Track", description="The motion track's name")
    tracking_object: StringProperty(name="Tracking Object", description="The tracking object that the track is of")
    positive: BoolProperty(name="Positive", description="On the object; off: on what is not the object", default=True)
