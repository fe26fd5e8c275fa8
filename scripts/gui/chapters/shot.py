"""A real clip from the first click to keyed pictures in a file that is opened again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .. import footage, masks
from ..driver import JOB, MODEL, Steps, check, until
from ..play import SHOT, Play

FRAMES = footage.FRAMES
AT, MENDED = 6, 9
"""The frame that is prompted first, and the one where the result is mended."""
LOCKED = 1
"""The last frame that is tracked backwards: none is tracked on from it."""
ON, OFF = (300.0, 200.0), (100.0, 60.0)
"""Pixels of the clip that are the bird on the prompted frame, and that are not."""
BOX = ((212.0, 8.0), (440.0, 352.0))


def open_clip(play: Play) -> Steps:
    stage = play.stage
    bpy.ops.wm.save_as_mainfile(filepath=str(play.folder / SHOT))
    window = stage.window()
    area = max(window.screen.areas, key=lambda area: area.width * area.height)
    area.type = "CLIP_EDITOR"
    yield from until(lambda: stage.areas() and stage.region().width > 1, "the editor has regions")
    path = Path(play.settings["clips"]["real"])
    stage.call("clip.open", directory=str(path.parent), files=[{"name": path.name}])
    yield from until(lambda: stage.clip is not None, "the clip is open")
    check(tuple(stage.clip.size) == (640, 360) and stage.clip.frame_duration == FRAMES, "it is another clip")
    yield from play.alone()
    scene = stage.scene
    scene.frame_start, scene.frame_end, scene.frame_current = 1, FRAMES, 1
    scene.render.resolution_x, scene.render.resolution_y = stage.clip.size
    stage.draft()
    bpy.ops.ed.undo_push(message="Opened")
    yield from stage.drawn()


def begin(play: Play) -> Steps:
    stage = play.stage
    for _ in range(AT - 1):
        yield from play.hand.key("RIGHT_ARROW")
    check(stage.scene.frame_current == AT, f"the arrows led to frame {stage.scene.frame_current}")
    yield from play.hand.key("K")
    check(len(stage.hands) == 1, "no hand prompts")
    yield from until(lambda: "Ctrl-Click: take away" in next(iter(stage.hands.values())).status, "the keys in the status bar")


def click(play: Play) -> Steps:
    stage, eyes = play.stage, play.eyes
    yield from stage.drawn()
    before = eyes.screen()
    yield from play.hand.click(*ON)
    check([item.name for item in stage.shot().objects] == ["Object 1"], "there is no new object")
    check(stage.counts() == (1, 0, False), f"the frame's prompts are {stage.counts()}")
    point = stage.said().points[0]
    check(abs(point.x - ON[0]) < 1.5 and abs(point.y - ON[1]) < 1.5, f"the point is at {point.x:.1f}, {point.y:.1f}")
    yield from stage.answered(MODEL)
    yield from play.hand.drag(*BOX)
    check(stage.counts() == (1, 0, True), f"the frame's prompts are {stage.counts()}")
    yield from stage.answered(MODEL)
    shown = stage.live.shown
    check(shown.wanted.prompts is not None and shown.pixels is not None, "the model's answer isn't shown")
    check(shown.pixels[180, 330] > 127 and shown.pixels[60, 100] < 128, "the mask isn't the bird")
    share = float((shown.pixels > 127).mean())
    check(0.1 < share < 0.4, f"the mask fills {share:.0%} of the picture")
    after = eyes.screen()
    eyes.show("prompted")
    # A place of the bird away from the marks.
    was, now = eyes.color(330, 180, on=before), eyes.color(330, 180, on=after)
    check(now[0] - now[2] > was[0] - was[2] + 40, f"the bird is not painted: {was.tolist()} became {now.tolist()}")
    off = [eyes.color(*OFF, on=seen).tolist() for seen in (before, after)]
    check(off[0] == off[1], f"the wall is painted: {off}")


def leave(play: Play) -> Steps:
    yield from play.hand.key("ESC")
    check(not play.stage.hands, "a hand still prompts")
    yield from play.stage.drawn()


def track(play: Play) -> Steps:
    """Starts the job; the scene plays meanwhile, and the frames' masks appear. Esc stops the playback, and not the job."""
    stage = play.stage
    yield from play.hand.press_button(r"track_span\(.*BOTH")
    yield from until(lambda: stage.session.running, "a job runs")
    stage.scene.frame_current = AT + 1
    shown = play.shown_on(AT + 1)
    yield from until(lambda: shown() and stage.session.running, "the mask of a frame appears while the job runs", JOB)
    yield from stage.drawn()
    play.eyes.show("tracking")
    stage.call("screen.animation_play")
    seen: set[int] = set()

    def plays() -> bool:
        seen.add(stage.scene.frame_current)
        return len(seen) > 5

    yield from until(plays, "the scene plays while the job runs")
    yield from play.hand.key("ESC")
    check(not stage.window().screen.is_animation_playing, "Esc doesn't stop the playback")
    check(stage.session.running, "the job ended too early to be stopped")
    check(not stage.session.job.cancelling, "that Esc stops the job, too")


