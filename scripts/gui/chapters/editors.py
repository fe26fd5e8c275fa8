"""Two clips, two editors, two scenes, two windows, another file: the tool is always of what is under the mouse."""

from __future__ import annotations

from functools import partial

import bpy
import numpy as np

from ..driver import MODEL, Steps, check, until
from ..play import Play
from ..stage import PACKAGE

BLEND = "editors.blend"
BESIDE = (225.0, 105.0)
"""A pixel of the disk away from the prompt."""


def two_clips(play: Play) -> Steps:
    stage, hand = play.stage, play.hand
    yield from play.side_by_side(BLEND, "a", "b")
    yield from hand.key("K")
    yield from until(lambda: len(stage.hands) == 1, "K starts the tool")
    yield from hand.click(200, 130)
    yield from until(lambda: stage.counts(0, 1, "a") == (1, 0, False), "a click in the left editor")
    stage.noted["plain"] = play.eyes.screen()
    yield from hand.click(210, 140, number=1)
    yield from until(lambda: stage.counts(0, 1, "b") == (1, 0, False), "and one in the right editor")
    check(stage.counts(0, 1, "a") == (1, 0, False), "the left one's clip was prompted, too")
    point = stage.said(0, 1, "b").points[0]
    check(abs(point.x - 210) < 1 and abs(point.y - 140) < 1, f"it is at {point.x:.2f}, {point.y:.2f}")
    yield from stage.answered(MODEL)
    check(stage.live.shown.wanted.clip == "b", "the other clip's mask is shown")


def stays(play: Play) -> Steps:
    stage, hand = play.stage, play.hand
    for key in ("ESC", "K"):
        yield from hand.key(key, number=1)
        check(bool(stage.hands) == (key == "K"), f"{key} does nothing")
        yield from stage.answered(MODEL)
        shown = stage.live.shown
        check(shown is not None and shown.wanted.clip == "b" and shown.pixels is not None, f"after {key} it isn't the right editor's mask")
        was, now = (play.eyes.color(*BESIDE, number=1, on=seen) for seen in (stage.noted["plain"], play.eyes.screen()))
        check(int(np.abs(now - was).max()) > 30, f"after {key} the disk is not painted: {was.tolist()} became {now.tolist()}")


def keys(play: Play) -> Steps:
    stage, hand = play.stage, play.hand
    yield from hand.key("N", number=1)
    yield from until(lambda: [len(stage.shot(name).objects) for name in "ab"] == [1, 2], "N is for the right editor's clip")
    yield from hand.key("ONE", number=1)
    yield from until(lambda: stage.shot("b").active_index == 0, "1 is, too")
    yield from hand.key("X", (210, 140), number=1)
    yield from until(lambda: stage.said(0, 1, "b") is None, "and X")
    check(stage.counts(0, 1, "a") == (1, 0, False), "the left one's prompt is gone")


def undo(play: Play) -> Steps:
    stage, hand = play.stage, play.hand
    yield from hand.key("Z", ctrl=True)
    yield from until(lambda: stage.counts(0, 1, "b") == (1, 0, False), "undo with the mouse elsewhere takes the last prompt back")
    for objects in ([1, 1], [1, 0], [0, 0]):
        yield from hand.key("Z", ctrl=True)
        yield from _objects(play, objects)
    for objects in ([1, 0], [1, 1]):
        yield from hand.key("Z", ctrl=True, shift=True)
        yield from _objects(play, objects)


def two_scenes(play: Play) -> Steps:
    stage, hand = play.stage, play.hand
    scene = bpy.data.scenes.new("other")
    scene.frame_start, scene.frame_end = 1, 24
    stage.window().scene = scene
    scene.frame_current = 7
    yield from stage.drawn()
    yield from hand.click(225, 130)
    yield from until(lambda: stage.counts(0, 7, "a") == (1, 0, False), "a click is of that scene's frame")
    stage.window().scene = bpy.data.scenes["Scene"]
    yield from stage.drawn()
    yield from hand.click(190, 120)
    yield from until(lambda: stage.counts(0, 1, "a") == (2, 0, False), "and back in the first scene of its own")
    check(stage.counts(0, 7, "a") == (1, 0, False), "the other frame was prompted, too")


def two_windows(play: Play) -> Steps:
    """A hand in each, over the same clip at two frames."""
    stage, hand = play.stage, play.hand
    with bpy.context.temp_override(window=stage.window()):
        bpy.ops.wm.window_new_main()
    yield from until(lambda: len(bpy.context.window_manager.windows) == 2, "there are two windows")
    second = stage.window(1)
    second.scene = bpy.data.scenes["other"]
    yield from until(lambda: len(stage.areas(1)) == 2 and stage.region(window=1).width > 1, "the second one has its editors")
    yield from stage.drawn()
    for number in (0, 1):
        stage.call("clip.view_all", number=number, window=1)
    yield from stage.drawn()
    yield from hand.key("K", window=1)
    yield from until(lambda: len(stage.hands) == 2, "K starts a second hand")
    yield from hand.click(230, 140, window=1)
    yield from until(lambda: stage.counts(0, 7, "a") == (2, 0, False), "a click there is of that window's frame")
    yield from hand.click(180, 150)
    yield from until(lambda: stage.counts(0, 1, "a") == (3, 0, False), "and one in the first window of its own")
    yield from hand.key("ESC", window=1)
    yield from until(lambda: len(stage.hands) == 1, "Esc leaves in one window")
    yield from hand.key("K", window=1)
    yield from until(lambda: len(stage.hands) == 2, "K starts it again")
    with bpy.context.temp_override(window=stage.window(1)):
        bpy.ops.wm.window_close()
    yield from until(lambda: len(bpy.context.window_manager.windows) == 1, "the window is closed")
    yield from until(lambda: len(stage.hands) == 1, "its hand is gone")
    yield from hand.click(170, 130)
    yield from until(lambda: stage.counts(0, 1, "a") == (4, 0, False), "the first window's hand prompts on")


