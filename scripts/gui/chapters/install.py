"""The zip is installed as a user does it, into a folder whose path has a space and letters of other scripts."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..driver import Steps, check
from ..play import Play
from ..stage import PACKAGE


def install(play: Play) -> Steps:
    window = play.stage.window()
    with bpy.context.temp_override(window=window, area=window.screen.areas[0]):
        bpy.ops.extensions.package_install_files(filepath=play.settings["zip"], repo="user_default", enable_on_install=True)
    yield None
    check(PACKAGE in bpy.context.preferences.addons, "the add-on is not enabled")
    place = Path(play.stage.addon("package").FOLDER)
    user = Path(play.settings["user"])
    check(user in place.parents, f"it is in {place}, not in {user}")
    check(" " in str(place) and not str(place).isascii(), f"nothing is odd about {place}")
    check(hasattr(bpy.types.MovieClip, "mattewright"), "clips have no shot")


def choose_engine(play: Play) -> Steps:
    bpy.context.preferences.addons[PACKAGE].preferences.engine_python = play.settings["python"]
    bpy.ops.wm.save_userpref()
    yield None
    check(str(play.stage.addon("link").find_python()) == play.settings["python"], "another Python is found")


STEPS = (
    ("the zip is installed and enabled, in a path with a space and non-ASCII letters", install),
    ("the preferences say which Python runs the engine", choose_engine),
)
