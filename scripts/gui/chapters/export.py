"""An export by the button of the panel Export: what it writes, that nothing is written twice, that a lost file is found and made anew."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .. import masks
from ..driver import JOB, Steps, check, until
from ..play import Play
from .shot import AT, FRAMES

FORMAT = "png_cutout"
AROUND, NEAR = 12, 4
"""How far around a pixel colours are looked at, and how far the screen's, of a clip that is scaled, may be from the file's."""
BESIDE = 50
"""Pixels from the object's middle, where Blender draws the motion track's marker over the clip."""
EXPORT, VERIFY = r"mattewright\.export\(", r"mattewright\.export_verify\("


def unfold(play: Play) -> Steps:
    stage = play.stage
    stage.scene.frame_current = AT
    yield from stage.drawn()
    yield from play.hand.unfold(bpy.types.MATTEWRIGHT_PT_outputs)
    stage.call("mattewright.output_add", format=FORMAT)
    yield from stage.drawn()
    check([item.format for item in stage.shot().outputs] == [FORMAT], "there is another output")


def export(play: Play) -> Steps:
    """Each frame's alpha is the mask to the bit, and its colours are the clip's, also where nothing is of the object."""
    stage = play.stage
    overlay = stage.addon("preview.overlay_settings").of(stage.scene)
    view = stage.scene.view_settings
    before = overlay.show, view.view_transform
    overlay.show, view.view_transform = False, "Standard"
    for _ in range(2):  # the first drawing may be one that was under way
        yield from stage.drawn()
    plain = play.eyes.screen()
    overlay.show, view.view_transform = before
    yield from play.hand.press_button(EXPORT, last=True)
    yield from play.job_done()
    yield from stage.drawn()
    play.eyes.show("exported")
    result = stage.session.job.result
    check(result.written == FRAMES, f"{result.written} files are written")
    files = _files(play)
    check(sorted(files) == list(range(1, FRAMES + 1)), f"there are files of frames {sorted(files)}")
    for frame, path in files.items():
        alpha, mask = masks.read(path, channel=3), masks.read(stage.store_files()[frame])
        check(np.array_equal(alpha, mask), f"frame {frame}: its alpha is not the mask")
    rows, columns = np.nonzero(masks.read(stage.store_files()[AT]) == 255)
    inside = float(np.median(columns)) + BESIDE, float(np.median(rows)) + BESIDE
    for x, y in (inside, (100.0, 60.0)):
        near = np.s_[int(y) - AROUND : int(y) + AROUND, int(x) - AROUND : int(x) + AROUND]
        color = [float(masks.read(files[AT], channel)[near].mean()) for channel in range(3)]
        (left, bottom), (right, top) = stage.on_screen(x - AROUND, y + AROUND), stage.on_screen(x + AROUND, y - AROUND)
        shown = plain[len(plain) - top : len(plain) - bottom, left:right].reshape(-1, 3).mean(axis=0)
        check(np.abs(shown - color).max() <= NEAR, f"at {x:.0f}, {y:.0f} it is {color}, on the screen {shown.tolist()}")
    stage.noted["exported"] = masks.kept(files)


def fresh(play: Play) -> Steps:
    yield from play.hand.press_button(EXPORT, last=True)
    yield from play.job_done()
    result = play.stage.session.job.result
    check(result.written == 0 and result.fresh == FRAMES, f"{result.written} files are written again, {result.fresh} were fresh")
    check(masks.kept(_files(play)) == play.stage.noted["exported"], "files have changed")


def verified(play: Play) -> Steps:
    """A lost file is named, and the next export makes it, and it alone, anew."""
    yield from _verify(play, 0)
    lost = _files(play)[AT]
    lost.unlink()
    yield from _verify(play, 1)
    check(lost.name in play.stage.session.job.result.wrong[0], f"it says {play.stage.session.job.result.wrong[0]}")
    yield from play.stage.drawn()
    play.eyes.show("verified")
    yield from play.hand.press_button(EXPORT, last=True)
    yield from play.job_done()
    check(play.stage.session.job.result.written == 1, f"{play.stage.session.job.result.written} files are written")
    now, made = masks.kept(_files(play)), play.stage.noted["exported"]
    check(all(now[frame][1] == made[frame][1] for frame in made), "it is another picture than before")
    check(all(now[frame] == made[frame] for frame in made if frame != AT), "other files were written, too")
    yield from _verify(play, 0)


def _verify(play: Play, wrong: int) -> Steps:
    yield from play.hand.press_button(VERIFY, last=True)
    session: Any = play.stage.session
    yield from until(lambda: session.job.method == "export" and session.job.done, "all files are read back", JOB)
    check(session.job.error is None, f"it ended with {session.job.error}")
    found = session.job.result.wrong
    check(session.job.result.verified and len(found) == wrong, f"wrong are {list(found)}")


def _files(play: Play) -> dict[int, Path]:
    """What the output has written, by frame."""
    output = play.stage.shot().outputs[0]
    folder = Path(bpy.path.abspath(output.folder)) / output.name
    found = {}
    for path in folder.rglob("*.png"):
        number = re.search(r"_(\d+)\.png$", path.name)
        check(number, f"a file is called {path.name}")
        if number:
            found[int(number[1])] = path
    return found


STEPS = (
    ("the panel is unfolded, and an output added", unfold),
    ("its button writes the cut-outs: alpha is the mask to the bit, colours are the clip's", export),
    ("once more, nothing is written", fresh),
    ("a lost file is found, and made anew", verified),
)
