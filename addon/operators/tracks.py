"""Attach motion tracks to an object, and detach them."""

import bpy
from bpy.props import BoolProperty, IntProperty, StringProperty

from ...engine.shot import MattewrightError
from .. import clips, track_names, tracks
from ..translations import phrase
from .base import ObjectOperator


class MATTEWRIGHT_OT_tracks_attach(ObjectOperator, bpy.types.Operator):
    bl_idname = "mattewright.tracks_attach"
    bl_label = "Attach Selected Tracks"
    bl_description = "Make the selected motion tracks points of the object, on every frame on which their markers are enabled"
    bl_options = {"REGISTER", "UNDO"}

    track: StringProperty(name="Track", description="The motion track's name; empty for those selected", options={"SKIP_SAVE"})
    tracking_object: StringProperty(
        name="Tracking Object", description="The tracking object that the track is of; empty for the active one", options={"SKIP_SAVE"}
    )
    positive: BoolProperty(
        name="Positive", description="On the object; off: on what is not the object", default=True, options={"SKIP_SAVE"}
    )

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        if getattr(properties, "positive", True):
            return phrase(cls.bl_description)
        return phrase("Make the selected motion tracks points on what is not the object, on every frame on which their markers are enabled")

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        clip = clips.shown(context)
        if clip is None or any(True for _ in tracks.selected(clip)):
            return ""  # without an editor a script names the track
        return "No motion track is selected: select markers in Tracking mode"

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        item = self.chosen(clip)
        chosen = [tracks.named(clip, self.tracking_object, self.track)] if self.track else list(tracks.selected(clip))
        if not chosen:
            raise MattewrightError(f"clip '{clip.name}': no motion track is selected: select one, or name it")
        for of, name in chosen:
            tracks.attach(item, of, name, positive=self.positive)
        track_names.follow()  # from now on
        return ""


class MATTEWRIGHT_OT_track_detach(ObjectOperator, bpy.types.Operator):
    bl_idname = "mattewright.track_detach"
    bl_label = "Detach Track"
    bl_description = "Take the motion track's points away from the object; the track itself stays"
    bl_options = {"REGISTER", "UNDO"}

    index: IntProperty(name="Index", description="Among the attached ones, from 0; -1 for all", default=-1, min=-1, options={"SKIP_SAVE"})

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        item = self.chosen(clip)
        if self.index >= len(item.tracks):
            raise MattewrightError(f"object '{item.name}': no attached track {self.index}; there are {len(item.tracks)}")
        if self.index < 0:
            item.tracks.clear()
        else:
            item.tracks.remove(self.index)
        return ""


CLASSES = (MATTEWRIGHT_OT_tracks_attach, MATTEWRIGHT_OT_track_detach)
