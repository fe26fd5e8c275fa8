"""The object's matte: a look at its trimap and alpha over the clip, alphas made on a few frames, and the compositor with them."""

from __future__ import annotations

import time
from typing import Any

import bpy
import numpy as np

from .. import masks
from ..driver import JOB, MODEL, Steps, check, until
from ..play import Play
from .shot import AT, BOX, FRAMES, OFF

PLAYED = (AT - 1, AT + 1)
"""The frames that the scene plays while alphas are made."""
METHOD = "closed_form"
"""It needs no weights."""


def switch_on(play: Play) -> Steps:
    stage = play.stage
    stage.scene.frame_current = AT
    matte = stage.shot().objects[0].matte
    matte.enabled = True
    yield from stage.drawn()
    group = stage.addon("compositor").group_of(stage.clip)
    names = [item.name for item in group.interface.items_tree if item.in_out == "OUTPUT"]
    check(names == ["Object 1", "Object 1 alpha", "Object 1 cut-out"], f"the group's outputs are {names}")
    matte.method = METHOD
    bpy.ops.ed.undo_push(message="Method")


def trimap(play: Play) -> Steps:
    """What is sure is painted, and so is the band; a wider band is seen at once."""
    stage, matte = play.stage, play.stage.addon("preview").matte
    yield from stage.drawn()
    before = play.eyes.screen()
    _overlay(play).stage = "TRIMAP"
    check(stage.addon("preview").settings.current().show, "Live Mask is not on")
    yield from _seen(play)
    shown = matte.shown.pixels
    check(set(np.unique(shown)) == {0, 128, 255}, f"the trimap's values are {np.unique(shown).tolist()}")
    yield from stage.drawn()
    after = play.eyes.screen()
    play.eyes.show("trimap")
    band = shown == 128
    band[:, int(BOX[0][0]) - 8 : int(BOX[1][0]) + 8] = False  # the box's own lines lie there
    x, y = _middle(band)
    was, now = play.eyes.color(x, y, on=before), play.eyes.color(x, y, on=after)
    check(int(np.abs(now - was).max()) > 15, f"the band at {x}, {y} is not painted: {was.tolist()} became {now.tolist()}")
    off = [play.eyes.color(*OFF, on=seen).tolist() for seen in (before, after)]
    check(off[0] == off[1], f"the wall is painted: {off}")
    found: list[tuple[int, int]] = []
    yield from play.hand.find(r"matte\.width", found, ctrl=True, alt=True, shift=True)
    yield from play.hand.edit("14", found[0])
    check(stage.shot().objects[0].matte.width == 14, f"the field's value is {stage.shot().objects[0].matte.width}")
    yield from _seen(play)
    check((matte.shown.pixels == 128).sum() > (shown == 128).sum(), "the band is no wider")
    stage.shot().objects[0].matte.width = 0
    yield from _seen(play)


def alpha(play: Play) -> Steps:
    """It may take seconds, in which Blender goes on."""
    stage, matte = play.stage, play.stage.addon("preview").matte
    overlay = _overlay(play)
    overlay.stage, overlay.view = "ALPHA", "MATTE"
    slowest = [0.0, time.thread_time()]

    def goes_on() -> bool:
        now = time.thread_time()
        slowest[:] = max(slowest[0], now - slowest[1]), now
        return bool(matte.settled)

    yield None
    stage.addon("preview").look_now()
    slowest[1] = time.thread_time()
    yield from until(goes_on, "the alpha over the clip", MODEL)
    stage.noted["most of the main thread between two looks while an alpha is made (ms)"] = slowest[0] * 1000
    check(not matte.problem, f"the add-on says: {matte.problem}")
    check(matte.shown.done.method == METHOD, f"it is made by {matte.shown.done.method}")
    soft = matte.shown.pixels[(matte.shown.pixels > 8) & (matte.shown.pixels < 247)]
    check(soft.size > 200, f"no more than {soft.size} pixels are soft")
    yield from stage.drawn()
    play.eyes.show("alpha")
    seen = play.eyes.screen()
    inside, outside = play.eyes.color(330, 180, on=seen).tolist(), play.eyes.color(*OFF, on=seen).tolist()
    check(min(inside) > 240 and max(outside) < 15, f"the bird is {inside} and the wall {outside} in the matte's view")
    overlay.view = "OVERLAY"
    stage.noted["alpha"] = matte.shown.pixels


def this_frame(play: Play) -> Steps:
    stage = play.stage
    yield from play.hand.press_button(r"matte_span\(.*HERE")
    yield from play.job_done()
    files = stage.store_files(kind="alpha")
    check(sorted(files) == [AT], f"there are alphas of frames {sorted(files)}")
    worst = int(np.abs(masks.read(files[AT]).astype(int) - stage.noted["alpha"]).max())
    check(worst <= 1, f"the file is off by {worst} of 255 from what was shown")


