"""Small things that a panel's button does for the user."""

from typing import Any

import bpy
from bpy.props import StringProperty

from .. import package


class MATTEWRIGHT_OT_preferences_show(bpy.types.Operator):
    bl_idname = "mattewright.preferences_show"
    bl_label = "Open Preferences"
    bl_description = "Open Mattewright's preferences, where the engine's Python is set"

    def execute(self, context: bpy.types.Context) -> Any:
        preferences = context.preferences
        if preferences is not None and package.NAME in preferences.addons:
            return bpy.ops.preferences.addon_show(module=package.NAME)
        return bpy.ops.screen.userpref_show()


class MATTEWRIGHT_OT_text_copy(bpy.types.Operator):
    bl_idname = "mattewright.text_copy"
    bl_label = "Copy"
    bl_description = "Copy the command, to be run in a terminal"

    text: StringProperty(options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> Any:
        manager = context.window_manager
        if manager is None:
            return {"CANCELLED"}
        manager.clipboard = self.text
        self.report({"INFO"}, f"copied: {self.text}")
        return {"FINISHED"}


CLASSES = (MATTEWRIGHT_OT_preferences_show, MATTEWRIGHT_OT_text_copy)
