"""The add-on with the real engine and the real weights: prompts in Blender, masks in the store, a keyed frame out of Blender."""

from __future__ import annotations

import os
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon_fixtures import Sequence, engine_python, load_clip, read_picture, save, write_png
from mattewright.addon import compositor, document, jobs, properties, store
from mattewright.addon.compositor.render import KeyedFrames
from mattewright.addon.link import Cancelled, session
from mattewright.engine.shot import FrameRange, MattewrightError

pytestmark = pytest.mark.skipif(not engine_python().is_file(), reason="no engine environment: scripts/test makes it")

WIDTH, HEIGHT, COUNT = 160, 96, 3


def make_disc(folder: Path) -> Sequence:
    """A bright disc that moves over a dim background with some texture: what any tracker should follow."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    pictures = []
    for index in range(COUNT):
        background = 60 + 20 * np.sin(columns / 7.0) * np.cos(rows / 5.0)
        disc = (columns - 50 - 6 * index) ** 2 + (rows - 48) ** 2 < 22**2
        picture = np.stack([np.where(disc, 230, background), np.where(disc, 120, background), np.where(disc, 40, background)], -1)
        pictures.append(picture.astype(np.uint8))
        write_png(folder / f"disc_{1001 + index}.png", pictures[-1])
    return Sequence(folder / "disc_1001.png", pictures)


@pytest.fixture
def clip(tmp_path: Path):
    clip = load_clip(make_disc(tmp_path / "Aufnahme é").first, 1001)
    save(tmp_path / "Szene ü.blend")
    properties.of(clip).size = "512"  # a draft will do
    call = bpy.ops.mattewright
    call.object_add(clip=clip.name, name="Scheibe é")
    call.prompt_box_set(clip=clip.name, frame=1002, left=33, top=25, right=79, bottom=71)
    call.prompt_point_add(clip=clip.name, frame=1002, x=56, y=48)
    return clip


def test_prompt_track_and_key(clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way, with a cancel after the first frame: what is done stays, and the next job goes on from there."""
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    seen: list[int] = []

    def report(job) -> None:
        seen.append(job.progress.frame)
        session.cancel()

    with pytest.raises(Cancelled, match="cancelled; the frames that were done are kept"):
        jobs.run("run", clip, on_progress=report)
    written = {frame: path.read_bytes() for frame, path in store.layout(clip).files("Scheibe é", "mask")}
    assert set(seen) <= set(written)
    assert 0 < len(written) < COUNT
    assert bpy.ops.mattewright.track(clip=clip.name) == {"FINISHED"}
    (found,) = store.coverage(clip, document.shot_of(clip))
    assert found.complete, str(found)
    assert all(store.layout(clip).file("Scheibe é", "mask", frame).read_bytes() == content for frame, content in written.items())
    # Nothing is stale now, and the engine is still there for the next job, model loaded.
    assert session.client is not None and session.client.alive
    pid = session.client.process.pid
    again = jobs.run("track", clip)
    assert (again.written, session.client.process.pid) == (0, pid)
    assert jobs.run("plan", clip).stale == 0
    assert session.catalogue, "the refine ops came with the first answer"

    shot = document.shot_of(clip)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    for index, (frame, path) in enumerate(compositor.render_keyed(clip, shot.range, KeyedFrames(str(tmp_path / "keyed_####.png")))):
        mask = read_picture(store.layout(clip).file("Scheibe é", "mask", frame))[..., 0]
        np.testing.assert_array_equal(read_picture(path)[..., 3], mask)
        disc = (columns - 50 - 6 * index) ** 2 + (rows - 48) ** 2 < 22**2
        found = mask > 0.5
        assert (found & disc).sum() / (found | disc).sum() > 0.85, f"frame {frame}: the mask isn't on the disc"


def test_what_the_engine_refuses_reaches_the_script_in_one_line(clip) -> None:
    properties.of(clip).model = "no-such-model"
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.mattewright.track(clip=clip.name)
    assert "no-such-model" in str(caught.value)
    assert "\n" not in str(caught.value).strip()
    with pytest.raises(MattewrightError):
        jobs.run("track", clip, frames=FrameRange(2000, 2001))


def test_the_models_are_the_checkouts() -> None:
    assert Path(os.environ["MATTEWRIGHT_MODELS"]).is_dir()
