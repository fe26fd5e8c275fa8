"""When the whole shot is refined after a chain has changed, and when it is not: with a clock and a job of the test's own."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from mattewright.addon.preview.wanted import Wanted
from mattewright.addon.preview.whole_shot import PATIENCE, WholeShot
from mattewright.engine.shot import Footage, FrameRange, MattewrightError, RefineStep, Shot, ShotObject

FOOTAGE = Footage("plate_0001.png", "sequence", 64, 48, 10)


class Bench:
    """A clock, a session and a start that remembers what it was asked for."""

    def __init__(self) -> None:
        self.time = 0.0
        self.session = SimpleNamespace(running=None, cancelled=0)
        self.session.cancel = self.cancel
        self.started: list[tuple[str, float]] = []
        self.refuses = False
        self.whole = WholeShot(self.session, self.start, lambda: self.time)

    def cancel(self) -> None:
        self.session.cancelled += 1
        self.session.running = None

    def start(self, wanted: Wanted) -> object:
        if self.refuses:
            raise MattewrightError("no")
        level = wanted.shot.object(wanted.object).refine[0].values["level"]
        self.started.append((wanted.object, level))
        self.session.running = object()
        return self.session.running

    def look(self, level: float, seconds: float = 0.05, name: str = "fox", frame: int = 1) -> None:
        self.time += seconds
        objects = tuple(ShotObject(one, refine=(RefineStep("threshold", {"level": level}),)) for one in ("fox", "leaf"))
        shot = Shot("clip", FOOTAGE, FrameRange(1, 10), objects)
        self.whole.look(Wanted("clip", Path("store"), name, frame, shot, (0, 0)))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_nothing_is_made_until_a_value_has_changed(bench: Bench) -> None:
    for frame in range(1, 9):
        bench.look(0.5, 10.0, frame=frame)
    bench.look(0.5, 10.0, name="leaf")
    assert bench.started == []


def test_a_drag_is_one_job_with_its_last_value(bench: Bench) -> None:
    for level in (0.5, 0.4, 0.3, 0.2):
        bench.look(level, PATIENCE / 2)
    assert bench.started == []
    bench.look(0.2, PATIENCE / 2)
    bench.look(0.2, PATIENCE)
    assert bench.started == [("fox", 0.2)]
    bench.session.running = None
    bench.look(0.2, 10.0)
    assert bench.started == [("fox", 0.2)], "once"


def test_a_change_meanwhile_stops_our_job_and_begins_again(bench: Bench) -> None:
    bench.look(0.5)
    bench.look(0.4)
    bench.look(0.4, PATIENCE)
    bench.look(0.3)
    assert bench.session.cancelled == 1
    bench.look(0.3, PATIENCE)
    assert bench.started == [("fox", 0.4), ("fox", 0.3)]


def test_values_that_differ_from_frame_to_frame_are_no_change(bench: Bench) -> None:
    for frame in range(1, 9):
        bench.look(frame / 10, PATIENCE, frame=frame)
        bench.look(frame / 10, PATIENCE, frame=frame)
    assert bench.started == []
    bench.look(0.5, frame=8)
    bench.look(0.5, PATIENCE, frame=8)
    assert bench.started == [("fox", 0.5)]


def test_another_job_is_waited_for_and_not_stopped(bench: Bench) -> None:
    bench.look(0.5)
    bench.session.running = object()
    bench.look(0.4)
    bench.look(0.4, 10.0)
    assert bench.started == [] and bench.session.cancelled == 0
    bench.session.running = None
    bench.look(0.4)
    assert bench.started == [("fox", 0.4)]


def test_what_cannot_be_made_is_not_asked_for_again_and_again(bench: Bench) -> None:
    bench.refuses = True
    bench.look(0.5)
    bench.look(0.4)
    bench.look(0.4, 10.0)
    bench.refuses = False
    bench.look(0.4, 10.0)
    assert bench.started == []
    bench.whole.forget()
    bench.look(0.1, 10.0)
    bench.look(0.1, 10.0)
    assert bench.started == []
