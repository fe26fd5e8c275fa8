"""Chains under a name: use one, keep one, remove one of one's own."""

from typing import Any

import bpy
from bpy.props import StringProperty

from ...engine.shot import MattewrightError
from .. import animation, presets, properties
from .base import ObjectOperator
from .refine import number_of


class MATTEWRIGHT_OT_chain_preset_load(ObjectOperator, bpy.types.Operator):
    bl_idname = "mattewright.chain_preset_load"
    bl_label = "Use Chain Preset"
    bl_description = "Replace the object's refine chain by this one"
    bl_options = {"REGISTER", "UNDO"}

    preset: StringProperty(name="Preset", description="Its name, or a file", options={"SKIP_SAVE"})

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        item = self.chosen(clip)
        told = presets.load(item, self.preset, lambda: animation.renumber_steps(clip, number_of(clip, item), lambda step: None))
        properties.settle_live(list(item.refine))
        self.follow(clip)
        return told


class MATTEWRIGHT_OT_chain_preset_save(ObjectOperator, bpy.types.Operator):
    bl_idname = "mattewright.chain_preset_save"
    bl_label = "Keep Chain as Preset"
    bl_description = "Keep the object's refine chain under a name, for other shots; keyed values as they are on this frame"

    name: StringProperty(name="Name", description="What the preset is called", options={"SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        manager = context.window_manager
        return manager.invoke_props_dialog(self) if manager else {"CANCELLED"}

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        return f"kept as {presets.save(self.chosen(clip), self.name)}"


class MATTEWRIGHT_OT_chain_preset_remove(bpy.types.Operator):
    bl_idname = "mattewright.chain_preset_remove"
    bl_label = "Remove Chain Preset"
    bl_description = "Delete this preset's file"

    preset: StringProperty(name="Preset", description="The preset's file name", options={"SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        manager = context.window_manager
        return manager.invoke_confirm(self, event) if manager else {"CANCELLED"}

    def execute(self, context: bpy.types.Context) -> Any:
        try:
            presets.remove(self.preset)
        except MattewrightError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


CLASSES = (MATTEWRIGHT_OT_chain_preset_load, MATTEWRIGHT_OT_chain_preset_save, MATTEWRIGHT_OT_chain_preset_remove)
