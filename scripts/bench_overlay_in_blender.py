"""The bench's part in a Blender with a window: redraws the clip with its masks, and sees how long that takes. Run by `bench_overlay`."""

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

PATIENCE = 60.0


class Bench:
    def __init__(self) -> None:
        mattewright.register()
        from mattewright.addon import clips, preview, properties
        from mattewright.addon.ui import overlay

        self.overlay, self.painter, self.stored = overlay, overlay.painter, preview.stored
        self.properties, self.clips, self.settings_of = properties, clips, preview.overlay_settings.of
        self.times: dict[str, list[float]] = {}
        self.redrawn_at = 0.0
        self.registered = True
        self.handle = bpy.types.SpaceClipEditor.draw_handler_add(self._after_draw, (), "WINDOW", "POST_PIXEL")

    def _after_draw(self) -> None:
        """After the overlay's own handler: the pixels are there when one of them can be read."""
        gpu.state.active_framebuffer_get().read_color(0, 0, 1, 1, 4, 0, "UBYTE")
        self.redrawn_at = time.perf_counter()

    def close(self) -> None:
        bpy.types.SpaceClipEditor.draw_handler_remove(self.handle, "WINDOW")
        if self.registered:
            mattewright.unregister()

    def steps(self) -> Iterator[float]:
        """The whole bench, in steps; each gives the seconds until the next."""
        yield from self._open()
        scene = bpy.context.window_manager.windows[0].scene
        chosen = self.settings_of(scene)
        started = time.perf_counter()
        yield from self._shown(len(SETTINGS["objects"]))
        self._record("opened to all masks drawn", (time.perf_counter() - started) * 1000)
        for view in ("OVERLAY", "OUTLINE", "MATTE", "CUTOUT"):
            chosen.view = view
            yield 0.3
            yield from self._shown(len(SETTINGS["objects"]))
            self._picture(view.lower())
            # In turn, as the machine's own speed changes from one second to the next.
            for _ in range(SETTINGS["redraws"]):
                for paints in (True, False):
                    yield from self._redrawn(view.lower(), paints)
        chosen.view = "OVERLAY"
        yield 0.3
        yield from self._many(SETTINGS["redraws"])
        yield from self._frames(scene)
        mattewright.unregister()
        self.registered = False
        yield 0.3
        for _ in range(SETTINGS["redraws"]):
            yield from self._redrawn("the add-on switched off", False)
        self._write()

    def _open(self) -> Iterator[float]:
        bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / "bench.blend"))
        clip = self.clip = bpy.data.movieclips.load(str(FOLDER / "clip.mp4"))
        shot = self.properties.of(clip)
        shot.store = str(FOLDER / "shot.mattewright")
        window = bpy.context.window_manager.windows[0]
        window.scene.frame_set(1)
        area = max(window.screen.areas, key=lambda area: area.width * area.height)
        area.type = "CLIP_EDITOR"
        with bpy.context.temp_override(window=window, area=area):
            bpy.ops.screen.screen_full_area()
        yield 0.5
        area = self.area = window.screen.areas[0]
        space = area.spaces.active
        space.clip, space.mode, space.view = clip, "TRACKING", "CLIP"
        space.show_region_ui, space.show_region_toolbar = False, False
        yield 0.5
        region = self.region = next(region for region in area.regions if region.type == "WINDOW")
        with bpy.context.temp_override(window=window, area=area, region=region):
            bpy.ops.clip.view_all(fit_view=True)
        yield 0.5
        for name in SETTINGS["objects"]:
            self.properties.add_object(shot, name)
        area.tag_redraw()

    def _shown(self, count: int) -> Iterator[float]:
        """Until so many masks are drawn."""
        until = time.perf_counter() + PATIENCE
        while self.painter.masks != count or self.stored.waiting:
            if time.perf_counter() > until:
                raise RuntimeError(f"{self.painter.masks} masks are drawn, expected {count}")
            yield 0.005

    def _redrawn(self, what: str, with_masks: bool) -> Iterator[float]:
        """Measures one redraw of the clip's region."""
        self.redrawn_at, self.painter.paints = 0.0, with_masks
        started, worked = time.perf_counter(), time.process_time()
        self.region.tag_redraw()
        while not self.redrawn_at:
            yield 0.001
        name = f"a redraw, {what}" if with_masks else f"  of it without masks, {what}"
        self._record(name, (self.redrawn_at - started) * 1000)
        # The software's drawing threads count, too; and other programs on the machine don't.
        self._record(f"{name}: processor", (time.process_time() - worked) * 1000)
        if with_masks:
            self._record(f"  the draw handler on the main thread, {what}", self.painter.spent * 1000)
        self.painter.paints = True

    def _many(self, count: int) -> Iterator[float]:
        """Redraws one after the other, as fast as they go."""
        started = time.perf_counter()
        for _ in range(count):
            self.redrawn_at = 0.0
            self.region.tag_redraw()
            while not self.redrawn_at:
                yield 0.0
        self._record("one redraw of many", (time.perf_counter() - started) * 1000 / count)

    def _frames(self, scene: Any) -> Iterator[float]:
        """From frame to frame: until all masks of the new one are drawn, and what the drawings cost the main thread."""
        for frame in range(2, SETTINGS["frames"] + 1):
            yield 0.1
            self.painter.masks, worst = 0, 0.0
            started = time.perf_counter()
            self.clips.go_to(scene, frame)
            until = started + PATIENCE
            while self.painter.masks != len(SETTINGS["objects"]):
                if time.perf_counter() > until:
                    raise RuntimeError(f"not all masks of frame {frame} are drawn")
                yield 0.001
                worst = max(worst, self.painter.spent)
            self._record("another frame to all its masks drawn", (time.perf_counter() - started) * 1000)
            self._record("  the longest drawing's share of the main thread", worst * 1000)

    def _record(self, name: str, milliseconds: float) -> None:
        self.times.setdefault(name, []).append(milliseconds)

    def _picture(self, name: str) -> None:
        if SETTINGS["pictures"]:
            subprocess.run(["import", "-window", "root", f"{SETTINGS['pictures']}/{name}.png"], check=True)

    def _write(self) -> None:
        region = [self.region.width, self.region.height]
        report = {
            "times": self.times,
            "region": region,
            "version": bpy.app.version_string,
            "graphics": gpu.platform.renderer_get(),
        }
        (FOLDER / "report.json").write_text(json.dumps(report), encoding="utf-8")


class Run(bpy.types.Operator):  # type: ignore[misc]
    """Takes the steps as it handles events."""

    bl_idname = "mattewright.bench"
    bl_label = "Bench"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.bench = Bench()
        self.steps = self.bench.steps()
        self.due = 0.0
        self.timer = context.window_manager.event_timer_add(0.002, window=context.window)
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
