"""A broken engine never takes Blender along: one clear line, a button that mends it, prompts and finished masks as they were.

Nothing is left behind either: no process, no handler, no timer, whatever happens to the file or the add-on while a job runs.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import mattewright
import pytest
from addon_fixtures import load_clip, make_sequence, random_masks, save
from mattewright.addon import document, jobs, operators, playback, properties, store
from mattewright.addon.link import (
    Cancelled,
    EngineError,
    EngineProcess,
    ModelMissing,
    NeverStarted,
    OutOfMemory,
    Session,
    Starved,
    Stopped,
    WrongVersion,
    client,
    engine,
    session,
)
from mattewright.addon.link.failures import Failures
from mattewright.addon.link.patience import LONGEST_GAP, Patience
from mattewright.addon.ui import engine_state, progress
from mattewright.engine.shot import MattewrightError, to_json
from mattewright.engine.shot.messages import Progress, ShotJob

FAKE = Path(__file__).with_name("fake_engine.py")
PATIENCE = 20.0
"""Seconds until a test gives up; a bound against hanging, not a measurement."""


class Layout:
    """Takes notes of what is drawn: texts, and operators with their values."""

    def __init__(self, notes: list[Any] | None = None) -> None:
        self.notes: list[Any] = [] if notes is None else notes

    def row(self, **options: object) -> Layout:
        return Layout(self.notes)

    column = row

    def label(self, text: str = "", **options: object) -> None:
        self.notes.append(text)

    def progress(self, factor: float, text: str, **options: object) -> None:
        assert 0 <= factor <= 1
        self.notes.append(text)

    def operator(self, name: str, **options: object) -> SimpleNamespace:
        assert hasattr(bpy.types, "MATTEWRIGHT_OT_" + name.partition(".")[2])
        button = SimpleNamespace(name=name)
        self.notes.append(button)
        return button

    @property
    def text(self) -> str:
        """In small letters."""
        return " ".join(note for note in self.notes if isinstance(note, str)).lower()

    @property
    def operators(self) -> list[str]:
        return [note.name.partition(".")[2] for note in self.notes if not isinstance(note, str)]


@pytest.fixture(autouse=True)
def faked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Says which fake engine this Blender's session starts from now on."""

    def use(fault: str) -> None:
        monkeypatch.setattr(session, "command", lambda: [sys.executable, "-I", "-u", FAKE, fault])

    use("works")
    yield use
    session.stop(patience=0.1)
    session.dismiss()
    session._failures.forget()
    until(lambda: not [thread for thread in threading.enumerate() if thread.name.startswith("mattewright")])


@pytest.fixture
def clip(tmp_path: Path) -> bpy.types.MovieClip:
    """A clip of ten frames with a prompted object, three of whose masks are done."""
    loaded = load_clip(make_sequence(tmp_path / "plate", 1, 10).first)
    save(tmp_path / "Szene ü.blend")
    bpy.ops.mattewright.object_add(clip=loaded.name, name="fox")
    bpy.ops.mattewright.prompt_point_add(clip=loaded.name, frame=2, x=12, y=20)
    random_masks(loaded, "fox", range(1, 4))
    return loaded


def until(holds: Any, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited for too long"
        session.pump()
        time.sleep(0.01)


def process() -> EngineProcess:
    """The engine's."""
    assert session.client is not None
    return session.client.process


def ended(one: EngineProcess) -> bool:
    return one.exit_code() is not None


def masks_of(clip: bpy.types.MovieClip) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for _, path in store.layout(clip).files("fox", "mask")}


def drawn(clip: bpy.types.MovieClip) -> Layout:
    layout = Layout()
    engine_state.draw(layout, clip)
    progress.draw(layout)
    return layout


@pytest.mark.parametrize(
    ("fault", "kind", "said", "buttons"),
    [
        ("dies at start", NeverStarted, "no module named torch", ["engine_restart", "preferences_show"]),
        ("garbage", EngineError, "no protocol", ["engine_restart"]),
        ("other protocol", WrongVersion, "install the two from the same version", ["engine_restart", "preferences_show"]),
        ("dies for want of memory", Starved, "CUDA out of memory", ["take_less", "engine_restart"]),
        ("out of memory", OutOfMemory, "CUDA out of memory", ["take_less", "take_less"]),
        ("no model", ModelMissing, "is not installed", ["model_install", "trouble_dismiss"]),
        ("refuses", MattewrightError, "model 'x': not installed", []),
    ],
)
def test_each_fault_has_its_line_and_its_button(
    clip: bpy.types.MovieClip, faked: Any, fault: str, kind: type, said: str, buttons: list[str]
) -> None:
    faked(fault)
    asked, done = to_json(document.shot_of(clip)), masks_of(clip)
    job = jobs.start("track", clip)
    first = process()
    until(lambda: job.done)
    assert type(job.error) is kind and said in str(job.error) and "\n" not in str(job.error)
    shown = drawn(clip)
    assert " ".join(said.split()[:2]).lower() in shown.text and shown.operators == buttons
    assert ("as they were" in shown.text) == isinstance(job.error, EngineError)
    assert to_json(document.shot_of(clip)) == asked and masks_of(clip) == done
    if isinstance(job.error, EngineError):
        until(lambda: ended(first))
    faked("fine")
    if session.failure is not None:
        assert bpy.ops.mattewright.engine_restart() == {"FINISHED"}
        assert engine_state.trouble() is None and drawn(clip).notes == []
    again = jobs.start("track", clip)
    until(lambda: again.done)
    assert again.result is not None and engine_state.trouble() is None


