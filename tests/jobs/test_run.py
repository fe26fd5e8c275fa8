"""Jobs on real weights: what is made, what is left alone, and what a stop or a kill costs."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import moving_shape
import numpy as np
import pytest
from footage_fixtures import write_movie
from weights import sam2_tiny  # noqa: F401 - a fixture

from engine import shot
from engine.footage import probe
from engine.jobs import OpenShot, Outcome, Progress, Resources, make_plan, refine_job, run_job, track_job
from engine.shot import FrameRange, Point, Prompts, RefineStep, Shot, ShotObject
from engine.store import Store

COUNT = 6
FIRST = moving_shape.FIRST
LAST = FIRST + COUNT - 1


def click(frame: int, dx: float = 0.0) -> Prompts:
    """A click in the disk's middle, or `dx` pixels beside it, and the box around it."""
    x, y = moving_shape.centre(frame - FIRST)
    r = moving_shape.RADIUS + 1
    return Prompts(frame, (Point(x + dx, y),), shot.Box(x - r, max(0.0, y - r), x + r, y + r))


DISK = ShotObject("disk", prompts=(click(FIRST + 2),))


@pytest.fixture(scope="module")
def resources(sam2_tiny: str) -> Resources:  # noqa: F811
    """One loaded model for all, and one cache: each picture is encoded once in this module."""
    return Resources("cpu")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return moving_shape.write_sequence(tmp_path_factory.mktemp("pictures"), COUNT)


Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path, pictures: Path) -> Make:
    """Writes a shot's document into a store of its own."""

    def write(*objects: ShotObject, store: str = "Größe.mattewright", footage: Path = pictures, last: int = LAST) -> Path:
        folder = tmp_path / store
        folder.mkdir(exist_ok=True)
        media = shot.Footage(footage.as_posix(), "sequence", moving_shape.WIDTH, moving_shape.HEIGHT, COUNT, frame_start=FIRST)
        document = Shot("disk", media, FrameRange(FIRST, last), objects)
        (folder / "shot.json").write_text(shot.to_json(document), encoding="utf-8")
        return folder

    return write


Job = Callable[..., object]


def finish(folder: Path, resources: Resources, job: Job = run_job, **choice: object) -> tuple[list[Progress], Outcome]:
    with OpenShot(folder, resources) as opened:
        running = job(opened, **choice)
        seen: list[Progress] = []
        while True:
            try:
                seen.append(next(running))  # type: ignore[call-overload]
            except StopIteration as end:
                return seen, end.value


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted((folder / "objects").rglob("*.*"))}


def overlap(folder: Path, name: str, frame: int) -> float:
    mask, true = Store(folder).read_mask(name, frame) > 127, moving_shape.truth(frame - FIRST)
    return float((mask & true).sum() / (mask | true).sum())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, pictures: Path, resources: Resources) -> Path:
    """A store that an unbroken run has made: the reference for every other way to get there."""
    folder = tmp_path_factory.mktemp("finished")
    media = shot.Footage(pictures.as_posix(), "sequence", moving_shape.WIDTH, moving_shape.HEIGHT, COUNT, frame_start=FIRST)
    (folder / "shot.json").write_text(shot.to_json(Shot("disk", media, FrameRange(FIRST, LAST), (DISK,))), encoding="utf-8")
    seen, outcome = finish(folder, resources)
    assert outcome == Outcome(written=2 * COUNT, fresh=0, missing=())
    assert [progress.done for progress in seen] == list(range(1, COUNT + 1))
    assert {progress.total for progress in seen} == {COUNT}
    assert [progress.frame - FIRST for progress in seen] == [2, 3, 4, 5, 1, 0], "from the prompt, forward, then backward"
    return folder


def test_the_object_is_found_on_every_frame_both_ways(finished: Path) -> None:
    assert [round(overlap(finished, "disk", frame), 2) >= 0.9 for frame in range(FIRST, LAST + 1)] == [True] * COUNT


