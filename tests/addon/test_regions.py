"""Regions asked of the real engine, and picked: objects in Blender with the mask that was clicked on."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from addon_fixtures import engine_python, load_clip, read_picture, save, write_png
from mattewright.addon import document, jobs, paths, properties, regions, store
from mattewright.addon.link import session
from mattewright.engine.shot import MattewrightError
from mattewright.engine.shot.messages import RegionsDone
from mattewright.engine.shot.regions import Choice, RegionSettings

pytestmark = pytest.mark.skipif(not engine_python().is_file(), reason="no engine environment: scripts/test makes it")

WIDTH, HEIGHT = 192, 108
DISC, SQUARE = (50, 54, 26), (110, 30, 160, 80)
COARSE = {"grid": 5}


def shapes() -> dict[str, np.ndarray]:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    x, y, radius = DISC
    left, top, right, bottom = SQUARE
    return {
        "disc": (columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2 < radius**2,
        "square": (columns >= left) & (columns < right) & (rows >= top) & (rows < bottom),
    }


@pytest.fixture
def clip(tmp_path: Path):
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    ground = 70 + 15 * np.sin(columns / 7.0) * np.cos(rows / 5.0)
    picture = np.stack([ground] * 3, -1)
    truth = shapes()
    picture[truth["disc"]], picture[truth["square"]] = (230, 90, 40), (50, 110, 235)
    for frame in (1001, 1002):
        write_png(tmp_path / "Aufnahme é" / f"shapes_{frame}.png", picture.astype(np.uint8))
    clip = load_clip(tmp_path / "Aufnahme é" / "shapes_1001.png", 1001)
    save(tmp_path / "Szene ü.blend")
    properties.of(clip).size = "512"  # a draft will do
    return clip


def mask_of(clip, name: str, frame: int = 1001) -> np.ndarray:
    said = properties.prompts_at(properties.of_name(properties.of(clip).objects, name), frame)
    return read_picture(paths.absolute(said.mask, clip))[..., 0] > 0.5


def iou(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / (one | other).sum())


def refused(call, says: str, **values) -> None:
    with pytest.raises(RuntimeError) as caught:
        call(**values)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value).strip()


def test_regions_are_made_and_picked(clip, tmp_path: Path) -> None:
    """One engine for the whole way, for its start takes seconds."""
    call, truth = bpy.ops.mattewright, shapes()
    refused(call.regions_pick, "frame 1001 has no regions yet", clip=clip.name, frame=1001, x=50, y=54)
    assert call.regions_make(clip=clip.name, frame=1001, **COARSE) == {"FINISHED"}
    listed = regions.listed(clip, 1001)
    assert len(listed.regions) >= 2 and (listed.width, listed.height) == (WIDTH, HEIGHT)
    again = session.run("regions", regions.FindRegions(str(document.write(clip)), 1001, RegionSettings(**COARSE)), clip.name)
    assert isinstance(again, RegionsDone) and again.fresh, "the operator's values are the very ones that others give"
    assert "up to date" in jobs.summary("regions", again)

    # A click makes an object of the thing that is clicked on.
    assert call.regions_pick(clip=clip.name, frame=1001, x=50, y=54, object="Scheibe é") == {"FINISHED"}
    assert iou(mask_of(clip, "Scheibe é"), truth["disc"]) > 0.9
    (item,) = properties.of(clip).objects
    assert item.prompts[0].mask.startswith("//"), "the project can be moved as a whole"

    # Another click is refused there, or extends it; prompts on other frames stay.
    call.prompt_point_add(clip=clip.name, object="Scheibe é", frame=1002, x=50, y=54)
    before = item.prompts[0].mask
    refused(call.regions_pick, "has prompts on frame 1001 already", clip=clip.name, frame=1001, x=130, y=50, object="Scheibe é")
    assert item.prompts[0].mask == before
    call.regions_pick(clip=clip.name, frame=1001, x=130, y=50, extend=True)  # the active object
    assert iou(mask_of(clip, "Scheibe é"), truth["disc"] | truth["square"]) > 0.9
    assert item.prompts[0].mask != before and paths.absolute(before, clip).is_file(), "so that undo gives back the smaller mask"
    call.regions_pick(clip=clip.name, frame=1001, x=130, y=50, object="Scheibe é", replace=True)
    item = properties.of(clip).objects["Scheibe é"]
    assert sorted(prompts.frame for prompts in item.prompts) == [1001, 1002] and len(item.prompts) == 2
    assert iou(mask_of(clip, "Scheibe é"), truth["square"]) > 0.9

    # By number, several at once, each an object in its region's colour.
    call.regions_pick(clip=clip.name, frame=1001, regions="1, 2", each=True)
    shot = properties.of(clip)
    assert [known.name for known in shot.objects] == ["Scheibe é", "region 1", "region 2"]
    assert tuple(shot.objects[1].color) != tuple(shot.objects[2].color)
    assert not (mask_of(clip, "region 1") & mask_of(clip, "region 2")).any()
    said = document.shot_of(clip).object("region 2").prompts[0]
    assert (store.folder(clip) / said.mask).is_file()

    # What was picked survives the .blend, and the engine takes it.
    save(tmp_path / "Szene ü.blend")
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "Szene ü.blend"))
    clip = bpy.data.movieclips[0]
    assert jobs.run("run", clip, ["region 2"]).written > 0


def test_what_can_not_be_is_refused_before_the_engine_is_asked(clip) -> None:
    call = bpy.ops.mattewright
    refused(call.regions_make, "frame 5 is outside the clip, which is frames 1001 to 1002", clip=clip.name, frame=5)
    refused(call.regions_pick, "frame 5 is outside the clip", clip=clip.name, frame=5, x=1, y=1)
    refused(call.regions_pick, "expected their numbers", clip=clip.name, frame=1001, regions="one")
    refused(call.regions_pick, "expected their numbers", clip=clip.name, frame=1001, regions="0")
    refused(call.regions_pick, "is outside the picture, which is 192 x 108", clip=clip.name, frame=1001, x=193, y=5)
    refused(call.regions_pick, "no object to extend", clip=clip.name, frame=1001, x=5, y=5, extend=True)
    refused(call.regions_pick, "choose one", clip=clip.name, frame=1001, x=5, y=5, extend=True, replace=True)
    assert session.client is None


@pytest.mark.slow
def test_with_a_window_nothing_waits(clip, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both return at once, and what was picked is there once the engine's answer has been handled, as one step of undo."""
    steps: list[str] = []
    ops = SimpleNamespace(ed=SimpleNamespace(undo_push=lambda message: steps.append(message)))
    monkeypatch.setattr(regions, "bpy", SimpleNamespace(app=SimpleNamespace(background=False), data=bpy.data, path=bpy.path, ops=ops))

    def finish() -> None:
        while session.running:
            session.pump(patience=0.1)

    assert regions.make(clip, 1001, RegionSettings(**COARSE)) == ""
    assert session.running is not None
    with pytest.raises(MattewrightError, match="still running"):
        regions.pick(clip, 1001, Choice((1,)))
    finish()
    assert isinstance(session.job.result, RegionsDone)
    assert regions.pick(clip, 1001, Choice((), ((50.0, 54.0),), "disc")) == ""
    assert not properties.of(clip).objects and not steps
    finish()
    assert iou(mask_of(clip, "disc"), shapes()["disc"]) > 0.9 and steps == ["Pick Regions"]
    regions.pick(clip, 1001, Choice((999,)))
    finish()
    assert "no region 999" in str(session.job.error) and len(properties.of(clip).objects) == 1
