"""The tool in the hand: every gesture and key over a clip whose truth is known, in the left one of two editors."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import footage
from ..driver import MODEL, Failed, Steps, check, until
from ..masks import overlap
from ..play import Play

AGREES = 0.9
"""Intersection over union with the disk."""
STATES = [(0, 0, False), (1, 0, False), (2, 0, False), (2, 0, True), (2, 1, True), (2, 2, True), (1, 2, True), (1, 1, True)]
"""The frame's points, strokes and box after each of the prompts that are given here: the first click to the second X."""


def two_clips(play: Play) -> Steps:
    yield from play.side_by_side("prompting.blend", "a", "b")
    check([play.stage.space(number).clip.name for number in (0, 1)] == ["a", "b"], "the editors have other clips")


def start(play: Play) -> Steps:
    stage = play.stage
    _measure(play)
    yield from play.hand.key("K")
    yield from until(lambda: len(stage.hands) == 1, "K starts the tool")
    check(stage.addon("preview").settings.current().show, "the live mask is off")
    yield from until(lambda: "Ctrl-Click: take away" in play.status(), "the keys in the status bar")
    check(play.status().startswith("New object"), f"the status bar says {play.status()}")


def _measure(play: Play) -> None:
    """Notes how long the slowest event of the tool takes, in milliseconds; on a busy machine no measure of anything."""
    tool, noted = play.stage.addon("tool.prompt_tool").MATTEWRIGHT_OT_prompt_tool, play.stage.noted
    inner: Callable[..., Any] = tool._handled

    def outer(this: Any, context: Any, window: Any, hand: Any, event: Any) -> Any:
        started = time.perf_counter()
        try:
            return inner(this, context, window, hand, event)
        finally:
            noted["slowest event"] = max(noted.get("slowest event", 0.0), (time.perf_counter() - started) * 1000)

    tool._handled = outer


def hover_first(play: Play) -> Steps:
    """With no object at all."""
    stage, eyes = play.stage, play.eyes
    yield from stage.drawn()
    before = eyes.color(215, 150)
    yield from play.hover(190, 120)
    yield from stage.answered(MODEL)
    check(_share(play) > AGREES, f"what is shown is not the disk (IoU {_share(play):.2f})")
    shown = eyes.color(215, 150)
    check(np.abs(shown - before).max() > 25, f"the disk is not painted: {before.tolist()} became {shown.tolist()}")
    check(not len(stage.shot("a").objects), "an object was made")
    yield from play.end_hover(191, 121)
    yield from stage.drawn()
    after = eyes.color(215, 150)
    check(np.abs(after - before).max() < 5, f"it is still painted: {before.tolist()} became {after.tolist()}")


def clicks(play: Play) -> Steps:
    stage = play.stage
    yield from play.hand.click(200, 130)
    yield from _becomes(play, STATES[1])
    check([item.name for item in stage.shot("a").objects] == ["Object 1"], "another object was made")
    point = stage.said(frame=1).points[0]
    check(abs(point.x - 200) < 1 and abs(point.y - 130) < 1 and point.positive, f"the point is at {point.x:.1f}, {point.y:.1f}")
    yield from stage.answered(MODEL)
    check(_share(play) > AGREES, f"the mask is not the disk (IoU {_share(play):.2f})")
    yield from until(lambda: play.status().startswith("Object 1"), "the object in the status bar")
    yield from play.hand.click(60, 60, ctrl=True)
    yield from _becomes(play, STATES[2])
    check(not stage.said(frame=1).points[1].positive, "Ctrl-click adds")


def drags(play: Play) -> Steps:
    stage = play.stage
    yield from play.hand.drag((140, 70), (200, 100), (260, 190), meanwhile=lambda: _sees_box(play))
    yield from _becomes(play, STATES[3])
    box = list(stage.said(frame=1).box)
    check(max(abs(a - b) for a, b in zip(box, (140, 70, 260, 190), strict=True)) < 1, f"the box is {box}")
    yield from play.hand.drag((180, 110), (200, 115), (220, 130), (225, 150), alt=True)
    yield from _becomes(play, STATES[4])
    yield from play.hand.drag((40, 200), (60, 220), (90, 230), alt=True, ctrl=True)
    yield from _becomes(play, STATES[5])
    strokes = [(len(stroke.points), stroke.positive) for stroke in stage.said(frame=1).scribbles]
    check(strokes == [(4, True), (3, False)], f"the strokes are {strokes}")
    yield from stage.answered(MODEL)
    check(_share(play) > AGREES, f"the mask is not the disk (IoU {_share(play):.2f})")