def test_a_killed_engine_is_said_and_the_next_job_goes_on(clip: bpy.types.MovieClip) -> None:
    asked, done = to_json(document.shot_of(clip)), masks_of(clip)
    job = jobs.start("track", clip)
    until(lambda: job.progress is not None)
    killed = process()
    os.kill(killed.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    until(lambda: job.done)
    assert isinstance(job.error, EngineError)
    if hasattr(signal, "SIGKILL"):
        assert "the engine was killed" in str(job.error)
        assert drawn(clip).operators == ["take_less", "engine_restart"]
    assert to_json(document.shot_of(clip)) == asked and masks_of(clip) == done
    again = jobs.start("track", clip)
    until(lambda: again.progress is not None)
    assert process() is not killed
    assert drawn(clip).operators == ["cancel"]


def test_less_memory_is_set_by_the_button(clip: bpy.types.MovieClip, faked: Any) -> None:
    faked("out of memory")
    shot = properties.of(clip)
    job = jobs.start("track", clip)
    until(lambda: job.done)
    size, model = (button for button in drawn(clip).notes if not isinstance(button, str))
    sizes = sorted(int(item.identifier) for item in shot.bl_rna.properties["size"].enum_items)
    assert size.size == str(sizes[-2]) and model.model == "sam2.1-hiera-small"
    assert bpy.ops.mattewright.take_less(clip=clip.name, size=size.size) == {"FINISHED"}
    assert shot.size == size.size and engine_state.trouble() is None
    assert bpy.ops.mattewright.take_less(clip=clip.name, model=model.model) == {"FINISHED"}
    assert shot.model == "sam2.1-hiera-small"
    shot.size = str(sizes[0])
    assert engine_state.smaller_size(shot) is None
    with pytest.raises(RuntimeError, match="there is no such working size"):
        bpy.ops.mattewright.take_less(clip=clip.name, size="3")


def test_an_engine_that_hangs_is_offered_to_be_restarted(clip: bpy.types.MovieClip, faked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PING_EVERY", 0.05)
    monkeypatch.setattr(engine, "HUNG", 0.3)
    for module in (progress, engine_state):
        monkeypatch.setattr(module, "HUNG", 0.3)
    job = jobs.start("track", clip)
    until(lambda: job.progress is not None and job.progress.done > 30)
    assert session.silence < 0.3, "pings are answered while it works"
    session.halt()
    assert isinstance(job.error, Stopped) and "the engine was stopped" in drawn(clip).text
    faked("hangs")
    job = jobs.start("track", clip)
    until(lambda: job.progress is not None)
    until(lambda: session.silence > 0.3)
    assert not job.done, "nothing is done unasked"
    shown = drawn(clip)
    assert "has not answered for" in shown.text and shown.operators == ["engine_restart", "cancel"]
    assert "has not answered" in progress.status_text(job)
    hung = process()
    faked("fine")
    assert bpy.ops.mattewright.engine_restart() == {"FINISHED"}
    assert isinstance(job.error, Stopped) and process() is not hung
    until(lambda: ended(hung))
    faked("hangs")
    session.restart()
    until(lambda: session.client is not None and session.client.initialized is not None)
    heard: list[object] = []
    session.ask("preview", ShotJob("x"), lambda result, error: heard.append(error))
    until(lambda: session.silence > 0.3)
    assert drawn(clip).operators == ["engine_restart"], "without a job too"
    faked("fine")
    assert bpy.ops.mattewright.engine_restart() == {"FINISHED"}
    assert isinstance(heard[0], Stopped)
    again = jobs.start("track", clip)
    until(lambda: again.done)
    assert again.result is not None


def test_in_background_an_engine_that_hangs_is_given_up(clip: bpy.types.MovieClip, faked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PING_EVERY", 0.05)
    monkeypatch.setattr(engine, "GIVEN_UP", 0.3)
    faked("hangs")
    with pytest.raises(EngineError, match="has not answered for"):
        jobs.run("track", clip)
    assert session.client is None


def test_an_engine_that_takes_nothing_does_not_hold_blender_up(faked: Any) -> None:
    """More than a pipe holds was to be written to it: whoever closes the pipe would wait for the writer."""
    faked("takes nothing")
    job = session.submit("track", ShotJob("x" * 4000), "clip")
    assert session.client is not None
    session.client._outgoing.put({"method": "x" * 1_000_000})
    session.halt()
    assert isinstance(job.error, Stopped)
    other = Session()
    other.command = session.command
    other.submit("track", ShotJob("x"), "clip")
    assert other.client is not None
    other.client._outgoing.put({"method": "x" * 1_000_000})
    last = other.client.process
    other.stop(patience=0.1)
    assert ended(last)


def test_a_cancel_once_and_twice(clip: bpy.types.MovieClip, faked: Any) -> None:
    job = jobs.start("track", clip)
    until(lambda: job.progress is not None)
    engine_of_it = process()
    assert bpy.ops.mattewright.cancel() == {"FINISHED"}
    assert "stopping" in drawn(clip).text
    until(lambda: job.done)
    assert isinstance(job.error, Cancelled) and process() is engine_of_it
    assert engine_state.trouble() is None and drawn(clip).operators == []
    session.stop()
    faked("deaf")
    job = jobs.start("track", clip)
    until(lambda: job.progress is not None)
    deaf = process()
    bpy.ops.mattewright.cancel()
    assert not job.done
    bpy.ops.mattewright.cancel()
    assert isinstance(job.error, Stopped), "at once, whatever the process says"
    until(lambda: ended(deaf))


def test_an_esc_that_stops_the_playback_is_not_for_the_job(clip: bpy.types.MovieClip) -> None:
    """Blender's own operator hands it on. However soon the next one comes, it is for the job."""
    cancel = operators.engine.MATTEWRIGHT_OT_cancel
    job = jobs.start("track", clip)
    context = SimpleNamespace(screen=SimpleNamespace(is_animation_playing=False))
    esc = SimpleNamespace(type="ESC")
    this = SimpleNamespace(execute=lambda context: cancel.execute(None, context))
    for handler in bpy.app.handlers.animation_playback_post:
        handler(bpy.context.scene, None)
    assert cancel.invoke(this, context, esc) == {"PASS_THROUGH"} and not job.cancelling
    playback.event_is_over()
    context.screen.is_animation_playing = True
    assert cancel.invoke(this, context, esc) == {"PASS_THROUGH"} and not job.cancelling
    context.screen.is_animation_playing = False
    assert cancel.invoke(this, context, esc) == {"FINISHED"}
    until(lambda: job.done)
    assert isinstance(job.error, Cancelled)


def test_previews_start_no_engine_over_and_over(faked: Any) -> None:
    faked("dies at start")
    heard: list[object] = []
    session.ask("preview", ShotJob("x"), lambda result, error: heard.append(error))
    until(lambda: bool(heard))
    assert isinstance(heard[0], NeverStarted)
    with pytest.raises(NeverStarted):
        session.ask("preview", ShotJob("x"), lambda result, error: None)
    faked("fine")
    session.restart()
    session.ask("track", ShotJob("x"), lambda result, error: heard.append(result))
    until(lambda: len(heard) == 2)
    assert heard[1] is not None


def test_what_has_failed_twice_in_a_row_needs_the_user() -> None:
    now = [0.0]
    failures = Failures(lambda: now[0])
    first = EngineError("died")
    assert failures.note(first) and not failures.note(first) and not failures.needs_the_user
    failures.note(None)
    now[0] = 100.0
    failures.note(EngineError("died"))
    assert not failures.needs_the_user
    now[0] = 130.0
    failures.note(EngineError("died"))
    assert failures.needs_the_user
    failures.forget()
    assert not failures.needs_the_user
    failures.note(WrongVersion("99"))
    assert failures.needs_the_user


def test_a_night_with_the_laptop_closed_is_no_silence() -> None:
    now = [0.0]
    patience = Patience(lambda: now[0])
    for _ in range(10):
        now[0] += 0.05
        patience.look()
    now[0] += 8 * 3600.0
    assert patience.look() == pytest.approx(0.5 + LONGEST_GAP)
    now[0] -= 100.0
    assert patience.look() == pytest.approx(0.5 + LONGEST_GAP), "a clock that is set back takes nothing away"


def test_another_file_stops_the_job_and_whoever_asked_is_not_called(clip: bpy.types.MovieClip) -> None:
    called: list[object] = []
    job = jobs.start("track", clip)
    job.on_done.append(called.append)
    until(lambda: job.progress is not None)
    alive = process()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    until(lambda: job.done)
    assert isinstance(job.error, Cancelled) and called == [] and process() is alive
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert session.job is None, "what became of another file's job is no news here"


def test_an_undo_past_the_start_of_the_job_leaves_it_running(clip: bpy.types.MovieClip) -> None:
    bpy.ops.ed.undo_push(message="before")
    name = clip.name
    bpy.ops.mattewright.object_add(clip=name, name="hare")
    bpy.ops.ed.undo_push(message="object")
    job = jobs.start("track", clip, ("fox",))
    until(lambda: job.progress is not None)
    assert bpy.ops.ed.undo() == {"FINISHED"}
    assert [item.name for item in properties.of(bpy.data.movieclips[name]).objects] == ["fox"]
    drawn(bpy.data.movieclips[name])
    done = job.progress.done if job.progress else 0
    until(lambda: job.progress is not None and job.progress.done > done)
    bpy.ops.mattewright.cancel()
    until(lambda: job.done)
    assert isinstance(job.error, Cancelled)
    bpy.ops.ed.redo()


def test_a_defect_in_whoever_asked_does_not_deafen_blender(clip: bpy.types.MovieClip, faked: Any, capfd: pytest.CaptureFixture) -> None:
    faked("fine")
    called: list[object] = []

    def broken(job: object) -> None:
        raise ValueError("a defect")

    job = jobs.start("track", clip)
    job.on_done += [broken, called.append]
    until(lambda: job.done)
    assert called == [job] and "ValueError: a defect" in capfd.readouterr().err


def test_disabled_while_a_job_runs_nothing_is_left_and_enabled_it_works(clip: bpy.types.MovieClip, faked: Any) -> None:
    job = jobs.start("track", clip)
    until(lambda: job.progress is not None)
    orphan = process()
    mattewright.unregister()
    try:
        assert ended(orphan)
        lists = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
        ours = [
            f"{name}: {handler.__module__}.{handler.__name__}"
            for name, handlers in lists.items()
            if isinstance(handlers, list)
            for handler in handlers
            if "mattewright" in handler.__module__
        ]
        assert ours == []
        assert progress.draw_status_bar not in getattr(bpy.types.STATUSBAR_HT_header.draw, "_draw_funcs", [])
        assert not [thread for thread in threading.enumerate() if thread.name == "mattewright writer"]
        assert session.job is None
    finally:
        mattewright.register()
    faked("fine")
    again = jobs.start("track", bpy.data.movieclips[clip.name])
    until(lambda: again.done)
    assert again.result is not None


def test_the_status_bar_says_how_far_a_job_is_in_whatever_order_it_is_taken_over(clip: bpy.types.MovieClip) -> None:
    def shown() -> Layout:
        layout = Layout()
        for draw in bpy.types.STATUSBAR_HT_header.draw._draw_funcs:
            if draw is progress.draw_status_bar:
                draw(SimpleNamespace(layout=layout), bpy.context)
        return layout

    assert shown().notes == []
    job = jobs.start("track", clip)
    assert shown().text == "track: starting"
    until(lambda: job.progress is not None)
    job.progress = Progress(job.number, "track", 12, 240, 1012, "fox", 3.4, 67.0)
    assert shown().text == "track 12/240, 3.4 frames/s, 1:07 left" and shown().operators == ["cancel"]
    workspace = bpy.context.window.workspace
    workspace.status_text_set("a tool's keys")
    workspace.status_text_set(None)
    assert shown().operators == ["cancel"]
    progress.unregister()
    progress.register()
    workspace.status_text_set("a tool's keys")
    workspace.status_text_set(None)
    assert shown().operators == ["cancel"]


def test_a_job_without_news_says_so(clip: bpy.types.MovieClip) -> None:
    job = jobs.start("track", clip)
    job.progress = Progress(job.number, "track", 12, 240, 1012, "fox", 0.1, 67.0)
    job.heard_at = time.monotonic() - 95.0
    assert not any("no frame" in line for line in progress.lines(job)), "its frames take ten seconds"
    job.heard_at -= 30.0
    assert any(line.startswith("no frame for 2:0") for line in progress.lines(job))


def test_a_drive_that_has_gone_away_is_one_line(clip: bpy.types.MovieClip, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*arguments: object) -> None:
        raise OSError(112, "Host is down", "/mnt/plates")

    monkeypatch.setattr(document, "shot_of", gone)
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.mattewright.track(clip=clip.name)
    assert f"clip '{clip.name}': /mnt/plates: Host is down: see that its drive is there" in str(caught.value)
    assert session.running is None
