"""The bench's part in a Blender with a window: counts a timer's ticks, with the engine idle and tracking. Run by `bench_ticks`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import bpy

sys.path.append(str(Path(__file__).resolve().parent.parent))

from scripts.bench_in_blender import SETTINGS, Bench, Steps, run

WITHOUT_NICE = "import os, runpy, sys; os.nice = lambda by: 0; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"


class TicksBench(Bench):
    TIMER = 0.05
    PATIENCE = 120.0

    def __init__(self) -> None:
        super().__init__()
        from mattewright.addon import jobs, link, preview, properties

        self.jobs, self.session, self.live, self.properties = jobs, link.session, preview.live, properties
        self.ticks: dict[str, list[float]] = {}
        self.phase = ""
        self.last = 0.0
        if SETTINGS["same_priority"]:
            command = self.session.command
            self.session.command = lambda: [command()[0], "-I", "-u", "-c", WITHOUT_NICE, *command()[3:]]

    def tick(self) -> None:
        """The editor is to be drawn anew, as when a user works in it."""
        now = time.perf_counter()
        if self.phase and self.last:
            self.ticks.setdefault(self.phase, []).append((now - self.last) * 1000)
        self.last = now if self.phase else 0.0
        if self.phase:
            self.region.tag_redraw()

    def steps(self) -> Steps:
        self.load()
        bpy.ops.mattewright.object_add(clip=self.clip.name, name="disk")
        bpy.ops.mattewright.prompt_point_add(clip=self.clip.name, frame=1, x=600, y=540)
        self.window.scene.frame_end = 40
        yield from self.show(2, alone=False, sidebar=True)
        bpy.context.window_manager.mattewright_preview.show = True
        started = time.perf_counter()
        self.session.restart()
        self.record("starting the engine holds Blender up for", (time.perf_counter() - started) * 1000)
        yield from self._until(lambda: self.session.client.initialized is not None)
        for number in range(SETTINGS["rounds"]):
            yield from self._ticking("at rest, engine idle")
            yield from self._ticking("playing, engine idle", plays=True)
            yield from self._track(number)
            yield from self._ticking("at rest, engine tracks")
            if number == 0:
                self.picture("tracking")
            yield from self._ticking("playing, engine tracks", plays=True)
            yield from self._cancel()
        self.write(ticks=self.ticks, rate=self.job.progress.frames_per_second)

    def _ticking(self, phase: str, plays: bool = False) -> Steps:
        if plays:
            self._play()
        self.phase, self.last = phase, 0.0
        yield SETTINGS["seconds"]
        self.phase = ""
        if plays:
            self._play()

    def _track(self, number: int) -> Steps:
        """Start, and wait for the mask of the frame that is shown."""
        self.window.scene.frame_set(2)
        started = time.perf_counter()
        if number:
            shot = self.properties.of(self.clip)
            point = shot.objects[0].prompts[0].points[0]
            point.x += 1.0  # all is stale
        self.job = self.jobs.start("track", self.clip)
        self.record("starting a job holds Blender up for", (time.perf_counter() - started) * 1000)
        if number == 0:
            yield from self._until(lambda: self.job.progress is not None and self.job.progress.frame == 2)
            landed = time.perf_counter()
            yield from self._until(lambda: self.live.shown is not None and self.live.shown.done.frame == 2 and self.live.shown.done.tracked)
            self.record("from a frame's progress to its mask in the editor", (time.perf_counter() - landed) * 1000)
        else:
            yield from self._until(lambda: self.job.progress is not None)

    def _cancel(self) -> Steps:
        assert not self.job.done, "the clip was too short"
        started = time.perf_counter()
        bpy.ops.mattewright.cancel()
        yield from self._until(lambda: self.job.done)
        self.record("from a cancel to its end", (time.perf_counter() - started) * 1000)

    def _until(self, holds: Callable[[], object]) -> Steps:
        def looked() -> object:
            if self.session.job is not None and self.session.job.error is not None and not self.session.job.cancelling:
                raise RuntimeError(str(self.session.job.error))
            return holds()

        yield from self.until(looked, lambda: "waited for too long")

    def _play(self) -> None:
        with bpy.context.temp_override(window=self.window, area=self.area):
            bpy.ops.screen.animation_play()


run(TicksBench)