def closed_editor(play: Play) -> Steps:
    """An editor that becomes another one while the tool is over it."""
    stage, hand = play.stage, play.hand
    area = stage.area(1)
    yield from hand.move(200, 130, number=1)
    area.type = "TEXT_EDITOR"
    yield None
    yield from hand.move(200, 130)
    check(len(stage.hands) == 1, "the tool is gone with one of two editors")
    area.type = "CLIP_EDITOR"
    yield from until(lambda: len(stage.areas()) == 2 and stage.region(number=1).width > 1, "the editor is back")
    stage.space(1).clip = bpy.data.movieclips["b"]
    yield from stage.drawn()


def full_screen(play: Play) -> Steps:
    """An editor that fills the window and goes back, and another workspace, while the tool runs."""
    stage, hand = play.stage, play.hand
    before = stage.counts(0, 1, "a")[0]
    for expected, count in ((1, before + 1), (2, before + 2)):
        with bpy.context.temp_override(window=stage.window(), area=stage.area()):
            bpy.ops.screen.screen_full_area()
        yield from until(partial(play.editors_are, expected), f"{expected} editors")
        yield from stage.drawn()
        stage.call("clip.view_all")
        yield from stage.drawn()
        yield from hand.click(160 + 10 * expected, 120)
        yield from until(partial(_points_are, play, count), "a click prompts on")
    window = stage.window()
    old, other = window.workspace, next(known for known in bpy.data.workspaces if known != window.workspace)
    window.workspace = other
    yield from until(lambda: stage.window().workspace == other and not stage.areas(), "another workspace is shown")
    yield from hand.event("MOUSEMOVE", "NOTHING", (400, 400))
    yield from until(lambda: not stage.hands, "the tool leaves where there is no editor")
    stage.window().workspace = old
    yield from until(lambda: play.editors_are(2), "the editors are back")
    yield from stage.drawn()
    yield from hand.move(100, 100)
    yield from hand.key("K")
    yield from until(lambda: len(stage.hands) == 1, "K starts it again")


def _points_are(play: Play, count: int) -> bool:
    return play.stage.counts(0, 1, "a")[0] == count


def another_file(play: Play) -> Steps:
    stage, hand = play.stage, play.hand
    before = stage.counts(0, 1, "a")
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(play.folder / BLEND))
    yield from until(lambda: len(stage.areas()) == 2, "the file is open")
    yield from stage.drawn()
    check(not stage.hands and not stage.addon("preview").prompting.state.clip, "a hand is left of the other file")
    check(stage.counts(0, 1, "a") == before, "what was said is not in the file")
    yield from hand.move(100, 100)
    yield from hand.key("K")
    yield from until(lambda: len(stage.hands) == 1, "it begins anew there")
    yield from hand.click(240, 150)
    yield from until(lambda: stage.counts(0, 1, "a") == (before[0] + 1, *before[1:]), "with a click")


def turned_off(play: Play) -> Steps:
    stage = play.stage
    process = stage.session.client.process if stage.session.client is not None else None
    bpy.ops.preferences.addon_disable(module=PACKAGE)
    yield from play.hand.move(100, 100)
    yield from stage.drawn()
    check(not hasattr(bpy.types.MovieClip, "mattewright"), "clips still have a shot")
    check(process is None or process.exit_code(5.0) is not None, "the engine still runs")
    bpy.ops.preferences.addon_enable(module=PACKAGE)
    yield from stage.drawn()
    check(not stage.hands, "a hand is left")
    yield from play.hand.key("K")
    yield from until(lambda: len(stage.hands) == 1, "the tool can be started again")
    yield from play.hand.key("ESC")


def _objects(play: Play, counts: list[int]) -> Steps:
    """Until the clips have so many objects."""
    yield from until(lambda: [len(play.stage.shot(name).objects) for name in "ab"] == counts, f"the clips have {counts} objects")


STEPS = (
    ("two editors: a click is for the clip under the mouse", two_clips),
    ("its mask stays when the tool is left, and when it is taken again", stays),
    ("keys are for it, too", keys),
    ("undo and redo take the prompts in their order, whichever clip they are of", undo),
    ("two scenes: a prompt is of the frame of the scene that is shown", two_scenes),
    ("two windows with a hand each", two_windows),
    ("an editor that becomes another kind", closed_editor),
    ("an editor in full screen, and another workspace", full_screen),
    ("another file ends the tool; what was said is in the file", another_file),
    ("the add-on is turned off and on while it prompts", turned_off),
)