def played(play: Play) -> Steps:
    """The scene's frames; the foreground with them, and what is there is not made again."""
    stage = play.stage
    stage.shot().objects[0].matte.foreground = True
    bpy.ops.ed.undo_push(message="Foreground")
    scene = stage.scene
    scene.use_preview_range = True
    scene.frame_preview_start, scene.frame_preview_end = PLAYED
    stage.call("mattewright.matte_span", span="PLAYED")
    yield from play.job_done()
    scene.use_preview_range = False
    wanted = list(range(PLAYED[0], PLAYED[1] + 1))
    for kind in ("alpha", "foreground"):
        files = stage.store_files(kind=kind)
        check(sorted(files) == wanted, f"there are {kind} files of frames {sorted(files)}")
    for frame, path in stage.store_files(kind="alpha").items():
        found, mask = masks.read(path), masks.read(stage.store_files()[frame])
        check(found.shape == mask.shape, f"frame {frame} has an alpha of another size")
        check(masks.overlap(found > 127, mask > 127) > 0.9, f"frame {frame}: alpha and mask have little in common")
    states = stage.addon("frames").states

    def known() -> bool:
        done = states.of(stage.clip.name_full)
        return bool(done and done.objects[0].matted == (PLAYED,) and not play.stale_within(*PLAYED))

    yield from until(known, "the strip knows which frames have an alpha", MODEL)
    check(play.stale() != (), "the frames without an alpha are not stale")
    yield from stage.drawn()


def composite(play: Play) -> Steps:
    """The cut-out and the alpha as F12 has them."""
    stage = play.stage
    stage.call("mattewright.build_nodes", keying=True)
    group = stage.addon("compositor").group_of(stage.clip)
    names = [item.name for item in group.interface.items_tree if item.in_out == "OUTPUT"]
    check(names == ["Object 1", "Object 1 alpha", "Object 1 foreground", "Object 1 cut-out"], f"its outputs are {names}")
    for frame in (PLAYED[0], AT):
        path = play.folder / f"cut_{frame:04d}.png"
        yield from play.rendered(frame, path)
        found, wanted = masks.read(path, channel=3), masks.read(stage.store_files(kind="alpha")[frame])
        worst = int(np.abs(found.astype(int) - wanted).max())
        check(worst <= 1, f"frame {frame}: its alpha is off by {worst} of 255")


def switch_off(play: Play) -> Steps:
    """The rest of the test goes by the masks; the alphas' files stay."""
    stage, overlay = play.stage, _overlay(play)
    overlay.stage, overlay.view = "MASK", "OVERLAY"
    matte = stage.shot().objects[0].matte
    matte.foreground = matte.enabled = False
    bpy.ops.ed.undo_push(message="No Matte")
    stage.call("mattewright.build_nodes", keying=True)
    yield from stage.drawn()
    group = stage.addon("compositor").group_of(stage.clip)
    names = [item.name for item in group.interface.items_tree if item.in_out == "OUTPUT"]
    check(names == ["Object 1"], f"the group's outputs are {names}")
    check(stage.store_files(kind="alpha"), "the alphas are gone")
    yield from until(lambda: play.stale() == (), "nothing is stale any more", MODEL)
    path = play.folder / f"masked_{FRAMES:04d}.png"
    yield from play.rendered(FRAMES, path)
    worst = int(np.abs(masks.read(path, channel=3).astype(int) - masks.read(stage.store_files()[FRAMES])).max())
    check(worst <= 1, f"its alpha is off by {worst} of 255 from the mask")


def _overlay(play: Play) -> Any:
    return play.stage.addon("preview").overlay_settings.of(play.stage.scene)


def _seen(play: Play) -> Steps:
    """Until the trimap or alpha is what is wanted."""
    preview = play.stage.addon("preview")

    def settled() -> bool:
        preview.look_now()
        return bool(preview.matte.settled)

    yield None
    yield from until(settled, "the trimap or alpha over the clip", JOB)
    check(not preview.matte.problem, f"the add-on says: {preview.matte.problem}")
    yield from play.stage.drawn()


def _middle(chosen: Any) -> tuple[float, float]:
    """A pixel of the clip amid what is chosen."""
    rows, columns = np.nonzero(chosen)
    number = len(rows) // 2
    return float(columns[number]), float(rows[number])


STEPS = (
    ("the matte is switched on, and the node group has its outputs", switch_on),
    ("the trimap lies over the clip, and follows the width that is typed", trimap),
    ("the alpha lies over the clip, while Blender goes on", alpha),
    ("a button makes the alpha of this frame: what was shown", this_frame),
    ("another that of the frames that the scene plays, with the foreground; the strip knows", played),
    ("the compositor's alpha is the file's", composite),
    ("without the matte all is as it was", switch_off),
)
