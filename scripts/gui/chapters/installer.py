"""The engine's installation by the sidebar's button and its dialog: begun, failed, begun again, cancelled."""

from __future__ import annotations

from typing import Any

import bpy

from ..driver import JOB, MODEL, Failed, Steps, check, until
from ..play import Play
from ..stage import PACKAGE

BUTTON = r"mattewright\.engine_install\("
REACH = 250
"""How far above and below the mouse the dialog's fields are looked for."""
BELOW = 60
"""How far below the upper field there is no other."""


def prepared(play: Play) -> Steps:
    """Nothing is installed, and Blender may not use the network."""
    preferences().engine_python = ""
    bpy.context.preferences.system.use_online_access = False
    play.stage.addon("ui.engine_panel").forget()
    yield from play.side_by_side("installer.blend", "a", "b")
    yield from play.alone()
    _watch(play)


def offline(play: Play) -> Steps:
    """The button is there, and gray."""
    stage = play.stage
    yield from prepared(play)
    check(not bpy.ops.mattewright.engine_install.poll(), "the button works offline")
    yield from play.hand.press_button(BUTTON)
    yield from stage.drawn()
    check(stage.noted["dialog"] == 0 and installer(play).work is None, "a press on the gray button does something")
    play.eyes.show("offline")


def dialog(play: Play) -> Steps:
    """With a folder of packages it works offline, too: the dialog says what will be done, and Esc leaves it undone."""
    stage, chosen = play.stage, preferences()
    empty = play.folder / "no packages"
    empty.mkdir(exist_ok=True)
    chosen.packages_folder, chosen.build_python, chosen.install_model = str(empty), play.settings["python"], "NONE"
    yield from stage.drawn()
    yield from opened(play)
    play.eyes.show("installer")
    yield from play.hand.event("ESC", "PRESS", stage.noted["dialog at"])
    yield from play.hand.event("ESC", "RELEASE", stage.noted["dialog at"])
    yield from _closed(play)
    check(installer(play).work is None, "Esc installs")


def fails(play: Play) -> Steps:
    """There is nothing in the folder: one line says so, and what was made so far is kept."""
    yield from opened(play)
    yield from confirmed(play)
    yield from until(lambda: installer(play).running is None, "the installation ends", JOB)
    ended = installer(play).work.ended
    check(ended.event == "failed" and "no packages: the Packages Folder has no torch" in ended.text, f"it ended with {ended}")
    check(places(play).is_broken_off(), "what was made so far is gone")
    yield from play.stage.drawn()
    play.eyes.show("installer-failed")


def cancelled(play: Play) -> Steps:
    """Try Again asks once more; Cancel in the panel ends it soon."""
    made = installer(play)
    bpy.ops.mattewright.engine_remove()
    yield from until(lambda: made.running is None, "what was made is removed", JOB)
    check(not places(play).has_any(), "something is left")
    yield from opened(play)
    yield from confirmed(play)
    yield from until(lambda: made.running is not None and made.running.news.share > 0, "it is at work", MODEL)
    yield from play.hand.press_button(r"mattewright\.engine_install_cancel\(")
    yield from until(lambda: made.running is None, "it is cancelled", MODEL)
    check(made.work.ended.event == "cancelled", f"it ended with {made.work.ended}")
    check(not places(play).is_installed(), "an engine is installed")


def put_back(play: Play) -> Steps:
    """The rest of the test takes the engine's environment that there is."""
    chosen = preferences()
    check(not places(play).is_installed(), "an engine is installed")
    chosen.packages_folder = chosen.build_python = ""
    chosen.engine_python = play.settings["python"]
    play.stage.addon("ui.engine_panel").forget()
    installer(play).work = None
    check(str(play.stage.addon("link").find_python()) == play.settings["python"], "another Python is found")
    bpy.ops.wm.read_homefile(use_factory_startup=False)
    yield None


def places(play: Play) -> Any:
    return play.stage.addon("install.places")


def installer(play: Play) -> Any:
    return play.stage.addon("install.session").installer


def preferences() -> Any:
    return bpy.context.preferences.addons[PACKAGE].preferences


def _watch(play: Play) -> None:
    """Note how often the dialog is drawn."""
    parts, noted = play.stage.addon("ui.install_parts"), play.stage.noted
    inner, noted["dialog"] = parts.draw_choices, 0

    def outer(layout: Any) -> None:
        noted["dialog"] += 1
        inner(layout)

    parts.draw_choices = outer


def opened(play: Play) -> Steps:
    """The dialog, by the button in the sidebar."""
    noted = play.stage.noted
    noted["dialog"] = 0
    found: list[tuple[int, int]] = []
    yield from play.hand.find(BUTTON, found)
    yield from play.hand.press(found[0])
    yield from until(lambda: noted["dialog"] > 0, "the dialog is open")
    yield None
    yield from _find_build(play, found[0])


def _find_build(play: Play, button: tuple[int, int]) -> Steps:
    """Where the dialog's field for the build is: Ctrl and the wheel over it choose another. Notes a place amid the dialog's words."""
    chosen, (across, middle) = preferences(), button
    before = chosen.torch_build
    for up in range(middle + REACH, middle - REACH, -9):
        for step in (1, 0):  # the second movement enters the field that the first came to
            yield from play.hand.event("MOUSEMOVE", "NOTHING", (across, up + step))
        for wheel in ("WHEELDOWNMOUSE", "WHEELUPMOUSE"):
            yield from play.hand.event(wheel, "PRESS", (across, up), ctrl=True)
            if chosen.torch_build != before:
                chosen.torch_build = before
                play.stage.noted["dialog at"] = across, up - BELOW
                return
    raise Failed("the dialog has no field for the build")


def confirmed(play: Play) -> Steps:
    """By Enter, with the mouse over none of its fields."""
    at, before = play.stage.noted["dialog at"], installer(play).work
    yield from play.hand.event("MOUSEMOVE", "NOTHING", at)
    yield from play.hand.event("RET", "PRESS", at)
    yield from play.hand.event("RET", "RELEASE", at)
    yield from until(lambda: installer(play).work is not before, "Enter begins")


def _closed(play: Play) -> Steps:
    play.stage.noted["dialog"] = 0
    yield from play.stage.drawn()
    check(play.stage.noted["dialog"] == 0, "the dialog is still open")


STEPS = (
    ("offline the button is gray", offline),
    ("the dialog says what will be done, and Esc leaves it undone", dialog),
    ("Enter begins; what fails is said in one line, and kept for the next try", fails),
    ("begun again, it is cancelled", cancelled),
    ("another environment is named instead", put_back),
)
