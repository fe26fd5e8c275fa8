"""What a step has at hand, and what many steps do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy

from .driver import JOB, Steps, check, until
from .eyes import Eyes
from .hand import Hand
from .stage import Stage

SHOT = "shot ä測.blend"
"""What the chapter `shot` saves, in the folder of the test."""


@dataclass
class Play:
    """One run of the test."""

    folder: Path
    settings: dict[str, Any]
    stage: Stage = field(init=False)
    hand: Hand = field(init=False)
    eyes: Eyes = field(init=False)

    def __post_init__(self) -> None:
        self.stage = Stage(self.folder, self.settings)
        self.hand, self.eyes = Hand(self.stage), Eyes(self.stage)

    def alone(self) -> Steps:
        """The first editor alone in the window, with the sidebar's tab Matte, and the whole clip in it."""
        stage = self.stage
        with bpy.context.temp_override(window=stage.window(), area=stage.area()):
            bpy.ops.screen.screen_full_area()
        yield None
        space = stage.space()
        space.mode, space.view, space.show_region_toolbar, space.show_region_ui = "TRACKING", "CLIP", False, True
        yield from stage.drawn()
        stage.region("UI").active_panel_category = "Matte"
        yield from stage.drawn()
        stage.call("clip.view_all", fit_view=True)
        yield from stage.drawn()

    def side_by_side(self, blend: str, *clips: str) -> Steps:
        """A new file with that clip, or two of the settings, each in an editor of its own, at frame 1."""
        stage = self.stage
        bpy.ops.wm.read_homefile(use_factory_startup=False)
        yield None
        bpy.ops.wm.save_as_mainfile(filepath=str(self.folder / blend))
        for name in clips:
            clip = bpy.data.movieclips.load(self.settings["clips"][name])
            clip.name, clip.use_fake_user = name, True
            stage.draft(name)
        window = stage.window()
        area = max(window.screen.areas, key=lambda area: area.width * area.height)
        area.type = "CLIP_EDITOR"
        yield from until(lambda: stage.areas() and stage.region().width > 1, "the editor has regions")
        if len(clips) > 1:
            with bpy.context.temp_override(window=window, area=area, region=area.regions[0]):
                bpy.ops.screen.area_split(direction="VERTICAL", factor=0.5)
        yield from until(lambda: self.editors_are(len(clips)), "an editor for each clip")
        for number, name in enumerate(clips):
            space = stage.space(number)
            space.clip, space.mode, space.view = bpy.data.movieclips[name], "TRACKING", "CLIP"
            space.show_region_ui = space.show_region_toolbar = False
        yield from stage.drawn()
        for number in range(len(clips)):
            stage.call("clip.view_all", number=number)
        scene = stage.scene
        scene.frame_start, scene.frame_end, scene.frame_current = 1, stage.clip.frame_duration, 1
        bpy.ops.ed.undo_push(message="Opened")
        yield from stage.drawn()

    def editors_are(self, count: int) -> bool:
        """Whether the first window has so many, with regions."""
        areas = self.stage.areas()
        return len(areas) == count and all(self.stage.region(number=number).width > 1 for number in range(count))

    def person(self, blend: str) -> Steps:
        """A new file with the clip of a person alone in the window, with the sidebar's tab Matte, at frame 1."""
        yield from self.side_by_side(blend, "person")
        yield from self.alone()

    def status(self) -> str:
        """What the status bar says while one hand prompts."""
        return next((str(hand.status) for hand in self.stage.hands.values()), "")

    def hover(self, x: float, y: float) -> Steps:
        """Shift, and a movement to there."""
        at = self.stage.on_screen(x, y)
        yield from self.hand.event("MOUSEMOVE", "NOTHING", at)
        yield from self.hand.event("LEFT_SHIFT", "PRESS", at, shift=True)
        for step in range(-4, 1):
            yield from self.hand.move(x + step, y, shift=True)

    def end_hover(self, x: float, y: float) -> Steps:
        yield from self.hand.event("LEFT_SHIFT", "RELEASE", self.stage.on_screen(x, y))
        yield from self.hand.move(x, y)

    def open_shot(self) -> Steps:
        """The file that the chapter `shot` has saved."""
        path = self.folder / SHOT
        check(path.is_file(), f"there is no {path.name}: the chapter `shot` makes it")
        bpy.ops.wm.open_mainfile(filepath=str(path))
        yield from until(lambda: self.stage.areas() and self.stage.clip is not None, "the file is open")
        yield from self.stage.drawn()

    def go_to(self, frame: int) -> Steps:
        """By a press on the frame strip."""
        region, shown = self.stage.region(), self.stage.strip()
        check(shown is not None, "there is no frame strip")
        low, high = shown.lanes[0]
        at = region.x + round(shown.x(frame + 0.5)), round(region.y + low + (high - low) * 0.3)
        yield from self.hand.press(at)
        yield from until(lambda: self.stage.scene.frame_current == frame, f"a press on the strip goes to frame {frame}")
        yield from self.stage.drawn()

    def stale(self) -> Any:
        """The first object's stale frames in spans, as far as the engine has said; None where it hasn't."""
        done = self.stage.addon("frames").states.of(self.stage.clip.name_full)
        return done.objects[0].stale if done is not None and done.objects else None

    def stale_within(self, first: int, last: int) -> bool:
        """Whether one of these frames of the first object is stale, as far as the engine has said."""
        return any(start <= last and end >= first for start, end in self.stale() or ())

    def job_done(self) -> Steps:
        """Until the job that was begun is over, and well."""
        session = self.stage.session
        yield from until(lambda: session.job is not None and session.job.done, "the job is done", JOB)
        check(session.job.error is None, f"it ended with {session.job.error}")

    def shown_on(self, frame: int) -> Callable[[], bool]:
        """Whether the mask that lies over the clip is one of a chain, of that frame."""

        def holds() -> bool:
            shown = self.stage.live.shown
            return shown is not None and shown.wanted.frame == frame and shown.wanted.prompts is None and shown.pixels is not None

        return holds

    def rendered(self, frame: int, path: Path) -> Steps:
        """The scene's frame as its compositor gives it, RGBA in 8 bits, written to `path`."""
        scene: Any = self.stage.scene
        scene.frame_set(frame)
        scene.render.compositor_device = "CPU"
        scene.render.image_settings.file_format, scene.render.image_settings.color_mode = "PNG", "RGBA"
        scene.render.dither_intensity, scene.render.filepath = 0.0, str(path)
        with bpy.context.temp_override(window=self.stage.window()):
            bpy.ops.render.render(write_still=True)
        yield from until(path.is_file, "the picture is written")
