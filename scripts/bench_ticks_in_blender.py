"""The bench's part in a Blender with a window: counts a timer's ticks, with the engine idle and tracking. Run by `bench_ticks`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import gpu

FOLDER = Path(sys.argv[sys.argv.index("--") + 1])
SETTINGS = json.loads((FOLDER / "settings.json").read_text("utf-8"))
sys.path.insert(0, SETTINGS["package"])

import mattewright  # noqa: E402

TICK = 0.05
PATIENCE = 120.0
WITHOUT_NICE = "import os, runpy, sys; os.nice = lambda by: 0; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"


class Bench:
    def __init__(self) -> None:
        mattewright.register()
        from mattewright.addon import jobs, link, preview, properties

        self.jobs, self.session, self.live, self.properties = jobs, link.session, preview.live, properties
        self.ticks: dict[str, list[float]] = {}
        self.times: dict[str, float] = {}
        self.phase = ""
        self.last = 0.0
        if SETTINGS["same_priority"]:
            command = self.session.command
            self.session.command = lambda: [command()[0], "-I", "-u", "-c", WITHOUT_NICE, *command()[3:]]

    def tick(self) -> None:
        """The timer has come; the editor is to be drawn anew, as when a user works in it."""
        now = time.perf_counter()
        if self.phase and self.last:
            self.ticks.setdefault(self.phase, []).append((now - self.last) * 1000)
        self.last = now if self.phase else 0.0
        if self.phase:
            next(region for region in self.area.regions if region.type == "WINDOW").tag_redraw()

    def steps(self) -> Iterator[float]:
        yield from self._open()
        started = time.perf_counter()
        self.session.restart()
        self.times["starting the engine holds Blender up for, ms"] = (time.perf_counter() - started) * 1000
        yield from self._until(lambda: self.session.client.initialized is not None)
        for number in range(SETTINGS["rounds"]):
            yield from self._ticking("at rest, engine idle")
            yield from self._ticking("playing, engine idle", plays=True)
            yield from self._track(number)
            yield from self._ticking("at rest, engine tracks")
            if number == 0:
                self._picture("tracking")
            yield from self._ticking("playing, engine tracks", plays=True)
            yield from self._cancel()
        self._write()

    def _ticking(self, phase: str, plays: bool = False) -> Iterator[float]:
        if plays:
            self._play()
        self.phase, self.last = phase, 0.0
        yield SETTINGS["seconds"]
        self.phase = ""
        if plays:
            self._play()

    def _track(self, number: int) -> Iterator[float]:
        """Start, and wait for the mask of the frame that is shown."""
        bpy.context.window_manager.windows[0].scene.frame_set(2)
        started = time.perf_counter()
        if number:
            shot = self.properties.of(self.clip)
            point = shot.objects[0].prompts[0].points[0]
            point.x += 1.0  # all is stale
        self.job = self.jobs.start("track", self.clip)
        self.times["starting a job holds Blender up for, ms"] = (time.perf_counter() - started) * 1000
        if number == 0:
            yield from self._until(lambda: self.job.progress is not None and self.job.progress.frame == 2)
            landed = time.perf_counter()
            yield from self._until(lambda: self.live.shown is not None and self.live.shown.done.frame == 2 and self.live.shown.done.tracked)
            self.times["from a frame's progress to its mask in the editor, ms"] = (time.perf_counter() - landed) * 1000
        else:
            yield from self._until(lambda: self.job.progress is not None)

    def _cancel(self) -> Iterator[float]:
        assert not self.job.done, "the clip was too short"
        self.times["frames/s meanwhile"] = self.job.progress.frames_per_second
        started = time.perf_counter()
        bpy.ops.mattewright.cancel()
        yield from self._until(lambda: self.job.done)
        spent = (time.perf_counter() - started) * 1000
        self.times["from a cancel to its end, ms"] = max(spent, self.times.get("from a cancel to its end, ms", 0.0))

    def _until(self, holds: Any) -> Iterator[float]:
        until = time.perf_counter() + PATIENCE
        while not holds():
            if self.session.job is not None and self.session.job.error is not None and not self.session.job.cancelling:
                raise RuntimeError(str(self.session.job.error))
            if time.perf_counter() > until:
                raise RuntimeError("waited for too long")
            yield 0.005

    def _play(self) -> None:
        window = bpy.context.window_manager.windows[0]
        with bpy.context.temp_override(window=window, area=self.area):
            bpy.ops.screen.animation_play()

    def _open(self) -> Iterator[float]:
        bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / "bench.blend"))
        clip = self.clip = bpy.data.movieclips.load(str(FOLDER / "clip.mp4"))
        bpy.ops.mattewright.object_add(clip=clip.name, name="disk")
        bpy.ops.mattewright.prompt_point_add(clip=clip.name, frame=1, x=600, y=540)
        window = bpy.context.window_manager.windows[0]
        window.scene.frame_set(2)
        window.scene.frame_end = 40
        area = max(window.screen.areas, key=lambda area: area.width * area.height)
        area.type = "CLIP_EDITOR"
        yield 0.5
        self.area = area
        space = area.spaces.active
        space.clip, space.mode, space.view = clip, "TRACKING", "CLIP"
        space.show_region_ui, space.show_region_toolbar = True, False
        yield 0.5
        for region in area.regions:
            if region.type == "UI":
                region.active_panel_category = "Matte"
        bpy.context.window_manager.mattewright_preview.show = True
        region = next(region for region in area.regions if region.type == "WINDOW")
        with bpy.context.temp_override(window=window, area=area, region=region):
            bpy.ops.clip.view_all()
        yield 0.5

    def _picture(self, name: str) -> None:
        if SETTINGS["pictures"]:
            subprocess.run(["import", "-window", "root", f"{SETTINGS['pictures']}/{name}.png"], check=True)

    def _write(self) -> None:
        report = {
            "ticks": self.ticks,
            "times": self.times,
            "version": bpy.app.version_string,
            "graphics": gpu.platform.renderer_get(),
        }
        (FOLDER / "report.json").write_text(json.dumps(report), encoding="utf-8")


class Run(bpy.types.Operator):  # type: ignore[misc]
    """Counts the ticks as it handles events, among all else that Blender does then."""

    bl_idname = "mattewright.bench"
    bl_label = "Bench"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.bench = Bench()
        self.steps = self.bench.steps()
        self.due = 0.0
        self.timer = context.window_manager.event_timer_add(TICK, window=context.window)
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
            (FOLDER / "report.json").write_text(json.dumps({"problem": f"{type(error).__name__}: {error}"}), encoding="utf-8")
        context.window_manager.event_timer_remove(self.timer)
        mattewright.unregister()
        bpy.app.timers.register(bpy.ops.wm.quit_blender)
        return {"FINISHED"}


def start() -> None:
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, area=window.screen.areas[0]):
        bpy.ops.mattewright.bench("INVOKE_DEFAULT")


bpy.context.preferences.view.show_splash = False
bpy.utils.register_class(Run)
bpy.app.timers.register(start, first_interval=1.0)