def _sees_box(play: Play) -> Steps:
    """While it is drawn."""
    yield from play.stage.drawn()
    color = play.eyes.color(260, 130)
    check(color[0] > 120 and color[2] < 110, f"no line of the box is drawn: {color.tolist()}")


def broken_off(play: Play) -> Steps:
    hand, stage = play.hand, play.stage
    for kind in ("ESC", "RIGHTMOUSE"):
        yield from hand.event("MOUSEMOVE", "NOTHING", stage.on_screen(30, 30))
        yield from hand.event("LEFTMOUSE", "PRESS", stage.on_screen(30, 30))
        yield from hand.event("MOUSEMOVE", "NOTHING", stage.on_screen(90, 90))
        yield from hand.event(kind, "PRESS", stage.on_screen(90, 90))
        yield from hand.event("LEFTMOUSE", "RELEASE", stage.on_screen(90, 90))
        check(len(stage.hands) == 1, f"{kind} ends the tool")
        check(stage.counts(frame=1) == STATES[5], f"{kind} leaves {stage.counts(frame=1)}")


def delete(play: Play) -> Steps:
    yield from play.hand.key("X", (60, 60))
    yield from _becomes(play, STATES[6])
    yield from play.hand.key("X", (65, 222))
    yield from _becomes(play, STATES[7])
    yield from play.hand.key("X", (400, 60))
    yield from play.stage.drawn()
    check(play.stage.counts(frame=1) == STATES[7], "X deletes where there is nothing")


def undo(play: Play) -> Steps:
    stage = play.stage
    for state in reversed(STATES[:-1]):
        yield from play.hand.key("Z", ctrl=True)
        yield from _becomes(play, state)
    check(not len(stage.shot("a").objects), "the object is still there")
    check(len(stage.hands) == 1, "the tool has ended")


def redo(play: Play) -> Steps:
    for state in STATES[1:]:
        yield from play.hand.key("Z", ctrl=True, shift=True)
        yield from _becomes(play, state)
    yield from play.hand.click(210, 140)
    yield from _becomes(play, (2, 1, True))
    yield from play.stage.answered(MODEL)
    check(_share(play) > AGREES, f"the mask is not the disk (IoU {_share(play):.2f})")


def frames(play: Play) -> Steps:
    stage = play.stage
    for _ in range(3):
        yield from play.hand.key("RIGHT_ARROW")
    yield from until(lambda: stage.scene.frame_current == 4, "the arrows change the frame")
    yield from stage.drawn()
    faint = play.eyes.color(200, 130).tolist()
    yield from play.hand.click(212, 130)
    yield from until(lambda: stage.counts(frame=4) == (1, 0, False), "a click is of the frame that is shown")
    check(stage.counts(frame=1) == (2, 1, True), "the other frame's prompts have changed")
    yield from play.hand.key("LEFT_ARROW")
    yield from until(lambda: stage.scene.frame_current == 3, "and back")
    stage.noted["faint"] = str(faint)
    yield from play.hand.key("SPACE")
    yield from until(lambda: stage.window().screen.is_animation_playing and stage.scene.frame_current > 6, "Space plays the scene")
    yield from play.hand.key("SPACE")
    yield from until(lambda: not stage.window().screen.is_animation_playing, "and stops it")
    check(len(stage.hands) == 1, "the tool has ended")
    # The editor's own line of frames, below the strip; its lowest pixels are the editor's edge.
    region = stage.region()
    at = region.x + round(region.width * 3.5 / footage.DISK_FRAMES), region.y + 6
    yield from play.hand.press(at)
    yield from until(lambda: stage.scene.frame_current == 4, "a press on the playhead's line")
    check(stage.counts(frame=4) == (1, 0, False), "it has prompted")


def zoom(play: Play) -> Steps:
    stage = play.stage
    at = stage.on_screen(240, 135)
    wide = stage.on_screen(480, 0)[0] - stage.on_screen(0, 0)[0]
    for _ in range(2):
        yield from play.hand.event("WHEELUPMOUSE", "PRESS", at)
    yield from stage.drawn()
    check(stage.on_screen(480, 0)[0] - stage.on_screen(0, 0)[0] > wide * 1.2, "the wheel doesn't zoom")
    left = stage.on_screen(0, 0)[0]
    yield from play.hand.event("MIDDLEMOUSE", "PRESS", at)
    yield from play.hand.event("MOUSEMOVE", "NOTHING", (at[0] + 30, at[1] + 20))
    yield from play.hand.event("MIDDLEMOUSE", "RELEASE", (at[0] + 30, at[1] + 20))
    yield from stage.drawn()
    check(abs(stage.on_screen(0, 0)[0] - left) > 10, "the middle button doesn't pan")
    yield from play.hand.click(220, 120)
    yield from until(lambda: stage.counts(frame=4) == (2, 0, False), "a click adds when zoomed")
    point = stage.said(frame=4).points[1]
    check(abs(point.x - 220) < 1 and abs(point.y - 120) < 1, f"it is at {point.x:.2f}, {point.y:.2f}")
    stage.call("clip.view_all")
    yield from stage.drawn()
    play.stage.scene.frame_current = 1
    yield None


