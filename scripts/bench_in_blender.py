"""What the benches' parts in a Blender with a window share: what is asked of them, steps that go on as events come, and the report.

The program that `window_bench.measured` starts derives its bench from `Bench` and hands it to `run`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import gpu

FOLDER = Path(sys.argv[sys.argv.index("--") + 1])
SETTINGS: dict[str, Any] = json.loads((FOLDER / "settings.json").read_text("utf-8"))
sys.path.insert(0, SETTINGS["package"])

import mattewright  # noqa: E402

Steps = Iterator[float]
"""Seconds until the next step, each."""


class Bench:
    """One bench. Blender's events go on between its steps; when they are over, or one fails, Blender quits."""

    TIMER = 0.005
    """Seconds between two looks at whether a step is due."""
    PATIENCE = 60.0
    """Seconds for what is waited for."""

    def __init__(self) -> None:
        mattewright.register()
        self.times: dict[str, list[float]] = {}
        """Milliseconds by what took them."""
        self._registered = True

    def steps(self) -> Steps:
        """The whole bench; it ends with `write`."""
        raise NotImplementedError

    def tick(self) -> None:
        """The timer has come."""

    def close(self) -> None:
        """Whatever became of the steps."""
        self.switch_off()

    def switch_off(self) -> None:
        """The add-on."""
        if self._registered:
            self._registered = False
            mattewright.unregister()

    @property
    def window(self) -> Any:
        return bpy.context.window_manager.windows[0]

    @property
    def region(self) -> Any:
        """The editor's, in which the clip is."""
        return next(region for region in self.area.regions if region.type == "WINDOW")

    def load(self) -> Any:
        """The clip of the folder, in a file that is saved there."""
        bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / "bench.blend"))
        self.clip: Any = bpy.data.movieclips.load(str(FOLDER / "clip.mp4"))
        return self.clip

    def show(self, frame: int, *, alone: bool, sidebar: bool) -> Steps:
        """The clip in the window's largest editor at `frame`; `alone` in the window; with the tab Matte, or without and fitted."""
        self.window.scene.frame_set(frame)
        area = max(self.window.screen.areas, key=lambda area: area.width * area.height)
        area.type = "CLIP_EDITOR"
        if alone:
            with bpy.context.temp_override(window=self.window, area=area):
                bpy.ops.screen.screen_full_area()
        yield 0.5
        self.area: Any = self.window.screen.areas[0] if alone else area
        space = self.area.spaces.active
        space.clip, space.mode, space.view = self.clip, "TRACKING", "CLIP"
        space.show_region_ui, space.show_region_toolbar = sidebar, False
        yield 0.5
        for region in self.area.regions if sidebar else ():
            if region.type == "UI":
                region.active_panel_category = "Matte"
        yield from self.view("view_all", fit_view=not sidebar)
        yield 0.5

    def view(self, operator: str, **values: Any) -> Steps:
        """Another part of the clip, by an operator of Blender's."""
        with bpy.context.temp_override(window=self.window, area=self.area, region=self.region):
            getattr(bpy.ops.clip, operator)(**values)
        self.area.tag_redraw()
        yield 0.3

    def until(self, holds: Callable[[], object], otherwise: Callable[[], str], every: float = 0.005) -> Steps:
        """Wait until it holds. Raises RuntimeError with what `otherwise` says when that takes too long."""
        end = time.perf_counter() + self.PATIENCE
        while not holds():
            if time.perf_counter() > end:
                raise RuntimeError(otherwise())
            yield every

    def record(self, name: str, milliseconds: float) -> None:
        self.times.setdefault(name, []).append(milliseconds)

    def picture(self, name: str) -> None:
        """The screen, where pictures are asked for."""
        if SETTINGS["pictures"]:
            subprocess.run(["import", "-window", "root", f"{SETTINGS['pictures']}/{name}.png"], check=True)

    def write(self, **more: Any) -> None:
        _report({"times": self.times, "version": bpy.app.version_string, "graphics": gpu.platform.renderer_get(), **more})


def read_back() -> None:
    """Wait until what was drawn is there: one of its pixels can be read. In a draw handler."""
    gpu.state.active_framebuffer_get().read_color(0, 0, 1, 1, 4, 0, "UBYTE")


def _report(content: dict[str, Any]) -> None:
    (FOLDER / "report.json").write_text(json.dumps(content), encoding="utf-8")


def run(kind: Callable[[], Bench]) -> None:
    """Begin as soon as the window is there."""

    class Run(bpy.types.Operator):  # type: ignore[misc]
        """Takes the steps as it handles events, for that is when a user's hand changes a value."""

        bl_idname = "mattewright.bench"
        bl_label = "Bench"

        def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
            self.bench = kind()
            self.steps = self.bench.steps()
            self.due = 0.0
            self.timer = context.window_manager.event_timer_add(self.bench.TIMER, window=context.window)
            context.window_manager.modal_handler_add(self)
            return {"RUNNING_MODAL"}

        def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
            if event.type != "TIMER":
                return {"PASS_THROUGH"}
            self.bench.tick()
            if time.perf_counter() < self.due:
                return {"PASS_THROUGH"}
            try:
                self.due = time.perf_counter() + next(self.steps)
                return {"PASS_THROUGH"}
            except StopIteration:
                pass
            except Exception as error:
                traceback.print_exc()
                _report({"problem": f"{type(error).__name__}: {error}"})
            context.window_manager.event_timer_remove(self.timer)
            self.bench.close()
            bpy.app.timers.register(bpy.ops.wm.quit_blender)
            return {"FINISHED"}

    def start() -> None:
        window = bpy.context.window_manager.windows[0]
        with bpy.context.temp_override(window=window, area=window.screen.areas[0]):
            bpy.ops.mattewright.bench("INVOKE_DEFAULT")

    bpy.context.preferences.view.show_splash = False
    bpy.utils.register_class(Run)
    bpy.app.timers.register(start, first_interval=1.0)
