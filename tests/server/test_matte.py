"""Previews of trimaps and alphas, and the job over JSON-RPC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from matted import FIRST, LAST, SIZE, disk, document, tracked, write
from served import Served

from engine.jobs import OpenShot, matte_job
from engine.jobs.alpha_maker import band
from engine.jobs.masks import MaskSources
from engine.jobs.matte_preview import MattePreviews
from engine.jobs.preview import Previews
from engine.matte import methods
from engine.matte.methods import Chosen
from engine.shot import FrameRange, ShotObject, mapped
from engine.shot import messages as m
from engine.store import Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tracked(tmp_path, "disk")


@pytest.fixture
def previews() -> Iterator[Previews]:
    made = Previews()
    yield made
    made.close()


def request(folder: Path, file: Path, item: ShotObject, **changed: Any) -> m.Preview:
    asked = m.Preview(str(folder / "shot.json"), "disk", FIRST, str(file), 0, document(item), show="alpha")
    return replace(asked, **changed)


def pixels(file: Path) -> npt.NDArray[np.uint8]:
    with mapped.map_file(file, SIZE[1], SIZE[0]) as content:
        return np.frombuffer(content[:], np.uint8).reshape(2, *SIZE)[0]


def alpha(folder: Path, item: ShotObject, frame: int = FIRST) -> npt.NDArray[np.uint8]:
    """What the job writes, in 8 bits."""
    write(folder, item)
    with OpenShot(folder) as opened:
        for _ in matte_job(opened, ["disk"], frame, frame):
            pass
    return np.rint(Store(folder).read_alpha("disk", frame) / 257).astype(np.uint8)


def test_a_trimap_shows_what_the_job_goes_by(folder: Path, file: Path, previews: Previews) -> None:
    item = disk(width=5.0, enabled=False)
    done = previews.make(request(folder, file, item, show="trimap"))
    write(folder, item)
    with OpenShot(folder) as opened:
        assert np.array_equal(pixels(file), band(MaskSources(opened), item, FIRST).trimap)
    assert done.tracked and not done.method and set(np.unique(pixels(file))) == {0, 128, 255}
    narrow = pixels(file)
    previews.make(request(folder, file, disk(width=9.0), show="trimap"))
    assert np.count_nonzero(pixels(file) == 128) > np.count_nonzero(narrow == 128)


def test_an_alpha_is_the_job_s_and_is_not_made_twice(folder: Path, file: Path, previews: Previews, monkeypatch: pytest.MonkeyPatch) -> None:
    done = previews.make(request(folder, file, disk()))
    shown = pixels(file)
    assert (done.tracked, done.method, done.problem) == (True, "guided", "")
    rows, columns = np.nonzero(shown)
    assert done.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    from engine.jobs import alpha_maker

    with monkeypatch.context() as context:
        context.setattr(alpha_maker, "alpha", lambda *_: pytest.fail("it is kept"))
        previews.make(request(folder, file, disk()))
    assert np.array_equal(shown, alpha(folder, disk()))
    previews.close()
    monkeypatch.setattr(alpha_maker, "alpha", lambda *_: pytest.fail("it is in its file"))
    previews.make(request(folder, file, disk()))
    assert np.array_equal(pixels(file), shown)


def test_a_locked_frame_shows_its_file_whatever_is_set(folder: Path, file: Path, previews: Previews) -> None:
    expected = alpha(folder, disk())
    locked = replace(disk(width=20.0), locked=(FrameRange(FIRST, FIRST),))
    done = previews.make(request(folder, file, locked))
    assert done.locked and np.array_equal(pixels(file), expected)


def test_nothing_tracked_and_missing_features_are_said(
    folder: Path, file: Path, previews: Previews, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not previews.make(request(folder, file, disk(), frame=LAST + 1)).tracked
    before = pixels(file)
    monkeypatch.setattr(methods, "choose", lambda name: Chosen("refiner", "1", needs_features=True, sequential=False))
    wants = type("Wants", (), {"needs_features": True, "sequential": False})()
    monkeypatch.setattr(previews._resources, "method", lambda name: wants)
    done = previews.make(request(folder, file, disk(method="refiner")))
    assert done.tracked and done.problem.startswith("refiner: the model has not looked at frame 1 yet: click on the frame")
    assert np.array_equal(pixels(file), before), "the slot is as it was"
    assert not previews._resources._models, "the model was not loaded"


def test_a_matte_is_made_over_the_wire_and_a_slow_preview_of_an_alpha_holds_up_no_other(
    folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, disk())
    served = Served()
    try:
        served.ask("initialize", m.Initialize())
        served.next()
        served.let_go.clear()
        busy = served.let_go
        made = MattePreviews.make

        def slow(self: MattePreviews, asked: m.Preview, *rest: Any) -> m.PreviewDone:
            if asked.show == "alpha":
                assert busy.wait(60)
            return made(self, asked, *rest)

        monkeypatch.setattr(MattePreviews, "make", slow)
        first = served.ask("preview", request(folder, file, disk()))
        second = served.ask("preview", request(folder, file, disk(), show="mask"))
        third = served.ask("preview", request(folder, file, disk(), show="trimap"))
        assert [served.next()["id"] for _ in range(2)] == [second, third]
        busy.set()
        answer = served.next()
        assert answer["id"] == first and answer["result"]["method"] == "guided"
        job = served.ask("matte", m.ShotJob(str(folder)))
        said = [served.next()]
        while "result" not in said[-1]:
            said.append(served.next())
        assert said[-1]["id"] == job and said[-1]["result"]["written"] == 5
        assert {one["params"]["method"] for one in said[:-1]} == {"guided"} and said[-2]["params"]["stage"] == "matte"
    finally:
        served.close()
