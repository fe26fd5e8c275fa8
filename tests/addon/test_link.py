"""The client against an engine that dies, talks nonsense, is slow or deaf; no fault may hang Blender or leave a process behind."""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest
from mattewright.addon import package
from mattewright.addon.link import Cancelled, Client, EngineError, EngineProcess, Session, find_python
from mattewright.addon.link.engine import engine_command
from mattewright.engine.shot import MattewrightError
from mattewright.engine.shot.messages import ShotJob

FAKE = Path(__file__).with_name("fake_engine.py")
JOB = ShotJob("/nowhere/shot.json")


def fake(fault: str) -> list[str | Path]:
    return [sys.executable, "-I", "-u", FAKE, fault]


@pytest.fixture
def session() -> Iterator[Session]:
    made = Session()
    yield made
    made.stop()
    wait_until(lambda: not [thread for thread in threading.enumerate() if thread.name.startswith("mattewright")])


def use(session: Session, fault: str) -> Session:
    session.command = lambda: fake(fault)
    return session


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z" if Path("/proc").is_dir() else not os.kill(pid, 0)
    except OSError:
        return False


def wait_until(condition, seconds: float = 5.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited for too long"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        ("dies at start", EngineError, "the engine stopped (exit code 3): ImportError: no module named torch"),
        ("dies at work", EngineError, "the engine stopped (exit code 247): Killed: out of memory"),
        ("garbage", EngineError, "the engine's output is no protocol (protocol: a header without Content-Length)"),
        ("half a message", EngineError, "the engine stopped (exit code 0)"),
        ("closes its output", EngineError, "the engine closed its output"),
        ("other protocol", EngineError, "the engine 9.9 speaks protocol 99, this add-on 1: install the two from the same version"),
        ("refuses to start", EngineError, "the engine refused to start: no device: buy one"),
        ("no answer that is one", EngineError, "the engine sent what this add-on doesn't understand: result.engine: expected text, got 5"),
        ("answers another", EngineError, "the engine sent what this add-on doesn't understand: id: 102 answers no request"),
        ("refuses", MattewrightError, "model 'x': not installed"),
    ],
)
def test_a_fault_is_one_clear_line_and_the_next_job_starts_anew(session: Session, fault: str, kind: type, said: str) -> None:
    with pytest.raises(kind) as caught:
        use(session, fault).run("track", JOB, "clip")
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)
    assert session.client is not None
    pid = session.client.process.pid
    if kind is EngineError:
        wait_until(lambda: not is_running(pid))
    result = use(session, "fine").run("track", JOB, "clip") if kind is EngineError else None
    assert result is None or (result.written, result.fresh, result.missing) == (1, 2, (5,))


def test_an_engine_that_does_not_answer_is_given_up() -> None:
    client = Client(EngineProcess(fake("slow")), start_timeout=0.5)
    heard: list[MattewrightError | None] = []
    client.request("track", JOB, lambda result, error: heard.append(error))
    wait_until(lambda: client.poll() or bool(heard))
    assert "didn't answer within 0.5 s" in str(heard[0])
    with pytest.raises(EngineError):
        client.request("track", JOB, lambda result, error: None)
    wait_until(lambda: not is_running(client.process.pid))
    client.stop()


def test_a_program_that_is_not_there_is_one_line(session: Session) -> None:
    session.command = lambda: [Path("/no/such/python")]
    with pytest.raises(MattewrightError, match="the engine can't be started: /no/such/python: No such file"):
        session.run("track", JOB, "clip")


def test_a_flood_neither_blocks_the_engine_nor_blender(session: Session) -> None:
    """4 MB on standard error, which nobody asked for, and 6000 notifications: each look at them takes less than 16 ms.

    Measured in processor time, for on a busy machine the system may hold any thread up; and half of the looks by the clock.
    """
    logged: list[str] = []
    session.log = lambda log: logged.append(log.text)
    job = use(session, "chatty").submit("track", JOB, "clip")
    takes, waits = [], []
    until = time.monotonic() + 30
    while not job.done and time.monotonic() < until:
        started, by_clock = time.thread_time(), time.perf_counter()
        session.pump()
        takes.append(time.thread_time() - started)
        waits.append(time.perf_counter() - by_clock)
        time.sleep(0.002)
    assert job.result is not None
    assert job.progress is not None and job.progress.done == 2999
    assert logged == ["that was a lot"]
    assert max(takes) < 0.016
    assert statistics.median(waits) < 0.016


