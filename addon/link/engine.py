"""The one engine of this Blender, and the job that it is at."""

from __future__ import annotations

import atexit
import contextlib
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
from bpy.app.handlers import persistent

from ...engine.shot import Catalogue, Declaration, MattewrightError
from ...engine.shot.fields import load
from ...engine.shot.messages import Log, Progress, Result
from .. import package, preferences
from .client import Client
from .errors import Cancelled, EngineError, Stopped
from .failures import Failures
from .job import Job
from .process import EngineProcess, any_leaving, end_all
from .python import find_python
from .redraw import redraw_clip_editors, redraw_progress

TICK = 0.05
"""Seconds between two looks at what the engine sent, while it works."""
IDLE_TICK = 0.5
QUITTING = 1.0
"""Seconds that the engine has to end by itself as Blender quits or the add-on is disabled; files appear whole or not at all."""
NEWS_EVERY = 0.2
"""Seconds between two drawings of how far a job is, at the least: each takes Blender some milliseconds."""
HUNG = 15.0
"""Seconds of an engine's silence after which the user is offered another one. It may be loading from a slow disk: it is only offered."""
GIVEN_UP = 600.0
"""Seconds of silence after which a command in background, where nobody is there to be asked, gives up."""
GRACE = 20.0
"""Seconds that a cancelled job has to end by itself before its engine is stopped; a model's step on a slow machine takes some."""