def test_a_second_run_writes_nothing_and_loads_no_model(finished: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*.*")}
    unused = Resources("cpu")
    seen, outcome = finish(finished, unused)
    assert (seen, outcome) == ([], Outcome(written=0, fresh=2 * COUNT, missing=()))
    assert unused._models == {}
    assert {path: path.stat().st_mtime_ns for path in finished.rglob("*.*")} == before


@pytest.mark.parametrize("after", [1, 3, 5])
def test_a_stopped_job_goes_on_to_the_same_bytes(make: Make, resources: Resources, finished: Path, after: int) -> None:
    folder = make(DISK)
    with OpenShot(folder, resources) as opened:
        job = run_job(opened)
        for _ in range(after):
            next(job)
        job.close()
    assert len(list(Store(folder).layout.files("disk", "mask"))) == after, "what was done is kept"
    _, outcome = finish(folder, resources)
    assert outcome.written == 2 * (COUNT - after)
    assert contents(folder) == contents(finished)


def test_a_killed_engine_loses_at_most_the_frame_in_hand(make: Make, resources: Resources, finished: Path) -> None:
    folder = make(DISK)
    command = [sys.executable, "-m", "engine", "run", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2], encoding="utf-8") as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.kill()
    assert first.startswith("track 1/6"), first
    done = [frame for frame, _ in Store(folder).layout.files("disk", "mask")]
    assert FIRST + 2 in done
    _, outcome = finish(folder, resources)
    assert outcome.fresh >= 2 * len(done)
    assert contents(folder) == contents(finished)


def test_a_lost_file_is_made_again_alone(make: Make, resources: Resources, finished: Path) -> None:
    folder = make(DISK)
    shutil.copytree(finished / "objects", folder / "objects")
    Store(folder).layout.file("disk", "logits", FIRST + 3).unlink()
    seen, outcome = finish(folder, resources)
    assert [progress.frame for progress in seen] == [FIRST + 3]
    assert outcome.written == 1, "the mask was fresh: its logits come out as they were"
    assert contents(folder) == contents(finished)


def test_damaged_and_lost_files_are_stale_and_made_again(make: Make, resources: Resources, finished: Path) -> None:
    folder = make(DISK)
    shutil.copytree(finished / "objects", folder / "objects")
    layout = Store(folder).layout
    for path in (layout.file("disk", "mask", FIRST), layout.file("disk", "logits", FIRST + 4)):
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    layout.file("disk", "mask", FIRST + 1).unlink()
    seen, outcome = finish(folder, resources, track_job)
    assert sorted(progress.frame - FIRST for progress in seen) == [0, 1, 4]
    assert outcome.written == 3
    assert contents(folder) == contents(finished)


def test_an_object_without_prompts_yet_does_not_hold_up_the_others(make: Make, resources: Resources, finished: Path) -> None:
    folder = make(DISK, ShotObject("later"))
    shutil.copytree(finished / "objects", folder / "objects")
    seen, outcome = finish(folder, resources)
    assert seen == [] and outcome.unprompted == ("later",)


def test_a_finished_store_may_be_read_only(make: Make, resources: Resources, finished: Path) -> None:
    folder = make(DISK)
    shutil.copytree(finished / "objects", folder / "objects")
    mounted = ["mount", "--bind", "-o", "ro", str(folder), str(folder)]
    if sys.platform != "linux" or subprocess.run(mounted, capture_output=True, check=False).returncode:
        pytest.skip("needs Linux and the right to mount")
    try:
        assert finish(folder, resources)[1].written == 0
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_movie_cut_short_is_said_and_every_picture_that_is_there_is_tracked(make: Make, resources: Resources, tmp_path: Path) -> None:
    clip = write_movie(tmp_path / "cut.mp4", 20)
    store = tmp_path / "cut"
    store.mkdir()
    footage = dataclasses.replace(probe(clip), path=clip.as_posix(), frame_duration=50)
    thing = ShotObject("thing", prompts=(Prompts(19, (Point(footage.width / 2, footage.height / 2),)),))
    document = Shot("cut", footage, FrameRange(18, 24), (thing,))
    (store / "shot.json").write_text(shot.to_json(document), encoding="utf-8")
    with pytest.raises(shot.MattewrightError, match=r"cut\.mp4") as refused:
        finish(store, resources)
    assert "\n" not in str(refused.value)
    made = [frame for frame, _ in Store(store).layout.files("thing", "mask")]
    assert made[:3] == [18, 19, 20] and made[-1] < 22, "the last picture may be held for one frame, as rounding of its time may ask for"


