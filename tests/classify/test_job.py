"""Whole clips by classes: labels and mattes in the store, fresh and stale, cut off and gone on, prompts, exports, the server."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import av
import cv2
import moving_shape
import numpy as np
import own_networks
import pytest
from matted import COUNT, FIRST, SIZE, document
from served import Served

from engine import shot
from engine.cli.main import main
from engine.jobs import OpenShot, classify_job, make_plan, plan_run, run_job, track_job
from engine.jobs.class_prompts import class_prompts_job
from engine.jobs.export import export_job
from engine.jobs.export_plan import output_states
from engine.jobs.frames import FrameLists, stale_frames
from engine.shot import Classes, Matte, MattewrightError, Output, RefineStep, ShotObject, to_json
from engine.shot.fields import load
from engine.shot.messages import Initialize, JobDone, Planned, PromptClasses, ShotJob
from engine.shot.networks import ListNetworks
from engine.store import Store

LAST = COUNT
WARM = ShotObject("it is warm", classes=("warm",))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path / "models"))
    own_networks.warm(tmp_path / "models")
    moving_shape.write_sequence(tmp_path / "clip", COUNT)
    made = tmp_path / "störe"
    made.mkdir()
    return made


def save(folder: Path, *objects: ShotObject, outputs: tuple[Output, ...] = (), **classes: object) -> OpenShot:
    said = dataclasses.replace(document(*objects), classes=Classes(network="warm", **classes), outputs=outputs)  # type: ignore[arg-type]
    (folder / "shot.json").write_text(to_json(said), encoding="utf-8")
    return OpenShot(folder)


def finish(job):
    while True:
        try:
            next(job)
        except StopIteration as end:
            return end.value


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.*")) if path.name != "shot.json"}


def iou(mask: np.ndarray, frame: int) -> float:
    truth = moving_shape.truth(frame - FIRST)
    inside = mask > 127
    return float((inside & truth).sum() / (inside | truth).sum())


def test_labels_and_mattes_are_made_once_and_the_same_again(folder: Path) -> None:
    with save(folder, WARM) as opened:
        outcome = finish(classify_job(opened))
        assert outcome.written == 3 * COUNT and outcome.fresh == 0
        labels = cv2.imread(str(opened.store.layout.labels("warm", "disk", FIRST)), cv2.IMREAD_UNCHANGED)
        assert labels.shape == SIZE and labels.dtype == np.uint8 and iou(labels * 255, FIRST) > 0.85
        for frame in range(FIRST, LAST + 1):
            assert iou(opened.store.read_mask(WARM.name, frame), frame) > 0.85
        assert opened.store.read_logits(WARM.name, FIRST).logits.shape == (36, 64)
        assert finish(classify_job(opened)).written == 0 and finish(run_job(opened)).written == 0
        assert stale_frames(opened) == ({WARM.name: set()}, "")
    first = bytes_of(folder)
    for path in list(first):
        (folder / path).unlink()
    with save(folder, WARM) as opened:
        finish(classify_job(opened))
    assert bytes_of(folder) == first


@pytest.mark.parametrize("steady", [0.0, 0.7])
def test_a_run_that_was_cut_off_goes_on_and_gives_the_same_bytes(folder: Path, steady: float) -> None:
    with save(folder, WARM, steady=steady) as opened:
        finish(classify_job(opened))
    whole = bytes_of(folder)
    for path in list(whole):
        (folder / path).unlink()
    with save(folder, WARM, steady=steady) as opened:
        job = classify_job(opened)
        said = [next(job) for _ in range(5)]
        job.close()
        assert said[-1].done == 5 and said[-1].total == 3 * COUNT and said[-1].stage == "classify" and said[-1].seconds_left is not None
        kept = bytes_of(folder)
        assert 5 <= len(kept) < len(whole) and not any(".partial" in name for name in kept)
        outcome = finish(classify_job(opened, first=FIRST + 3, last=LAST))
        assert outcome.fresh + outcome.written == 9
        outcome = finish(classify_job(opened))
        assert outcome.written and outcome.fresh >= len(kept)
    assert bytes_of(folder) == whole


def test_what_a_setting_changes_is_stale_and_nothing_else(folder: Path) -> None:
    with save(folder, WARM) as opened:
        finish(classify_job(opened))
    with save(folder, WARM, edges="picture") as opened:
        outcome = finish(classify_job(opened))
        assert outcome.written == COUNT and outcome.fresh == 2 * COUNT  # only labels
    with save(folder, dataclasses.replace(WARM, classes=("ground",)), edges="picture") as opened:
        assert make_plan(opened, opened.objects(), opened.frames()).classes.stale_logits == COUNT
        assert stale_frames(opened)[0][WARM.name] == set(range(FIRST, LAST + 1))
        outcome = finish(run_job(opened))
        assert outcome.written == 2 * COUNT
        assert iou(255 - opened.store.read_mask(WARM.name, FIRST), FIRST) > 0.85
    with save(folder, WARM, edges="picture", steady=0.5) as opened:
        assert finish(classify_job(opened)).written == 3 * COUNT
    picture = folder.parent / "clip" / f"disk_{moving_shape.FIRST}.png"
    picture.write_bytes((folder.parent / "clip" / f"disk_{moving_shape.FIRST + 5}.png").read_bytes())
    with save(folder, WARM, edges="picture", steady=0.5) as opened:
        assert set(make_plan(opened, opened.objects(), opened.frames()).classes.logits) == {1, 2, 3, 4}  # those that look at it


def test_a_locked_frame_is_left_alone_and_a_missing_picture_said(folder: Path) -> None:
    with save(folder, WARM) as opened:
        finish(classify_job(opened))
    before = Store(folder).layout.file(WARM.name, "logits", 2).read_bytes()
    (folder.parent / "clip" / f"disk_{moving_shape.FIRST + 3}.png").unlink()
    with save(folder, dataclasses.replace(WARM, classes=("ground",), locked=(shot.FrameRange(2, 2),))) as opened:
        outcome = finish(classify_job(opened))
        assert outcome.missing == (4,) and outcome.written == 2 * (COUNT - 2)
    assert Store(folder).layout.file(WARM.name, "logits", 2).read_bytes() == before


def test_classes_go_through_the_chain_the_matte_and_as_a_garbage_matte(folder: Path) -> None:
    grown = RefineStep("grow", {"pixels": 6.0})
    kept = dataclasses.replace(WARM, refine=(RefineStep("threshold"), grown), matte=Matte(enabled=True, method="guided"))
    outside = ShotObject(
        "outside", classes=("ground", "warm"), refine=(RefineStep("combine_object", {"object": WARM.name, "combine": "subtract"}),)
    )
    with save(folder, kept, outside) as opened:
        finish(run_job(opened))
        frame = 3
        inside, left = opened.store.read_mask(WARM.name, frame) > 127, opened.store.read_mask("outside", frame) > 127
        assert inside.sum() > 1.2 * moving_shape.truth(frame - FIRST).sum() and not (inside & left).any() and (inside | left).mean() > 0.98
        alpha = opened.store.read_alpha(WARM.name, frame)
        assert alpha.max() == 65535 and finish(run_job(opened)).written == 0


def test_tracking_passes_classes_over_and_says_what_to_do_where_there_is_nothing_else(folder: Path) -> None:
    with (
        save(folder, WARM) as opened,
        pytest.raises(MattewrightError, match="'it is warm' is made of classes, and not tracked: run `classify`"),
    ):
        next(track_job(opened))
    with save(folder, WARM, ShotObject("drawn")) as opened:
        with pytest.raises(MattewrightError, match="'drawn' is not made of classes"):
            next(classify_job(opened, ["drawn"]))
        assert finish(classify_job(opened, [WARM.name])).written == 2 * COUNT  # no labels
    with (
        save(folder, dataclasses.replace(WARM, classes=("warm", "sky"))) as opened,
        pytest.raises(MattewrightError, match="object 'it is warm': network 'warm' has no class 'sky'; its classes: ground, warm"),
    ):
        next(classify_job(opened))
    with save(folder, WARM) as opened:
        opened.shot = dataclasses.replace(opened.shot, classes=Classes(network="deeplab"))
        with pytest.raises(MattewrightError, match=r"model 'deeplab' is not installed .* run python -m engine models install deeplab"):
            next(classify_job(opened))


def test_finer_than_the_networks_own_needs_one_that_takes_any_shape(folder: Path) -> None:
    with (
        save(folder, WARM, look="fine") as opened,
        pytest.raises(MattewrightError, match="network 'warm': it takes pictures of 64 x 36 alone: choose another look than fine"),
    ):
        next(classify_job(opened))


def test_a_class_becomes_prompts_for_the_tracker(folder: Path) -> None:
    with save(folder) as opened:
        seeded = finish(class_prompts_job(opened, "disk", ["warm"], every=2))
        assert [one.frame for one in seeded] == [1, 3, 5]
        for one in seeded:
            assert iou(cv2.imread(str(folder / one.mask), cv2.IMREAD_GRAYSCALE), one.frame) > 0.9
        with pytest.raises(MattewrightError, match="no class is named"):
            next(class_prompts_job(opened, "disk", []))
    assert finish(class_prompts_job(OpenShot(folder), "disk", ["warm"], every=2)) == seeded


def test_the_command_line_adds_lists_prompts_and_exports(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(folder).close()
    assert main(["classify", str(folder), "--list"]) == 0
    assert "  1  warm                 #ff8000" in capsys.readouterr().out
    assert main(["classify", str(folder), "--add", "glow=warm", "--steady", "0.2", "--edges", "picture"]) == 0
    told = capsys.readouterr().out
    assert f"wrote {3 * COUNT} files" in told and f"labels: {folder / 'classes' / 'warm'}" in told
    said = shot.read(folder / "shot.json")
    assert said.object("glow").classes == ("warm",) and said.object("glow").color == (1.0, 0.215861, 0.0) and said.classes.steady == 0.2
    assert main(["classify", str(folder), "--prompt", "followed=warm", "--every", "3"]) == 0
    assert "'followed' is prompted on 2 frames with warm" in capsys.readouterr().out
    assert [prompts.frame for prompts in shot.read(folder / "shot.json").object("followed").prompts] == [1, 4]
    assert main(["classify", str(folder), "--prompt", "glow=warm"]) == 1
    assert "'glow' is made of classes and not tracked" in capsys.readouterr().err
    assert main(["classify", str(folder), "--add", "sky=sky"]) == 1 and "no class 'sky'" in capsys.readouterr().err
    assert main(["classify", str(folder), "--add", "=warm"]) == 1 and "expected OBJECT=CLASS" in capsys.readouterr().err


def test_an_object_that_is_tracked_is_not_made_of_classes_nor_one_of_classes_prompted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tracked = ShotObject("tracked", prompts=(shot.Prompts(FIRST, (shot.Point(9, 9),)),))
    save(folder, WARM, tracked).close()
    before = (folder / "shot.json").read_bytes()
    assert main(["classify", str(folder), "--add", "tracked=warm"]) == 1
    assert "object 'tracked' is tracked from its prompts" in capsys.readouterr().err
    prompt = ["prompt", str(folder), "--object", WARM.name, "--frame", str(FIRST), "--point", "9,9"]
    assert main(prompt) == 1 and "is made of classes" in capsys.readouterr().err
    assert (folder / "shot.json").read_bytes() == before
    assert main(["classify", str(folder), "--track", WARM.name, "--network", "deeplab"]) == 1
    assert "model 'deeplab' is not installed" in capsys.readouterr().err and (folder / "shot.json").read_bytes() == before
    assert main(["classify", str(folder), "--track", WARM.name]) == 0 and main(prompt) == 0
    assert not shot.read(folder / "shot.json").object(WARM.name).classes


def test_a_class_that_there_is_not_is_said_by_check(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(folder, ShotObject("odd", classes=("zebra",))).close()
    assert main(["check", str(folder)]) == 1 and "object 'odd': network 'warm' has no class 'zebra'" in capsys.readouterr().err


def test_run_makes_the_labels_that_an_output_is_made_of(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(folder, WARM, outputs=(Output("labels", "class_png"),)).close()
    assert main(["export", str(folder), "--plan"]) == 1 and "can't be exported: " in capsys.readouterr().out
    assert main(["plan", str(folder)]) == 0 and f"{COUNT} frames to classify" in capsys.readouterr().out
    assert main(["run", str(folder)]) == 0 and main(["export", str(folder)]) == 0
    assert len(list((folder / "classes" / "warm").iterdir())) == COUNT
    assert main(["classify", str(folder), "--add", "another=warm"]) == 0
    first, second = shot.read(folder / "shot.json").objects
    assert first.color != second.color


def test_what_is_planned_is_what_run_makes_depth_and_labels_too(folder: Path, tmp_path: Path) -> None:
    own_networks.bright_is_near(tmp_path / "models")
    near = RefineStep("picture_threshold", {"on": "depth", "level": 0.5})
    save(folder, dataclasses.replace(WARM, refine=(near,)), outputs=(Output("labels", "class_png"),)).close()
    said = dataclasses.replace(shot.read(folder / "shot.json"), depth=shot.Depth("bright", 0.5))
    (folder / "shot.json").write_text(to_json(said), encoding="utf-8")
    served = Served()
    try:
        served.ask("initialize", Initialize())
        served.result()
        served.ask("plan", ShotJob(str(folder)))
        done = load(JobDone, served.result()[0])
    finally:
        served.close()
    wanted = Planned(depth=COUNT, labels=COUNT, classified=COUNT, masks=COUNT)
    assert done == JobDone(written=0, fresh=0, stale=4 * COUNT, planned=wanted)
    with OpenShot(folder) as opened:
        assert finish(run_job(opened)).written == wanted.count
        plan = plan_run(opened)
        assert (plan.planned, plan.fresh) == (Planned(), wanted.count)
        assert plan_run(opened, (WARM.name,)).fresh == 3 * COUNT, "named objects are run without labels"


def test_labels_that_an_output_is_made_of_need_no_object(folder: Path) -> None:
    with save(folder, outputs=(Output("labels", "class_png"),)) as opened:
        assert finish(run_job(opened)).written == COUNT and plan_run(opened).planned.count == 0


def test_stale_labels_are_said_wherever_an_export_is_planned(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = (Output("labels", "class_png"), Output("seen", "class_video", values={"layout": "alone", "rate": 25.0}))
    with save(folder, outputs=outputs) as opened:
        finish(classify_job(opened, last=4))
        assert stale_frames(opened) == ({}, "")
    with save(folder, outputs=outputs, edges="picture") as opened:
        assert stale_frames(opened) == ({"": {1, 2, 3, 4}}, "")
        assert FrameLists().make(folder, opened.shot).stale_labels == ((1, 4),)
        finish(classify_job(opened, first=2, last=LAST))
        (state, other) = output_states(opened).outputs
        assert state.notes == ("output 'labels': labels are stale on frame 1: classify first to have them new",) and not state.refused
        assert "labels are stale on frame 1" in other.notes[0]
    assert main(["export", str(folder), "--plan"]) == 0 and "labels are stale on frame 1" in capsys.readouterr().out
    assert main(["check", str(folder)]) == 0 and "labels by 'warm' are stale on frame 1: classify" in capsys.readouterr().out
    assert main(["export", str(folder)]) == 0 and "labels are stale on frame 1" in capsys.readouterr().out
    assert main(["classify", str(folder)]) == 0 and main(["export", str(folder), "--plan"]) == 0
    assert "are stale" not in capsys.readouterr().out.partition("wrote")[2]


def test_labels_leave_as_pictures_and_as_a_movie_of_the_footages_length(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = (
        Output("index", "class_png"),
        Output("colours", "class_png", values={"holds": "color"}),
        Output("seen", "class_video", values={"layout": "alone", "rate": 25.0, "quality": 5}),
    )
    save(folder, outputs=outputs).close()
    assert main(["export", str(folder)]) == 1
    assert (
        "there are no labels by 'warm' on frames 1 to 6: run classify first, or export what there is (--incomplete)"
        in capsys.readouterr().err
    )
    assert main(["classify", str(folder)]) == 0 and main(["export", str(folder)]) == 0 and main(["export", str(folder), "--verify"]) == 0
    index = cv2.imread(str(folder / "exports" / "index" / "disk_0002.png"), cv2.IMREAD_UNCHANGED)
    colours = cv2.imread(str(folder / "exports" / "colours" / "disk_0002.png"))[..., ::-1]
    assert set(np.unique(index)) == {0, 1} and (colours[index == 1] == (255, 128, 0)).all() and not colours[index == 0].any()
    with av.open(str(folder / "exports" / "seen.mp4")) as movie:
        frames = [frame.to_ndarray(format="rgb24") for frame in movie.decode(video=0)]
        assert len(frames) == COUNT and movie.streams.video[0].average_rate == 25
    assert np.abs(frames[1].astype(int) - colours).mean() < 6
    with OpenShot(folder) as opened:
        assert finish(export_job(opened)).fresh == 2 * COUNT + 1
        opened.shot = dataclasses.replace(opened.shot, classes=dataclasses.replace(opened.shot.classes, edges="picture"))
        finish(classify_job(opened))
        assert finish(export_job(opened)).written == 2 * COUNT + 1


def test_the_server_classifies_lists_networks_and_prompts(folder: Path) -> None:
    save(folder, WARM).close()
    served = Served()

    def answer(method: str, params: object) -> dict[str, Any]:
        number = served.ask(method, params)
        while (message := served.next()).get("id") != number:
            pass
        return message["result"]

    try:
        answer("initialize", Initialize())
        told = answer("networks", ListNetworks())["networks"]
        assert next(one for one in told if one["name"] == "warm")["fetched"] is False
        assert answer("classify", ShotJob(str(folder)))["written"] == 3 * COUNT
        asked = PromptClasses(str(folder), "new", ("warm",), 4)
        assert [one["frame"] for one in answer("prompt_classes", asked)["seeded"]] == [1, 5]
    finally:
        served.close()