def stop(play: Play) -> Steps:
    stage = play.stage
    yield from play.hand.key("ESC")
    yield from until(lambda: not stage.session.running, "the job has stopped", MODEL)
    cancelled = stage.addon("link").Cancelled
    check(isinstance(stage.session.job.error, cancelled), f"it ended with {stage.session.job.error!r}")
    made = masks.kept(stage.store_files())
    check(0 < len(made) < FRAMES, f"{len(made)} of {FRAMES} masks are there")
    for frame, path in stage.store_files().items():
        check(masks.read(path).shape == (360, 640), f"frame {frame} has a mask of another size")
    play.stage.noted["made"] = made


def go_on(play: Play) -> Steps:
    stage = play.stage
    yield from play.hand.press_button(r"track_span\(.*BOTH")
    yield from play.job_done()
    files = stage.store_files()
    check(sorted(files) == list(range(1, FRAMES + 1)), f"there are masks of frames {sorted(files)}")
    now, made = masks.kept(files), stage.noted["made"]
    changed = [frame for frame in made if now[frame] != made[frame]]
    check(not changed, f"frames {changed} were made again")
    for frame in range(2, FRAMES + 1):
        share = masks.overlap(masks.read(files[frame - 1]) > 127, masks.read(files[frame]) > 127)
        check(share > 0.6, f"the masks of frames {frame - 1} and {frame} have little in common (IoU {share:.2f})")


def strip(play: Play) -> Steps:
    """Its colour at a tracked frame is the object's; where nothing is tracked, it was not."""
    stage = play.stage
    states = stage.addon("frames").states

    def known() -> bool:
        done = states.of(stage.clip.name_full)
        return bool(done and done.objects and done.objects[0].tracked == ((1, FRAMES),) and not done.objects[0].stale)

    yield from until(known, "the strip knows all frames as tracked and none as stale", MODEL)
    yield from stage.drawn()
    region = stage.region()
    shown = stage.strip()
    low, high = shown.lanes[0]
    at = region.x + round(shown.x(AT + 5.5)), round(region.y + low + (high - low) * 0.3)
    color = play.eyes.at(at).tolist()
    check(color[0] > 150 and color[2] < 60, f"a tracked frame is {color} there")
    yield from play.go_to(AT + 5)


