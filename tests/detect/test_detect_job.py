"""People of a real clip become objects, whose prompts are what the tracker goes by; nothing that there is already is touched."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import own_networks
import pytest
from served import Served
from weights import sam2_tiny  # noqa: F401

from engine import shot
from engine.footage import probe
from engine.jobs import OpenShot, Resources
from engine.jobs.coloured import unlike
from engine.jobs.detect import PeopleFound, detect_job
from engine.segment.tracker import Prediction
from engine.shot import messages as m
from engine.shot.fields import load
from engine.shot.people import PeopleSettings
from engine.store import Store

FRAMES = 21
EVERY = PeopleSettings(look="every", every=10)


@pytest.fixture(scope="module")
def resources() -> Resources:
    return Resources()


@pytest.fixture
def document(data: Path, sam2_tiny: str) -> shot.Shot:  # noqa: F811
    """A walker in the mountains, in a draft's size."""
    own_networks.need("yolox_tiny_people")
    footage = probe(min((data / "davis" / "hike" / "frames").iterdir()))
    return shot.Shot("hike", footage, shot.FrameRange(1, FRAMES), tracking=shot.Tracking(size=512))


def truth(data: Path, frame: int) -> np.ndarray:
    path = sorted((data / "davis" / "hike" / "masks").iterdir())[frame - 1]
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) > 0)


def found_in(folder: Path, document: shot.Shot, resources: Resources, settings: PeopleSettings = EVERY, stop_after: int = 0) -> Any:
    folder.mkdir(exist_ok=True)
    with OpenShot(folder, resources, document) as opened:
        job = detect_job(opened, settings)
        for count in range(1, 1000):
            try:
                progress = next(job)
            except StopIteration as end:
                return end.value
            assert progress.done == count
            if count == stop_after:
                job.close()
                return None


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("people ä")


def test_a_person_is_one_object_on_all_frames(store: Path, document: shot.Shot, resources: Resources, data: Path) -> None:
    found: PeopleFound = found_in(store, document, resources)
    (person,) = found.objects
    assert person.object == "Person 1" and [prompts.frame for prompts in person.prompts] == [1, 11, 21]
    assert (found.frames, found.people, found.known) == (3, 3, 0) and person.score > 0.8
    assert found.shot.objects == (shot.ShotObject("Person 1", person.color, person.prompts),)
    for prompts in person.prompts:
        rows, columns = np.nonzero(truth(data, prompts.frame))
        box = prompts.box
        assert box is not None and abs(box.right - columns.max()) < 40 and abs(box.bottom - rows.max()) < 40
    with OpenShot(store, resources, found.shot) as opened:
        mask = opened.tracker().start(opened.embedding(1), person.prompts[0], None).logits > 0
    small = cv2.resize(truth(data, 1).astype(np.uint8), (256, 256), interpolation=cv2.INTER_AREA) > 0
    assert np.count_nonzero(mask & small) > 0.6 * np.count_nonzero(mask | small)


def test_a_search_that_was_cut_off_goes_on_and_finds_the_same(
    store: Path, document: shot.Shot, resources: Resources, tmp_path: Path
) -> None:
    whole = found_in(store, document, resources)
    found_in(tmp_path / "cut", document, resources, stop_after=1)
    files = sorted((tmp_path / "cut" / "people" / "yolox_tiny_people").iterdir())
    assert [path.name for path in files] == ["people_0001.json"]
    stamp = files[0].stat().st_mtime_ns
    again = found_in(tmp_path / "cut", document, resources)
    assert again.objects == whole.objects and files[0].stat().st_mtime_ns == stamp
    names = [path.name for path in sorted((store / "people" / "yolox_tiny_people").iterdir())]
    assert names == ["people_0001.json", "people_0011.json", "people_0021.json"]
    for name in names:
        parts = [folder / "people" / "yolox_tiny_people" / name for folder in (store, tmp_path / "cut")]
        assert parts[0].read_bytes() == parts[1].read_bytes()


def test_who_is_an_object_already_stays_as_they_are(store: Path, document: shot.Shot, resources: Resources, tmp_path: Path) -> None:
    box = found_in(store, document, resources, PeopleSettings()).objects[0].prompts[0].box
    walker = shot.ShotObject("Walker", prompts=(shot.Prompts(1, (shot.Point(500, 220),), box),))
    elsewhere = shot.ShotObject("Person 1", prompts=(shot.Prompts(1, box=shot.Box(20, 300, 90, 340)),))
    known = found_in(tmp_path / "known", dataclasses.replace(document, objects=(walker,)), resources)
    assert known.objects == () and (known.people, known.known) == (3, 3) and known.shot.objects == (walker,)
    named = found_in(tmp_path / "named", dataclasses.replace(document, objects=(elsewhere,)), resources, PeopleSettings())
    assert named.shot.objects[0] == elsewhere and [one.object for one in named.objects] == ["Person 2"]
    assert named.objects[0].color != elsewhere.color


