"""Clicks: what `track` makes of the same prompts on that frame, while the user still gives them, and beside a job."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import moving_shape
import numpy as np
import numpy.typing as npt
import pytest
from served import PATIENCE, Served

from engine import shot
from engine.jobs import OpenShot, Resources, run_job, track_job
from engine.jobs.click import Clicks
from engine.refine.logits import enlarge
from engine.shot import mapped
from engine.shot import messages as m

FIRST, COUNT = moving_shape.FIRST, 3
WIDTH, HEIGHT = moving_shape.WIDTH, moving_shape.HEIGHT


@pytest.fixture(scope="module")
def resources() -> Resources:
    """One model for all these tests."""
    return Resources()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    moving_shape.write_sequence(tmp_path / "pictures", COUNT)
    place = tmp_path / "shot.mattewright"
    place.mkdir()
    return place


@pytest.fixture
def clicks(resources: Resources) -> Iterator[Clicks]:
    made = Clicks(resources)
    yield made
    made.close()


def document(*prompts: shot.Prompts) -> shot.Shot:
    """A draft: half the model's resolution."""
    footage = shot.Footage(f"../pictures/disk_{FIRST}.png", "sequence", WIDTH, HEIGHT, COUNT, frame_start=FIRST)
    objects = (shot.ShotObject("disk", prompts=prompts),)
    return shot.Shot("disk", footage, shot.FrameRange(FIRST, FIRST + COUNT - 1), objects, tracking=shot.Tracking(size=512))


def middle(frame: int = FIRST) -> tuple[float, float]:
    rows, columns = np.nonzero(moving_shape.truth(frame - FIRST))
    return float(columns.mean()), float(rows.mean())


def point(frame: int = FIRST, positive: bool = True) -> shot.Prompts:
    return shot.Prompts(frame, points=(shot.Point(*middle(frame), positive),))


def request(folder: Path, file: Path, prompts: shot.Prompts, **changed: Any) -> m.Click:
    return dataclasses.replace(m.Click(str(folder / "shot.json"), "disk", prompts, str(file), 0, document()), **changed)


def pixels(file: Path, slot: int = 0) -> npt.NDArray[np.uint8]:
    with mapped.map_file(file, WIDTH, HEIGHT) as content:
        return np.frombuffer(content[:], np.uint8).reshape(2, HEIGHT, WIDTH)[slot]


def test_a_click_shows_what_track_will_make_of_it(folder: Path, file: Path, clicks: Clicks, resources: Resources) -> None:
    done = clicks.make(request(folder, file, point(), slot=1))
    assert (done.object, done.frame, done.slot, done.width, done.height, done.tracked) == ("disk", FIRST, 1, WIDTH, HEIGHT, True)
    shown = pixels(file, 1)
    assert not pixels(file, 0).any() and set(np.unique(shown)) == {0, 255}
    rows, columns = np.nonzero(shown)
    assert done.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert sorted(path.name for path in folder.iterdir()) == [], "nothing is written to the store"
    (folder / "shot.json").write_text(shot.to_json(document(point())), encoding="utf-8")
    with OpenShot(folder, resources) as opened:
        for _ in track_job(opened, (), FIRST, FIRST):
            pass
        logits = opened.store.read_logits("disk", FIRST).logits
    assert np.array_equal(shown > 0, enlarge(logits, (HEIGHT, WIDTH)) > 0)


def test_a_click_shows_what_the_chain_makes_of_it(folder: Path, file: Path, clicks: Clicks, resources: Resources) -> None:
    steps = (shot.RefineStep("threshold", {"level": 0.4}), shot.RefineStep("grow", {"pixels": 3.0}, live=True))
    refined = dataclasses.replace(document(point()), objects=(shot.ShotObject("disk", refine=steps, prompts=(point(),)),))
    done = clicks.make(request(folder, file, point(), document=refined))
    shown, looked = pixels(file), resources.embeddings.misses
    baked = dataclasses.replace(refined.objects[0], refine=tuple(dataclasses.replace(step, live=False) for step in steps))
    (folder / "shot.json").write_text(shot.to_json(dataclasses.replace(refined, objects=(baked,))), encoding="utf-8")
    with OpenShot(folder, resources) as opened:
        for _ in run_job(opened, (), FIRST, FIRST):
            pass
        assert np.array_equal(shown, opened.store.read_mask("disk", FIRST))
    rows, columns = np.nonzero(shown)
    assert done.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    asked = clicks._last
    clicks.make(request(folder, file, point(), slot=1, document=document(point())))
    assert pixels(file, 1).sum() < shown.sum() and clicks._last is asked, "the model is not asked again"
    assert resources.embeddings.misses == looked