def correct(play: Play) -> Steps:
    """A Ctrl-click on a tracked frame takes a part away of what was tracked; what lies before the frame that was prompted stays."""
    stage = play.stage
    stage.noted["made"] = masks.kept(stage.store_files())
    yield from play.go_to(MENDED)
    tracked = masks.read(stage.store_files()[MENDED]) > 127
    x, y = _low_part(tracked)
    yield from play.hand.key("K")
    yield from until(lambda: "mend what was tracked" in play.status(), "the status bar says that clicks mend")
    yield from play.hand.click(x, y, ctrl=True)
    yield from play.hand.key("ESC")
    yield from until(lambda: not stage.hands, "Esc leaves", MODEL)
    check(stage.counts() == (1, 0, False), f"the click is lost: {stage.counts()}")
    yield from play.hand.key("K")
    yield from until(lambda: len(stage.hands) == 1, "K starts the tool")
    check(stage.said().mask and not stage.said().points[0].positive, "it is not on top of what was tracked")
    yield from stage.answered(MODEL)
    shown = stage.live.shown.pixels > 127
    near = np.s_[max(0, y - 40) : y + 40, max(0, x - 40) : x + 40]
    check(shown[near].sum() < tracked[near].sum(), "nothing was taken away around the click")
    share = masks.overlap(shown, tracked)
    check(0.5 < share < 0.999, f"what is left has an IoU of {share:.3f} with what was tracked")
    play.eyes.show("corrected")
    yield from play.hand.key("Z", ctrl=True)
    yield from until(lambda: stage.scene.frame_current == MENDED and stage.said() is None, "one step of undo takes it back, and no more")
    yield from play.hand.key("Z", ctrl=True, shift=True)
    yield from until(lambda: stage.counts() == (1, 0, False) and stage.said().mask, "and redo brings it again")
    yield from play.hand.key("RET")
    check(not stage.hands, "Enter doesn't leave")
    stale = ((AT + 1, FRAMES),)
    yield from until(lambda: play.stale() == stale, f"frames {stale} are stale", MODEL)


def _low_part(mask: Any) -> tuple[int, int]:
    """A pixel of the clip amid the lowest tenth of the object."""
    rows, columns = np.nonzero(mask)
    low = rows >= np.quantile(rows, 0.9)
    row = int(np.median(rows[low]))
    return int(np.median(columns[low & (rows == row)])), row


def retrack(play: Play) -> Steps:
    """The button works while the tool runs; Esc is the tool's then, and no stop for the job."""
    stage = play.stage
    yield from play.hand.key("K")
    yield from until(lambda: len(stage.hands) == 1, "K starts the tool")
    yield from play.hand.press_button(r"track_span\(.*BOTH")
    yield from until(lambda: stage.session.running, "a job runs")
    yield from play.hand.key("ESC")
    yield from until(lambda: not stage.hands, "Esc leaves the tool")
    check(not stage.session.job.cancelling, "it stops the job, too")
    yield from play.job_done()
    now, made = masks.kept(stage.store_files()), stage.noted["made"]
    again = sorted(frame for frame in made if now[frame][0] != made[frame][0])
    check(again == list(range(AT + 1, FRAMES + 1)), f"frames {again} were made again")


def lock(play: Play) -> Steps:
    """A chain's value changes the mask over the clip, then the files; those of a locked frame stay."""
    stage = play.stage
    item = stage.shot().objects[0]
    locked = item.locked.add()
    locked.first = locked.last = LOCKED
    bpy.ops.ed.undo_push(message="Lock")
    made = masks.kept(stage.store_files())
    stage.scene.frame_current = AT
    stage.call("mattewright.refine_add", op="grow")
    yield from stage.answered(MODEL)
    area = int((stage.live.shown.pixels > 127).sum())
    found: list[tuple[int, int]] = []
    steps = stage.shot().objects[0].refine
    index, name = len(steps) - 1, "pixels"
    row = [value.name for value in steps[index].values].index(name)
    old = steps[index].values[name].number
    yield from play.hand.find(rf"refine\[{index}\]\.values\[{row}\]\.number", found, ctrl=True, alt=True, shift=True)
    yield from play.hand.edit("12.5", found[0])
    value = stage.shot().objects[0].refine[index].values[name].number
    check(value == 12.5 and value != old, f"the field's value is {value}")
    yield from stage.answered(MODEL)
    grown = int((stage.live.shown.pixels > 127).sum())
    check(grown > area * 1.1, f"the mask over the clip has {grown} pixels where it had {area}")

    def written() -> bool:
        now = masks.kept(stage.store_files())
        return all(now[frame] != made[frame] for frame in made if frame != LOCKED)

    yield from until(written, "the whole shot's masks are made anew by themselves", JOB)
    yield from until(lambda: not stage.session.running, "that job is over", JOB)
    check(masks.kept(stage.store_files())[LOCKED] == made[LOCKED], "the locked frame's mask has changed")


