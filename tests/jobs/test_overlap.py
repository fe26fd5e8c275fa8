"""Several objects in one shot: who keeps a pixel, what that makes stale, and that no order of work changes the result."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import moving_shape
import numpy as np
import numpy.typing as npt
import pytest
from weights import sam2_tiny  # noqa: F401 - a fixture

from engine import shot
from engine.jobs import OpenShot, Outcome, Resources, make_plan, refine_job, run_job
from engine.segment.tracker import Prediction
from engine.shot import Footage, FrameRange, Point, Prompts, RefineStep, Shot, ShotObject
from engine.store import Store

COUNT = 4
FIRST = moving_shape.FIRST
LAST = FIRST + COUNT - 1
X, Y = moving_shape.centre(1)
DISK = ShotObject("disk", prompts=(Prompts(FIRST + 1, (Point(X, Y),)),))
LEFT = ShotObject("left", prompts=(Prompts(FIRST, box=shot.Box(X - 60, Y - 30, X, Y + 30)),))
RIGHT = ShotObject("right", prompts=(Prompts(LAST, box=shot.Box(X - 20, Y - 20, X + 80, Y + 40)),))
NAMES = ("disk", "left", "right")


def document(folder: Path, footage: Footage, *objects: ShotObject, overlap: str = "winner", last: int = LAST) -> Path:
    folder.mkdir(exist_ok=True)
    made = Shot("disk", footage, FrameRange(FIRST, last), objects, overlap=overlap)  # type: ignore[arg-type]
    (folder / "shot.json").write_text(shot.to_json(made), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    path = moving_shape.write_sequence(tmp_path_factory.mktemp("pictures"), COUNT)
    return Footage(path.as_posix(), "sequence", moving_shape.WIDTH, moving_shape.HEIGHT, COUNT, frame_start=FIRST)


@pytest.fixture(scope="module")
def resources(sam2_tiny: str) -> Resources:  # noqa: F811
    return Resources("cpu")


def finish(folder: Path, resources: Resources, job: Callable[..., object] = run_job, **choice: object) -> tuple[list[str], Outcome]:
    """What was done, as ``track left 1002``, and the outcome."""
    with OpenShot(folder, resources) as opened:
        running = job(opened, **choice)
        seen = []
        while True:
            try:
                progress = next(running)  # type: ignore[call-overload]
            except StopIteration as end:
                return seen, end.value
            seen.append(f"{progress.stage} {progress.object} {progress.frame}")


def stale(folder: Path, *names: str) -> tuple[int, int]:
    with OpenShot(folder) as opened:
        plan = make_plan(opened, opened.objects(names), opened.frames())
        return plan.stale_logits, plan.stale_masks


def contents(folder: Path, kind: str = "*.*") -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted((folder / "objects").rglob(kind))}


def masks(folder: Path, frame: int, *names: str) -> npt.NDArray[np.bool_]:
    return np.stack([Store(folder).read_mask(name, frame) > 127 for name in names or NAMES])


def assert_shared_out(folder: Path, alone: Path, *names: str) -> int:
    """No pixel in two masks, and together the masks of `alone`; how many pixels were claimed more than once there."""
    claimed = 0
    for frame in range(FIRST, LAST + 1):
        here, there = masks(folder, frame, *names), masks(alone, frame, *names)
        assert here.sum(axis=0).max() == 1
        assert np.array_equal(here.any(axis=0), there.any(axis=0))
        claimed += int((there.sum(axis=0) > 1).sum())
    return claimed


# --- by hand: logits that are written into a store, and refined


def blob(seed: int) -> Prediction:
    """A soft disk in a place of its own, at the model's resolution."""
    y, x = np.mgrid[0:256, 0:256]
    cy, cx = np.random.default_rng(seed).uniform(100, 156, 2)
    return Prediction(((60 - np.hypot(y - cy, x - cx)) / 8).astype(np.float16), 0.9)


@pytest.fixture
def by_hand(tmp_path: Path, footage: Footage) -> Path:
    """Three objects whose logits overlap on every frame, not refined yet."""
    folder = document(tmp_path / "by hand", footage, DISK, LEFT, RIGHT)
    for number, name in enumerate(NAMES):
        for frame in range(FIRST, LAST + 1):
            Store(folder).write_logits(name, frame, blob(10 * frame + number), f"{name} {frame}")
    return folder