def test_cancel_stops_the_job_and_keeps_the_engine(session: Session) -> None:
    use(session, "works")
    seen: list[int] = []

    def report(job) -> None:
        seen.append(job.progress.done)
        if len(seen) == 3:
            assert session.cancel()

    with pytest.raises(Cancelled):
        session.run("track", JOB, "clip", report)
    assert 3 <= len(seen) < 50
    assert session.client is not None and session.client.alive
    assert not session.cancel(), "nothing is left to cancel"


def test_a_job_that_waits_for_the_engine_is_cancelled_at_once(session: Session) -> None:
    job = use(session, "slow").submit("track", JOB, "clip")
    session.cancel()
    assert isinstance(job.error, Cancelled)


def test_ctrl_c_cancels_and_a_second_one_stops_a_deaf_engine(session: Session) -> None:
    use(session, "deaf")
    count = 0

    def report(job) -> None:
        nonlocal count
        count += 1
        if count in (3, 10):
            raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(Cancelled, match="the frames that were done are kept"):
        session.run("track", JOB, "clip", report)
    assert time.monotonic() - started < 8
    assert count < 400


def test_one_job_at_a_time(session: Session) -> None:
    use(session, "works").submit("track", JOB, "a")
    with pytest.raises(MattewrightError, match="'track' of clip 'a' is still running"):
        session.submit("refine", JOB, "b")


def test_stopping_ends_the_process_even_a_deaf_one(session: Session) -> None:
    for fault, patience in (("works", 2.0), ("deaf", 0.3)):
        job = use(session, fault).submit("track", JOB, "clip")
        wait_until(lambda job=job: (session.pump(), job.progress)[1] is not None)
        assert session.client is not None
        pid = session.client.process.pid
        session.stop(patience)
        assert not is_running(pid)
        assert "the engine was stopped" in str(job.error)


def test_the_environment_of_blenders_python_does_not_reach_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    process = EngineProcess([sys.executable, "-c", "import os; print(sorted(k for k in os.environ if k.startswith('PYTHON')))"])
    assert process.stdout.read().strip() == b"[]"
    process.stop()


def test_the_engines_python_is_found_in_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from mattewright.addon import preferences

    monkeypatch.delenv("MATTEWRIGHT_ENGINE_PYTHON", raising=False)
    names = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")

    def environment(folder: Path) -> Path:
        python = folder.joinpath(*names)
        python.parent.mkdir(parents=True)
        python.write_text("")
        return python

    monkeypatch.setattr(package, "FOLDER", tmp_path / "nothing here")
    with pytest.raises(MattewrightError, match="the engine is not installed: install it from Mattewright's preferences"):
        find_python()
    monkeypatch.setattr(package, "FOLDER", tmp_path)
    checkout = environment(tmp_path / "build" / "engine-env")
    assert find_python() == checkout
    own = environment(tmp_path / "user" / "engine-env")
    monkeypatch.setattr(bpy.utils, "extension_path_user", lambda name, **more: str(tmp_path / "user"))
    assert find_python() == own
    monkeypatch.setenv("MATTEWRIGHT_ENGINE_PYTHON", str(environment(tmp_path / "said é")))
    assert find_python() == tmp_path.joinpath("said é", *names)
    monkeypatch.setattr(preferences, "engine_python", lambda: str(tmp_path / "said é"))
    assert find_python() == tmp_path.joinpath("said é", *names)
    monkeypatch.setattr(preferences, "engine_python", lambda: "/no/python")
    with pytest.raises(MattewrightError, match=r"engine Python '/no/python' \(the add-on's preferences\): no such file"):
        find_python()


def test_the_command_is_isolated() -> None:
    command = engine_command()
    assert [str(part) for part in command[1:3]] == ["-I", "-u"]
    assert Path(command[3]).is_file()
    assert command[4] == "serve"
