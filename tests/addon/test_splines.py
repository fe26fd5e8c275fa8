"""Mattes traced by the real engine and made into Masks, as Blender draws them; Masks as prompts and garbage mattes."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon_fixtures import PATIENCE, engine_python, load_clip, make_sequence, quiet, read_picture, save, write_png
from mattewright.addon import document, jobs, masks, paths, properties, splines, store
from mattewright.addon.install.request import read_news
from mattewright.addon.link import process
from mattewright.addon.splines import build, making, work
from mattewright.engine.shot import FrameRange, MattewrightError
from mattewright.engine.shot.messages import SeedDone, Seeded, TraceDone
from mattewright.engine.shot.outlines import Outlines, Piece, Shape, to_lines
from test_masks import SQUARE, add_spline, blenders, place

WIDTH, HEIGHT = 160, 96
FRAMES = range(1, 9)


def ellipse(x: float, y: float, a: float, b: float) -> np.ndarray:
    """How much of each pixel it covers, (HEIGHT, WIDTH)."""
    rows, columns = np.mgrid[: 4 * HEIGHT, : 4 * WIDTH] / 4 + 0.125
    inside = ((columns - x) / a) ** 2 + ((rows - y) / b) ** 2 < 1
    return inside.reshape(HEIGHT, 4, WIDTH, 4).mean(axis=(1, 3))


def matte(frame: int) -> np.ndarray:
    """A body with a hole that moves at one speed, and a ball that is there on frames 4 to 6 alone."""
    body = ellipse(40 + 6 * frame, 45, 30 + frame, 28) - ellipse(40 + 6 * frame, 45, 9, 8)
    return np.clip(body + (ellipse(20, 80, 8, 8) if 4 <= frame <= 6 else 0), 0, 1)


@pytest.fixture
def clip(tmp_path: Path):
    clip = load_clip(make_sequence(tmp_path / "Platten é", 1, len(FRAMES), (WIDTH, HEIGHT)).first)
    save(tmp_path / "Szene ü.blend")
    properties.add_object(properties.of(clip), "Hund é")
    for frame in FRAMES:
        write_png(store.layout(clip).file("Hund é", "mask", frame), np.rint(matte(frame) * 255).astype(np.uint8))
    return clip


@pytest.mark.skipif(not engine_python().is_file(), reason="no engine environment: scripts/test makes it")
def test_a_matte_becomes_a_mask_that_blender_draws_like_it(clip, tmp_path: Path) -> None:
    area = bpy.context.window_manager.windows[0].screen.areas[0]
    kind, scenes, now = area.type, len(bpy.data.scenes), bpy.context.scene.frame_current
    assert bpy.ops.mattewright.matte_to_mask(clip=clip.name, tolerance=0.5, smallest=20) == {"FINISHED"}
    (mask,) = bpy.data.masks
    assert (mask.name, mask.frame_start, mask.frame_end) == ("Hund é", 1, 8)
    assert (area.type, len(bpy.data.scenes), bpy.context.scene.frame_current) == (kind, scenes, now), "nothing else is changed"
    assert mask.use_fake_user and mask.library is mask.library_weak_reference is None and not bpy.data.libraries, "it is this file's own"
    assert [layer.blend for layer in mask.layers] == ["MERGE_ADD", "MERGE_ADD", "MERGE_SUBTRACT"], "what lies inside comes after"
    assert len(masks.keyframes("Hund é/Outline 1", FrameRange(1, 8))) <= 3, "what moves at one speed needs its two ends"
    for frame in FRAMES:
        drawn, truth = blenders(mask, (WIDTH, HEIGHT), tmp_path / f"drawn{frame}", frame), matte(frame)
        assert np.count_nonzero((drawn > 0.5) != (truth > 0.5)) <= 0.03 * np.count_nonzero(truth > 0.5), frame
        # Neither fat nor thin: on average less than 0.3 pixels along the outlines, some 260 pixels long; Blender by itself makes it 0.7.
        assert abs(drawn.sum() - truth.sum()) < 0.3 * 260, frame
    # Another one beside it; the first stays as the user left it.
    bpy.ops.mattewright.matte_to_mask(clip=clip.name, first=4, last=4)
    assert [known.name for known in bpy.data.masks] == ["Hund é", "Hund é.001"]
    store.layout(clip).file("Hund é", "mask", 5).unlink()
    with pytest.raises(RuntimeError, match="object 'Hund é' has no matte on frame 5: track first"):
        bpy.ops.mattewright.matte_to_mask(clip=clip.name)


def traced(folder: Path, count: int) -> Path:
    """A file of `count` keyed squares that move."""
    corners = ((10, 10), (60, 10), (60, 60), (10, 60))
    shapes = [Shape(0, frame, tuple((x + frame, y, x + frame, y, x + frame, y) for x, y in corners)) for frame in range(1, count + 1)]
    path = folder / "outlines.jsonl"
    outlines = Outlines("box", WIDTH, HEIGHT, FrameRange(1, count), 1.0, (Piece(1, count, 4),))
    path.write_text("".join(to_lines(outlines, shapes)), encoding="utf-8")
    return path


def left() -> list[str]:
    """What the making of Masks has left behind: folders, threads and processes."""
    for thread in threading.enumerate():
        if thread.name == "mattewright mask":
            thread.join(PATIENCE)
    process.end_all(PATIENCE)
    return [thread.name for thread in threading.enumerate() if "mask" in thread.name] + [
        path.name for path in Path(bpy.app.tempdir).glob("mattewright-*")
    ]


def whole() -> None:
    """Let the timer look until the Mask is there, or isn't."""
    while work.tick() is not None:
        making = splines.running()
        assert making is not None
        making.wait(0.05)