class Session:
    """Starts the engine when it is first needed and keeps it: its models stay loaded from one job to the next."""

    def __init__(self) -> None:
        self.client: Client | None = None
        self.job: Job | None = None
        """The last job that was asked for."""
        self._has_news = False
        """Whether the panel says something else than it shows; not of what is no job, which may come many times a second."""
        self._shown_at = 0.0
        self._was_hung = False
        self._failures = Failures()
        self.catalogue: Catalogue = {}
        """The refine ops, as the engine declared them; empty before it has started."""
        self.log: Callable[[Log], None] = lambda log: print(f"mattewright: {log.text}", flush=True)
        self.command: Callable[[], list[str | Path]] = engine_command
        self._started_by: list[str | Path] = []
        """The command that started the engine."""

    @property
    def running(self) -> Job | None:
        return self.job if self.job and not self.job.done else None

    def submit(self, method: str, params: Any, clip: str, on_progress: Callable[[Job], None] | None = None) -> Job:
        """Ask for a job and return at once; it goes on as `pump` is called.

        Raises MattewrightError if one runs or the engine can't start.
        """
        if self.running:
            raise MattewrightError(f"'{self.running.method}' of clip '{self.running.clip}' is still running: wait for it, or cancel it")
        client = self._started()
        job = Job(method, clip)

        def done(result: Result | None, error: MattewrightError | None) -> None:
            job.result, job.error = result, error
            self._learn()
            for call in job.on_done:
                try:
                    call(job)
                except Exception:  # a defect, and no reason to stop hearing the engine
                    traceback.print_exc()
            redraw_clip_editors()

        def progressed(progress: Progress) -> None:
            job.progress, job.heard_at, self._has_news = progress, time.monotonic(), True
            if on_progress:
                on_progress(job)

        job.number = client.request(method, params, done, progressed)
        self.job = job
        self._keep_looking()
        return job

    def run(self, method: str, params: Any, clip: str, on_progress: Callable[[Job], None] | None = None) -> Result:
        """Do a job and wait for its end, as in background there is no window to keep alive.

        Raises MattewrightError when it fails, Cancelled when the user presses Ctrl-C: once lets the engine finish its frame, twice doesn't.
        """
        job = self.submit(method, params, clip, on_progress)
        gives_up_at: float | None = None
        while not job.done:
            try:
                self.pump(patience=0.1)
            except KeyboardInterrupt:
                if gives_up_at is not None:
                    self.stop(patience=0.2)
                    break
                gives_up_at = time.monotonic() + GRACE
                self.cancel()
            if gives_up_at is not None and time.monotonic() > gives_up_at:
                self.stop()
            if self.silence > GIVEN_UP:
                self.stop(patience=0.2)
                raise EngineError(f"the engine has not answered for {GIVEN_UP:.0f} s, and was stopped; what is done is kept")
        if job.result is not None:
            return job.result
        if gives_up_at is not None:
            raise Cancelled("cancelled; the frames that were done are kept")
        assert job.error is not None
        raise job.error

    def ask(self, method: str, params: Any, on_done: Callable[[Any, MattewrightError | None], None]) -> int:
        """Send a request that is no job, such as a preview, and return its number at once; `on_done` is called from `pump`, whatever job
        runs.

        Raises MattewrightError if the engine can't start, or has failed so often that it needs the user.
        """
        failure = self.failure
        self._failures.note(failure)
        if failure is not None and self._failures.needs_the_user:
            raise failure
        return self._started().request(method, params, on_done)

    def withdraw(self, number: int) -> None:
        """Nobody waits any longer for the answer to what was asked: the engine is to end its work on it."""
        if self.client is not None and self.client.alive:
            self.client.cancel(number)

    def cancel(self) -> bool:
        """Stop the running job between two frames; whether there was one."""
        if not self.running or not self.client:
            return False
        self.running.cancelling = True
        self.client.cancel(self.running.number)
        return True

    def pump(self, patience: float = 0.0) -> None:
        """Handle what the engine sent, in a few milliseconds."""
        if self.client is None:
            return
        self.client.poll(patience=patience)
        if self._failures.note(self.failure):
            redraw_clip_editors()
        hung = self.silence > HUNG
        now = time.monotonic()
        if hung != self._was_hung or ((self._has_news or hung) and now - self._shown_at >= NEWS_EVERY):
            self._has_news, self._was_hung, self._shown_at = False, hung, now
            redraw_progress()

    @property
    def silence(self) -> float:
        """Seconds for which the engine has not answered although it should have."""
        return self.client.silence if self.client else 0.0

    @property
    def failure(self) -> EngineError | None:
        """Why the engine that ran is gone, unless it was ended on purpose."""
        failure = self.client.failure if self.client else None
        return None if isinstance(failure, Stopped) else failure

    def halt(self) -> None:
        """End the engine without waiting for that: its process is gone a moment later. A job that runs fails."""
        client, self.client = self.client, None
        if client:
            client.abandon()

    @property
    def gone(self) -> bool:
        """Whether no process of an engine is there any more: Windows replaces no file of one that runs."""
        return self.client is None and not any_leaving()

    def restart(self) -> None:
        """Another engine, and no memory of what went wrong. Raises MattewrightError if it can't be started."""
        self.halt()
        self._failures.forget()
        self.dismiss()
        self._started()
        self._keep_looking()

    def dismiss(self) -> None:
        """Forget what became of the last job."""
        if not self.running:
            self.job = None
        if self.client and self.client.failure:
            self.client = None
        redraw_clip_editors()

    def leave_file(self) -> None:
        """Another file is loaded: whoever asked for the job is gone, and it is stopped; what is done is kept."""
        if self.running:
            self.running.on_done.clear()
            self.cancel()
        else:
            self.job = None

    def stop(self, patience: float = 2.0) -> None:
        """End the engine and the timer, and wait for that. A job that runs fails."""
        if not bpy.app.background and bpy.app.timers.is_registered(_tick):
            bpy.app.timers.unregister(_tick)
        client, self.client = self.client, None
        if client:
            client.stop(patience)
        end_all()

    def _keep_looking(self) -> None:
        if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
            bpy.app.timers.register(_tick, first_interval=TICK, persistent=True)

    def _started(self) -> Client:
        command = self.command()
        if self.client and self.client.alive:
            if command == self._started_by or self.client.busy:
                return self.client
            self.halt()  # the preferences say something else by now: another device, another models folder
        self._started_by = command
        self.client = Client(EngineProcess(command))
        self.client.on_log = lambda log: self.log(log)
        return self.client

    def _learn(self) -> None:
        if self.client and self.client.initialized and not self.catalogue:
            with contextlib.suppress(MattewrightError):  # only the panel's menu needs it
                self.catalogue = {declared.name: declared for declared in _declarations(self.client.initialized.ops)}


def engine_command() -> list[str | Path]:
    """What starts the engine: isolated (-I) from the user's own Python settings, its output unbuffered (-u)."""
    program: list[str | Path] = [find_python(), "-I", "-u", package.ENGINE / "__main__.py"]
    return [*program, *preferences.program_options(), "serve", *preferences.serve_options()]


session = Session()


@persistent  # type: ignore[untyped-decorator]
def _loading(path: str, *rest: object) -> None:
    session.leave_file()


def _quit() -> None:
    session.stop(patience=QUITTING)


def register() -> None:
    bpy.app.handlers.load_pre.append(_loading)
    atexit.register(_quit)


def unregister() -> None:
    atexit.unregister(_quit)
    bpy.app.handlers.load_pre.remove(_loading)
    session.stop(patience=QUITTING)
    session.job = None


def _declarations(content: tuple[dict[str, Any], ...]) -> Iterator[Declaration]:
    for number, item in enumerate(content):
        yield load(Declaration, item, f"ops[{number}]")


def _tick() -> float | None:
    session.pump()
    if not session.client or not session.client.alive:
        return None
    return TICK if session.running or not session.client.initialized else IDLE_TICK
