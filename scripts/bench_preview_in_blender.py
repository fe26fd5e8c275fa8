"""The bench's part in a Blender with a window: changes values as a user does, and sees when the mask is drawn. Run by `bench_preview`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import bpy
import numpy as np

sys.path.append(str(Path(__file__).resolve().parent.parent))

from scripts.bench_in_blender import FOLDER, SETTINGS, Bench, Steps, read_back, run

STAGES = (
    ("changed", "asked", "until it was asked for"),
    ("asked", "answered", "until the answer came"),
    ("answered", "heard", "until it was heard"),
    ("heard", "begun", "until the overlay's turn in a drawing"),
    ("begun", "handed over", "until the overlay was done"),
    ("handed over", "drawn", "until the pixels were there"),
)
"""One after the other: what is over at its beginning, and at its end."""
REST = 0.15
"""Seconds between two changes, so that each finds Blender at rest."""


class PreviewBench(Bench):
    def __init__(self) -> None:
        super().__init__()
        from mattewright.addon import document, preview, properties
        from mattewright.addon.link import client
        from mattewright.addon.ui import overlay

        self.live, self.painter, self.properties, self.document = preview.live, overlay.painter, properties, document
        self.watch = preview.watch
        self.drawn_at: dict[int, float] = {}
        self.drawn = self.redraws = 0
        self.redrawn_at = 0.0
        self.at: dict[str, float] = {}
        """When each stage of the preview in hand was over; the last time, where it happens more often."""
        self.stages: dict[str, float] = {}
        """The same, of the preview that was drawn last."""
        self._note(self.live.session, "ask", "asked")
        self._note(self.live, "_answered", "heard")
        self._note(preview, "hear_while_drawing", "begun")
        self._note(self.painter, "_draw", "handed over")
        read = client.read_message

        def read_noted(stream: Any) -> Any:
            message = read(stream)
            if message and "slot" in (message.get("result") or ()):
                self.at["answered"] = time.perf_counter()
            return message

        client.read_message = read_noted
        self.handle = bpy.types.SpaceClipEditor.draw_handler_add(self._after_draw, (), "WINDOW", "POST_PIXEL")

    def _note(self, owner: Any, name: str, stage: str) -> None:
        """Have `owner`'s function say when it is over; of answers and of asking, when it begins, for what follows is another stage's."""
        function = getattr(owner, name)

        def noted(*arguments: Any) -> Any:
            began = time.perf_counter()
            found = function(*arguments)
            self.at[stage] = began if stage in ("asked", "heard") else time.perf_counter()
            return found

        setattr(owner, name, noted)

    def _after_draw(self) -> None:
        """After the overlay's own handler."""
        self.redraws += 1
        if not self.redrawn_at or self.painter.drawn not in self.drawn_at:
            read_back()
            self.redrawn_at = time.perf_counter()
        if self.painter.drawn not in self.drawn_at:
            self.drawn_at[self.painter.drawn], self.stages = time.perf_counter(), dict(self.at)
            self.drawn += 1

    def close(self) -> None:
        bpy.types.SpaceClipEditor.draw_handler_remove(self.handle, "WINDOW")
        super().close()

    def steps(self) -> Steps:
        self.load()
        shot = self.properties.of(self.clip)
        shot.store = str(FOLDER / "shot.mattewright")
        item = self.properties.add_object(shot, SETTINGS["object"])
        for op, values in SETTINGS["chain"]:
            self.properties.add_refine(item, op, **values)
        yield from self.show(SETTINGS["frame"], alone=True, sidebar=True)
        bpy.context.window_manager.mattewright_preview.show = True
        yield from self._drawn(0)
        yield from self._pictures()
        started = time.perf_counter()
        for _ in range(200):
            self.watch.look()
        self.record("one look of the timer at the values", (time.perf_counter() - started) * 1000 / 200)
        for show, what in ((True, "a redraw of the clip"), (False, "  of it without the mask")):
            for _ in range(10):
                yield REST
                yield from self._redrawn(what, show)
        for step, name, low, high in SETTINGS["changed"]:
            yield from self._changes(step, name, low, high)
        yield from self._frames()
        yield from self._drag(20)

    def _changes(self, step: int, name: str, low: float, high: float) -> Steps:
        """One value after the other, each when the mask of the one before it is drawn."""
        op = SETTINGS["chain"][step][0]
        for index in range(SETTINGS["changes"]):
            # Not in step with the timer that looks at the values.
            yield REST + 0.003 * (index % 7)
            before, started, worked, redraws = self.live.asked, time.perf_counter(), time.process_time(), self.redraws
            self._set(step, name, low + (high - low) * (index + 1) / SETTINGS["changes"])
            yield from self._drawn(before)
            drawn, what = self.drawn_at[self.painter.drawn], f"{op}.{name}"
            self.record(f"changed to drawn, {what}", (drawn - started) * 1000)
            self.record(f"  Blender's processor time, {what}", (time.process_time() - worked) * 1000)
            self.record(f"  redraws of the clip (a number), {what}", self.redraws - redraws)
            at = {"changed": started, **self.stages, "drawn": drawn}
            for before_it, stage, said in STAGES:
                self.record(f"  {said}, {what}", (at[stage] - at[before_it]) * 1000)
            self.record(f"    of it in the engine, {what}", self.live.shown.done.milliseconds)

    def _frames(self) -> Steps:
        for frame in range(2, 8):
            yield REST
            before, started = self.live.asked, time.perf_counter()
            self.window.scene.frame_set(frame)
            yield from self._drawn(before)
            self.record("another frame to drawn", (self.drawn_at[self.painter.drawn] - started) * 1000)

    def _drag(self, changes: int) -> Steps:
        """As many values at 60 Hz, whatever is drawn meanwhile; what is drawn last is kept to be compared."""
        self.window.scene.frame_set(SETTINGS["frame"])
        yield REST
        yield from self._settled()
        asked, drawn = self.live.asked, self.drawn
        step, name, low, high = SETTINGS["changed"][-1]
        for index in range(changes):
            self._set(step, name, low + (high - low) * index / (changes - 1))
            yield 1 / 60
        yield 2 * self.watch.LONGEST_TICK
        yield from self._settled()
        yield from self._drawn(self.live.shown.number - 1)
        np.save(FOLDER / "drawn.npy", self.live.shown.pixels)
        self.document.write(self.clip)
        self.write(drag={"changes": changes, "asked": self.live.asked - asked, "drawn": self.drawn - drawn})

    def _redrawn(self, what: str, with_mask: bool) -> Steps:
        """Measures one redraw of the clip's region."""
        self.redrawn_at, self.painter.paints = 0.0, with_mask
        started, worked = time.perf_counter(), time.process_time()
        self.region.tag_redraw()
        while not self.redrawn_at:
            yield 0.001
        self.record(what, (self.redrawn_at - started) * 1000)
        # That of the software's drawing threads counts, too; that of other programs on the machine doesn't.
        self.record(f"{what}: processor", (time.process_time() - worked) * 1000)
        self.painter.paints = True

    def _set(self, step: int, name: str, value: float) -> None:
        self.properties.set_value(self.properties.of(self.clip).objects[0].refine[step], name, value)

    def _drawn(self, before: int) -> Steps:
        """Until a preview later than number `before` is drawn, and nothing else is asked for."""

        def holds() -> bool:
            if self.live.problem:
                raise RuntimeError(self.live.problem)
            return bool(self.painter.drawn > before and self.live.settled and self.painter.drawn in self.drawn_at)

        yield from self.until(holds, lambda: "nothing was drawn", 0.002)

    def _settled(self) -> Steps:
        while not self.live.settled:
            yield 0.002

    def _pictures(self) -> Steps:
        """What the window looks like, at several places of the view."""
        if not SETTINGS["pictures"]:
            return
        settings = self.window.scene.mattewright_overlay
        for name, zooms in (("all", ()), ("hand", ((0.66, 0.57),) * 4), ("foot", ((0.42, 0.03),) * 9)):
            yield from self.view("view_all")
            for place in zooms:
                yield from self.view("view_zoom_in", location=place)
            self.picture(name)
        yield from self.view("view_zoom_ratio", ratio=0.3)
        self.picture("far")
        yield from self.view("view_all")
        settings.view = "MATTE"
        yield 0.5
        self.picture("matte")
        settings.view = "OVERLAY"
        yield 0.5


run(PreviewBench)