def copied(folder: Path, to: str, footage: Footage, *objects: ShotObject, overlap: str = "winner") -> Path:
    other = folder.with_name(to)
    shutil.copytree(folder, other)
    return document(other, footage, *objects, overlap=overlap)


def test_the_masks_share_out_the_pixels_without_the_model(by_hand: Path, footage: Footage) -> None:
    unused = Resources("cpu")
    alone = copied(by_hand, "alone", footage, DISK, LEFT, RIGHT, overlap="union")
    before = contents(by_hand, "*.exr")
    for folder in (by_hand, alone):
        assert finish(folder, unused, refine_job)[1].written == 3 * COUNT
    assert unused._models == {}
    assert assert_shared_out(by_hand, alone) > 1000, "or there was nothing to share out"
    assert contents(by_hand, "*.exr") == before
    assert finish(by_hand, unused, refine_job) == ([], Outcome(0, 3 * COUNT, ()))


def test_any_order_of_objects_comes_to_the_same_masks(by_hand: Path, footage: Footage) -> None:
    turned = copied(by_hand, "turned", footage, RIGHT, DISK, LEFT)
    one_by_one = copied(by_hand, "one by one", footage, DISK, LEFT, RIGHT)
    for folder in (by_hand, turned):
        finish(folder, Resources("cpu"), refine_job)
    for name in reversed(NAMES):
        finish(one_by_one, Resources("cpu"), refine_job, names=[name])
    assert contents(by_hand) == contents(one_by_one)
    for frame in range(FIRST, LAST + 1):
        assert (masks(by_hand, frame) != masks(turned, frame)).mean() < 0.001, "but for pixels where two are equal"


def test_a_part_of_the_objects_takes_the_others_masks_along(by_hand: Path) -> None:
    seen, outcome = finish(by_hand, Resources("cpu"), refine_job, names=["left"], first=FIRST, last=FIRST + 1)
    assert sorted(seen) == sorted(f"refine {name} {frame}" for name in NAMES for frame in (FIRST, FIRST + 1))
    assert outcome.written == 6
    finish(by_hand, Resources("cpu"), refine_job)
    Store(by_hand).write_logits("left", LAST, blob(77), "left, tracked again")
    seen, _ = finish(by_hand, Resources("cpu"), refine_job, names=["disk"])
    assert seen == [f"refine {name} {LAST}" for name in NAMES], "no mask is left that yields to logits that are gone"
    assert masks(by_hand, LAST).sum(axis=0).max() == 1


def test_objects_come_and_go(by_hand: Path, footage: Footage) -> None:
    two = copied(by_hand, "two", footage, DISK, LEFT)
    alone = copied(by_hand, "alone", footage, DISK, overlap="union")
    finish(two, Resources("cpu"), refine_job)
    reference = contents(two, "*.png")
    document(two, footage, DISK, LEFT, RIGHT)
    logits = contents(two, "*.exr")
    assert len(finish(two, Resources("cpu"), refine_job)[0]) == 3 * COUNT
    assert contents(two, "*.exr") == logits
    document(two, footage, DISK, LEFT)
    finish(two, Resources("cpu"), refine_job)
    assert {name: data for name, data in contents(two, "*.png").items() if "right" not in name} == reference
    document(two, footage, DISK)
    finish(two, Resources("cpu"), refine_job)
    finish(alone, Resources("cpu"), refine_job)
    disk = {name: data for name, data in contents(two, "*.png").items() if "disk" in name}
    assert disk == contents(alone, "*.png"), "who yields to nobody has the mask that stands alone, key and all"


def test_union_takes_no_notice_of_the_others(by_hand: Path, footage: Footage) -> None:
    document(by_hand, footage, DISK, LEFT, RIGHT, overlap="union")
    finish(by_hand, Resources("cpu"), refine_job, names=["disk"])
    before = contents(by_hand, "*.png")
    assert set(before) == {f"objects/disk/mask/disk_{frame}.png" for frame in range(FIRST, LAST + 1)}
    Store(by_hand).write_logits("left", FIRST, blob(99), "another")
    document(by_hand, footage, RIGHT, LEFT, DISK, overlap="union")
    assert finish(by_hand, Resources("cpu"), refine_job, names=["disk"])[1].written == 0
    assert contents(by_hand, "*.png") == before