def test_it_is_made_in_another_blender_and_given_up_before_a_step_is_undone(clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work.bpy.app.timers, "register", lambda *args, **named: None, raising=False)
    splines.start(traced(tmp_path, 5), "box", clip)
    assert work.tick() == work.TICK and splines.running() is not None
    work._gone(bpy.context.scene)
    assert splines.running() is None and not bpy.data.masks and work.tick() is None and not left()
    splines.start(traced(tmp_path, 5), "box", clip)
    whole()
    assert not work.problem and len(bpy.data.masks["box"].layers[0].splines[0].points) == 4 and not left()
    with pytest.raises(MattewrightError, match=r"line 2: .*: trace again"):
        damaged = traced(tmp_path, 2)
        damaged.write_text(damaged.read_text("utf-8").replace('"frame":1', '"frame":"x"'), "utf-8")
        work.run(damaged, "box", clip)
    assert len(bpy.data.masks) == 1, "nothing half made is left"


def _worker(outlines: Path, made: Path) -> subprocess.Popen[bytes]:
    command = [*making._program(), "--", outlines, made]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def test_it_ends_with_the_blender_that_asked_for_it(tmp_path: Path) -> None:
    made = tmp_path / "made.blend"
    with _worker(traced(tmp_path, 20_000), made) as other:
        assert any(b'"step"' in line for line in other.stdout), "it is at it"
        other.stdin.close()
        assert other.wait(PATIENCE) == 1 and not made.exists()


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (["import sys; sys.exit('ImportError: numpy')"], r"^the Blender that makes the Mask stopped \(exit code 1\): ImportError: numpy$"),
        (["import os; os.kill(os.getpid(), 9)"], r"^the Blender that makes the Mask stopped \(exit code -9\)$"),
        ([], r"^the Blender that makes the Mask can't be started: .*gone ü: No such file"),
    ],
)
def test_a_blender_that_dies_is_said_in_a_line(clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program, said: str) -> None:
    monkeypatch.setattr(making, "_program", lambda: [sys.executable, "-c", *program] if program else [tmp_path / "gone ü"])
    monkeypatch.setattr(work.bpy.app.timers, "register", lambda *args, **named: None, raising=False)
    splines.start(traced(tmp_path, 5), "box", clip)
    whole()
    with pytest.raises(MattewrightError, match=said):
        raise MattewrightError(work.problem)
    assert splines.running() is None and not bpy.data.masks and not left()


