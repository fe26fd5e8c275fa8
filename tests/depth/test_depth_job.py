"""The depth job and what measures its pictures: whole files, the same bytes after a stop, masks that know when depth changes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import moving_shape
import numpy as np
import own_networks
import pytest
from served import Served

from engine import shot
from engine.footage import probe
from engine.jobs import OpenShot, depth_job, refine_job
from engine.jobs.masks import measures_depth
from engine.jobs.preview import Previews
from engine.segment.tracker import Prediction
from engine.shot import mapped
from engine.shot.fields import load
from engine.shot.messages import Initialize, JobDone, Preview, ShotJob
from engine.store import Store, pictures
from engine.store.depth import DEPTH, read_depth

COUNT = 4
NEAR = shot.RefineStep("picture_threshold", {"on": "depth", "level": 0.5})


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> shot.Shot:
    """A disk over a ground, seen by a network for which what is bright is near."""
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path / "models ä"))
    own_networks.bright_is_near(tmp_path / "models ä")
    footage = probe(moving_shape.write_sequence(tmp_path / "clip ü", COUNT))
    prompts = (shot.Prompts(footage.frames().first, (shot.Point(20, 20),)),)
    objects = (shot.ShotObject("it", prompts=prompts, refine=(shot.RefineStep("threshold"), NEAR)),)
    return shot.Shot("x", footage, footage.frames(), objects, depth=shot.Depth("bright", 0.5))


def made(folder: Path, document: shot.Shot, stop_after: int = 0, **span: int) -> tuple[int, int]:
    """Files written and found fresh; or stopped after so many."""
    folder.mkdir(exist_ok=True)
    with OpenShot(folder, shot=document) as opened:
        job = depth_job(opened, **span)
        for count in range(1, 1000):
            try:
                next(job)
            except StopIteration as end:
                return end.value.written, end.value.fresh
            if count == stop_after:
                job.close()
                break
    return stop_after, 0


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "depth" / "bright").iterdir())}


def test_depth_is_as_large_as_the_picture_and_fresh_the_second_time(tmp_path: Path, document: shot.Shot) -> None:
    assert made(tmp_path / "store", document) == (COUNT, 0)
    first = document.range.first
    path = shot.Layout(tmp_path / "store").depth("bright", first)
    found = read_depth(path)
    assert found.shape == (moving_shape.HEIGHT, moving_shape.WIDTH) and 0 <= found.min() < found.max() <= 1.2
    assert made(tmp_path / "store", document) == (0, COUNT)
    assert made(tmp_path / "store", dataclasses.replace(document, depth=shot.Depth("bright", 0.6))) == (COUNT - 1, 1)
    import OpenImageIO

    header = OpenImageIO.ImageInput.open(str(path)).spec()
    assert header.getattribute(DEPTH) == "inverse" and header.channelnames == ("Y",) and str(header.format) == "half"


def test_a_run_that_was_stopped_and_one_over_a_part_leave_the_same_bytes(tmp_path: Path, document: shot.Shot) -> None:
    made(tmp_path / "whole", document)
    made(tmp_path / "parts", document, stop_after=2)
    assert len(files(tmp_path / "parts")) == 2
    first = document.range.first
    assert made(tmp_path / "parts", document, first=first + 2, last=first + 2) == (1, 2), "what is steadied goes on from the first frame"
    assert made(tmp_path / "parts", document)[0] == COUNT - 3
    assert files(tmp_path / "parts") == files(tmp_path / "whole")


def test_without_steadying_a_frame_needs_no_other(tmp_path: Path, document: shot.Shot) -> None:
    alone = dataclasses.replace(document, depth=shot.Depth("bright", 0.0))
    last = document.range.last
    assert made(tmp_path / "part", alone, first=last, last=last) == (1, 0)
    made(tmp_path / "whole", alone)
    name = f"depth_{last:04d}.exr"
    assert files(tmp_path / "part") == {name: files(tmp_path / "whole")[name]}


def test_a_network_that_is_not_there_is_said(tmp_path: Path, document: shot.Shot) -> None:
    with pytest.raises(shot.MattewrightError, match=r"network 'no': not known.*known for depth: bright, fastdepth"):
        made(tmp_path, dataclasses.replace(document, depth=shot.Depth("no")))


def refined(folder: Path, document: shot.Shot) -> tuple[int, int]:
    with OpenShot(folder, shot=document) as opened:
        job = refine_job(opened)
        while True:
            try:
                next(job)
            except StopIteration as end:
                return end.value.written, end.value.fresh


@pytest.fixture
def tracked(tmp_path: Path, document: shot.Shot) -> Path:
    """The store, with an object that is everywhere."""
    store = Store(tmp_path / "tracked")
    store.prepare("it", "logits")
    for frame in document.range:
        store.write_logits("it", frame, Prediction(np.full((256, 256), 20, np.float16), 0.9), f"{frame}")
    return store.root


def test_masks_by_depth_are_what_depth_says_and_change_with_it(tracked: Path, document: shot.Shot) -> None:
    made(tracked, document)
    assert refined(tracked, document) == (COUNT, 0)
    assert refined(tracked, document) == (0, COUNT)
    first = document.range.first
    depth = read_depth(shot.Layout(tracked).depth("bright", first))
    assert np.array_equal(Store(tracked).read_mask("it", first) == 255, depth > 0.5) and 0.01 < (depth > 0.5).mean() < 0.99
    changed = dataclasses.replace(document, depth=shot.Depth("bright", 0.9))
    made(tracked, changed)
    written, fresh = refined(tracked, changed)
    assert written == COUNT - 1 and fresh == 1, "the first frame holds on to none, and its key knows it"


def test_without_depth_masks_say_so_and_the_others_are_made(tracked: Path, document: shot.Shot) -> None:
    first = document.range.first
    made(tracked, document, first=first, last=first + 1)
    with pytest.raises(shot.MattewrightError, match=rf"'it': there is no depth on frames {first + 2} to {first + 3}: run depth first"):
        refined(tracked, document)
    assert [frame for frame, _ in Store(tracked).layout.files("it", "mask")] == [first, first + 1]
    made(tracked, document)
    assert refined(tracked, document) == (2, 2)


def test_a_preview_shows_what_refine_writes_or_says_that_depth_is_missing(tracked: Path, document: shot.Shot) -> None:
    first = document.range.first
    file = mapped.create(moving_shape.WIDTH, moving_shape.HEIGHT)
    previews = Previews()
    request = Preview(str(tracked), "it", first, str(file), document=document)
    try:
        with pytest.raises(shot.MattewrightError, match="run depth first"):
            previews.make(request)
        made(tracked, document)
        assert previews.make(request).tracked
        seen = np.fromfile(file, np.uint8)[: moving_shape.WIDTH * moving_shape.HEIGHT].reshape(moving_shape.HEIGHT, -1)
    finally:
        previews.close()
        mapped.remove(file)
    refined(tracked, document)
    assert np.array_equal(seen, Store(tracked).read_mask("it", first))


def test_whether_depth_is_needed_is_known_through_other_objects_too(document: shot.Shot) -> None:
    other = shot.ShotObject("other", refine=(shot.RefineStep("combine_object", {"object": "it"}),))
    plain = shot.ShotObject("plain", refine=(shot.RefineStep("threshold"),))
    whole = dataclasses.replace(document, objects=(*document.objects, other, plain))
    assert measures_depth(whole, [other], document.range) and not measures_depth(whole, [plain], document.range)
    off = dataclasses.replace(document.objects[0], refine=(dataclasses.replace(NEAR, enabled=False),))
    assert not measures_depth(dataclasses.replace(document, objects=(off,)), [off], document.range)


def test_the_server_makes_depth(tmp_path: Path, document: shot.Shot) -> None:
    (tmp_path / "shot.json").write_text(shot.to_json(document), encoding="utf-8")
    served = Served()
    try:
        served.ask("initialize", Initialize())
        served.result()
        served.ask("depth", ShotJob(str(tmp_path / "shot.json"), alone=True))
        answer, progress = served.result()
    finally:
        served.close()
    done = load(JobDone, answer)
    assert (done.written, done.fresh) == (COUNT, 0) and progress[-1]["stage"] == "depth" and progress[-1]["done"] == COUNT
    made(tmp_path / "here", document)
    assert files(tmp_path) == files(tmp_path / "here")


def test_a_depth_file_that_was_cut_is_made_again(tmp_path: Path, document: shot.Shot) -> None:
    made(tmp_path / "store", document)
    whole = files(tmp_path / "store")
    path = shot.Layout(tmp_path / "store").depth("bright", document.range.last)
    path.write_bytes(path.read_bytes()[:400])
    assert pictures.read_key(path) is None
    assert made(tmp_path / "store", document) == (1, COUNT - 1)
    assert files(tmp_path / "store") == whole
