"""Another Blender, started with the file that the chapter `shot` has saved, and with the user's saved preferences."""

from __future__ import annotations

import bpy

from .. import masks
from ..driver import Steps, check, until
from ..play import Play
from ..stage import PACKAGE
from .shot import AT, FRAMES, MENDED


def started(play: Play) -> Steps:
    stage = play.stage
    check(PACKAGE in bpy.context.preferences.addons, "the add-on is not enabled")
    check(str(play.stage.addon("link").find_python()) == play.settings["python"], "another Python is found")
    yield from until(lambda: stage.areas() and stage.clip is not None, "the file is open")
    yield from stage.drawn()
    check(stage.counts(0, AT) == (1, 0, True) and stage.counts(0, MENDED) == (1, 0, False), "its prompts are others")
    check(len(stage.store_files()) == FRAMES, f"it finds {len(stage.store_files())} masks")


def fresh(play: Play) -> Steps:
    stage = play.stage
    made = masks.kept(stage.store_files())
    yield from play.hand.press_button(r"track_span\(.*BOTH")
    yield from play.job_done()
    check(stage.session.job.result.written == 0, f"{stage.session.job.result.written} files were written")
    check(masks.kept(stage.store_files()) == made, "masks have changed")


STEPS = (
    ("the add-on is there, with its preferences, and the file with all that was said", started),
    ("nothing is stale in it", fresh),
)
