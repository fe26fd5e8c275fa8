"""Small things that a panel's button does for the user."""

import os
import shlex
import subprocess
from typing import Any

import bpy
from bpy.props import StringProperty

from ...engine.shot import MattewrightError
from .. import package, preferences
from ..link import find_python


class MATTEWRIGHT_OT_preferences_show(bpy.types.Operator):
    bl_idname = "mattewright.preferences_show"
    bl_label = "Open Preferences"
    bl_description = "Open Mattewright's preferences, where the engine is installed"

    def execute(self, context: bpy.types.Context) -> Any:
        preferences = context.preferences
        if preferences is not None and package.NAME in preferences.addons:
            return bpy.ops.preferences.addon_show(module=package.NAME)
        return bpy.ops.screen.userpref_show()


class MATTEWRIGHT_OT_command_copy(bpy.types.Operator):
    bl_idname = "mattewright.command_copy"
    bl_label = "Copy the Command"
    bl_description = "Copy what is to be run in a terminal"

    arguments: StringProperty(name="Arguments", description="What the engine's program is to do", options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> Any:
        manager = context.window_manager
        try:
            words = [str(find_python()), str(package.ENGINE / "__main__.py"), *preferences.program_options(), *self.arguments.split()]
        except MattewrightError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if manager is None:
            return {"CANCELLED"}
        manager.clipboard = subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
        self.report({"INFO"}, f"copied: {' '.join(words[1:])}")
        return {"FINISHED"}


CLASSES = (MATTEWRIGHT_OT_preferences_show, MATTEWRIGHT_OT_command_copy)