def objects(play: Play) -> Steps:
    stage, hand = play.stage, play.hand
    yield from hand.key("N")
    yield from until(lambda: len(stage.shot("a").objects) == 2 and stage.shot("a").active_index == 1, "N makes an object")
    yield from hand.click(30, 30)
    yield from until(lambda: stage.counts(1, 1) == (1, 0, False), "a click is of the new one")
    for key, shift, number in (("ONE", False, 0), ("TAB", False, 1), ("TAB", False, 0), ("TAB", True, 1), ("ONE", False, 0)):
        yield from hand.key(key, shift=shift)
        yield from _picked(play, number)
    check(stage.space().mode == "TRACKING", "Tab has changed the editor's mode")
    yield from hand.key("NINE")
    check(stage.shot("a").active_index == 0 and len(stage.hands) == 1, "9 picks an object that isn't there")
    yield from hand.key("N")
    yield from until(lambda: len(stage.shot("a").objects) == 3, "N makes another")


def hover(play: Play) -> Steps:
    stage = play.stage
    yield from play.hover(190, 120)
    yield from stage.answered(MODEL)
    wanted = stage.live.shown.wanted
    check(wanted.object == "Object 3" and len(wanted.prompts.points) == 1, "it is another object's")
    check(_share(play) > AGREES, f"what is shown is not the disk (IoU {_share(play):.2f})")
    check(stage.said(2, 1) is None, "it is kept")
    yield from play.end_hover(198, 121)
    check(stage.addon("preview").prompting.state.hover is None, "it is not over")


def strip(play: Play) -> Steps:
    stage = play.stage
    region, shown = stage.region(), stage.strip()
    if shown is None:
        raise Failed("there is no strip")
    yield from play.hand.press((round(region.x + shown.x(9.5)), int(region.y + shown.bottom + 2)))
    yield from until(lambda: stage.scene.frame_current == 9, "a press on the strip")
    check(len(stage.hands) == 1 and stage.said(0, 9) is None, "it has prompted")
    stage.scene.frame_current = 1
    yield None


def leave(play: Play) -> Steps:
    stage, hand = play.stage, play.hand
    stage.shot("a").active_index = 0
    before = stage.counts(frame=1)
    for key in ("ESC", "RET", "NUMPAD_ENTER", "K"):
        if not stage.hands:
            yield from hand.key("K")
            yield from until(lambda: len(stage.hands) == 1, "K starts the tool")
        yield from hand.key(key)
        yield from until(lambda: not stage.hands, f"{key} leaves")
    yield from hand.click(240, 130)
    yield from stage.drawn()
    check(stage.counts(frame=1) == before, "a click still prompts")


def _picked(play: Play, number: int) -> Steps:
    yield from until(lambda: play.stage.shot("a").active_index == number, f"object {number + 1} is picked")


def _becomes(play: Play, state: tuple[int, int, bool]) -> Steps:
    """Until the first object's prompts on frame 1 are that many."""
    yield from until(
        lambda: play.stage.counts(0, 1, "a") == state,
        f"the prompts become {state} points, strokes, box",
    )


def _share(play: Play) -> float:
    """The intersection over union of what is shown with the disk."""
    shown = play.stage.live.shown
    return overlap(shown.pixels > 127, footage.disk(shown.wanted.frame)) if shown is not None and shown.pixels is not None else 0.0


STEPS = (
    ("two clips in two editors", two_clips),
    ("K starts the tool; the status bar says its keys and what it prompts", start),
    ("Shift shows what a click would select before there is an object", hover_first),
    ("a click adds, Ctrl-click takes away; the mask is the object", clicks),
    ("a drag draws a box, Alt-drag a stroke, with Ctrl one that takes away", drags),
    ("Esc and the right button break a drag off, and nothing else", broken_off),
    ("X deletes the prompt under the cursor", delete),
    ("each prompt is one step of undo", undo),
    ("and of redo; a click after it adds", redo),
    ("the arrows and the playhead go to other frames, whose prompts are their own", frames),
    ("the wheel zooms and the middle button pans; a click hits its pixel then", zoom),
    ("N makes an object, numbers and Tab pick one", objects),
    ("Shift shows what a click would select of an object", hover),
    ("a press on the frame strip goes to a frame", strip),
    ("Esc, Enter and K leave; then a click is Blender's", leave),
)
