"""What the user's hand means: a machine that takes mouse and keys and gives what is to be done. Knows nothing of Blender.

Positions are pixels of the region, (0, 0) its lower left corner. What is not taken (`Taken.handled` false) goes on to Blender: the arrows,
the playhead, zoom and pan, undo.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Place = tuple[float, float]

DRAG = 5.0
"""Pixels that a hand may move in a click, at Blender's usual resolution scale."""
STEP = 3.0
"""Pixels between two points of a stroke, at the least."""
MOST_POINTS = 512
"""Of a stroke; one that goes on longer is thinned out."""

DIGITS = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "ZERO")
LEAVE = ("ESC", "RET", "NUMPAD_ENTER")
DELETE = ("X", "DEL")


@dataclass(frozen=True)
class Input:
    """An event, in Blender's names."""

    type: str
    value: str = "PRESS"
    at: Place = (0.0, 0.0)
    ctrl: bool = False
    shift: bool = False
    alt: bool = False
    system: bool = False
    """The Windows or Command key."""
    inside: bool = True
    """Whether the mouse is over a clip."""
    repeated: bool = False


@dataclass(frozen=True)
class AddPoint:
    at: Place
    positive: bool


@dataclass(frozen=True)
class SetBox:
    """Two corners of it, in any order."""

    start: Place
    end: Place


@dataclass(frozen=True)
class AddScribble:
    points: tuple[Place, ...]
    positive: bool


@dataclass(frozen=True)
class Hover:
    """Show what a click there would select; None: no more."""

    at: Place | None
    positive: bool = True


@dataclass(frozen=True)
class Delete:
    """The prompt there."""

    at: Place


@dataclass(frozen=True)
class Pick:
    """The object of that number, from 0."""

    number: int


@dataclass(frozen=True)
class PickNext:
    by: Literal[1, -1]


@dataclass(frozen=True)
class NewObject:
    pass


@dataclass(frozen=True)
class Leave:
    pass


Action = AddPoint | SetBox | AddScribble | Hover | Delete | Pick | PickNext | NewObject | Leave


@dataclass(frozen=True)
class Taken:
    """The answer to an event."""

    action: Action | None = None
    handled: bool = True
    redraw: bool = False
    """Whether what is drawn of the gesture has changed."""


PASSED = Taken(handled=False)


class Gestures:
    """One hand. `box` and `stroke` are what it is just drawing."""

    def __init__(self, scale: float = 1.0) -> None:
        """`scale` is Blender's resolution scale."""
        self._scale = scale
        self._pressed: Input | None = None
        self._dragging: Literal["", "box", "stroke"] = ""
        self._points: list[Place] = []
        self._step = STEP
        self._hovers = False

    @property
    def busy(self) -> bool:
        """Whether the button is held."""
        return self._pressed is not None

    @property
    def box(self) -> tuple[Place, Place] | None:
        return (self._points[0], self._points[-1]) if self._dragging == "box" else None

    @property
    def stroke(self) -> tuple[tuple[Place, ...], bool] | None:
        """Its points, and whether it runs along the object."""
        if self._dragging != "stroke" or self._pressed is None:
            return None
        return tuple(self._points), not self._pressed.ctrl

    def take(self, event: Input) -> Taken:
        """What `event` means."""
        if self._pressed is not None:
            return self._held(self._pressed, event)
        if event.type == "LEFTMOUSE" and event.value in ("PRESS", "DOUBLE_CLICK") and event.inside and not event.system:
            self._pressed, self._points, self._step = event, [event.at], STEP * self._scale
            return Taken(self._no_hover())
        if event.type in ("MOUSEMOVE", "INBETWEEN_MOUSEMOVE") or event.type.endswith(("_SHIFT", "_CTRL")):
            return self._moved(event)
        if event.value == "PRESS" and event.inside:
            return self._key(event)
        return PASSED

    def drop(self) -> None:
        """Forget what the hand is at: the clip under it has gone."""
        self._pressed, self._dragging, self._points, self._hovers = None, "", [], False

    def _moved(self, event: Input) -> Taken:
        """Shift shows what a click would select; the movement is Blender's too."""
        # With Alt or the middle button it is Blender's.
        if event.inside and event.shift and not event.alt and not event.system:
            self._hovers = True
            return Taken(Hover(event.at, not event.ctrl), handled=False)
        return Taken(self._no_hover(), handled=False)

    def _no_hover(self) -> Hover | None:
        hovered, self._hovers = self._hovers, False
        return Hover(None) if hovered else None

    def _key(self, event: Input) -> Taken:
        if event.ctrl or event.alt or event.system:
            return PASSED
        if event.type in LEAVE:
            return Taken(Leave())
        if event.type == "TAB":
            return Taken(PickNext(-1 if event.shift else 1))
        if event.type in DELETE:
            return Taken() if event.repeated else Taken(Delete(event.at))
        if event.shift:
            return PASSED
        if event.type == "N":
            return Taken() if event.repeated else Taken(NewObject())
        if event.type in DIGITS:
            return Taken(Pick(DIGITS.index(event.type)))
        return PASSED

    def _held(self, start: Input, event: Input) -> Taken:
        if event.type in ("MOUSEMOVE", "INBETWEEN_MOUSEMOVE"):
            return self._dragged(start, event.at)
        if event.type == "LEFTMOUSE" and event.value == "RELEASE":
            # The last movement may have come with the release alone.
            self._dragged(start, event.at)
            action = self._drawn(start, event.at)
            self.drop()
            return Taken(action, redraw=True)
        if event.type in ("ESC", "RIGHTMOUSE", "WINDOW_DEACTIVATE"):
            self.drop()
            return Taken(redraw=True)
        # Nothing else while something is being drawn: another frame or another zoom would put it elsewhere.
        return Taken(handled=not event.type.startswith("TIMER"))

    def _dragged(self, start: Input, at: Place) -> Taken:
        if not self._dragging and math.dist(start.at, at) > DRAG * self._scale:
            # There is no box that takes away: Ctrl makes it a stroke.
            self._dragging = "stroke" if start.alt or start.ctrl else "box"
        if self._dragging == "box":
            self._points[1:] = [at]
        elif self._dragging == "stroke" and math.dist(self._points[-1], at) >= self._step:
            self._points.append(at)
            if len(self._points) > MOST_POINTS:
                self._points[:] = self._points[::2]
                self._step *= 2
        return Taken(redraw=bool(self._dragging))

    def _drawn(self, start: Input, at: Place) -> Action | None:
        if self._dragging == "box":
            return SetBox(start.at, at)
        if self._dragging == "stroke":
            return AddScribble((*self._points, at) if self._points[-1] != at else tuple(self._points), not start.ctrl)
        return AddPoint(start.at, not start.ctrl)
