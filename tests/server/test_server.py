"""The engine as a server: a real process on pipes, as the add-on starts it."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import moving_shape
import pytest
from weights import sam2_tiny  # noqa: F401 - a fixture

from engine import shot
from engine.shot import messages as m
from engine.shot.fields import load
from engine.shot.framing import read_message, write_message
from engine.shot.regions import Choice, RegionSettings
from engine.store import Store, pictures

PROGRAM = Path(__file__).resolve().parents[2] / "engine" / "__main__.py"
PATIENCE = 240.0
"""Seconds until a test gives up on an answer; a bound against hanging, not a measurement."""


class Engine:
    """A serving engine, and what it has said."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-u", "-I", str(PROGRAM), "serve"]
        with (folder / "engine.log").open("wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=folder)
        self.said: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._number = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        while (message := read_message(self.process.stdout)) is not None:  # type: ignore[arg-type]
            self.said.put(message)
        self.said.put(None)

    def send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        write_message(self.process.stdin, message)  # type: ignore[arg-type]

    def ask(self, method: str, params: Any) -> int:
        self._number += 1
        self.send(m.request(self._number, method, params))
        return self._number

    def next(self) -> dict[str, Any]:
        message = self.said.get(timeout=PATIENCE)
        assert message is not None, "the engine ended"
        return message

    def answer(self, number: int | None) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """(the response to request `number`, the notifications before it)."""
        before = []
        while "method" in (message := self.next()):
            before.append(message)
        assert message["id"] == number
        return message, before

    def call(self, method: str, params: Any) -> dict[str, Any]:
        return self.answer(self.ask(method, params))[0]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    served = Engine(tmp_path)
    yield served
    assert served.process.stdin is not None
    served.process.stdin.close()
    assert served.process.wait(PATIENCE) == 0, "the end of standard input ends the engine"


@pytest.fixture
def ready(engine: Engine) -> Engine:
    found = engine.call("initialize", m.Initialize())["result"]
    assert found["protocol"] == m.PROTOCOL
    assert {op["name"] for op in found["ops"]} >= {"threshold", "grow"}
    return engine


@pytest.fixture
def folder(tmp_path: Path, sam2_tiny: str) -> Path:  # noqa: F811
    first = moving_shape.write_sequence(tmp_path / "disk pictures", 4)
    footage = shot.Footage(f"../{first.parent.name}/{first.name}", "sequence", moving_shape.WIDTH, moving_shape.HEIGHT, 4, frame_start=1001)
    x, y = moving_shape.centre(0)
    disk = shot.ShotObject("disk", prompts=(shot.Prompts(1001, (shot.Point(x, y),)),))
    store = tmp_path / "shot.mattewright"
    store.mkdir()
    document = shot.Shot("disk", footage, shot.FrameRange(1001, 1004), (disk,))
    (store / "shot.json").write_text(shot.to_json(document), encoding="utf-8")
    return store


def test_a_job_with_progress_a_cancel_and_the_rest(ready: Engine, folder: Path) -> None:
    plan = ready.call("plan", m.ShotJob(str(folder)))["result"]
    assert (plan["stale"], plan["fresh"]) == (8, 0)

    number = ready.ask("run", m.ShotJob(str(folder)))
    while (message := ready.next())["method"] != "progress":
        pass
    progress = message["params"]
    assert (progress["id"], progress["done"], progress["total"], progress["frame"]) == (number, 1, 4, 1001)
    ready.send(m.notification("cancel", m.Cancel(number)))
    response, _ = ready.answer(number)
    assert response["error"]["code"] == m.CANCELLED, response
    kept = [frame for frame, _ in Store(folder).layout.files("disk", "mask")]
    assert kept[0] == 1001 and len(kept) < 4

    response, said = ready.answer(ready.ask("run", m.ShotJob(str(folder))))
    assert response["result"]["written"] == 2 * (4 - len(kept))
    assert response["result"]["fresh"] == 2 * len(kept)
    last = [message["params"] for message in said if message["method"] == "progress"][-1]
    assert last["done"] == last["total"] == 4 - len(kept)
    assert [frame for frame, _ in Store(folder).layout.files("disk", "mask")] == [1001, 1002, 1003, 1004]
    assert load(m.JobDone, ready.call("plan", m.ShotJob(str(folder)))["result"]) == m.JobDone(written=0, fresh=8)


def test_a_request_cancelled_while_it_waits_is_never_begun(ready: Engine, folder: Path) -> None:
    ready.send(m.notification("cancel", m.Cancel(3)))
    plan = ready.ask("plan", m.ShotJob(str(folder)))
    run = ready.ask("run", m.ShotJob(str(folder)))
    assert ready.answer(plan)[0]["result"]["stale"] == 8
    response, said = ready.answer(run)
    assert response["error"]["code"] == m.CANCELLED and said == []
    assert not (folder / "objects").exists()


def test_the_end_of_input_ends_a_running_job_after_its_frame(engine: Engine, folder: Path) -> None:
    engine.call("initialize", m.Initialize())
    engine.ask("run", m.ShotJob(str(folder)))
    while engine.next()["method"] != "progress":
        pass
    assert engine.process.stdin is not None
    engine.process.stdin.close()
    assert engine.process.wait(PATIENCE) == 0
    frames = [frame for frame, _ in Store(folder).layout.files("disk", "mask")]
    assert 1 <= len(frames) < 4
    assert all(Store(folder).read_mask("disk", frame).any() for frame in frames)


def test_what_is_wrong_is_answered_and_the_engine_lives_on(ready: Engine, tmp_path: Path) -> None:
    errors = [
        (ready.call("fly", m.Initialize()), m.METHOD_NOT_FOUND, "unknown method 'fly'"),
        (ready.call("run", m.ShotJob(str(tmp_path / "none"))), m.REFUSED, "no such shot document"),
    ]
    ready.send({"jsonrpc": "2.0", "id": 90, "method": "run", "params": {"shot": 5}})
    errors.append((ready.answer(90)[0], m.INVALID_PARAMS, "params.shot: expected text"))
    ready.send({"jsonrpc": "2.0", "id": "x", "method": "run"})
    errors.append((ready.answer(None)[0], m.INVALID_REQUEST, "id"))
    assert ready.process.stdin is not None
    ready.process.stdin.write(b"Content-Length: 2\r\n\r\n[]")
    ready.process.stdin.flush()
    errors.append((ready.answer(None)[0], m.PARSE_ERROR, "protocol"))
    for response, code, says in errors:
        assert response["error"]["code"] == code
        assert says in response["error"]["message"]
        assert "\n" not in response["error"]["message"]
    assert "result" in ready.call("initialize", m.Initialize())


def test_another_protocol_is_refused_with_what_to_do(engine: Engine) -> None:
    response = engine.call("initialize", m.Initialize(protocol=99))
    assert "install the same version of both" in response["error"]["message"]
    assert "'initialize' comes first" in engine.call("plan", m.ShotJob("x"))["error"]["message"]


def test_shutdown_is_answered_and_ends_it(engine: Engine) -> None:
    assert engine.call("shutdown", m.Initialize())["result"] == {}
    assert engine.process.wait(PATIENCE) == 0


@pytest.mark.slow
def test_regions_with_progress_and_a_cancel_and_a_pick_that_leaves_the_document(ready: Engine, folder: Path) -> None:
    asked = m.FindRegions(str(folder), 1001, RegionSettings(grid=5))
    number = ready.ask("regions", asked)
    while (message := ready.next())["method"] != "progress":
        pass
    progress = message["params"]
    assert (progress["id"], progress["stage"], progress["done"], progress["total"], progress["frame"]) == (number, "regions", 1, 7, 1001)
    ready.send(m.notification("cancel", m.Cancel(number)))
    assert ready.answer(number)[0]["error"]["code"] == m.CANCELLED
    assert list((folder / "regions").iterdir()) == []

    x, y = moving_shape.centre(0)
    early = ready.call("pick", m.PickRegions(str(folder), 1001, Choice((), ((x, y),))))
    assert early["error"]["code"] == m.REFUSED and "no regions yet" in early["error"]["message"]
    response, said = ready.answer(ready.ask("regions", asked))
    done = load(m.RegionsDone, response["result"])
    assert (done.frame, done.fresh) == (1001, False) and done.count > 0
    assert [message["params"]["done"] for message in said if message["method"] == "progress"][-1] == 7
    assert load(m.RegionsDone, ready.call("regions", asked)["result"]).fresh

    before = (folder / "shot.json").read_bytes()
    result = ready.call("pick", m.PickRegions(str(folder), 1001, Choice((), ((x, y),), "picked")))["result"]
    (picked,) = load(m.PickDone, result).picked
    assert picked.object == "picked"
    mask, truth = pictures.read(folder / picked.mask) > 127, moving_shape.truth(0)
    assert (mask & truth).sum() > 0.9 * (mask | truth).sum()
    assert (folder / "shot.json").read_bytes() == before
    refused = ready.call("pick", m.PickRegions(str(folder), 1001, Choice((1,), object="disk")))["error"]
    assert refused["code"] == m.REFUSED and "has prompts on frame 1001 already" in refused["message"]
    bad = ready.call("regions", m.FindRegions(str(folder), 1001, RegionSettings(grid=0)))["error"]
    assert bad["code"] == m.INVALID_PARAMS and "params.settings.grid: expected a whole number from 1 to 128" in bad["message"]
