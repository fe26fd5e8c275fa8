"""A bad day of the engine's: hangs, too little memory, no weights, a disk that goes away, an input that ends; each is one clear answer."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import PATIENCE, Served

from engine import interrupt, shot
from engine.segment import models
from engine.server import memory
from engine.shot import messages as m
from engine.store import Store, lock

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    made.ask("initialize", m.Initialize())
    assert "result" in made.next()
    yield made
    made.close()


def raising(error: Exception) -> Any:
    def work(number: int, message: dict[str, Any]) -> Any:
        raise error

    return work


def test_a_ping_is_answered_while_the_engine_works(served: Served) -> None:
    served.ask("track", m.ShotJob("x"))
    assert served.busy.wait(PATIENCE)
    number = served.ask("ping", m.Ping())
    assert served.next() == m.response(number, m.Pong())


class OutOfMemoryError(RuntimeError):
    """As torch calls its own."""


@pytest.mark.parametrize(
    "error",
    [
        OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 8 GiB"),
        MemoryError(),
        MemoryError("Unable to allocate 91.6 GiB for an array"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:114] data. DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        RuntimeError("MPS backend out of memory (MPS allocated: 17.5 GB)"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_too_little_memory_is_said_with_what_to_do_and_everything_is_let_go(served: Served, error: Exception) -> None:
    released = []

    class Held:
        def release(self) -> None:
            released.append(True)

    served.server._resources = Held()
    served.server._methods["run"] = raising(error)
    served.ask("run", m.ShotJob("x"))
    answer = served.next()["error"]
    assert answer["code"] == m.OUT_OF_MEMORY and "\n" not in answer["message"]
    assert answer["message"].startswith("out of memory (") and answer["message"].endswith(memory.ADVICE)
    served.ask("plan", m.ShotJob("nowhere"))
    assert served.next()["error"]["code"] == m.REFUSED
    assert released == [True]


def test_the_smaller_model_that_is_installed_is_suggested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path))
    large = shot.Tracking(model="sam2.1-hiera-large")
    assert memory.smaller_model(large) == ""
    for name in ("sam2.1-hiera-tiny", "sam2.1-hiera-small", "sam2-hiera-tiny"):
        models.weights_path(name).write_bytes(b"")
    assert memory.smaller_model(large) == "sam2.1-hiera-small"
    assert memory.smaller_model(shot.Tracking(model="sam2.1-hiera-tiny")) == "", "one without memory weights would be another tracker"
    assert memory.smaller_model(shot.Tracking(model="unheard of")) == ""


def test_missing_weights_are_a_kind_of_their_own(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path))
    served.server._methods["run"] = lambda number, message: models.checksum("sam2.1-hiera-tiny")
    served.ask("run", m.ShotJob("x"))
    answer = served.next()["error"]
    assert m.read_failure(answer).model == "sam2.1-hiera-tiny" and answer["code"] == m.MODEL_MISSING
    assert "is not installed in" in answer["message"]


def test_a_disk_that_goes_away_is_one_line(served: Served) -> None:
    served.server._methods["run"] = raising(OSError(errno.EHOSTDOWN, "Host is down", "/mnt/shots/a.png"))
    served.ask("run", m.ShotJob("x"))
    told = served.next()["error"]
    assert told["code"] == m.REFUSED
    assert told["message"] == "/mnt/shots/a.png: Host is down: see that its drive is there, and run again; what is done is kept"


def test_a_store_that_goes_away_while_it_is_written_is_not_made_anew(tmp_path: Path) -> None:
    import numpy as np

    drive = tmp_path / "drive"
    store = Store(drive / "shot.mattewright")
    store.prepare("dog", "mask")
    mask = np.zeros((4, 6), np.uint8)
    store.write_mask("dog", 1, mask, "k")
    drive.rename(tmp_path / "gone")
    with pytest.raises(shot.MattewrightError, match=r"the store is gone: see that its drive is there and run again; what is done is kept"):
        store.write_mask("dog", 2, mask, "k")
    assert not drive.exists()
    (tmp_path / "gone").rename(drive)
    store.write_mask("dog", 2, mask, "k")
    assert [frame for frame, _ in store.layout.files("dog", "mask")] == [1, 2]


def test_a_store_that_another_blender_works_in_is_left_alone(served: Served, tmp_path: Path) -> None:
    """A farm's nodes, which share one on purpose, are not kept out: their jobs come as far as the footage, which is missing."""
    footage = shot.Footage("plate_0001.png", "sequence", 64, 48, 10)
    fox = shot.ShotObject("fox", prompts=(shot.Prompts(2, (shot.Point(5.0, 6.0),)),))
    (tmp_path / "shot.json").write_text(shot.to_json(shot.Shot("plate", footage, shot.FrameRange(1, 10), (fox,))), encoding="utf-8")
    said = []
    for alone in (True, False):
        with lock.alone_in(tmp_path):
            served.ask("run", m.ShotJob(str(tmp_path), alone=alone))
            said.append(served.next()["error"])
    assert said[0]["code"] == said[1]["code"] == m.REFUSED
    assert "another Blender's engine" in said[0]["message"] and "is at work there" in said[0]["message"]
    assert "is at work there" not in said[1]["message"]


def test_a_job_is_stopped_within_a_frame(served: Served) -> None:
    """What takes long asks whether it is still wanted; the next job is not stopped by that."""
    inside, asked = threading.Event(), []

    def work(number: int, message: dict[str, Any]) -> Any:
        def job() -> Any:
            inside.set()
            while not asked:
                interrupt.check()
            yield from ()
            return m.JobDone(1, 0)

        return served.server._finished(number, job())

    served.server._methods["run"] = work
    number = served.ask("run", m.ShotJob("x"))
    assert inside.wait(PATIENCE)
    served.say("cancel", m.Cancel(number))
    answer = served.next()
    assert (answer["id"], answer["error"]["code"]) == (number, m.CANCELLED)
    asked.append(True)
    number = served.ask("run", m.ShotJob("x"))
    assert served.next() == m.response(number, m.JobDone(1, 0))
    interrupt.check()  # on a thread that nobody interrupts


def test_the_end_of_input_ends_a_process_whose_work_never_does(tmp_path: Path) -> None:
    """The parent is killed, no signal comes, and the worker hangs: there is no orphan."""
    program = (
        "import time\nfrom engine.server import server, serving\nserving.FAREWELL = 0.2\n"
        "def hang(self, number, message):\n    print('hangs', flush=True)\n    time.sleep(3600)\n"
        "server.Server._initialize = hang\nraise SystemExit(serving.serve())\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None and process.stderr is not None
    from engine.shot.framing import write_message

    write_message(process.stdin, m.request(1, "initialize", m.Initialize()))  # type: ignore[arg-type]
    assert process.stderr.readline().strip() == b"hangs"
    process.stdin.close()
    assert process.wait(PATIENCE) == 0
    process.stderr.close()