def test_an_object_that_is_not_there_on_a_frame_takes_no_part_in_it(by_hand: Path, footage: Footage) -> None:
    finish(by_hand, Resources("cpu"), refine_job)
    for stage in ("logits", "mask"):
        Store(by_hand).layout.file("right", stage, FIRST).unlink()  # type: ignore[arg-type]
    seen, _ = finish(by_hand, Resources("cpu"), refine_job)
    assert seen == [f"refine disk {FIRST}", f"refine left {FIRST}"]


def test_locked_masks_are_never_written_and_others_yield_to_the_locked_logits(by_hand: Path, footage: Footage) -> None:
    finish(by_hand, Resources("cpu"), refine_job)
    Store(by_hand).write_mask("left", FIRST, np.zeros((moving_shape.HEIGHT, moving_shape.WIDTH), np.uint8), "by hand")
    locked = dataclasses.replace(LEFT, locked=(FrameRange(FIRST, FIRST),))
    soft = dataclasses.replace(DISK, refine=(RefineStep("threshold", {"softness": 0.2}),))
    document(by_hand, footage, soft, locked, RIGHT)
    before = contents(by_hand)
    seen, _ = finish(by_hand, Resources("cpu"), refine_job)
    assert seen == [f"refine disk {frame}" for frame in range(FIRST, LAST + 1)]
    after = contents(by_hand)
    assert {name for name in before if before[name] != after[name]} == {f"objects/disk/mask/disk_{f}.png" for f in range(FIRST, LAST + 1)}
    height, width = moving_shape.HEIGHT, moving_shape.WIDTH
    enlarged = [cv2.resize(blob(10 * FIRST + n).logits.astype(np.float32), (width, height)) for n in range(2)]
    assert not masks(by_hand, FIRST, "disk")[0][enlarged[1] > enlarged[0]].any()


def test_a_stopped_job_goes_on_to_the_same_masks(by_hand: Path, footage: Footage) -> None:
    other = copied(by_hand, "stopped", footage, DISK, LEFT, RIGHT)
    finish(by_hand, Resources("cpu"), refine_job)
    with OpenShot(other) as opened:
        job = refine_job(opened)
        for _ in range(5):
            next(job)
        job.close()
    # What was in hand when it was stopped is finished.
    assert 0 < finish(other, Resources("cpu"), refine_job)[1].written <= 3 * COUNT - 5
    assert contents(other) == contents(by_hand)


# --- with the real model


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory, footage: Footage, resources: Resources) -> tuple[Path, Path]:
    """A shot run in one go with the winner taking the pixels, and one where each mask stands alone."""
    folder = tmp_path_factory.mktemp("tracked")
    winner = document(folder / "winner", footage, DISK, LEFT, RIGHT)
    seen, outcome = finish(winner, resources)
    assert outcome == Outcome(6 * COUNT, 0, ())
    for frame in range(FIRST, LAST + 1):
        order = [entry.split()[0] for entry in seen if entry.endswith(str(frame))]
        assert order == ["track"] * 3 + ["refine"] * 3, "a mask waits for the last object's logits, and no longer"
    assert seen.index(f"refine disk {LAST}") < len(seen) - 3, "masks appear as frames are done, not all at the end"
    union = document(folder / "union", footage, DISK, LEFT, RIGHT, overlap="union")
    finish(union, resources)
    return winner, union


def test_tracking_shares_out_the_pixels_and_tracks_the_same(tracked: tuple[Path, Path]) -> None:
    winner, union = tracked
    assert assert_shared_out(winner, union) > 0
    assert contents(winner, "*.exr") == contents(union, "*.exr")
    assert stale(winner) == stale(winner, "left") == (0, 0)


