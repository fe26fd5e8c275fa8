"""The bench's part in a Blender with a window: changes values as a user does, and sees when the mask is drawn. Run by `bench_preview`."""

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
import numpy as np

FOLDER = Path(sys.argv[sys.argv.index("--") + 1])
SETTINGS = json.loads((FOLDER / "settings.json").read_text("utf-8"))
sys.path.insert(0, SETTINGS["package"])

import mattewright  # noqa: E402

PATIENCE = 60.0
REST = 0.15
"""Seconds between two changes, so that each finds Blender at rest."""


class Bench:
    def __init__(self) -> None:
        mattewright.register()
        from mattewright.addon import document, preview, properties
        from mattewright.addon.ui import overlay

        self.live, self.painter, self.properties, self.document = preview.live, overlay.painter, properties, document
        self.watch = preview.watch
        self.times: dict[str, list[float]] = {}
        self.drawn_at: dict[int, float] = {}
        self.drawn = self.redraws = 0
        self.asked_at = self.answered_at = self.redrawn_at = 0.0
        ask, answered = self.live.session.ask, self.live._answered

        def ask_noted(*arguments: Any) -> None:
            self.asked_at = time.perf_counter()
            ask(*arguments)

        def answered_noted(*arguments: Any) -> None:
            self.answered_at = time.perf_counter()
            answered(*arguments)

        self.live.session.ask, self.live._answered = ask_noted, answered_noted
        self.handle = bpy.types.SpaceClipEditor.draw_handler_add(self._after_draw, (), "WINDOW", "POST_PIXEL")

    def _after_draw(self) -> None:
        """After the overlay's own handler: the pixels are there when one of them can be read."""
        self.redraws += 1
        if not self.redrawn_at or self.painter.drawn not in self.drawn_at:
            gpu.state.active_framebuffer_get().read_color(0, 0, 1, 1, 4, 0, "UBYTE")
            self.redrawn_at = time.perf_counter()
        if self.painter.drawn not in self.drawn_at:
            self.drawn_at[self.painter.drawn] = time.perf_counter()
            self.drawn += 1

    def close(self) -> None:
        bpy.types.SpaceClipEditor.draw_handler_remove(self.handle, "WINDOW")
        mattewright.unregister()

    def steps(self) -> Iterator[float]:
        """The whole bench, in steps; each gives the seconds until the next."""
        yield from self._open()
        settings = bpy.context.window_manager.mattewright_preview
        settings.show = True
        yield from self._drawn(0)
        yield from self._pictures()
        started = time.perf_counter()
        for _ in range(200):
            self.watch.look()
        self.times["one look of the timer at the values"] = [(time.perf_counter() - started) * 1000 / 200]
        for show, what in ((True, "a redraw of the clip"), (False, "  of it without the mask")):
            for _ in range(10):
                yield REST
                yield from self._redrawn(what, show)
        for step, name, low, high in SETTINGS["changed"]:
            op = SETTINGS["chain"][step][0]
            for index in range(SETTINGS["changes"]):
                # Not in step with the timer that looks at the values.
                yield REST + 0.003 * (index % 7)
                before, started, worked, redraws = self.live.asked, time.perf_counter(), time.process_time(), self.redraws
                self._set(step, name, low + (high - low) * (index + 1) / SETTINGS["changes"])
                yield from self._drawn(before)
                drawn, what = self.drawn_at[self.painter.drawn], f"{op}.{name}"
                self._record(f"changed to drawn, {what}", (drawn - started) * 1000)
                self._record(f"  Blender's processor time, {what}", (time.process_time() - worked) * 1000)
                self._record(f"  redraws of the clip (a number), {what}", self.redraws - redraws)
                self._record(f"  until it was seen, {what}", (self.asked_at - started) * 1000)
                self._record(f"  until it was answered, {what}", (self.answered_at - self.asked_at) * 1000)
                self._record(f"    in the engine, {what}", self.live.shown.done.milliseconds)
                self._record(f"  until it was drawn, {what}", (drawn - self.answered_at) * 1000)
        frames = range(2, 8)
        for frame in frames:
            yield REST
            before, started = self.live.asked, time.perf_counter()
            bpy.context.window_manager.windows[0].scene.frame_set(frame)
            yield from self._drawn(before)
            self._record("another frame to drawn", (self.drawn_at[self.painter.drawn] - started) * 1000)
        bpy.context.window_manager.windows[0].scene.frame_set(SETTINGS["frame"])
        yield REST
        yield from self._settled()
        asked, drawn = self.live.asked, self.drawn
        step, name, low, high = SETTINGS["changed"][-1]
        for index in range(20):
            self._set(step, name, low + (high - low) * index / 19)
            yield 1 / 60
        yield 2 * self.watch.LONGEST_TICK
        yield from self._settled()
        yield from self._drawn(self.live.shown.number - 1)
        self._write(20, self.live.asked - asked, self.drawn - drawn)

    def _redrawn(self, what: str, with_mask: bool) -> Iterator[float]:
        """Measures one redraw of the clip's region."""
        self.redrawn_at, self.painter.paints = 0.0, with_mask
        started, worked = time.perf_counter(), time.process_time()
        next(region for region in self.area.regions if region.type == "WINDOW").tag_redraw()
        while not self.redrawn_at:
            yield 0.001
        self._record(what, (self.redrawn_at - started) * 1000)
        # That of the software's drawing threads counts, too; that of other programs on the machine doesn't.
        self._record(f"{what}: processor", (time.process_time() - worked) * 1000)
        self.painter.paints = True

    def _open(self) -> Iterator[float]:
        bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / "bench.blend"))
        clip = self.clip = bpy.data.movieclips.load(str(FOLDER / "clip.mp4"))
        shot = self.properties.of(clip)
        shot.store = str(FOLDER / "shot.mattewright")
        item = self.properties.add_object(shot, SETTINGS["object"])
        for op, values in SETTINGS["chain"]:
            self.properties.add_refine(item, op, **values)
        window = bpy.context.window_manager.windows[0]
        window.scene.frame_set(SETTINGS["frame"])
        area = max(window.screen.areas, key=lambda area: area.width * area.height)
        area.type = "CLIP_EDITOR"
        with bpy.context.temp_override(window=window, area=area):
            bpy.ops.screen.screen_full_area()
        yield 0.5
        area = self.area = window.screen.areas[0]
        space = self.space = area.spaces.active
        space.clip, space.mode, space.view = clip, "TRACKING", "CLIP"
        space.show_region_ui, space.show_region_toolbar = True, False
        yield 0.5
        for region in area.regions:
            if region.type == "UI":
                region.active_panel_category = "Matte"
        yield from self._view("view_all")

    def _set(self, step: int, name: str, value: float) -> None:
        self.properties.set_value(self.properties.of(self.clip).objects[0].refine[step], name, value)

    def _record(self, name: str, milliseconds: float) -> None:
        self.times.setdefault(name, []).append(milliseconds)

    def _view(self, operator: str, **values: Any) -> Iterator[float]:
        window = bpy.context.window_manager.windows[0]
        region = next(region for region in self.area.regions if region.type == "WINDOW")
        with bpy.context.temp_override(window=window, area=self.area, region=region):
            getattr(bpy.ops.clip, operator)(**values)
        self.area.tag_redraw()
        yield 0.3

    def _drawn(self, before: int) -> Iterator[float]:
        """Until a preview later than number `before` is drawn, and nothing else is asked for."""
        until = time.perf_counter() + PATIENCE
        while not (self.painter.drawn > before and self.live.settled and self.painter.drawn in self.drawn_at):
            if self.live.problem:
                raise RuntimeError(self.live.problem)
            if time.perf_counter() > until:
                raise RuntimeError("nothing was drawn")
            yield 0.002

    def _settled(self) -> Iterator[float]:
        while not self.live.settled:
            yield 0.002

    def _pictures(self) -> Iterator[float]:
        """What the window looks like, at several places of the view."""
        if not SETTINGS["pictures"]:
            return
        settings = bpy.context.window_manager.windows[0].scene.mattewright_overlay
        for name, zooms in (("all", ()), ("hand", ((0.66, 0.57),) * 4), ("foot", ((0.42, 0.03),) * 9)):
            yield from self._view("view_all")
            for place in zooms:
                yield from self._view("view_zoom_in", location=place)
            self._picture(name)
        yield from self._view("view_zoom_ratio", ratio=0.3)
        self._picture("far")
        yield from self._view("view_all")
        settings.view = "MATTE"
        yield 0.5
        self._picture("matte")
        settings.view = "OVERLAY"
        yield 0.5

    def _picture(self, name: str) -> None:
        subprocess.run(["import", "-window", "root", f"{SETTINGS['pictures']}/{name}.png"], check=True)

    def _write(self, changes: int, asked: int, drawn: int) -> None:
        np.save(FOLDER / "drawn.npy", self.live.shown.pixels)
        self.document.write(self.clip)
        report = {
            "times": self.times,
            "drag": {"changes": changes, "asked": asked, "drawn": drawn},
            "version": bpy.app.version_string,
            "graphics": gpu.platform.renderer_get(),
        }
        (FOLDER / "report.json").write_text(json.dumps(report), encoding="utf-8")


class Run(bpy.types.Operator):  # type: ignore[misc]
    """Takes the steps as it handles events, for that is when a user's hand on a slider changes a value."""

    bl_idname = "mattewright.bench"
    bl_label = "Bench"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.bench = Bench()
        self.steps = self.bench.steps()
        self.due = 0.0
        self.timer = context.window_manager.event_timer_add(0.005, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type != "TIMER" or time.perf_counter() < self.due:
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