def test_another_object_disturbs_nothing(make: Make, resources: Resources, finished: Path) -> None:
    folder = make(DISK)
    shutil.copytree(finished / "objects", folder / "objects")
    before = contents(folder)
    ground = ShotObject("ground", prompts=(Prompts(FIRST, (Point(300, 10),)),))
    make(ground, DISK)
    seen, _ = finish(folder, resources)
    assert {progress.object for progress in seen} == {"ground"}
    after = contents(folder)
    assert {name: after[name] for name in before} == before
    assert len(after) == 2 * len(before)


def test_a_correction_reaches_the_neighbouring_prompted_frames_and_no_further(make: Make, resources: Resources) -> None:
    first, middle, last = click(FIRST), click(FIRST + 2), click(FIRST + 4)
    folder = make(dataclasses.replace(DISK, prompts=(first, middle, last)))
    finish(folder, resources)
    corrected = dataclasses.replace(DISK, prompts=(first, middle, click(FIRST + 4, dx=9.0)))
    make(corrected)
    seen, _ = finish(folder, resources)
    assert sorted(progress.frame - FIRST for progress in seen) == [3, 4, 5]
    at_once = make(corrected, store="at once")
    finish(at_once, resources)
    assert contents(folder) == contents(at_once), "step by step or all at once: the same"


def test_locked_frames_never_change(make: Make, resources: Resources, finished: Path) -> None:
    folder = make(DISK)
    shutil.copytree(finished / "objects", folder / "objects")
    painted = Store(folder)
    by_hand = np.zeros((moving_shape.HEIGHT, moving_shape.WIDTH), np.uint8)
    painted.write_mask("disk", FIRST + 3, by_hand, "by hand")
    changed = dataclasses.replace(
        DISK,
        prompts=(click(FIRST + 2, dx=5.0),),
        refine=(RefineStep("threshold", {"level": 0.3}),),
        locked=(FrameRange(FIRST + 3, FIRST + 3),),
    )
    before = contents(folder)
    make(changed)
    seen, _ = finish(folder, resources)
    assert FIRST + 3 not in {progress.frame for progress in seen}
    assert len(seen) == COUNT - 1
    after = contents(folder)
    assert {name: after[name] == before[name] for name in before if "1004" in name} == {
        "objects/disk/logits/disk_1004.exr": True,
        "objects/disk/mask/disk_1004.png": True,
    }


def test_a_changed_threshold_makes_masks_anew_without_the_model(make: Make, resources: Resources, finished: Path) -> None:
    folder = make(DISK)
    shutil.copytree(finished / "objects", folder / "objects")
    make(dataclasses.replace(DISK, refine=(RefineStep("threshold", {"level": {"1001": 0.5, str(FIRST + 4): 0.9}}),)))
    unused = Resources("cpu")
    seen, outcome = finish(folder, unused, refine_job)
    assert unused._models == {}
    assert outcome.written == len(seen)
    before, after = contents(finished), contents(folder)
    assert {name for name in before if "logits" in name and before[name] != after[name]} == set()
    areas = [int((Store(store).read_mask("disk", FIRST + 5) > 127).sum()) for store in (finished, folder)]
    assert areas[1] < areas[0]
    assert np.array_equal(Store(finished).read_mask("disk", FIRST + 1), Store(folder).read_mask("disk", FIRST + 1))


