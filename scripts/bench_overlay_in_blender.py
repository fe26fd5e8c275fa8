"""The bench's part in a Blender with a window: redraws the clip with its masks, and sees how long that takes. Run by `bench_overlay`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import bpy

sys.path.append(str(Path(__file__).resolve().parent.parent))

from scripts.bench_in_blender import FOLDER, SETTINGS, Bench, Steps, read_back, run


class OverlayBench(Bench):
    TIMER = 0.002

    def __init__(self) -> None:
        super().__init__()
        from mattewright.addon import clips, preview, properties
        from mattewright.addon.ui import overlay

        self.overlay, self.painter, self.stored = overlay, overlay.painter, preview.stored
        self.properties, self.clips, self.settings_of = properties, clips, preview.overlay_settings.of
        self.redrawn_at = 0.0
        self.handle = bpy.types.SpaceClipEditor.draw_handler_add(self._after_draw, (), "WINDOW", "POST_PIXEL")

    def _after_draw(self) -> None:
        """After the overlay's own handler."""
        read_back()
        self.redrawn_at = time.perf_counter()

    def close(self) -> None:
        bpy.types.SpaceClipEditor.draw_handler_remove(self.handle, "WINDOW")
        super().close()

    def steps(self) -> Steps:
        self.load()
        self.properties.of(self.clip).store = str(FOLDER / "shot.mattewright")
        yield from self.show(1, alone=True, sidebar=False)
        for name in SETTINGS["objects"]:
            self.properties.add_object(self.properties.of(self.clip), name)
        self.area.tag_redraw()
        chosen = self.settings_of(self.window.scene)
        started = time.perf_counter()
        yield from self._shown(len(SETTINGS["objects"]))
        self.record("opened to all masks drawn", (time.perf_counter() - started) * 1000)
        for view in ("OVERLAY", "OUTLINE", "MATTE", "CUTOUT"):
            chosen.view = view
            yield 0.3
            yield from self._shown(len(SETTINGS["objects"]))
            self.picture(view.lower())
            # In turn, as the machine's own speed changes from one second to the next.
            for _ in range(SETTINGS["redraws"]):
                for paints in (True, False):
                    yield from self._redrawn(view.lower(), paints)
        chosen.view = "OVERLAY"
        yield 0.3
        yield from self._many(SETTINGS["redraws"])
        yield from self._frames(self.window.scene)
        self.switch_off()
        yield 0.3
        for _ in range(SETTINGS["redraws"]):
            yield from self._redrawn("the add-on switched off", False)
        self.write(region=[self.region.width, self.region.height])

    def _shown(self, count: int) -> Steps:
        """Until so many masks are drawn."""
        yield from self.until(
            lambda: self.painter.masks == count and not self.stored.waiting,
            lambda: f"{self.painter.masks} masks are drawn, expected {count}",
        )

    def _redrawn(self, what: str, with_masks: bool) -> Steps:
        """Measures one redraw of the clip's region."""
        self.redrawn_at, self.painter.paints = 0.0, with_masks
        started, worked = time.perf_counter(), time.process_time()
        self.region.tag_redraw()
        while not self.redrawn_at:
            yield 0.001
        name = f"a redraw, {what}" if with_masks else f"  of it without masks, {what}"
        self.record(name, (self.redrawn_at - started) * 1000)
        # The software's drawing threads count, too; and other programs on the machine don't.
        self.record(f"{name}: processor", (time.process_time() - worked) * 1000)
        if with_masks:
            self.record(f"  the draw handler on the main thread, {what}", self.painter.spent * 1000)
        self.painter.paints = True

    def _many(self, count: int) -> Steps:
        """Redraws one after the other, as fast as they go."""
        started = time.perf_counter()
        for _ in range(count):
            self.redrawn_at = 0.0
            self.region.tag_redraw()
            while not self.redrawn_at:
                yield 0.0
        self.record("one redraw of many", (time.perf_counter() - started) * 1000 / count)

    def _frames(self, scene: Any) -> Steps:
        """From frame to frame: until all masks of the new one are drawn, and what the drawings cost the main thread."""
        for frame in range(2, SETTINGS["frames"] + 1):
            yield 0.1
            self.painter.masks, worst = 0, 0.0
            started = time.perf_counter()
            self.clips.go_to(scene, frame)
            until = started + self.PATIENCE
            while self.painter.masks != len(SETTINGS["objects"]):
                if time.perf_counter() > until:
                    raise RuntimeError(f"not all masks of frame {frame} are drawn")
                yield 0.001
                worst = max(worst, self.painter.spent)
            self.record("another frame to all its masks drawn", (time.perf_counter() - started) * 1000)
            self.record("  the longest drawing's share of the main thread", worst * 1000)


run(OverlayBench)
