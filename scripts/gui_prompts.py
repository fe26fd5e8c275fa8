"""Prompts in a Blender with a window, as a hand does: clicks, drags, keys, undo, frames, zoom; then looks at properties and pixels.

Run inside Blender, ``--factory-startup --enable-event-simulate --python scripts/gui_prompts.py -- PACKAGE FOLDER``: PACKAGE is a folder
that has this checkout as ``mattewright``, and FOLDER one to work in. MATTEWRIGHT_ENGINE_PYTHON says what runs the engine; without it,
masks are not looked at. Leaves ``report.json`` and pictures of the window in FOLDER; the exit code is 0 if all was as it should be.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np

PACKAGE, FOLDER = (Path(word) for word in sys.argv[sys.argv.index("--") + 1 :][:2])
sys.path.insert(0, str(PACKAGE))

import mattewright  # noqa: E402

SIZE, FRAMES = (480, 270), 24
PATIENCE = 120.0
REST = 0.12
DISK = (200.0, 130.0, 50.0)
"""What is in the pictures: x, y of the middle on frame 1, and the radius; it moves 4 pixels a frame."""
WITH_ENGINE = bool(os.environ.get("MATTEWRIGHT_ENGINE_PYTHON"))


class Failed(Exception):  # noqa: N818
    """Something was not as it should be."""


def check(holds: object, what: str) -> None:
    print(f"{'ok    ' if holds else 'FAILED'} {what}", flush=True)
    if not holds:
        raise Failed(what)


class Test:
    def __init__(self) -> None:
        mattewright.register()
        from mattewright.addon import preview, properties
        from mattewright.addon.tool import prompt_tool, state
        from mattewright.addon.ui import overlay, placement, strip

        self.preview, self.properties, self.tool, self.state = preview, properties, prompt_tool, state
        self.placement, self.painter, self.strip = placement.placement, overlay.painter, strip
        self.slowest: dict[str, float] = {}
        self.said_so = False
        """Whether the status bar has said that the model is looking at a picture."""
        self._timed(prompt_tool.MATTEWRIGHT_OT_prompt_tool, "_handled", "an event of the tool")

    def _timed(self, owner: Any, name: str, what: str) -> None:
        """Notes how long the slowest of an operator's steps took."""
        inner: Callable[..., Any] = getattr(owner, name)

        def outer(this: Any, context: Any, window: Any, hand: Any, event: Any) -> Any:
            started, kind = time.perf_counter(), f"{what}: {event.type} {event.value}"
            try:
                return inner(this, context, window, hand, event)
            finally:
                self.slowest[kind] = max(self.slowest.get(kind, 0.0), (time.perf_counter() - started) * 1000)

        setattr(owner, name, outer)

    # --- what Blender is

    @property
    def window(self) -> Any:
        return bpy.context.window_manager.windows[0]

    @property
    def areas(self) -> list[Any]:
        """The Movie Clip Editors, from left to right."""
        return sorted((area for area in self.window.screen.areas if area.type == "CLIP_EDITOR"), key=lambda area: area.x)

    def region(self, number: int = 0) -> Any:
        return next(region for region in self.areas[number].regions if region.type == "WINDOW")

    def shot(self, name: str = "a") -> Any:
        return self.properties.of(bpy.data.movieclips[name])

    def said(self, item: int = 0, frame: int = 1, name: str = "a") -> Any:
        return self.properties.prompts_at(self.shot(name).objects[item], frame)

    def screen(self, x: float, y: float, number: int = 0) -> tuple[int, int]:
        """The window's pixel where the picture's is."""
        region = self.region(number)
        across, up = self.placement(region).point(x / SIZE[0], y / SIZE[1])
        return round(region.x + across), round(region.y + up)

    # --- the hand

    def event(self, kind: str, value: str, at: tuple[int, int], **keys: bool) -> Iterator[float]:
        self.window.event_simulate(type=kind, value=value, x=at[0], y=at[1], **keys)
        yield 0.03

    def move(self, x: float, y: float, number: int = 0, **keys: bool) -> Iterator[float]:
        yield from self.event("MOUSEMOVE", "NOTHING", self.screen(x, y, number), **keys)

    def click(self, x: float, y: float, number: int = 0, **keys: bool) -> Iterator[float]:
        at = self.screen(x, y, number)
        yield from self.event("MOUSEMOVE", "NOTHING", at, **keys)
        yield from self.event("LEFTMOUSE", "PRESS", at, **keys)
        yield from self.event("LEFTMOUSE", "RELEASE", at, **keys)
        yield REST

    def drag(self, *places: tuple[float, float], number: int = 0, picture: str = "", **keys: bool) -> Iterator[float]:
        first = self.screen(*places[0], number)
        yield from self.event("MOUSEMOVE", "NOTHING", first, **keys)
        yield from self.event("LEFTMOUSE", "PRESS", first, **keys)
        for place in places[1:]:
            yield from self.event("MOUSEMOVE", "NOTHING", self.screen(*place, number), **keys)
        if picture:
            yield 0.3
            self.picture(picture)
        yield from self.event("LEFTMOUSE", "RELEASE", self.screen(*places[-1], number), **keys)
        yield REST

    def key(self, kind: str, at: tuple[float, float] = (240.0, 20.0), number: int = 0, **keys: bool) -> Iterator[float]:
        place = self.screen(*at, number)
        yield from self.event("MOUSEMOVE", "NOTHING", place)
        yield from self.event(kind, "PRESS", place, **keys)
        yield from self.event(kind, "RELEASE", place)
        yield REST

    def picture(self, name: str) -> None:
        subprocess.run(["import", "-window", "root", str(FOLDER / f"{name}.png")], check=True)

    def pixels(self) -> np.ndarray[Any, Any]:
        """(height, width, 3) of the screen, the top row first."""
        done = subprocess.run(["import", "-window", "root", "-depth", "8", "ppm:-"], check=True, capture_output=True)
        words = done.stdout.split(maxsplit=4)
        return np.frombuffer(words[4], np.uint8).reshape(int(words[2]), int(words[1]), 3) if len(words[4]) else np.zeros((0, 0, 3))

    def color_at(self, x: float, y: float, number: int = 0) -> np.ndarray[Any, Any]:
        """The screen's colour where the picture's pixel is."""
        across, up = self.screen(x, y, number)
        shown = self.pixels()
        return np.asarray(shown[shown.shape[0] - 1 - up, across].astype(int))

    def settled(self) -> Iterator[float]:
        """Until the engine has answered what is wanted by now."""
        yield 0.3
        until = time.monotonic() + PATIENCE
        while WITH_ENGINE and not self.preview.live.settled:
            self.said_so = self.said_so or any(self.tool.LOOKING in hand.status for hand in self.state.hands.values())
            if time.monotonic() > until:
                raise Failed("the engine didn't answer")
            yield 0.05
        yield 0.3

    # --- the test

    def steps(self) -> Iterator[float]:
        yield from self._open()
        yield from self._enter()
        yield from self._prompts()
        yield from self._undo()
        yield from self._frames_and_zoom()
        yield from self._objects()
        yield from self._hover()
        yield from self._two_editors()
        yield from self._strip()
        yield from self._leave()

    def _open(self) -> Iterator[float]:
        for name in ("a", "b"):
            (FOLDER / name).mkdir(parents=True, exist_ok=True)
            rows, columns = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float32)
            for frame in range(1, FRAMES + 1):
                inside = np.hypot(columns - DISK[0] - 4 * (frame - 1), rows - DISK[1]) < DISK[2]
                shade = (0.25 + 0.1 * np.sin(columns / 9) * np.cos(rows / 7))[..., None] * np.ones(3, np.float32)
                shade[inside] = (0.75, 0.7, 0.2) if name == "a" else (0.2, 0.5, 0.8)
                image = bpy.data.images.new("plate", *SIZE)
                image.pixels.foreach_set(np.concatenate([shade, np.ones_like(shade[..., :1])], axis=2)[::-1].ravel())
                image.filepath_raw, image.file_format = str(FOLDER / name / f"{name}_{frame:04d}.png"), "PNG"
                image.save()
                bpy.data.images.remove(image)
        bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / "prompts.blend"))
        for name in ("a", "b"):
            clip = bpy.data.movieclips.load(str(FOLDER / name / f"{name}_0001.png"))
            clip.name, clip.use_fake_user = name, True
            self.properties.of(clip).size = "512"
        window = self.window
        area = max(window.screen.areas, key=lambda area: area.width * area.height)
        area.type = "CLIP_EDITOR"
        yield 0.5
        with bpy.context.temp_override(window=window, area=area, region=area.regions[0]):
            bpy.ops.screen.area_split(direction="VERTICAL", factor=0.5)
        yield 0.5
        for area, name in zip(self.areas, ("a", "b"), strict=True):
            space = area.spaces.active
            space.clip, space.mode, space.view = bpy.data.movieclips[name], "TRACKING", "CLIP"
            space.show_region_ui = space.show_region_toolbar = False
        yield 0.5
        for number in (0, 1):
            yield from self._view(number, "view_all")
        window.scene.frame_set(1)
        bpy.ops.ed.undo_push(message="Opened")
        yield 0.5

    def _view(self, number: int, operator: str, **values: Any) -> Iterator[float]:
        with bpy.context.temp_override(window=self.window, area=self.areas[number], region=self.region(number)):
            getattr(bpy.ops.clip, operator)(**values)
        yield 0.3

    def _enter(self) -> Iterator[float]:
        keys = bpy.context.window_manager.keyconfigs.addon.keymaps["Clip Editor"].keymap_items
        check(any(item.idname == "mattewright.prompt_tool" for item in keys), "the key is there")
        yield from self.key("K")
        check(len(self.state.hands) == 1, "the key starts the tool")
        check(bpy.context.window_manager.mattewright_preview.show, "the live mask is on")
        hand = next(iter(self.state.hands.values()))
        check("Ctrl-Click: take away" in hand.status, "the status bar shows the keys")

    def _prompts(self) -> Iterator[float]:
        yield from self.click(200, 130)
        check([item.name for item in self.shot().objects] == ["Object 1"], "the first click makes the first object")
        point = self.said().points[0]
        check(abs(point.x - 200) < 1 and abs(point.y - 130) < 1 and point.positive, f"a click adds ({point.x:.2f}, {point.y:.2f})")
        yield from self.settled()
        self.picture("1-click")
        if WITH_ENGINE:
            check(self.preview.live.problem == "", f"the engine has nothing to complain of: {self.preview.live.problem}")
            check(self.preview.live.shown.wanted.prompts is not None, "the model's answer is shown")
            check(self.said_so, "the status bar said that it looked at the picture")
            share = self._agreement()
            check(share > 0.9, f"it is the disk (IoU {share:.3f})")
        yield from self.click(60, 60, ctrl=True)
        check([point.positive for point in self.said().points] == [True, False], "Ctrl-click takes away")
        yield from self.drag((140, 70), (200, 100), (260, 190), picture="2-dragging")
        box = list(self.said().box)
        check(
            self.said().use_box and max(abs(a - b) for a, b in zip(box, (140, 70, 260, 190), strict=True)) < 1, f"a drag draws a box {box}"
        )
        yield from self.drag((180, 110), (200, 115), (220, 130), (225, 150), alt=True)
        stroke = self.said().scribbles[0]
        check(len(stroke.points) == 4 and stroke.positive, "an Alt-drag draws a stroke")
        yield from self.drag((40, 200), (60, 220), (90, 230), alt=True, ctrl=True)
        check(not self.said().scribbles[1].positive, "with Ctrl it takes away")
        yield from self.settled()
        self.picture("3-all-kinds")
        # Beside the sign in the middle of the mark.
        scale = self.state.scale()
        region = self.region()
        per_pixel = SIZE[0] / self.placement(region).width
        color = self.color_at(200 + 4 * scale * per_pixel, 130 + 4 * scale * per_pixel)
        check(color[0] > 200 and color[2] < 90, f"the point is drawn in its object's orange {color.tolist()}")
        yield from self.key("X", (60, 60))
        check([point.positive for point in self.said().points] == [True], "X deletes the point under the cursor")
        yield from self.key("X", (65, 222))
        check(len(self.said().scribbles) == 1, "and the stroke")
        yield from self.key("X", (400, 30))
        check(len(self.said().points) == 1 and self.said().use_box, "and nothing where there is nothing")

    def _agreement(self) -> float:
        rows, columns = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
        truth = np.hypot(columns - DISK[0], rows - DISK[1]) < DISK[2]
        shown = self.preview.live.shown.pixels > 127
        return float((truth & shown).sum() / (truth | shown).sum())

    def _undo(self) -> Iterator[float]:
        def state() -> tuple[int, int, bool]:
            said = self.said()
            return (len(said.points), len(said.scribbles), bool(said.use_box)) if said is not None else (0, 0, False)

        steps = [state()]
        for _ in range(7):
            yield from self.key("Z", ctrl=True)
            steps.append(state() if len(self.shot().objects) else (0, 0, False))
        expected = [(1, 1, True), (1, 2, True), (2, 2, True), (2, 1, True), (2, 0, True), (2, 0, False), (1, 0, False), (0, 0, False)]
        check(steps == expected, f"each prompt is one step of undo {steps}")
        check(not len(self.shot().objects) and len(self.state.hands) == 1, "the object goes with the click that made it; the tool stays")
        steps = []
        for _ in range(7):
            yield from self.key("Z", ctrl=True, shift=True)
            steps.append(state())
        check(steps == expected[-2::-1], f"and of redo {steps}")
        yield from self.click(210, 140)
        check(len(self.said().points) == 2, "a click after that adds")
        yield from self.settled()
        self.picture("4-redone")

    def _frames_and_zoom(self) -> Iterator[float]:
        for _ in range(3):
            yield from self.key("RIGHT_ARROW")
        check(self.window.scene.frame_current == 4, "the arrows change the frame")
        yield from self.settled()
        self.picture("5-neighbour")
        yield from self.click(212, 130)
        check(len(self.said(frame=4).points) == 1 and len(self.said().points) == 2, "a click there is of that frame")
        before = self.placement(self.region())
        at = self.screen(240, 135)
        for _ in range(2):
            yield from self.event("WHEELUPMOUSE", "PRESS", at)
        yield 0.3
        after = self.placement(self.region())
        check(after.width > before.width * 1.2, "the wheel zooms")
        yield from self.event("MIDDLEMOUSE", "PRESS", at)
        yield from self.event("MOUSEMOVE", "NOTHING", (at[0] + 30, at[1] + 20))
        yield from self.event("MIDDLEMOUSE", "RELEASE", (at[0] + 30, at[1] + 20))
        yield 0.3
        panned = self.placement(self.region())
        check(abs(panned.left - after.left) > 10, "the middle button pans")
        yield from self.click(220, 120)
        point = self.said(frame=4).points[1]
        check(abs(point.x - 220) < 1 and abs(point.y - 120) < 1, f"a click hits its pixel when zoomed ({point.x:.2f}, {point.y:.2f})")
        yield from self.settled()
        self.picture("6-zoomed")
        yield from self._view(0, "view_all")
        for _ in range(3):
            yield from self.key("LEFT_ARROW")
        check(self.window.scene.frame_current == 1, "and back")

    def _objects(self) -> Iterator[float]:
        yield from self.key("N")
        check(
            [item.name for item in self.shot().objects] == ["Object 1", "Object 2"] and self.shot().active_index == 1, "N makes an object"
        )
        yield from self.click(30, 30)
        check(len(self.said(1).points) == 1, "a click is of the new one")
        yield from self.key("ONE")
        check(self.shot().active_index == 0, "1 picks the first")
        yield from self.key("TAB")
        check(self.shot().active_index == 1 and self.areas[0].spaces.active.mode == "TRACKING", "Tab picks the next")
        yield from self.key("TAB")
        check(self.shot().active_index == 0, "and the first again")

    def _hover(self) -> Iterator[float]:
        yield from self.key("N")
        yield from self.event("LEFT_SHIFT", "PRESS", self.screen(190, 120), shift=True)
        for step in range(8):
            yield from self.move(190 + step, 120, shift=True)
        yield from self.settled()
        if WITH_ENGINE:
            wanted = self.preview.live.shown.wanted
            check(wanted.object == "Object 3" and len(wanted.prompts.points) == 1, "Shift shows what a click would select")
            share = self._agreement()
            check(share > 0.9, f"it is the disk (IoU {share:.3f})")
        check(self.said(2) is None, "and adds nothing")
        self.picture("7-hover")
        yield from self.event("LEFT_SHIFT", "RELEASE", self.screen(197, 120))
        yield from self.move(198, 121)
        check(self.preview.prompting.state.hover is None, "without Shift it is over")

    def _two_editors(self) -> Iterator[float]:
        yield from self.click(200, 130, number=1)
        check([len(self.shot(name).objects) for name in ("a", "b")] == [3, 1], "the other editor's clip is prompted where the mouse is")
        point = self.said(name="b").points[0]
        check(abs(point.x - 200) < 1 and abs(point.y - 130) < 1, "at its own place")
        yield from self.settled()
        if WITH_ENGINE:
            check(self.preview.live.shown.wanted.clip == "b", "and its mask is shown")
        self.picture("8-two-editors")
        before = self.shot().active_index
        yield from self.key("ONE", number=1)
        check(self.shot().active_index == before, "keys are for the editor under the mouse")
        yield from self.key("Z", ctrl=True)
        check(not len(self.shot("b").objects) and len(self.shot().objects) == 3, "undo takes the last prompt, wherever it was")
        scene = bpy.data.scenes.new("other")
        self.window.scene = scene
        scene.frame_set(7)
        yield 0.3
        yield from self.click(220, 130)
        check(len(self.said(2, 7).points) == 1, "in another scene it is that scene's frame")
        self.window.scene = bpy.data.scenes["Scene"]
        yield 0.3

    def _strip(self) -> Iterator[float]:
        region, before = self.region(), self.said()
        points, frame = len(before.points), self.window.scene.frame_current
        with bpy.context.temp_override(window=self.window, area=self.areas[0], region=region):
            shown = self.strip.strip_of(bpy.context)
        check(shown is not None, "the frame strip is there")
        at = (region.x + region.width // 3, int(region.y + shown.bottom + 2))
        yield from self.event("MOUSEMOVE", "NOTHING", at)
        yield from self.event("LEFTMOUSE", "PRESS", at)
        yield from self.event("LEFTMOUSE", "RELEASE", at)
        yield REST
        check(self.window.scene.frame_current > frame + 20, "a press on it goes to a frame")
        self.window.scene.frame_set(frame)
        yield REST
        check(len(self.said().points) == points and len(self.state.hands) == 1, "and says nothing of the object")

    def _leave(self) -> Iterator[float]:
        yield from self.key("ESC")
        check(not self.state.hands, "Esc leaves")
        points = len(self.said().points)
        yield from self.click(240, 130)
        check(len(self.said().points) == points, "then a click is Blender's again")
        yield from self.key("K")
        yield from self.key("K")
        check(not self.state.hands, "the key again leaves, too")
        yield from self.key("K")
        bpy.ops.wm.save_mainfile()
        bpy.ops.wm.open_mainfile(filepath=str(FOLDER / "prompts.blend"))
        yield 1.0
        check(not self.state.hands and not self.preview.prompting.state.clip, "another file ends it")
        check(len(self.said().points) == points, "what was said is in the file")
        yield from self.move(100, 100)
        yield from self.key("K")
        check(len(self.state.hands) == 1, "and it begins anew there")
        yield from self.key("ONE")
        yield from self.click(240, 130)
        check(len(self.said().points) == points + 1, "with a click")
        for _ in range(3):
            yield from self.key("Z", ctrl=True)
        yield from self.key("N")
        mattewright.unregister()
        yield 0.5
        yield from self.move(100, 100)
        check(not self.state.hands, "the add-on can be turned off while it prompts")
        slow = {what: taken for what, taken in self.slowest.items() if taken > 16}
        print("slowest:", sorted(((round(taken, 1), what) for what, taken in self.slowest.items()), reverse=True)[:6], flush=True)
        self.slow = slow


def run() -> Iterator[float]:
    test = Test()
    problem = ""
    try:
        yield from test.steps()
    except Exception as error:
        traceback.print_exc()
        problem = f"{type(error).__name__}: {error}"
        test.picture("failed")
        mattewright.unregister()
    report = {"problem": problem, "version": bpy.app.version_string, "slowest": test.slowest}
    (FOLDER / "report.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    yield 0.2
    print("gui_prompts:", problem or "all as it should be", flush=True)
    if problem:
        sys.stdout.flush()
        os._exit(1)


steps = run()


def tick() -> float | None:
    try:
        return next(steps)
    except StopIteration:
        bpy.ops.wm.quit_blender()
        return None


bpy.context.preferences.view.show_splash = False
bpy.app.timers.register(tick, first_interval=1.0, persistent=True)
