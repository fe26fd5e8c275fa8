"""The one engine of this Blender, and the job that it is at."""

from __future__ import annotations

import atexit
import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy

from ...engine.shot import Catalogue, Declaration, MattewrightError
from ...engine.shot.fields import load
from ...engine.shot.messages import Log, Progress, Result
from .. import package
from .client import Cancelled, Client
from .process import EngineProcess
from .python import find_python

TICK = 0.05
"""Seconds between two looks at what the engine sent, while it works."""
IDLE_TICK = 0.5
GRACE = 20.0
"""Seconds that a cancelled job has to end by itself before its engine is stopped; a model's step on a slow machine takes some."""


@dataclass
class Job:
    """One request to the engine, as the panel and the command show it."""

    method: str
    clip: str
    """The clip's name. Not the clip: the user may load another file while the job runs."""
    number: int = 0
    progress: Progress | None = None
    result: Result | None = None
    """Of the kind that the method answers (`messages.RESULTS`)."""
    error: MattewrightError | None = None
    cancelling: bool = False
    on_done: list[Callable[[Job], None]] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return self.result is not None or self.error is not None


class Session:
    """Starts the engine when it is first needed and keeps it: its models stay loaded from one job to the next."""

    def __init__(self) -> None:
        self.client: Client | None = None
        self.job: Job | None = None
        """The last job that was asked for."""
        self._has_news = False
        """Whether the panel says something else than it shows; not of what is no job, which may come many times a second."""
        self.catalogue: Catalogue = {}
        """The refine ops, as the engine declared them; empty before it has started."""
        self.log: Callable[[Log], None] = lambda log: print(f"mattewright: {log.text}", flush=True)
        self.command: Callable[[], list[str | Path]] = engine_command

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
                call(job)
            redraw_clip_editors()

        def progressed(progress: Progress) -> None:
            job.progress, self._has_news = progress, True
            if on_progress:
                on_progress(job)

        job.number = client.request(method, params, done, progressed)
        self.job = job
        if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
            bpy.app.timers.register(_tick, first_interval=TICK, persistent=True)
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
        if job.result is not None:
            return job.result
        if gives_up_at is not None:
            raise Cancelled("cancelled; the frames that were done are kept")
        assert job.error is not None
        raise job.error

    def ask(self, method: str, params: Any, on_done: Callable[[Any, MattewrightError | None], None]) -> None:
        """Send a request that is no job, such as a preview, and return at once; `on_done` is called from `pump`, whatever job runs.

        Raises MattewrightError if the engine can't start.
        """
        self._started().request(method, params, on_done)

    def cancel(self) -> bool:
        """Stop the running job between two frames; whether there was one."""
        if not self.running or not self.client:
            return False
        self.running.cancelling = True
        self.client.cancel(self.running.number)
        return True

    def pump(self, patience: float = 0.0) -> None:
        """Handle what the engine sent, in a few milliseconds."""
        if self.client and self.client.poll(patience=patience) and self._has_news:
            self._has_news = False
            redraw_clip_editors()

    def stop(self, patience: float = 2.0) -> None:
        """End the engine and the timer. A job that runs fails."""
        if not bpy.app.background and bpy.app.timers.is_registered(_tick):
            bpy.app.timers.unregister(_tick)
        client, self.client = self.client, None
        if client:
            client.stop(patience)

    def _started(self) -> Client:
        if self.client and self.client.alive:
            return self.client
        self.client = Client(EngineProcess(self.command()))
        self.client.on_log = lambda log: self.log(log)
        return self.client

    def _learn(self) -> None:
        if self.client and self.client.initialized and not self.catalogue:
            with contextlib.suppress(MattewrightError):  # only the panel's menu needs it
                self.catalogue = {declared.name: declared for declared in _declarations(self.client.initialized.ops)}


def engine_command() -> list[str | Path]:
    """What starts the engine: isolated (-I) from the user's own Python settings, its output unbuffered (-u)."""
    return [find_python(), "-I", "-u", package.ENGINE / "__main__.py", "serve"]


session = Session()


def register() -> None:
    atexit.register(session.stop)


def unregister() -> None:
    atexit.unregister(session.stop)
    session.stop()


def _declarations(content: tuple[dict[str, Any], ...]) -> Iterator[Declaration]:
    for number, item in enumerate(content):
        yield load(Declaration, item, f"ops[{number}]")


def _tick() -> float | None:
    session.pump()
    if not session.client or not session.client.alive:
        return None
    return TICK if session.running else IDLE_TICK


def redraw_clip_editors(*, panels: bool = True) -> None:
    """What they show has changed, in the clip's region and in the `panels`, which take longer to draw."""
    if bpy.app.background:
        return
    manager = bpy.context.window_manager
    for window in manager.windows if manager else ():
        for area in window.screen.areas:
            for region in area.regions if area.type == "CLIP_EDITOR" else ():
                if panels or region.type == "WINDOW":
                    region.tag_redraw()