def test_who_is_in_an_object_made_of_classes_is_added_only_when_asked(
    document: shot.Shot, resources: Resources, tmp_path: Path, data: Path
) -> None:
    store = Store(tmp_path / "store")

    def classified(name: str, inside: np.ndarray) -> shot.ShotObject:
        small = cv2.resize(inside.astype(np.float32), (64, 36), interpolation=cv2.INTER_AREA)
        store.prepare(name, "logits")
        store.write_logits(name, 1, Prediction((small * 20 - 10).astype(np.float16), 0.9), name)
        return shot.ShotObject(name, classes=("person",))

    walker = truth(data, 1)
    crowd = walker.copy()
    crowd[:50, :50] = True  # somebody else, whom the detector doesn't see
    elsewhere = classified("elsewhere", ~walker)
    said = dataclasses.replace(document, objects=(elsewhere, classified("crowd", crowd)))
    found = found_in(tmp_path / "store", said, resources, PeopleSettings())
    assert found.objects == () and (found.people, found.known, found.classed) == (1, 1, ("crowd",))
    together = found_in(tmp_path / "store", said, resources, PeopleSettings(together=True))
    assert together.objects == () and together.classed == ("crowd",)
    asked = found_in(tmp_path / "store", said, resources, PeopleSettings(over_classes=True))
    assert [one.object for one in asked.objects] == ["Person 1"] and (asked.known, asked.classed) == (0, ())
    assert len(found_in(tmp_path / "store", dataclasses.replace(said, objects=(elsewhere,)), resources, PeopleSettings()).objects) == 1


def test_all_people_as_one_have_a_mask(document: shot.Shot, resources: Resources, tmp_path: Path, data: Path) -> None:
    settings = PeopleSettings(together=True, name="Crew")
    found = found_in(tmp_path / "store", document, resources, settings)
    (crew,) = found.objects
    (prompts,) = crew.prompts
    assert crew.object == "Crew" and prompts.mask is not None and prompts.box is None
    mask = cv2.imdecode(np.fromfile(tmp_path / "store" / prompts.mask, np.uint8), cv2.IMREAD_GRAYSCALE) > 0
    true = truth(data, 1)
    assert mask.shape == true.shape and np.count_nonzero(mask & true) > 0.6 * np.count_nonzero(mask | true)
    (tmp_path / "store" / prompts.mask).unlink()
    assert found_in(tmp_path / "store", document, resources, settings).objects == found.objects
    assert (tmp_path / "store" / prompts.mask).is_file(), "a mask that is gone is made again"


def test_nobody_is_no_object_and_a_network_that_is_not_there_is_said(document: shot.Shot, resources: Resources, tmp_path: Path) -> None:
    found = found_in(tmp_path / "store", document, resources, PeopleSettings(least_score=1.0))
    assert found.objects == () and found.people == 0
    with pytest.raises(shot.MattewrightError, match=r"network 'deeplab': is not one for people; known for people: yolox_tiny_people"):
        found_in(tmp_path / "store", document, resources, PeopleSettings(network="deeplab"))


def test_the_server_finds_them_and_writes_no_document(tmp_path: Path, document: shot.Shot, resources: Resources) -> None:
    served = Served()
    try:
        served.server._resources = resources
        served.ask("initialize", m.Initialize())
        served.result()
        served.ask("detect", m.DetectPeople(str(tmp_path / "shot.json"), PeopleSettings(), document=document))
        answer, progress = served.result()
    finally:
        served.close()
    done = load(m.DetectDone, answer)
    assert [one.object for one in done.objects] == ["Person 1"] and (done.frames, done.people, done.known) == (1, 1, 0)
    assert [(one["stage"], one["frame"]) for one in progress] == [("detect", 1)]
    assert not (tmp_path / "shot.json").exists()


@pytest.mark.slow
def test_the_command_writes_the_document_and_leaves_what_is_there(tmp_path: Path, document: shot.Shot, capsys: Any) -> None:
    from engine.cli.main import main

    said = shot.ShotObject("bag", prompts=(shot.Prompts(1, (shot.Point(440, 190),)),))
    (tmp_path / "shot.json").write_text(shot.to_json(dataclasses.replace(document, objects=(said,))), encoding="utf-8")
    assert main(["detect", str(tmp_path), "--score", "0.5", "--names", "Hiker"]) == 0
    told = capsys.readouterr().out
    assert "'Hiker 1' is prompted on frame 1  score 0.89" in told and "1 new object, from 1 sighting of people on 1 frame: `track`" in told
    written = shot.read(tmp_path / "shot.json")
    assert written.objects[0] == said and written.objects[1].name == "Hiker 1"


def test_colours_of_many_are_told_apart() -> None:
    import math

    colors: list[tuple[float, float, float]] = []
    for _ in range(12):
        colors.append(unlike(colors))
    assert min(math.dist(one, other) for index, one in enumerate(colors) for other in colors[:index]) > 0.2
