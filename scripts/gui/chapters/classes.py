"""What each pixel shows, by the small network for classes: labels, an object that is made of one, and prompts that come of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .. import footage, masks
from ..driver import JOB, MODEL, Steps, check, until
from ..hand import FIRST_OF_ROW
from ..play import Play

CLASS = "person"
FACE, WALL = footage.FACE, footage.WALL
FRAMES = list(range(1, footage.PERSON_FRAMES + 1))


def classified(play: Play) -> Steps:
    stage = play.stage
    yield from play.person("classes.blend")
    yield from play.hand.unfold(bpy.types.MATTEWRIGHT_PT_classes)
    yield from until(lambda: CLASS in stage.shot().classes.known, "the network's classes are listed", MODEL)
    yield from play.hand.press_button(r"mattewright\.classify\(.*BOTH")
    yield from play.job_done()
    labels = stage.addon("labels")
    yield from until(lambda: labels.labelled(stage.clip) == frozenset(FRAMES), "the panel knows the labels of all frames")
    yield from until(lambda: _share(play) > 0.2, f"the panel knows how much of the frame is of the class {CLASS}")
    for frame in FRAMES:
        there = _labels(play, frame) == _class(play).label
        check(there[_at(FACE)] and not there[_at(WALL)], f"frame {frame}: the face is no {CLASS}, or the wall is one")


def shown(play: Play) -> Steps:
    """By the panel's button, in the class's own color; what is background is left as it is."""
    stage, eyes = play.stage, play.eyes
    yield from stage.drawn()
    before = eyes.screen()
    found: list[tuple[int, int]] = []
    yield from play.hand.find(r"overlay\.classes$", found, ctrl=True, alt=True, shift=True)
    yield from play.hand.press(found[0])
    check(_overlay(play).classes, "the button does nothing")
    yield from stage.drawn()
    after = eyes.screen()
    eyes.show("classes")
    was, now = (eyes.color(*FACE, on=seen) for seen in (before, after))
    color = 255 * np.asarray(_class(play).color) ** (1 / 2.2)  # as displayed, about
    far = [float(np.abs(seen - color).sum()) for seen in (was, now)]
    check(far[1] < 0.8 * far[0], f"the face goes from {was.tolist()} to {now.tolist()}, and not towards {color.round().tolist()}")
    off = [eyes.color(*WALL, on=seen).tolist() for seen in (before, after)]
    check(off[0] == off[1], f"the wall is painted: {off}")
    _overlay(play).classes = False


def becomes_object(play: Play) -> Steps:
    """Of the class that is chosen in the list; its masks are the labels', and lie over the clip."""
    stage = play.stage
    found: list[tuple[int, int]] = []
    index = stage.shot().classes.known.find(CLASS)
    yield from play.hand.find(rf"known\[{index}\]\.chosen", found, columns=FIRST_OF_ROW, ctrl=True, alt=True, shift=True)
    yield from play.hand.press(found[0])
    check(_class(play).chosen, "the class is not chosen")
    yield from play.hand.press_button(r"mattewright\.class_object_add\(")
    made = [(item.name, [one.name for one in item.classes]) for item in stage.shot().objects]
    check(made == [(CLASS, [CLASS])], f"the objects are {made}")
    yield from stage.drawn()
    before = play.eyes.screen()
    yield from play.hand.press_button(r"mattewright\.classify\(.*BOTH")
    yield from play.job_done()
    files = stage.store_files()
    check(sorted(files) == FRAMES, f"there are masks of frames {sorted(files)}")
    for frame, path in files.items():
        share = masks.overlap(masks.read(path) > 127, _labels(play, frame) == _class(play).label)
        check(share > 0.98, f"frame {frame}: mask and labels have an IoU of {share:.3f}")
    yield from until(lambda: play.stale() == (), "nothing is stale", MODEL)
    yield from stage.drawn()
    was, now = (play.eyes.color(*footage.NECK, on=seen) for seen in (before, play.eyes.screen()))
    check(int(np.abs(now - was).sum()) > 30, f"the neck is not painted: {was.tolist()} became {now.tolist()}")


def becomes_prompts(play: Play) -> Steps:
    """The button's dialog, confirmed by Enter: another object, prompted by the class, in one step of undo."""
    stage = play.stage
    yield from play.hand.press_button(r"mattewright\.class_prompts\(")
    yield from stage.drawn()
    yield from play.hand.enter()
    yield from until(lambda: len(stage.shot().objects) == 2, "there is another object", JOB)
    said = stage.said(1, 1)
    check(said is not None, "it has no prompts on the first frame")
    path = Path(bpy.path.abspath(said.mask))
    check(path.is_file(), f"its mask {path} isn't there")
    share = masks.overlap(masks.read(path) > 127, masks.read(stage.store_files()[1]) > 127)
    check(share > 0.9, f"the prompt and the class's mask have an IoU of {share:.3f}")
    yield from play.hand.key("Z", ctrl=True)
    yield from until(lambda: len(stage.shot().objects) == 1, "one step of undo takes it back")
    yield from play.hand.key("Z", ctrl=True, shift=True)
    yield from until(lambda: len(stage.shot().objects) == 2, "and redo brings it again")


def _overlay(play: Play) -> Any:
    return play.stage.addon("preview.overlay_settings").of(play.stage.scene)


def _class(play: Play) -> Any:
    return play.stage.shot().classes.known[CLASS]


def _share(play: Play) -> float:
    return float(play.stage.addon("labels").of(play.stage.clip, play.stage.scene.frame_current).shares.get(_class(play).label, 0.0))


def _labels(play: Play, frame: int) -> Any:
    """(height, width) of the frame's label picture."""
    return masks.read(play.stage.addon("labels").file(play.stage.clip, frame))


def _at(place: tuple[float, float]) -> tuple[int, int]:
    """Row and column."""
    return int(place[1]), int(place[0])


STEPS = (
    ("Classify makes the labels of all frames, and the panel says how much of the frame each class has", classified),
    ("a button shows them over the clip", shown),
    ("a class becomes an object, whose masks Classify makes", becomes_object),
    ("and another one's prompts, in one step of undo", becomes_prompts),
)
