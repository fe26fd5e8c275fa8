"""How far away things are, by the small network; and a step of an object's chain that goes by it, live."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from .. import footage, masks
from ..driver import MODEL, Steps, check, until
from ..play import Play

FACE = footage.FACE
FRAMES = list(range(1, footage.PERSON_FRAMES + 1))
STEP = "picture_threshold"
ROUNDING = 1 / 128
"""Around the level, pixels are on either side: `masks.read` gives the depth in 8 bits."""


def estimated(play: Play) -> Steps:
    stage = play.stage
    yield from play.person("depth.blend")
    yield from play.hand.unfold(bpy.types.MATTEWRIGHT_PT_depth)
    yield from until(lambda: stage.addon("networks").known.of("depth"), "the networks are known", MODEL)
    yield from play.hand.press_button(r"mattewright\.depth\(.*BOTH")
    yield from play.job_done()
    labels = stage.addon("labels")
    yield from until(lambda: labels.with_depth(stage.clip) == frozenset(FRAMES), "the panel knows the depth of all frames")
    depth = _depth(play)
    check(depth.shape == footage.PERSON_SIZE[::-1] and np.ptp(depth) > 0.2, f"it is {depth.shape}, from {depth.min()} to {depth.max()}")


def live(play: Play) -> Steps:
    """A threshold on the depth takes just what is farther out of the mask over the clip, as its level is typed."""
    stage = play.stage
    yield from play.hand.key("K")
    yield from play.hand.click(*FACE)
    yield from stage.answered(MODEL)
    yield from play.hand.key("ESC")
    yield from play.hand.press_button(r"track_span\(.*BOTH")
    yield from play.job_done()
    stage.scene.frame_current = 1
    yield from stage.answered(MODEL)
    whole = stage.live.shown.pixels > 127
    check(whole[int(FACE[1]), int(FACE[0])], "the face is not tracked")
    stage.call("mattewright.refine_add", op=STEP)
    _value(play, "on").choice = "depth"
    depth = _depth(play)
    shown = []
    for share in (0.3, 0.7):
        level = round(float(np.quantile(depth[whole], share)), 3)
        place: list[tuple[int, int]] = []
        yield from play.hand.find(
            rf"refine\[{_index(play)}\]\.values\[{_row(play, 'level')}\]\.number", place, ctrl=True, alt=True, shift=True
        )
        yield from play.hand.edit(f"{level:.3f}", place[0])
        check(abs(_value(play, "level").number - level) < 1e-6, f"the field's value is {_value(play, 'level').number}, not {level}")
        yield from stage.answered(MODEL)
        now = stage.live.shown.pixels > 127
        sure = np.abs(depth - level) > ROUNDING
        share_of = masks.overlap(now & sure, whole & (depth > level) & sure)
        check(share_of > 0.98, f"at {level} the mask and what is nearer have an IoU of {share_of:.3f}")
        shown.append(now)
    check(shown[1].sum() < shown[0].sum() < whole.sum(), "a higher level leaves as much")
    play.eyes.show("depth")
    gone = np.argwhere(whole & ~shown[1])
    row, column = gone[len(gone) // 2]
    kept = np.argwhere(shown[1])
    inside = kept[len(kept) // 2]
    yield from stage.drawn()
    now = play.eyes.screen()
    overlay = stage.addon("preview.overlay_settings").of(stage.scene)
    overlay.show = False
    for _ in range(2):
        yield from stage.drawn()
    plain = play.eyes.screen()
    overlay.show = True
    for (y, x), painted in (((row, column), False), (inside, True)):
        change = int(np.abs(play.eyes.color(x + 0.5, y + 0.5, on=now) - play.eyes.color(x + 0.5, y + 0.5, on=plain)).max())
        check((change > 20) == painted, f"at {x}, {y} the mask changes the clip's color by {change}")


def _depth(play: Play) -> Any:
    """(height, width) of frame 1's depth picture, 0 to 1."""
    stage = play.stage
    path = stage.addon("store").layout(stage.clip).depth(stage.shot().depth.network, 1)
    return masks.read(path) / 255


def _index(play: Play) -> int:
    """Of the threshold in the object's chain."""
    return next(number for number, step in enumerate(play.stage.shot().objects[0].refine) if step.op == STEP)


def _row(play: Play, name: str) -> int:
    return [value.name for value in play.stage.shot().objects[0].refine[_index(play)].values].index(name)


def _value(play: Play, name: str) -> Any:
    return play.stage.shot().objects[0].refine[_index(play)].values[name]


STEPS = (
    ("Estimate Depth makes a picture of each frame", estimated),
    ("a threshold on it is live: what is farther goes out of the mask as its level is typed", live),
)