def test_a_changed_picture_makes_stale_what_follows_from_it(make: Make, resources: Resources, finished: Path, tmp_path: Path) -> None:
    shutil.copytree(Path(shot.read(finished / "shot.json").footage.path).parent, tmp_path / "other disk")
    folder = make(DISK, footage=tmp_path / "other disk" / f"disk_{FIRST}.png")
    shutil.copytree(finished / "objects", folder / "objects")
    with OpenShot(folder, resources) as opened:
        plan = make_plan(opened, opened.objects(), opened.frames())
        assert plan.stale_logits == 0, "the same pictures in another folder are the same footage"
    changed = tmp_path / "other disk" / f"disk_{FIRST + 4}.png"
    changed.write_bytes((tmp_path / "other disk" / f"disk_{FIRST + 5}.png").read_bytes())
    with OpenShot(folder, resources) as opened:
        plan = make_plan(opened, opened.objects(), opened.frames())
        assert [stretch.stale for stretch in plan.stretches] == [[], [FIRST + 4, FIRST + 5]]


def test_a_gap_in_the_sequence_is_said_and_passed_over(make: Make, resources: Resources, pictures: Path, tmp_path: Path) -> None:
    shutil.copytree(pictures.parent, tmp_path / "gap")
    (tmp_path / "gap" / f"disk_{FIRST + 3}.png").unlink()
    folder = make(DISK, footage=tmp_path / "gap" / pictures.name)
    _, outcome = finish(folder, resources)
    assert outcome.missing == (FIRST + 3,)
    assert [frame for frame, _ in Store(folder).layout.files("disk", "mask")] == [1001, 1002, 1003, 1005, 1006]
    assert overlap(folder, "disk", LAST) > 0.8


def test_a_part_of_the_range_is_tracked_alone(make: Make, resources: Resources) -> None:
    folder = make(DISK)
    finish(folder, resources, track_job, first=FIRST + 3, last=FIRST + 4)
    assert [frame for frame, _ in Store(folder).layout.files("disk", "mask")] == [FIRST + 2, FIRST + 3, FIRST + 4]


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ({"names": ["cup"]}, "object 'cup': not in this shot; its objects: 'disk'"),
        ({"first": 1}, "not within the shot's range"),
        ({"first": LAST, "last": FIRST}, "not within the shot's range"),
    ],
)
def test_a_wrong_choice_is_refused(make: Make, resources: Resources, choice: dict[str, object], says: str) -> None:
    with pytest.raises(shot.MattewrightError, match=says):
        finish(make(DISK), resources, **choice)


def test_a_prompt_where_there_is_no_picture_is_refused(make: Make, resources: Resources) -> None:
    lost = ShotObject("disk", prompts=(Prompts(LAST + 5, (Point(1, 1),)),))
    with pytest.raises(shot.MattewrightError, match=f"frame {LAST + 5}, where the footage has no picture"):
        finish(make(lost), resources)


def test_an_object_without_prompts_is_refused(make: Make, resources: Resources) -> None:
    with pytest.raises(shot.MattewrightError, match="has no prompts"):
        finish(make(ShotObject("disk")), resources)


def test_a_mask_prompt_of_another_size_is_refused(make: Make, resources: Resources, tmp_path: Path) -> None:
    import cv2

    (tmp_path / "mask.png").write_bytes(cv2.imencode(".png", np.zeros((8, 8), np.uint8))[1].tobytes())
    masked = ShotObject("disk", prompts=(Prompts(FIRST, mask="../mask.png"),))
    with pytest.raises(shot.MattewrightError, match="8 x 8 pixels, the footage 320 x 180"):
        finish(make(masked), resources)
    dark = np.full((moving_shape.HEIGHT, moving_shape.WIDTH), 1, np.uint8)
    (tmp_path / "mask.png").write_bytes(cv2.imencode(".png", dark)[1].tobytes())
    with pytest.raises(shot.MattewrightError, match="the brightest is 1 of 255"):
        finish(make(masked), resources)
