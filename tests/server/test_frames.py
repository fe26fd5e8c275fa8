"""What there is of each object, frame by frame: without the model, and beside a job."""

from __future__ import annotations

import dataclasses
import os
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import moving_shape
import numpy as np
import pytest

from engine import shot
from engine.jobs import OpenShot, frames, make_plan, refine_job, review
from engine.jobs.frames import FrameLists
from engine.jobs.opened import Resources
from engine.segment.tracker import Prediction
from engine.server import server
from engine.shot import messages as m
from engine.shot.fields import load
from engine.shot.framing import read_message, write_message
from engine.spans import spans_of
from engine.store import Store

FIRST, COUNT = moving_shape.FIRST, 12
PATIENCE = 60.0
"""Seconds until a test gives up; a bound against hanging, not a measurement."""
WHOLE = ((FIRST, FIRST + COUNT - 1),)


class Weightless(Resources):
    """A model's weights that are installed, as far as a plan wants to know."""

    def checksum(self, name: str) -> str:
        return "0" * 64


def write_logits(folder: Path, name: str, frame: int, key: str, jump: bool = False) -> None:
    """The disk; where it jumps, a blot in the corner."""
    inside = moving_shape.truth(frame - FIRST).astype(np.uint8)
    if jump:
        inside = np.zeros_like(inside)
        inside[:20, :30] = 1
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    soft = cv2.resize(distance, (256, 256), interpolation=cv2.INTER_LINEAR).astype(np.float16)
    Store(folder).write_logits(name, frame, Prediction(soft, 0.3 if jump else 0.95), key)


