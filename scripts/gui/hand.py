"""A user's hand: moves, clicks, drags and keys as real events, and buttons of the sidebar that are found by what they do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import bpy

from .driver import Failed, Steps
from .stage import Stage

Place = tuple[int, int]
ROW = 9
"""Pixels between two places where a button is looked for."""
COLUMNS = (0.3, 0.6)
"""Where across the sidebar."""
FIRST_OF_ROW = (0.1,)
"""There is a list's checkbox."""
SWEEPS = 3
"""How often a button is looked for, from one end of the sidebar to the other."""


class Hand:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._at: Place = (0, 0)
        """Where the mouse is."""

    # --- anywhere in a window, in its pixels

    def event(self, kind: str, value: str, at: Place, window: int = 0, **keys: Any) -> Steps:
        self._at = at
        self.stage.window(window).event_simulate(type=kind, value=value, x=at[0], y=at[1], **keys)
        yield None

    def press(self, at: Place, window: int = 0, button: str = "LEFTMOUSE", **keys: Any) -> Steps:
        """A click there."""
        yield from self.event("MOUSEMOVE", "NOTHING", at, window, **keys)
        yield from self.event(button, "PRESS", at, window, **keys)
        yield from self.event(button, "RELEASE", at, window, **keys)

    def edit(self, text: str, at: Place) -> Steps:
        """Give the sidebar's field there another value."""
        yield from self.event("MOUSEMOVE", "NOTHING", at)
        yield from self.event("RET", "PRESS", at, ctrl=True)
        yield from self.event("RET", "RELEASE", at)
        yield from self.event("A", "PRESS", at, ctrl=True)
        yield from self.event("A", "RELEASE", at)
        yield from self.type(text, at)
        yield from self.event("RET", "PRESS", at)
        yield from self.event("RET", "RELEASE", at)

    def enter(self) -> Steps:
        """The key, with the mouse where it is: a dialog that has just come is confirmed by it."""
        yield from self.event("RET", "PRESS", self._at)
        yield from self.event("RET", "RELEASE", self._at)

    def type(self, text: str, at: Place) -> Steps:
        """Into the field that is being edited."""
        names = {".": "PERIOD", "-": "MINUS"} | dict(
            zip("0123456789", ["ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE"], strict=True)
        )
        for letter in text:
            yield from self.event(names[letter], "PRESS", at, unicode=letter)
            yield from self.event(names[letter], "RELEASE", at)

    # --- over the clip, in its pixels

    def move(self, x: float, y: float, number: int = 0, window: int = 0, **keys: Any) -> Steps:
        yield from self.event("MOUSEMOVE", "NOTHING", self.stage.on_screen(x, y, number, window), window, **keys)

    def click(self, x: float, y: float, number: int = 0, window: int = 0, **keys: Any) -> Steps:
        yield from self.press(self.stage.on_screen(x, y, number, window), window, **keys)

    def drag(self, *places: tuple[float, float], number: int = 0, meanwhile: Callable[[], Steps] | None = None, **keys: Any) -> Steps:
        """From the first place through the others; `meanwhile` is done before the button is let go."""
        first, last = (self.stage.on_screen(x, y, number) for x, y in (places[0], places[-1]))
        yield from self.event("MOUSEMOVE", "NOTHING", first, **keys)
        yield from self.event("LEFTMOUSE", "PRESS", first, **keys)
        for x, y in places[1:]:
            yield from self.event("MOUSEMOVE", "NOTHING", self.stage.on_screen(x, y, number), **keys)
        if meanwhile is not None:
            yield from meanwhile()
        yield from self.event("LEFTMOUSE", "RELEASE", last, **keys)

    def key(self, kind: str, at: tuple[float, float] | None = None, number: int = 0, window: int = 0, **keys: Any) -> Steps:
        """A key over the clip; without a place, at its top."""
        width, height = self.stage.space(number, window).clip.size
        x, y = at or (width / 2, height * 0.07)
        place = self.stage.on_screen(x, y, number, window)
        yield from self.event("MOUSEMOVE", "NOTHING", place, window)
        yield from self.event(kind, "PRESS", place, window, **keys)
        yield from self.event(kind, "RELEASE", place, window)

    # --- the sidebar

    def press_button(self, pattern: str, number: int = 0, last: bool = False) -> Steps:
        """Click on the sidebar's button whose Python command has `pattern`, a regular expression, in it; the `last` one, or the first."""
        found: list[Place] = []
        yield from self.find(pattern, found, number, last)
        yield from self.press(found[0])

    def find(
        self, pattern: str, found: list[Place], number: int = 0, last: bool = False, columns: Sequence[float] = COLUMNS, **keys: Any
    ) -> Steps:
        """Put the place of the first, or `last`, such button into `found`, scrolling to it if need be. Raises Failed where there is none.

        Blender tells what a button does with Ctrl-C over it, and what a field holds with Ctrl-Alt-Shift-C. Lines come and go in panels
        meanwhile, and move what is below them, out of sight too: so what is found must still be there at a second look, and what isn't
        is looked for again.
        """
        region = self.stage.region("UI", number)
        for _ in range(SWEEPS):
            yield from self._sweep(region, pattern, found, last, columns, **keys)
            if found:
                return
        raise Failed(f"no button in the sidebar does {pattern}")

    def _sweep(self, region: Any, pattern: str, found: list[Place], last: bool, columns: Sequence[float], **keys: Any) -> Steps:
        """Look for it once, from the sidebar's one end to the other."""
        to, back = ("WHEELDOWNMOUSE", "WHEELUPMOUSE") if last else ("WHEELUPMOUSE", "WHEELDOWNMOUSE")
        yield from self._to_end(region, to)
        fresh = region.height
        while fresh:
            count = fresh // ROW + 3  # what has just come into sight, and a little more
            for column in columns:
                places = self._places(region, column)
                yield from self.look(reversed(places[:count]) if last else places[-count:], pattern, found, **keys)
                if found:
                    yield from self.look([found.pop()], pattern, found, **keys)
                if found:
                    return
            before = _scrolled(region)
            yield from self._scroll(region, back, 6)
            fresh = abs(_scrolled(region) - before)

    def unfold(self, panel: Any, number: int = 0) -> Steps:
        """Click on the header of a panel, its class, unless it is unfolded; what else is folded on the way is clicked once more.

        Raises Failed where there is none.
        """
        drawn: list[bool] = []
        inner = panel.draw

        def draw(this: Any, context: Any) -> None:
            drawn.append(True)
            inner(this, context)

        panel.draw = draw
        try:
            region = self.stage.region("UI", number)
            yield from self._to_end(region, "WHEELUPMOUSE")
            fresh = region.height
            while fresh and not drawn:
                for at in self._places(region, COLUMNS[0])[-(fresh // ROW + 3) :: 2]:
                    yield from self._try_header(at, drawn)
                    if drawn:
                        return
                before = _scrolled(region)
                yield from self._scroll(region, "WHEELDOWNMOUSE", 6)
                fresh = abs(_scrolled(region) - before)
        finally:
            panel.draw = inner
        if not drawn:
            raise Failed(f"the panel {panel.bl_label} can't be unfolded")

    def _try_header(self, at: Place, drawn: list[bool]) -> Steps:
        """Click there, if there is no button, and once more unless that has `drawn` what is looked for."""
        yield from self.told(at)
        for _ in range(0 if bpy.context.window_manager.clipboard else 2):
            yield from self.press(at)
            yield from self.stage.drawn()
            if drawn:
                return

    def look(self, places: Iterable[Place], pattern: str, found: list[Place], **keys: Any) -> Steps:
        """Put the first of the places where there is such a button into `found`, if there is one."""
        for at in places:
            yield from self.told(at, **keys)
            if re.search(pattern, bpy.context.window_manager.clipboard):
                found.append(at)
                return

    def told(self, at: Place, **keys: Any) -> Steps:
        """Leave in the clipboard what Blender tells of the button there; nothing where there is none."""
        bpy.context.window_manager.clipboard = ""
        # A movement from one button to another only leaves the first; Blender adds the one that enters the second.
        yield from self.event("MOUSEMOVE", "NOTHING", at)
        for value in ("PRESS", "RELEASE"):
            self.stage.window().event_simulate(type="C", value=value, x=at[0], y=at[1], **(keys or {"ctrl": True}))
        yield None

    def _to_end(self, region: Any, kind: str) -> Steps:
        """Scroll until there is nothing more that way."""
        before = None
        while before != _scrolled(region):
            before = _scrolled(region)
            yield from self._scroll(region, kind, 20)

    def _scroll(self, region: Any, kind: str, times: int) -> Steps:
        middle = region.x + region.width // 3, region.y + region.height // 2
        yield from self.event("MOUSEMOVE", "NOTHING", middle)
        for _ in range(times):
            self.stage.window().event_simulate(type=kind, value="PRESS", x=middle[0], y=middle[1])
        yield from self.stage.drawn()

    def _places(self, region: Any, column: float) -> list[Place]:
        """Where its buttons may be: down the sidebar at that share of its width; at its right edge are its tabs."""
        heights = range(region.y + region.height - 12, region.y + 4, -ROW)
        return [(region.x + round(region.width * column), up) for up in heights]


def _scrolled(region: Any) -> int:
    """How far the sidebar is scrolled, in pixels."""
    found: int = round(region.view2d.region_to_view(0, 0)[1])
    return found
