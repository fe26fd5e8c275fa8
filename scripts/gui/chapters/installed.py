"""The engine is installed to its end by the dialog, from the folder of packages that `test_gui --packages` names; then it is removed."""

from __future__ import annotations

import bpy

from ..driver import JOB, MODEL, Steps, check, until
from ..play import Play
from ..stage import MODEL as WEIGHTS
from . import installer


def whole(play: Play) -> Steps:
    stage, made, chosen = play.stage, installer.installer(play), installer.preferences()
    yield from installer.prepared(play)
    chosen.packages_folder, chosen.build_python, chosen.install_model = play.settings["packages"], play.settings["python"], WEIGHTS
    yield from installer.opened(play)
    yield from installer.confirmed(play)
    yield from until(lambda: made.running is None, "the engine is installed", 3 * JOB)
    check(made.work.ended.event == "done", f"it ended with {made.work.ended}")
    yield from stage.drawn()
    play.eyes.show("installed")
    python = stage.addon("link").find_python()
    check(installer.places(play).environment() in python.parents, f"{python} is the engine's Python")
    stage.session.restart()
    yield from until(lambda: stage.session.client.initialized, "the engine answers", MODEL)
    bpy.ops.mattewright.engine_remove()
    yield from until(lambda: made.running is None, "the engine is removed", JOB)
    yield from installer.put_back(play)


STEPS = (("the dialog installs an engine, which answers, and is removed", whole),)