def document(*prompted: int, locked: tuple[shot.FrameRange, ...] = ()) -> shot.Shot:
    footage = shot.Footage(f"../pictures/disk_{FIRST}.png", "sequence", moving_shape.WIDTH, moving_shape.HEIGHT, COUNT, frame_start=FIRST)
    prompts = tuple(shot.Prompts(frame, (shot.Point(80.0, 60.0),)) for frame in prompted)
    objects = (shot.ShotObject("disk", prompts=prompts, locked=locked), shot.ShotObject("ring"))
    return shot.Shot("disk", footage, shot.FrameRange(FIRST, FIRST + COUNT - 1), objects)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store in which the disk is tracked from the first frame to the last, with a jump on the fifth; of the ring there is nothing."""
    moving_shape.write_sequence(tmp_path / "pictures", COUNT)
    place = tmp_path / "shot.mattewright"
    place.mkdir()
    (place / "shot.json").write_text(shot.to_json(document(FIRST)), encoding="utf-8")
    with OpenShot(place, Weightless()) as opened:
        plan = make_plan(opened, opened.objects(("disk",)), opened.frames())
    write_logits(place, "disk", FIRST, plan.starts[0].key)
    for frame, key in plan.stretches[0].keys.items():
        write_logits(place, "disk", frame, key, jump=frame == FIRST + 4)
    return place


def listed(folder: Path, said: shot.Shot | None = None, lists: FrameLists | None = None) -> m.FramesDone:
    return (lists or FrameLists(Weightless())).make(folder, said)


def refine(folder: Path) -> None:
    with OpenShot(folder, Weightless()) as opened:
        for _ in refine_job(opened, ("disk",)):
            pass


def test_before_and_after_the_masks_are_made(folder: Path) -> None:
    done = listed(folder)
    assert (done.first, done.last, done.problem) == (FIRST, FIRST + COUNT - 1, "")
    disk, ring = done.objects
    assert (disk.object, disk.tracked, disk.stale, disk.masked) == ("disk", WHOLE, WHOLE, ())
    assert ring == m.ObjectFrames("ring")
    refine(folder)
    disk, ring = listed(folder).objects
    assert (disk.tracked, disk.stale, disk.masked) == (WHOLE, (), WHOLE)


def test_a_new_prompt_makes_stale_what_follows_from_it_alone(folder: Path) -> None:
    refine(folder)
    disk = listed(folder, document(FIRST, FIRST + 8)).objects[0]
    assert disk.stale == ((FIRST + 1, FIRST + COUNT - 1),), "between two prompted frames both matter"
    locked = (shot.FrameRange(FIRST + 1, FIRST + 3),)
    disk = listed(folder, document(FIRST, FIRST + 8, locked=locked)).objects[0]
    assert disk.stale == ((FIRST + 4, FIRST + COUNT - 1),)
    disk = listed(folder, dataclasses.replace(document(FIRST), range=shot.FrameRange(FIRST + 2, FIRST + 5))).objects[0]
    assert (disk.tracked, disk.stale) == (((FIRST + 2, FIRST + 5),), ())


def test_to_lock_what_is_fresh_makes_nothing_stale_and_to_unlock_it_neither(folder: Path) -> None:
    refine(folder)
    for locked in (FIRST, FIRST + 3):  # the prompted one, and one along the way
        disk = listed(folder, document(FIRST, locked=(shot.FrameRange(locked, locked),))).objects[0]
        assert disk.stale == ()
    other = dataclasses.replace(document(FIRST).objects[0], prompts=(shot.Prompts(FIRST, (shot.Point(81.0, 60.0),)),))
    whole = document(FIRST)
    for locked in (FIRST, FIRST + 3):
        item = dataclasses.replace(other, locked=(shot.FrameRange(locked, locked),))
        stale = listed(folder, dataclasses.replace(whole, objects=(item, *whole.objects[1:]))).objects[0].stale
        assert locked not in {frame for first, last in stale for frame in range(first, last + 1)}
        assert stale[-1] == (locked + 1, FIRST + COUNT - 1), "what comes after it came from another"


def test_the_jump_is_doubtful_and_says_why(folder: Path) -> None:
    disk = listed(folder).objects[0]
    assert FIRST + 4 in [one.frame for one in disk.doubtful]
    assert all(0 <= one.confidence < 1 and one.reason and one.reason != "nothing stands out" for one in disk.doubtful)
    assert [one.frame for one in disk.doubtful] == sorted(one.frame for one in disk.doubtful)


def test_the_review_is_kept_until_a_file_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def counted(*given: Any, **named: Any) -> Any:
        calls.append(1)
        return review.review(*given, **named)

    monkeypatch.setattr(frames, "review", counted)
    lists = FrameLists(Weightless())
    first = listed(folder, None, lists)
    assert listed(folder, None, lists) == first and len(calls) == 1
    refine(folder)
    listed(folder, None, lists)
    assert len(calls) == 1, "masks are not what it looks at"
    prompted = listed(folder, document(FIRST, FIRST + 4), lists).objects[0]
    assert FIRST + 4 not in [one.frame for one in prompted.doubtful] and len(calls) == 1, "a frame that was seen to"
    write_logits(folder, "disk", FIRST + 9, "another", jump=True)
    assert lists.make(folder, None, anew=False).objects[0].doubtful == first.objects[0].doubtful and len(calls) == 1
    assert FIRST + 9 in [one.frame for one in listed(folder, None, lists).objects[0].doubtful] and len(calls) == 2


def test_without_weights_or_prompts_the_rest_is_still_known(folder: Path) -> None:
    class Missing(Resources):
        def checksum(self, name: str) -> str:
            raise shot.MattewrightError("model 'x' is not installed")

    done = FrameLists(Missing()).make(folder)
    assert done.problem == "model 'x' is not installed" and done.objects[0].tracked == WHOLE and not done.objects[0].stale
    done = listed(folder, document())
    assert done.problem == "" and done.objects[0].tracked == WHOLE


def test_it_can_be_stopped_between_two_frames(folder: Path) -> None:
    class Stopped(Exception):
        pass

    def looked() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        FrameLists(Weightless()).make(folder, None, looked)


def test_runs_of_frames() -> None:
    assert spans_of(()) == ()
    assert spans_of((7, 3, 4, 5, 9, 8)) == ((3, 5), (7, 9))


@pytest.fixture
def pipes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, queue.Queue[dict[str, Any]], threading.Event]]:
    """A server on pipes whose plans wait for the event, as a job's frames take their time."""
    go = threading.Event()

    def plan(served: server.Server, number: int, message: dict[str, Any]) -> m.JobDone:
        assert go.wait(PATIENCE)
        return m.JobDone(0, 0)

    monkeypatch.setattr(server.Server, "_plan", plan)
    requests, ours = os.pipe()
    theirs, answers = os.pipe()
    said: queue.Queue[dict[str, Any]] = queue.Queue()
    with os.fdopen(requests, "rb", 0) as source, os.fdopen(answers, "wb", 0) as out, os.fdopen(theirs, "rb", 0) as heard:
        served = server.Server(source, server.Connection(out))
        worker = threading.Thread(target=served.run)

        def listen() -> None:
            while (message := read_message(heard)) is not None:
                said.put(message)

        listener = threading.Thread(target=listen)
        worker.start()
        listener.start()
        with os.fdopen(ours, "wb", 0) as stream:
            yield stream, said, go
            go.set()
        worker.join(PATIENCE)
        out.close()
        listener.join(PATIENCE)
    assert not worker.is_alive()


def test_it_is_answered_while_a_job_runs(folder: Path, pipes: tuple[Any, queue.Queue[dict[str, Any]], threading.Event]) -> None:
    stream, said, go = pipes
    write_message(stream, m.request(1, "initialize", m.Initialize()))
    assert said.get(timeout=PATIENCE)["id"] == 1
    write_message(stream, m.request(2, "plan", m.ShotJob(str(folder))))
    write_message(stream, m.request(3, "frames", m.ListFrames(str(folder), document(FIRST))))
    answer = said.get(timeout=PATIENCE)
    assert answer["id"] == 3
    done = load(m.FramesDone, answer["result"], "result")
    assert done.objects[0].tracked == WHOLE and done.milliseconds > 0
    go.set()
    assert said.get(timeout=PATIENCE)["id"] == 2
    write_message(stream, m.request(4, "frames", {"shot": 5}))
    assert said.get(timeout=PATIENCE)["error"]["code"] == m.INVALID_PARAMS