def test_a_picture_is_looked_at_once(folder: Path, file: Path, clicks: Clicks, resources: Resources) -> None:
    clicks.make(request(folder, file, point()))
    before = resources.embeddings.misses
    x, y = middle()
    said = dataclasses.replace(point(), points=(shot.Point(x, y), shot.Point(4.0, 4.0, False)))
    clicks.make(request(folder, file, said))
    clicks.make(request(folder, file, shot.Prompts(FIRST, box=shot.Box(x - 40, y - 40, x + 40, y + 40))))
    clicks.make(request(folder, file, shot.Prompts(FIRST, scribbles=(shot.Scribble(((x - 5, y), (x + 5, y))),))))
    assert resources.embeddings.misses == before
    clicks.make(request(folder, file, point(FIRST + 1)))
    assert resources.embeddings.misses == before + 1


def test_the_thread_beside_the_jobs_keeps_its_own_steps(resources: Resources) -> None:
    model = resources.model(shot.Tracking().model, 512)
    beside = model.beside()
    assert beside.network is model.network and beside._latest is None


def test_what_is_wrong_is_one_line(folder: Path, file: Path, clicks: Clicks) -> None:
    for wrong, says in (
        (request(folder, file, point(positive=False)), "nothing says where the object is: click on it"),
        (request(folder, file, shot.Prompts(FIRST)), "nothing says where the object is"),
        (
            request(folder, file, shot.Prompts(FIRST - 5, points=(shot.Point(1, 1),))),
            f"no picture on frame {FIRST - 5}: the clip",
        ),
        (request(folder, file, shot.Prompts(FIRST + 50, points=(shot.Point(1, 1),))), f"no picture on frame {FIRST + 50}"),
        (request(folder, file, point(), object="cat"), "object 'cat': not in this shot"),
        (request(folder, file, point(), document=None), "no such shot document"),
        (request(folder, folder / "none", point()), "none: can't be written to"),
    ):
        with pytest.raises(shot.MattewrightError) as caught:
            clicks.make(wrong)
        assert says in str(caught.value) and "\n" not in str(caught.value)


def test_clicks_are_answered_while_a_job_runs_and_only_the_newest(folder: Path, file: Path, resources: Resources) -> None:
    served = Served()
    try:
        served.server._resources = resources
        served.ask("initialize", m.Initialize())
        assert "result" in served.next()
        job = served.ask("track", m.ShotJob("x"))
        assert served.busy.wait(PATIENCE)
        gate, begun = threading.Event(), threading.Event()
        maker = served.server._clicks.maker
        make = maker.make

        def held_up(request: m.Click) -> m.PreviewDone:
            begun.set()
            assert gate.wait(PATIENCE)
            done: m.PreviewDone = make(request)
            return done

        maker.make = held_up
        first = served.ask("click", request(folder, file, point()))
        assert begun.wait(PATIENCE)
        second = served.ask("click", request(folder, file, point(), slot=1))
        third = served.ask("click", request(folder, file, point(), slot=1))
        answer = served.next()
        assert (answer["id"], answer["error"]["code"]) == (second, m.SUPERSEDED)
        gate.set()
        for number in (first, third):
            answer = served.next()
            assert answer["id"] == number and answer["result"]["tracked"], answer
        assert pixels(file, 1).any() and np.array_equal(pixels(file, 0), pixels(file, 1))
        served.let_go.set()
        assert served.next() == m.response(job, m.JobDone(1, 0))
    finally:
        served.close()
