"""Which network is asked, and what there has to be before one can be."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import EnumProperty, StringProperty

from ...engine.shot.messages import StageName
from ...engine.shot.networks import NetworkTask
from .. import jobs, networks, properties
from ..translations import phrase
from .base import ClipOperator, shown_shot, why_no_place
from .jobs import why_busy
from .span import SpanOperator


def settings_of(shot: properties.ShotProperties, task: NetworkTask) -> Any:
    """The settings that name the network for `task`."""
    return {"classes": shot.classes, "people": shot.people, "depth": shot.depth}[task]


def why_not(context: bpy.types.Context, task: NetworkTask) -> str:
    """Why the context's clip can't be looked at by its network for `task`; empty where it can, or where no editor says which clip."""
    reason, shot = why_busy(), shown_shot(context)
    if reason or shot is None:
        return reason
    found = networks.known.find(settings_of(shot, task).network)
    if found is not None and not found.installed:
        return phrase("Network '{network}' is not installed: install it first", network=found.name)
    return why_no_place(shot)


class MATTEWRIGHT_OT_network_choose(ClipOperator, bpy.types.Operator):
    bl_idname = "mattewright.network_choose"
    bl_label = "Choose Network"
    bl_description = "Take this network; what was made with another one stays in the store, and is stale"
    bl_options = {"REGISTER", "UNDO"}

    task: EnumProperty(
        name="Task",
        description="What the network is for",
        items=(
            ("classes", "Classes", "Tells what kind of thing each pixel shows", 0),
            ("people", "People", "Finds people", 1),
            ("depth", "Depth", "Estimates how far away things are", 2),
        ),
        options={"SKIP_SAVE"},
    )
    network: StringProperty(name="Network", description="The network's name", options={"SKIP_SAVE"})

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        found = networks.known.find(properties.network)
        if found is None:
            return phrase(cls.bl_description)
        license = phrase("License: {license}", license=found.licence)
        return f"{found.label}.\n{license}" + ("" if found.installed else "\n" + phrase("Not installed yet"))

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        shot, task = properties.of(clip), self.task
        settings_of(shot, task).network = self.network
        if task == "classes":
            properties.list_classes(shot.classes, networks.known.find(self.network))
        return ""


class NetworkJobOperator(SpanOperator):
    """Has the engine look at the frames by the network for `task`."""

    method: StageName
    task: NetworkTask

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        return why_not(context, cls.task)

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        frames = None if self.span == "BOTH" else self.frames(context, clip)
        if bpy.app.background:
            return jobs.summary(self.method, jobs.run(self.method, clip, (), frames))
        jobs.start(self.method, clip, (), frames)
        return ""


class MATTEWRIGHT_OT_classify(NetworkJobOperator, bpy.types.Operator):
    bl_idname = "mattewright.classify"
    bl_label = "Classify"
    bl_description = "Tell what kind of thing each pixel shows, and make the masks of the objects that are made of classes"

    method: StageName = "classify"
    task: NetworkTask = "classes"


class MATTEWRIGHT_OT_depth(NetworkJobOperator, bpy.types.Operator):
    bl_idname = "mattewright.depth"
    bl_label = "Estimate Depth"
    bl_description = "Make a picture of each frame that is bright where things are near, for thresholds by depth and for defocus"

    method: StageName = "depth"
    task: NetworkTask = "depth"


CLASSES = (MATTEWRIGHT_OT_network_choose, MATTEWRIGHT_OT_classify, MATTEWRIGHT_OT_depth)