def nodes(play: Play) -> Steps:
    stage = play.stage
    stage.call("mattewright.build_nodes", keying=True)
    yield None
    group = stage.addon("compositor").group_of(stage.clip)
    check(group is not None, "there is no node group")
    names = [item.name for item in group.interface.items_tree if item.in_out == "OUTPUT"]
    check(names == ["Object 1"], f"its outputs are {names}")


def render(play: Play) -> Steps:
    """The scene's own compositor, as F12 has it: the alpha is the mask to the bit."""
    stage, scene = play.stage, play.stage.scene
    for frame in (2, AT, FRAMES):
        path = play.folder / f"keyed_{frame:04d}.png"
        yield from play.rendered(frame, path)
        alpha, mask = masks.read(path, channel=3), masks.read(stage.store_files()[frame])
        worst = int(np.abs(alpha.astype(int) - mask).max())
        check(alpha.shape == mask.shape and worst <= 1, f"frame {frame}: its alpha is off by {worst} of 255")
    check(scene.frame_current == FRAMES, "the frame has changed")


def save_and_open(play: Play) -> Steps:
    stage = play.stage
    before = _state(play)
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.read_homefile(use_factory_startup=False)
    yield None
    bpy.ops.wm.open_mainfile(filepath=str(play.folder / SHOT))
    yield from until(lambda: bpy.data.filepath and stage.areas(), "the file is open")
    yield from stage.drawn()
    after = _state(play)
    check(before == after, f"{before} became {after}")


def nothing_stale(play: Play) -> Steps:
    stage = play.stage
    made = masks.kept(stage.store_files())
    yield from play.hand.press_button(r"track_span\(.*BOTH")
    yield from play.job_done()
    result: Any = stage.session.job.result
    check(result.written == 0, f"{result.written} files were written")
    check(masks.kept(stage.store_files()) == made, "masks have changed")


def _state(play: Play) -> list[object]:
    """What a file must hold."""
    stage = play.stage
    group = stage.addon("compositor").group_of(stage.clip)
    item = stage.shot().objects[0]
    chain = [(step.op, sorted(stage.addon("properties").values_of(step).items())) for step in item.refine]
    said = [stage.counts(frame=frame) for frame in range(1, FRAMES + 1)]
    return [item.name, said, chain, sorted(node.name for node in group.nodes), stage.shot().store]


STEPS = (
    ("a clip is opened, with the tab Matte beside it", open_clip),
    ("the arrows go to a frame, and K begins to prompt; the status bar says the keys", begin),
    ("a click makes an object, a drag draws a box, and the model's mask lies over the clip", click),
    ("Esc leaves", leave),
    ("Track: masks appear while the job runs, and the scene plays, until Esc", track),
    ("Esc once more stops the job; what is done stays", stop),
    ("Track again: it goes on where it stopped, and makes nothing twice", go_on),
    ("the frame strip shows what is tracked, and a press on it goes there", strip),
    ("a click on a tracked frame mends it, in one step of undo, and makes stale what lies behind the prompted one", correct),
    ("only that is tracked again, begun while the tool runs", retrack),
    ("a value that is typed changes the mask over the clip, then the whole shot's, but for a locked frame", lock),
    ("the nodes are built", nodes),
    ("the compositor's alpha is the mask", render),
    ("the file is saved and opened again, with all that was said", save_and_open),
    ("nothing is stale in it", nothing_stale),
)
