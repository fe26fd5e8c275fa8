"""People and depth in Blender: objects of those that the real network finds, and depth that steps of the chain measure."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest
from addon_fixtures import load_clip, make_sequence, read_picture, save
from mattewright.addon import command, document, jobs, labels, networks, people, properties, store
from mattewright.addon.link import session
from mattewright.engine.shot import Box, Point, Prompts
from mattewright.engine.shot.messages import DetectDone
from mattewright.engine.shot.people import Detected
from network_kit import davis, real

FOUND = DetectDone(
    (
        Detected("Person 1", (1.0, 0.0, 0.2), (Prompts(1001, box=Box(2, 3, 20, 40)), Prompts(1003, (Point(9, 9),))), 0.9),
        Detected("Person 2", (0.0, 0.5, 1.0), (Prompts(1001, mask="objects/Person 2/prompts/Person 2_1001_0.png"),), 0.8),
    ),
    frames=3,
    people=4,
    seconds=1.5,
)


@pytest.fixture
def clip(tmp_path: Path):
    clip = load_clip(make_sequence(tmp_path / "Aufnahme é", 1001, 4).first, 1001)
    save(tmp_path / "Szene ü.blend")
    bpy.context.scene.frame_current = 1002
    return clip


def test_who_is_found_becomes_objects(clip, monkeypatch: pytest.MonkeyPatch) -> None:
    shot, asked = properties.of(clip), []
    properties.add_object(shot, "person 2").color = (0.0, 1.0, 0.0)

    def answer(method, params, name, on_progress=None):
        asked.append((method, params.settings, params.first, params.last))
        return FOUND

    monkeypatch.setattr(session, "run", answer)
    shot.people.together, shot.people.score, shot.people.over_classes = True, 0.35, True
    bpy.ops.mattewright.people_detect(clip=clip.name)
    bpy.ops.mattewright.people_detect(clip=clip.name, frames="EVERY", every=5, together=False, over_classes=False, score=0.7)
    (_, settings, *at), (_, other, *whole) = asked
    assert (settings.look, settings.together, settings.least_score, at) == ("first", True, 0.35, [1002, 1002])
    assert (other.look, other.every, other.together, other.least_score, whole) == ("every", 5, False, 0.7, [None, None])
    assert settings.over_classes and not other.over_classes
    assert [item.name for item in shot.objects] == ["person 2", "Person 1", "Person 3", "Person 4", "Person 5"], "each has a folder"
    one, two = shot.objects[1:3]
    assert tuple(one.color) == pytest.approx((1.0, 0.0, 0.2)) and [said.frame for said in one.prompts] == [1001, 1003]
    assert (
        one.prompts[0].use_box
        and tuple(one.prompts[0].box) == (2, 3, 20, 40)
        and (one.prompts[1].points[0].x, two.prompts[0].use_box) == (9, 0)
    )
    assert two.prompts[0].mask.startswith("//") and two.prompts[0].mask.endswith("Person 2_1001_0.png")
    boxed = document.shot_of(clip).objects[1]
    assert boxed.prompts[0].box == Box(2, 3, 20, 40), "and the document has what was found"


def test_a_search_says_what_came_of_it() -> None:
    assert jobs.summary("detect", FOUND) == "detect: 'Person 1', 'Person 2' added, in 1.5 s; track them next"
    assert jobs.summary("detect", DetectDone((), 1, 0)) == "detect: nobody was found on 1 frame"
    assert jobs.summary("detect", DetectDone((), 3, 4, 4)) == "detect: whoever was found on 3 frames is an object already"
    found = jobs.summary("detect", DetectDone((), 2, 3, 3, classed=("crowd",)))
    assert found == "detect: whoever was found on 2 frames is an object already; 'crowd', made of classes, has some of them"


def test_one_undo_takes_all_of_them_back(clip) -> None:
    bpy.ops.ed.undo_push(message="before")
    people.add(clip, FOUND)
    bpy.ops.ed.undo_push(message="Detect People")
    assert bpy.ops.ed.undo() == {"FINISHED"}
    assert not len(properties.of(bpy.data.movieclips[0]).objects)


@pytest.mark.slow
@real("yolox_tiny_people", "sam2-hiera-tiny")
def test_the_real_network_finds_the_player(data: Path, tmp_path: Path, capfd) -> None:
    clip = davis(data, "tennis", tmp_path, 2)
    bpy.context.scene.frame_current = 1
    assert bpy.ops.mattewright.people_detect(clip=clip.name) == {"FINISHED"}
    shot = properties.of(clip)
    truth = read_picture(sorted((data / "davis" / "tennis" / "masks").iterdir())[0])[..., :3].max(axis=-1) > 0.1
    rows, columns = truth.any(axis=1).nonzero()[0], truth.any(axis=0).nonzero()[0]
    player = (columns[0] + columns[-1]) / 2, (rows[0] + rows[-1]) / 2
    boxes = [tuple(item.prompts[0].box) for item in shot.objects if item.prompts[0].use_box]
    assert any(box[0] < player[0] < box[2] and box[1] < player[1] < box[3] for box in boxes)
    count = len(shot.objects)
    bpy.ops.mattewright.people_detect(clip=clip.name)
    assert len(shot.objects) == count, "who is an object already doesn't become another"
    assert command.main(["detect", "--first", "--together", "--save", str(tmp_path / "found.blend")]) == 0
    assert "detect: " in capfd.readouterr().out


@pytest.mark.slow
@real("fastdepth")
def test_depth_is_estimated_and_thresholds_measure_it(data: Path, tmp_path: Path, capfd) -> None:
    clip = davis(data, "tennis", tmp_path, 2)
    networks.fetch()
    assert bpy.ops.mattewright.depth(clip=clip.name, span="BOTH") == {"FINISHED"}
    layout = store.layout(clip)
    assert labels.frames_beside(layout.depth("fastdepth", 0)) == {1, 2}
    depth = read_picture(layout.depth("fastdepth", 1))[..., 0]
    assert depth.shape == (480, 854) and 0 <= depth.min() < depth.max() <= 1
    assert depth[-40:].mean() > depth[:200].mean(), "the court before him is nearer than the stands"
    item = properties.add_object(properties.of(clip), "near")
    properties.add_refine(item, "picture_threshold", on="depth")
    assert document.shot_of(clip).objects[0].refine[0].values["on"] == "depth"
    assert command.main(["depth"]) == 0 and "depth: nothing was stale" in capfd.readouterr().out
    assert command.main(["depth", "--network", "deeplab"]) == 1
    assert "network 'deeplab': none such for depth; there are fastdepth" in capfd.readouterr().err
