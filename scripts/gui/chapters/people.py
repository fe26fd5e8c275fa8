"""People are found by the small network, and become objects with prompts that the model answers."""

from __future__ import annotations

import bpy
import numpy as np

from .. import footage
from ..driver import JOB, MODEL, Steps, check, until
from ..play import Play

FACE, WALL = footage.FACE, footage.WALL
CLICKS = FACE, footage.SUIT
BESIDE = 15.0
"""Pixels from a click at which its mark is not."""


def found(play: Play) -> Steps:
    stage = play.stage
    yield from play.person("people.blend")
    yield from play.hand.unfold(bpy.types.MATTEWRIGHT_PT_people)
    yield from until(lambda: stage.addon("networks").known.of("people"), "the networks are known", MODEL)
    yield from play.hand.press_button(r"mattewright\.people_detect\(")
    yield from until(lambda: len(stage.shot().objects) > 0, "there is an object", JOB)
    names = [item.name for item in stage.shot().objects]
    check(names == ["Person 1"], f"the objects are {names}")
    said = stage.said(0, 1)
    check(said is not None and (said.use_box or len(said.points) or said.mask), "it has no prompts on this frame")
    if said.use_box:
        left, top, right, bottom = said.box
        check(left < FACE[0] < right and top < FACE[1] < bottom, f"its box is {list(said.box)}, and the face at {FACE}")


def answered(play: Play) -> Steps:
    """The tool shows the model's answer to them; the box alone may not do, as for any."""
    stage, eyes = play.stage, play.eyes
    yield from stage.drawn()
    before = eyes.screen()
    yield from play.hand.key("K")
    check(len(stage.hands) == 1, "K doesn't begin")
    yield from stage.answered(MODEL)
    check(stage.live.shown.wanted.object == "Person 1" and stage.live.shown.pixels is not None, "it isn't the person's mask that is shown")
    for place in CLICKS:
        yield from play.hand.click(*place)
    yield from stage.answered(MODEL)
    there = stage.live.shown.pixels > 127
    inside = [bool(there[int(y), int(x)]) for x, y in (*CLICKS, WALL)]
    check(inside == [True, True, False], f"the face, the suit and the wall are in the mask: {inside}")
    yield from play.hand.key("ESC")
    check(not stage.hands, "Esc doesn't leave")
    yield from stage.answered(MODEL)
    after = eyes.screen()
    eyes.show("people")
    was, now = (eyes.color(FACE[0] - BESIDE, FACE[1], on=seen) for seen in (before, after))
    check(int(np.abs(now - was).max()) > 30, f"the face is not painted: {was.tolist()} became {now.tolist()}")


def undone(play: Play) -> Steps:
    stage = play.stage
    counts = [stage.counts()]
    for _ in CLICKS:
        yield from play.hand.key("Z", ctrl=True)
        counts.append(stage.counts())
    check([points for points, _, _ in counts] == [2, 1, 0], f"the frame's prompts were {counts}")
    yield from play.hand.key("Z", ctrl=True)
    check(not len(stage.shot().objects), "the object is still there")
    for _ in range(len(CLICKS) + 1):
        yield from play.hand.key("Z", ctrl=True, shift=True)
    check(len(stage.shot().objects) == 1 and stage.counts() == counts[0], f"redo leaves {stage.counts()}")


STEPS = (
    ("Detect People makes an object of the person, with prompts", found),
    ("with two clicks to them the model's answer is the person", answered),
    ("each is one step of undo, and of redo", undone),
)
