"""The add-on's preferences."""

import bpy
from bpy.props import StringProperty

from . import package


class MattewrightPreferences(bpy.types.AddonPreferences):
    bl_idname = package.NAME

    engine_python: StringProperty(
        name="Engine Python",
        description="The Python that runs the engine, or the folder of its environment; empty for the one that Mattewright installed",
        subtype="FILE_PATH",
    )

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.prop(self, "engine_python")


def engine_python() -> str:
    """The preference; empty where there are no preferences, as in a test that imports the package without enabling it."""
    preferences = bpy.context.preferences
    addon = preferences.addons.get(package.NAME) if preferences else None
    return str(getattr(addon.preferences, "engine_python", "")) if addon and addon.preferences else ""


def register() -> None:
    bpy.utils.register_class(MattewrightPreferences)


def unregister() -> None:
    bpy.utils.unregister_class(MattewrightPreferences)
