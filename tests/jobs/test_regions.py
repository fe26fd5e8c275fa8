"""A frame's regions in the store, and objects picked among them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import moving_shape
import numpy as np
import pytest
from weights import sam2_tiny  # noqa: F401 - a fixture

from engine import shot
from engine.jobs import OpenShot, Progress, Resources
from engine.jobs.pick import pick
from engine.jobs.regions import RegionsMade, regions_job
from engine.segment import automatic
from engine.shot import Box, FrameRange, Layout, MattewrightError, Point, Prompts, Shot, ShotObject
from engine.shot.regions import Choice, Region, RegionList, RegionSettings, read_regions
from engine.store import Store, pictures
from engine.store.regions import read_labels, write_regions

FIRST = moving_shape.FIRST
WIDTH, HEIGHT = moving_shape.WIDTH, moving_shape.HEIGHT
COARSE = RegionSettings(grid=5)


def write_document(folder: Path, footage: Path, *objects: ShotObject) -> Shot:
    media = shot.Footage(footage.as_posix(), "sequence", WIDTH, HEIGHT, 3, frame_start=FIRST)
    made = Shot("disk", media, FrameRange(FIRST, FIRST + 2), objects)
    folder.mkdir(exist_ok=True)
    (folder / "shot.json").write_text(shot.to_json(made), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return moving_shape.write_sequence(tmp_path_factory.mktemp("Bilder é"), 3)


def iou(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / (one | other).sum())


# --- making them, with the real weights


@pytest.fixture(scope="module")
def resources(sam2_tiny: str) -> Resources:  # noqa: F811
    return Resources("cpu")


def made_in(
    folder: Path, resources: Resources, settings: RegionSettings = COARSE, frame: int = FIRST
) -> tuple[RegionsMade, list[Progress]]:
    seen = []
    with OpenShot(folder, resources) as opened:
        job = regions_job(opened, frame, settings)
        while True:
            try:
                seen.append(next(job))
            except StopIteration as end:
                return end.value, seen


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "regions").iterdir())}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, footage: Path, resources: Resources) -> Path:
    folder = tmp_path_factory.mktemp("Größe.mattewright")
    write_document(folder, footage)
    made, seen = made_in(folder, resources)
    assert not made.fresh
    assert [(progress.stage, progress.done, progress.total, progress.frame) for progress in seen] == [
        ("regions", done, 7, FIRST) for done in range(1, 8)
    ]
    return folder


def test_the_files_say_the_same(store: Path) -> None:
    labels, listed = read_labels(Layout(store), FIRST)
    assert (listed.frame, listed.width, listed.height, listed.settings) == (FIRST, WIDTH, HEIGHT, COARSE)
    assert set(np.unique(labels)) - {0} == {region.number for region in listed.regions}
    assert [region.area for region in listed.regions] == [int((labels == region.number).sum()) for region in listed.regions]
    colours = cv2.imdecode(np.frombuffer(Layout(store).regions(FIRST, "colours").read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert colours is not None and colours.shape == (HEIGHT, WIDTH, 3)
    assert sorted(files(store)) == [f"regions_{FIRST}.json", f"regions_{FIRST}.png", f"regions_{FIRST}_colours.png"]
    number = int(labels[round(moving_shape.centre(0)[1]), round(moving_shape.centre(0)[0])])
    assert number and iou(labels == number, moving_shape.truth(0)) > 0.9


def test_asked_again_nothing_is_made_anew(store: Path, resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automatic, "find", None)
    before = files(store)
    made, seen = made_in(store, resources)
    assert made.fresh and seen == [] and files(store) == before
    assert made.regions == read_regions(Layout(store).regions(FIRST, "list"))


def test_two_runs_write_the_same_bytes(store: Path, footage: Path, resources: Resources, tmp_path: Path) -> None:
    write_document(tmp_path / "again", footage)
    made_in(tmp_path / "again", Resources("cpu"))
    assert files(tmp_path / "again") == files(store)


@pytest.mark.parametrize("file", ["labels", "colours", "list"])
@pytest.mark.parametrize("how", ["lost", "cut short"])
def test_a_damaged_file_is_made_anew(store: Path, resources: Resources, file: Any, how: str) -> None:
    before = files(store)
    path = Layout(store).regions(FIRST, file)
    if how == "lost":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-20])
    made, _ = made_in(store, resources)
    assert not made.fresh and files(store) == before


def test_other_settings_and_other_pictures_are_other_regions(footage: Path, resources: Resources, tmp_path: Path) -> None:
    write_document(tmp_path, footage)
    plain = RegionSettings(grid=1)
    one = made_in(tmp_path, resources, plain)[0].regions.key
    assert made_in(tmp_path, resources, dataclasses.replace(plain, least_score=0.7))[0].regions.key != one
    there, _ = made_in(tmp_path, resources, plain, FIRST + 1)
    assert there.regions.key != one and not there.fresh
    spelt_out = dataclasses.replace(plain, least_area=plain.pixels(WIDTH, HEIGHT))
    assert made_in(tmp_path, resources, spelt_out, FIRST + 1)[0].fresh, "the default, said in full"


def test_a_cancel_between_two_batches_writes_nothing(footage: Path, resources: Resources, tmp_path: Path) -> None:
    write_document(tmp_path, footage)
    with OpenShot(tmp_path, resources) as opened:
        job = regions_job(opened, FIRST, COARSE)
        next(job)
        job.close()
    assert files(tmp_path) == {}


@pytest.mark.parametrize("frame", [FIRST - 1, FIRST + 3])
def test_a_frame_without_a_picture_is_refused(store: Path, resources: Resources, frame: int) -> None:
    with pytest.raises(MattewrightError, match=rf"no picture on frame {frame}: the clip is frames {FIRST} to {FIRST + 2}"):
        made_in(store, resources, frame=frame)


# --- picking, without a model


def region(number: int, labels: np.ndarray, within: int | None = None) -> Region:
    rows, columns = np.nonzero(labels == number)
    box = Box(float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))
    return Region(number, len(rows), box, 0.9, 0.95, (columns[0] + 0.5, rows[0] + 0.5), within)


def write_some(folder: Path, count: int = 4, frame: int = FIRST) -> np.ndarray:
    """Stripes, of which the last is within the first; nothing on the right."""
    labels = np.zeros((HEIGHT, WIDTH), np.uint16)
    for number in range(1, count + 1):
        labels[:, 10 * number - 10 : 10 * number] = number
    listed = RegionList(
        "key", frame, WIDTH, HEIGHT, COARSE, tuple(region(n, labels, 1 if n == count else None) for n in range(1, count + 1))
    )
    write_regions(Layout(folder), labels, np.zeros((HEIGHT, WIDTH, 3), np.uint8), listed)
    return labels


DISK = ShotObject("disk", prompts=(Prompts(FIRST, (Point(90, 90),)), Prompts(FIRST + 1, (Point(5, 5),))))

Change = Callable[..., Choice]


@pytest.fixture
def folder(tmp_path: Path, footage: Path) -> Path:
    write_document(tmp_path / "shot", footage, DISK)
    return tmp_path / "shot"


def document(folder: Path) -> Shot:
    return shot.read(folder / "shot.json")


def mask_of(folder: Path, made: Shot, name: str, frame: int = FIRST) -> np.ndarray:
    said = next(prompts for prompts in made.object(name).prompts if prompts.frame == frame)
    assert said.mask is not None
    shot.check(made)
    pixels = pictures.read(folder / said.mask)
    assert set(np.unique(pixels)) <= {0, 255}
    return pixels > 127


def test_several_regions_become_one_object(folder: Path) -> None:
    labels = write_some(folder)
    made, (picked,) = pick(folder, document(folder), FIRST, Choice((3, 1), ((25.0, 20.0), (5.5, 0.0)), "fence"))
    assert (picked.object, picked.regions, picked.area) == ("fence", (3, 1), 2 * 10 * HEIGHT)
    np.testing.assert_array_equal(mask_of(folder, made, "fence"), np.isin(labels, [1, 3]))
    assert made.object("fence").color == picked.color != ShotObject("x").color
    assert made.object("disk") == DISK
    assert picked.mask.startswith("objects/fence/prompts/fence_1001_")


def test_each_region_becomes_an_object(folder: Path) -> None:
    labels = write_some(folder)
    made, picked = pick(folder, document(folder), FIRST, Choice((2, 4), each=True))
    assert [one.object for one in picked] == ["region 2", "region 4"]
    assert picked[0].color != picked[1].color
    for number in (2, 4):
        np.testing.assert_array_equal(mask_of(folder, made, f"region {number}"), labels == number)
    write_some(folder, frame=FIRST + 1)
    there, (other,) = pick(folder, made, FIRST + 1, Choice((2,)))
    assert other.object == "region 2 of frame 1002", "region 2 of another frame is another thing"
    assert there.object("region 2") == made.object("region 2")


def test_the_parts_of_a_region_come_along_when_asked(folder: Path) -> None:
    labels = write_some(folder)
    made, (picked,) = pick(folder, document(folder), FIRST, Choice((1,), object="whole", with_parts=True))
    assert picked.regions == (1, 4)
    np.testing.assert_array_equal(mask_of(folder, made, "whole"), np.isin(labels, [1, 4]))


def test_prompts_that_are_there_are_not_lost(folder: Path) -> None:
    write_some(folder)
    before = (folder / "shot.json").read_bytes()
    with pytest.raises(MattewrightError, match="object 'disk' has prompts on frame 1001 already: replace them, extend its mask, or name"):
        pick(folder, document(folder), FIRST, Choice((1,), object="disk"))
    assert (folder / "shot.json").read_bytes() == before and not (folder / "objects").exists()
    made, _ = pick(folder, document(folder), FIRST, Choice((1,), object="disk", replace=True))
    here, other = made.object("disk").prompts
    assert (here.points, other) == ((), DISK.prompts[1])
    made, _ = pick(folder, document(folder), FIRST, Choice((1,), object="disk", extend=True))
    here, other = made.object("disk").prompts
    assert (here.points, other) == (DISK.prompts[0].points, DISK.prompts[1])
    write_some(folder, frame=FIRST + 2)
    made, _ = pick(folder, document(folder), FIRST + 2, Choice((1,), object="disk"))
    assert made.object("disk").prompts[:2] == DISK.prompts


def test_a_mask_is_extended_and_the_one_before_stays_for_undo(folder: Path) -> None:
    labels = write_some(folder)
    made, (first,) = pick(folder, document(folder), FIRST, Choice((1,), object="fence"))
    content = (folder / first.mask).read_bytes()
    made, (second,) = pick(folder, made, FIRST, Choice((), ((25.0, 3.0),), "fence", extend=True))
    np.testing.assert_array_equal(mask_of(folder, made, "fence"), np.isin(labels, [1, 3]))
    assert second.mask != first.mask and (folder / first.mask).read_bytes() == content
    assert second.area == 20 * HEIGHT


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        (Choice((5,)), "no region 5: they are numbered from 1 to 4"),
        (Choice((), ((200.0, 5.0),)), "no region at (200, 5)"),
        (Choice((), ((5.0, HEIGHT + 1.0),)), f"(5, {HEIGHT + 1}) is outside the picture, which is {WIDTH} x {HEIGHT} pixels"),
        (Choice(), "nothing was picked"),
        (Choice((1,), object="fence", each=True), "leave out the object"),
        (Choice((1,), extend=True), "say which object"),
        (Choice((1,), object="DISK"), "same folder name"),
    ],
)
def test_what_can_not_be_picked_says_why_and_writes_nothing(folder: Path, choice: Choice, says: str) -> None:
    write_some(folder)
    with pytest.raises(MattewrightError) as caught:
        pick(folder, document(folder), FIRST, choice)
    assert says in str(caught.value) and "\n" not in str(caught.value)
    assert not (folder / "objects").exists()


def test_the_far_edge_is_the_last_pixels(folder: Path) -> None:
    labels = write_some(folder, WIDTH // 10)
    _, (picked,) = pick(folder, document(folder), FIRST, Choice((), ((float(WIDTH), float(HEIGHT)),)))
    assert picked.regions == (int(labels[-1, -1]),)


def test_regions_that_are_not_there_or_not_of_one_piece_are_refused(folder: Path, footage: Path) -> None:
    made = document(folder)
    with pytest.raises(MattewrightError, match="frame 1001 has no regions yet: make them first"):
        pick(folder, made, FIRST, Choice((1,)))
    write_some(folder)
    layout = Layout(folder)
    good = layout.regions(FIRST, "list").read_text("utf-8")
    for bad, says in (
        (good.replace('"key": "key"', '"key": "other"'), "not of the same making"),
        (good[:-9], "damaged"),
        (good.replace('"number": 2', '"number": 7'), "damaged"),
        (good.replace(f'"width": {WIDTH}', '"width": 10'), "not of the same making"),
    ):
        assert bad != good
        layout.regions(FIRST, "list").write_text(bad, encoding="utf-8")
        with pytest.raises(MattewrightError, match=says):
            pick(folder, made, FIRST, Choice((1,)))
    layout.regions(FIRST, "list").write_text(good, encoding="utf-8")
    larger = dataclasses.replace(made, footage=dataclasses.replace(made.footage, width=640))
    with pytest.raises(MattewrightError, match="320 x 180, the footage is 640 x 180: make the frame's regions anew"):
        pick(folder, larger, FIRST, Choice((1,)))
    layout.regions(FIRST, "labels").unlink()
    with pytest.raises(MattewrightError, match="gone"):
        pick(folder, made, FIRST, Choice((1,)))


def test_a_frame_with_no_regions_says_what_to_do(folder: Path) -> None:
    empty = RegionList("key", FIRST, WIDTH, HEIGHT, COARSE, ())
    write_regions(Layout(folder), np.zeros((HEIGHT, WIDTH), np.uint16), np.zeros((HEIGHT, WIDTH, 3), np.uint8), empty)
    assert read_labels(Layout(folder), FIRST)[1] == empty
    with pytest.raises(MattewrightError, match="frame 1001: has no regions: make them anew with a lower least score"):
        pick(folder, document(folder), FIRST, Choice((), ((5.0, 5.0),)))


@pytest.mark.parametrize("count", [0, 255, 256, 700])
def test_label_images_hold_every_number(tmp_path: Path, count: int) -> None:
    labels = np.arange(30 * 40, dtype=np.uint16).reshape(30, 40)
    labels[labels > count] = 0
    regions = tuple(region(number, labels) for number in range(1, count + 1))
    write_regions(Layout(tmp_path), labels, np.zeros((30, 40, 3), np.uint8), RegionList("key", 7, 40, 30, COARSE, regions))
    found, listed = read_labels(Layout(tmp_path), 7)
    np.testing.assert_array_equal(found, labels)
    assert listed.regions == regions
    depth = Layout(tmp_path).regions(7, "labels").read_bytes()[24]
    assert depth == (16 if count > 255 else 8)


def test_a_picked_mask_is_what_the_prompt_gives(folder: Path, resources: Resources) -> None:
    labels = write_some(folder)
    made, _ = pick(folder, document(folder), FIRST, Choice((2,), object="fence"))
    (folder / "shot.json").write_text(shot.to_json(made), encoding="utf-8")
    from engine.jobs import run_job

    with OpenShot(folder, resources) as opened:
        assert [progress.frame for progress in run_job(opened, ["fence"], FIRST, FIRST)]
    assert iou(Store(folder).read_mask("fence", FIRST) > 127, labels == 2) > 0.9
