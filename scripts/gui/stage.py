"""What there is in Blender's window, and where: the windows, the editors, the clip's pixels, the parts of the installed add-on."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Literal

import bpy

from .driver import Failed, Steps, until

MODEL = "sam2-hiera-tiny"
PACKAGE = "bl_ext.user_default.mattewright"

_drawn = {"WINDOW": 0, "UI": 0}
"""How often regions of Movie Clip Editors were drawn, by their kind."""
_handles: list[Any] = []


class Stage:
    """Asks Blender anew each time: an undo or another file makes all datablocks anew."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        """`folder` is where to work; `settings` is what `test_gui` has said."""
        self.folder, self.settings = folder, settings
        self.noted: dict[str, Any] = {}
        """What a step leaves for later ones."""

    def addon(self, name: str) -> Any:
        """A module of the add-on that was installed."""
        return importlib.import_module(f"{PACKAGE}.addon.{name}")

    # --- windows and editors

    def window(self, number: int = 0) -> Any:
        return bpy.context.window_manager.windows[number]

    def areas(self, window: int = 0) -> list[Any]:
        """The window's Movie Clip Editors, from left to right."""
        return sorted((area for area in self.window(window).screen.areas if area.type == "CLIP_EDITOR"), key=lambda area: area.x)

    def area(self, number: int = 0, window: int = 0) -> Any:
        return self.areas(window)[number]

    def region(self, kind: Literal["WINDOW", "UI", "HEADER"] = "WINDOW", number: int = 0, window: int = 0) -> Any:
        return next(region for region in self.area(number, window).regions if region.type == kind)

    def space(self, number: int = 0, window: int = 0) -> Any:
        return self.area(number, window).spaces.active

    @property
    def scene(self) -> Any:
        return self.window().scene

    def call(self, operator: str, *arguments: str, number: int = 0, window: int = 0, **values: Any) -> set[str]:
        """Call an operator (``clip.view_all``) as it is called in the editor's main region."""
        family, name = operator.split(".")
        override = bpy.context.temp_override(
            window=self.window(window), area=self.area(number, window), region=self.region("WINDOW", number, window)
        )
        with override:
            done: set[str] = getattr(getattr(bpy.ops, family), name)(*arguments, **values)
        return done

    def drawn(self) -> Steps:
        """Until the editors were drawn as they are now, with their sidebars, and that is on the screen."""
        before = dict(_drawn)
        seen = set()
        for window in bpy.context.window_manager.windows:
            for area in window.screen.areas:
                area.tag_redraw()
                seen |= {region.type for region in area.regions if area.type == "CLIP_EDITOR" and region.width > 1}
        yield from until(lambda: all(_drawn[kind] > before[kind] for kind in before if kind in seen), "the editor is drawn")
        yield None

    # --- the clip and its shot

    @property
    def clip(self) -> Any:
        return self.space().clip

    def shot(self, clip: str = "") -> Any:
        """The clip's; without a name, that of the first editor's clip."""
        found = bpy.data.movieclips[clip] if clip else self.clip
        return self.addon("properties").of(found)

    def draft(self, clip: str = "") -> None:
        """Have the model look at half its resolution, which is quick; the one that is installed here, whatever one gets unasked."""
        shot = self.shot(clip)
        shot.model = MODEL
        if hasattr(shot, "draft"):
            shot.draft = True
        else:
            shot.size = "512"

    def said(self, item: int = 0, frame: int | None = None, clip: str = "") -> Any:
        """The object's prompts on a frame, by default the current one; None where there are none."""
        objects = self.shot(clip).objects
        return self.addon("properties").prompts_at(objects[item], self.scene.frame_current if frame is None else frame)

    def counts(self, item: int = 0, frame: int | None = None, clip: str = "") -> tuple[int, int, bool]:
        """How many points and strokes there are on a frame, and whether there is a box."""
        said = self.said(item, frame, clip) if item < len(self.shot(clip).objects) else None
        return (len(said.points), len(said.scribbles), bool(said.use_box)) if said is not None else (0, 0, False)

    def on_screen(self, x: float, y: float, number: int = 0, window: int = 0) -> tuple[int, int]:
        """The window's pixel, counted from its lower left corner, where the clip's pixel is, counted from its upper left one."""
        region, (width, height) = self.region("WINDOW", number, window), self.space(number, window).clip.size
        across, up = region.view2d.view_to_region(x / width, 1.0 - y / height, clip=False)
        return region.x + across, region.y + up

    def store_files(self, clip: str = "", kind: str = "mask", item: int = 0) -> dict[int, Path]:
        """The object's files in the store, by frame."""
        found = bpy.data.movieclips[clip] if clip else self.clip
        layout = self.addon("store").layout(found)
        return dict(layout.files(self.shot(clip).objects[item].name, kind))

    def strip(self, number: int = 0) -> Any:
        """The frame strip in the editor; None where there is none."""
        with bpy.context.temp_override(window=self.window(), area=self.area(number), region=self.region("WINDOW", number)):
            return self.addon("ui.strip").strip_of(bpy.context)

    # --- the add-on

    @property
    def live(self) -> Any:
        return self.addon("preview").live

    @property
    def hands(self) -> Any:
        return self.addon("tool.state").hands

    @property
    def session(self) -> Any:
        return self.addon("link").session

    def answered(self, seconds: float) -> Steps:
        """Until the mask over the clip is what is wanted by now. Raises Failed where the add-on says that it can't be."""
        live, preview = self.live, self.addon("preview")

        def settled() -> bool:
            preview.look_now()
            return bool(live.settled)

        yield None
        yield from until(settled, "the mask over the clip", seconds)
        if live.problem:
            raise Failed(f"the add-on says: {live.problem}")
        yield from self.drawn()


def _count(kind: str) -> None:
    _drawn[kind] += 1


def watch_drawing() -> None:
    add = bpy.types.SpaceClipEditor.draw_handler_add
    _handles.extend((add(_count, (kind,), kind, "POST_PIXEL"), kind) for kind in _drawn)


def stop_watching() -> None:
    while _handles:
        bpy.types.SpaceClipEditor.draw_handler_remove(*_handles.pop())