def test_any_way_there_ends_the_same(tracked: tuple[Path, Path], resources: Resources, footage: Footage, tmp_path: Path) -> None:
    winner, union = tracked
    for order in (NAMES, NAMES[::-1]):
        folder = document(tmp_path / order[0], footage, DISK, LEFT, RIGHT)
        for name in order:
            finish(folder, resources, names=[name])
        assert stale(folder) == (0, 0)
        assert contents(folder) == contents(winner)
    switched = tmp_path / "switched"
    shutil.copytree(union, switched)
    document(switched, footage, DISK, LEFT, RIGHT)
    logits, masks_to_make = stale(switched)
    assert logits == 0 and masks_to_make == 3 * COUNT
    seen, _ = finish(switched, Resources("cpu"))
    assert all(entry.startswith("refine") for entry in seen)
    assert contents(switched) == contents(winner)
    document(switched, footage, DISK, LEFT, RIGHT, overlap="union")
    finish(switched, Resources("cpu"))
    assert contents(switched) == contents(union)


def test_another_object_never_tracks_the_first_again(
    tracked: tuple[Path, Path], resources: Resources, footage: Footage, tmp_path: Path
) -> None:
    winner, _ = tracked
    folder = document(tmp_path / "grown", footage, DISK, LEFT)
    finish(folder, resources)
    document(folder, footage, DISK, LEFT, RIGHT)
    assert stale(folder) == (COUNT, 3 * COUNT)
    seen, _ = finish(folder, resources, names=["right"])
    assert {entry.split()[1] for entry in seen if entry.startswith("track")} == {"right"}
    assert contents(folder) == contents(winner)


def test_a_job_stopped_while_tracking_goes_on_to_the_same_bytes(
    tracked: tuple[Path, Path], resources: Resources, footage: Footage, tmp_path: Path
) -> None:
    winner, _ = tracked
    for after in (2, 9, 14):
        folder = document(tmp_path / str(after), footage, DISK, LEFT, RIGHT)
        with OpenShot(folder, resources) as opened:
            job = run_job(opened)
            for _ in range(after):
                next(job)
            job.close()
        finish(folder, resources)
        assert contents(folder) == contents(winner)


# --- on real footage

DOGS = 6


@pytest.fixture(scope="module")
def dogs(data: Path, tmp_path_factory: pytest.TempPathFactory, sam2_tiny: str) -> Iterator[tuple[Path, list[str], Resources]]:  # noqa: F811
    """The first frames of a sequence of three objects, each prompted by its true mask on the first."""
    from PIL import Image

    source = data / "davis" / "dogs-jump"
    if not source.is_dir():
        pytest.skip(f"no such footage: {source}")
    folder = tmp_path_factory.mktemp("dogs")
    ids = np.asarray(Image.open(sorted((source / "masks").iterdir())[0]))
    objects = []
    for value in sorted(set(ids.flat) - {0}):
        Image.fromarray(((ids == value) * 255).astype(np.uint8)).save(folder / f"{value}.png")
        objects.append(ShotObject(f"dog {value}", prompts=(Prompts(1, mask=f"../{value}.png"),)))
    for number, picture in enumerate(sorted((source / "frames").iterdir())[:DOGS], 1):
        shutil.copy(picture, folder / f"frame_{number:04d}{picture.suffix}")
    first = next(folder.glob("frame_0001.*"))
    media = Footage(first.as_posix(), "sequence", ids.shape[1], ids.shape[0], DOGS)
    resources = Resources("cpu")
    for overlap in ("union", "winner"):
        (folder / overlap).mkdir()
        made = Shot("dogs", media, FrameRange(1, DOGS), tuple(objects), overlap=overlap)  # type: ignore[arg-type]
        (folder / overlap / "shot.json").write_text(shot.to_json(made), encoding="utf-8")
        finish(folder / overlap, resources)
    yield folder, [item.name for item in objects], resources


def test_real_objects_are_told_apart(dogs: tuple[Path, list[str], Resources]) -> None:
    folder, names, _ = dogs
    assert len(names) == 3
    union, winner = folder / "union", folder / "winner"
    assert contents(union, "*.exr") == contents(winner, "*.exr")
    for frame in range(1, DOGS + 1):
        here, there = masks(winner, frame, *names), masks(union, frame, *names)
        assert here.sum(axis=0).max() == 1 and np.array_equal(here.any(axis=0), there.any(axis=0))
        assert all((one & other).sum() / (one | other).sum() > 0.5 for one, other in zip(here, there, strict=True)), "little was at issue"
    assert all(earlier != later for earlier, later in pairwise(contents(winner, "*.png").values()))
