"""Run inside Blender, ``--enable-event-simulate --python scripts/gui/run.py -- SETTINGS``: takes all steps, and leaves a report.

SETTINGS is a JSON file that `test_gui` writes. Each step prints a line; one that fails leaves a picture of the screen, and the rest of its
chapter is left out.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import bpy

sys.path.append(str(Path(__file__).resolve().parent.parent.parent))

from scripts.gui.driver import TICK, Driver, Failed, Steps
from scripts.gui.play import Play
from scripts.gui.stage import stop_watching, watch_drawing

SETTINGS: dict[str, Any] = json.loads(Path(sys.argv[sys.argv.index("--") + 1]).read_text("utf-8"))


class Report:
    """What came of each step."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def say(self, word: str, what: str, why: str = "", seconds: float = 0.0) -> None:
        self.lines.append({"word": word, "what": what, "why": why, "seconds": round(seconds, 1)})
        print(f"{SETTINGS['marker']}{word}: {what}" + (f": {why}" if why else ""), flush=True)

    def write(self, **more: Any) -> None:
        content = {"version": bpy.app.version_string, "steps": self.lines, **more}
        Path(SETTINGS["report"]).write_text(json.dumps(content, indent=1), encoding="utf-8")


report = Report()


def everything() -> Steps:
    """All steps of all chapters."""
    play = Play(Path(SETTINGS["folder"]), SETTINGS)
    for name in SETTINGS["chapters"]:
        steps = importlib.import_module(f"scripts.gui.chapters.{name}").STEPS
        failed = ""
        for number, (what, step) in enumerate(steps):
            what = f"{name}: {what}"
            if failed:
                report.say("left out", what, f"{failed} failed")
                continue
            started = time.monotonic()
            try:
                yield from step(play)
                report.say("ok", what, seconds=time.monotonic() - started)
            except Exception as error:
                if not isinstance(error, Failed):
                    traceback.print_exc()
                why = str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
                picture = play.eyes.keep(f"{name}-{number + 1}")
                report.say("failed", what, f"{why} ({picture})", time.monotonic() - started)
                failed = f"step {number + 1}"
                yield None
    report.write(noted={key: value for key, value in play.stage.noted.items() if isinstance(value, (str, int, float))})


driver = Driver(everything())


def tick() -> float | None:
    try:
        if driver.tick():
            return TICK
    except BaseException as error:
        traceback.print_exc()
        report.say("failed", "the test itself", f"{type(error).__name__}: {error}")
        report.write()
        os._exit(1)
    stop_watching()
    bpy.ops.wm.quit_blender()
    return None


bpy.context.preferences.view.show_splash = False
watch_drawing()
bpy.app.timers.register(tick, first_interval=1.0, persistent=True)
