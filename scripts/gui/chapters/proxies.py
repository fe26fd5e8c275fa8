"""A clip that is shown by a proxy of half its size: masks and clicks are where they were."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np

from .. import footage
from ..driver import MODEL, Steps, check, until
from ..play import Play

PART = 6.0
"""Pixels from the disk's edge at which it is looked at."""
LEFT = footage.DISK[0] - footage.DISK[2]
"""The disk's left edge on frame 1, in the middle's row."""


def click(play: Play) -> Steps:
    stage = play.stage
    yield from play.side_by_side("proxies.blend", "b", "a")
    stage.noted["plain"] = play.eyes.screen()
    yield from play.hand.key("K")
    yield from until(lambda: len(stage.hands) == 1, "K starts the tool")
    yield from play.hand.click(*footage.DISK[:2])
    yield from stage.answered(MODEL)
    yield from stage.drawn()
    _check_edge(play)


def half(play: Play) -> Steps:
    stage = play.stage
    clip, user = stage.clip, stage.space().clip_user
    clip.use_proxy, clip.proxy.build_25, clip.proxy.build_50 = True, False, True
    stage.call("clip.rebuild_proxy")
    made = Path(bpy.path.abspath(clip.filepath)).parent / "BL_proxy"
    yield from until(lambda: len(list(made.rglob("proxy_50/*"))) == footage.DISK_FRAMES, "the proxies are built")
    user.proxy_render_size = "PROXY_50"
    yield from stage.drawn()
    check(tuple(clip.size) == footage.DISK_SIZE, f"the clip's size is {tuple(clip.size)}")
    play.eyes.show("proxy")
    _check_edge(play)


def click_again(play: Play) -> Steps:
    """A click is of the clip's own pixel."""
    stage, place = play.stage, (footage.DISK[0] + 20, footage.DISK[1] - 15)
    yield from play.hand.click(*place)
    check(stage.counts() == (2, 0, False), f"the frame's prompts are {stage.counts()}")
    point = stage.said().points[1]
    check(abs(point.x - place[0]) < 1.5 and abs(point.y - place[1]) < 1.5, f"the point is at {point.x:.1f}, {point.y:.1f}")
    yield from stage.answered(MODEL)
    yield from play.hand.key("ESC")


def _check_edge(play: Play) -> None:
    """The disk is painted up to its edge, and what is beside it is not."""
    shown, plain = play.eyes.screen(), play.stage.noted["plain"]
    for step, inside in ((PART, True), (-PART, False)):
        now, was = (play.eyes.color(LEFT + step, footage.DISK[1], on=seen) for seen in (shown, plain))
        changed = int(np.abs(now - was).max())
        where = f"{PART:g} pixels {'in' if inside else 'out'}side of the edge"
        check((changed > 30) == inside, f"{where}: {was.tolist()} became {now.tolist()}")


STEPS = (
    ("a disk is clicked, and painted up to its edge", click),
    ("with a proxy of half the size it is painted as far", half),
    ("and a click is where it was", click_again),
)