def test_a_mask_that_cannot_be_written_is_said_in_a_line(tmp_path: Path) -> None:
    with _worker(traced(tmp_path, 1), tmp_path / "gone" / "mask.blend") as other:
        said = [news for news in map(read_news, other.stdout) if news is not None]
    assert (said[-1].event, said[-1].text) == ("failed", f"{tmp_path / 'gone'}: Blender can't write the Mask there: is the disk full?")


def two_layers(clip):
    """A Mask of two squares in a layer each; the first one's moves from frame 2 to 6."""
    mask = bpy.data.masks.new("Form é")
    size = (WIDTH, HEIGHT)
    moving, still = (add_spline(mask.layers.new(name=name), SQUARE, size) for name in ("moving/1", "still"))
    place(still, [(x + 90, y + 40) for x, y in SQUARE], size)
    quiet()
    stage = build.staged(mask)
    for frame, shift in ((2, 0), (6, 20)):
        stage.go(frame)
        place(moving, [(x + shift, y) for x, y in SQUARE], size)
        moving.points.foreach_set("select", [True] * len(SQUARE))
        still.points.foreach_set("select", [False] * len(SQUARE))
        stage.key(frame)
    bpy.context.scene.frame_set(1)
    return mask


def test_a_mask_s_layer_is_a_garbage_matte(clip) -> None:
    two_layers(clip)
    assert masks.keyframes("Form é", FrameRange(1, 8)) == [2, 6]
    assert bpy.ops.mattewright.mask_garbage_matte(clip=clip.name, layer="moving/1", keep="outside") == {"FINISHED"}
    assert [step.op for step in properties.of(clip).objects[0].refine] == ["threshold", "garbage_matte"]
    shot = document.shot_of(clip)
    (mask,) = shot.masks
    assert mask.name == "Form é/moving/1" and shot.objects[0].refine[1].values == {"mask": mask.name, "keep": "outside"}
    (polygon,) = mask.at_frame(4)
    assert min(x for x, _ in polygon.points) == pytest.approx(20, abs=0.3) and max(x for x, _ in polygon.points) < 65
    with pytest.raises(RuntimeError, match="there is no Mask 'Form é/none' in this file"):
        bpy.ops.mattewright.mask_garbage_matte(clip=clip.name, layer="none")


@pytest.mark.skipif(not engine_python().is_file(), reason="no engine environment: scripts/test makes it")
def test_a_mask_seeds_an_object_on_a_frame_or_at_its_keyframes(clip) -> None:
    two_layers(clip)
    assert bpy.ops.mattewright.mask_seed(clip=clip.name, frame=4) == {"FINISHED"}
    (said,) = properties.of(clip).objects[0].prompts
    inside = read_picture(paths.absolute(said.mask, clip))[..., 0] > 0.5
    assert said.frame == 4 and said.mask.startswith("//")
    assert inside[26, 22:58].all() and not inside[26, :18].any() and inside[70, 105], "halfway between its keyframes, both layers"
    bpy.ops.mattewright.mask_seed(clip=clip.name, mask="Form é", layer="moving/1", keyed=True)
    prompts = {prompts.frame: prompts.mask for prompts in document.shot_of(clip).objects[0].prompts}
    assert sorted(prompts) == [2, 4, 6]
    assert not (read_picture(store.folder(clip) / prompts[6])[..., 0] > 0.5)[70, 105]
    bpy.data.masks["Form é"].layers["still"].splines[0].points[0].parent.id = clip
    with pytest.raises(RuntimeError, match="points that are parented"):
        bpy.ops.mattewright.mask_seed(clip=clip.name, frame=4, layer="still")


def test_the_panel_says_what_was_done() -> None:
    done = TraceDone("fox", 2, 30, 5, 24, 1.25)
    assert jobs.summary("trace", done) == "trace: 2 outlines of 30 points, 5 keyed shapes for 24, in 1.2 s"
    seeded = SeedDone("fox", (Seeded(3, "a.png", 10), Seeded(4, "b.png", 10)))
    assert jobs.summary("seed", seeded) == "seed: 'fox' is prompted by the mask on frames 3-4"
