"""The one installation of this Blender: its process, what it is at, and the look at the machine. Two threads, and neither touches bpy."""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import bpy

from ...engine.shot import MattewrightError
from . import machine
from .child import environment, no_window
from .request import CANCEL, GO, News, Request, read_news

TICK = 0.2
"""Seconds between two looks at what the worker says."""
FAREWELL = 3.0
"""Seconds that the worker has to end by itself when Blender does."""


class Work:
    """One run of the worker."""

    def __init__(self, request: Request, python: Path) -> None:
        """`python` runs the worker. Raises MattewrightError when it can't be started."""
        self.request = request
        self.news = News("step", "Starting")
        self.ended: News | None = None
        """The worker's last word."""
        self.cancelling = False
        self.waits_for_engine = False
        """Whether it goes on only when no engine runs."""
        command = [str(python), "-I", "-u", str(Path(__file__).parent / "worker.py")]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment({}),
                creationflags=no_window(),
                start_new_session=os.name == "posix",  # Ctrl-C in Blender's terminal is for Blender
            )
        except OSError as error:
            raise MattewrightError(f"the installation can't be started: {command[0]}: {error.strerror or error}") from None
        self._heard: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._errors: deque[str] = deque(maxlen=20)
        threading.Thread(target=self._listen_to_errors, name="mattewright install stderr", daemon=True).start()
        threading.Thread(target=self._listen, name="mattewright install", daemon=True).start()
        self._write(request.line())

    def poll(self) -> bool:
        """Take in what the worker said; whether it was anything new."""
        changed = False
        while self.ended is None:
            try:
                news = self._heard.get_nowait()
            except queue.Empty:
                break
            changed = True
            if news.event == "step":
                self.news = news
            elif news.event == "stop engine":
                self.waits_for_engine = True
            else:
                self.ended = news
        return changed

    def go_on(self) -> None:
        """Tell the worker that no engine runs any more."""
        self.waits_for_engine = False
        self._write(f"{GO}\n")

    def cancel(self) -> None:
        """End the work; what was made so far is kept for the next try."""
        self.cancelling = True
        self._write(f"{CANCEL}\n")

    def close(self) -> None:
        """Blender ends: so does the worker, and what it runs."""
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        try:
            self._process.wait(FAREWELL)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _write(self, text: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):  # it is gone; the listening thread says so
            self._process.stdin.write(text.encode("ascii"))
            self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        ended = False
        for line in self._process.stdout:
            news = read_news(line)
            if news is not None:
                ended = ended or news.event in ("done", "cancelled", "failed")
                self._heard.put(news)
        code = self._process.wait()
        if not ended:
            told = self._errors[-1] if self._errors else ""
            self._heard.put(News("failed", f"the installation stopped (exit code {code})" + (f": {told}" if told else "")))

    def _listen_to_errors(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            text = line.decode("utf-8", errors="replace").strip()
            if text:
                self._errors.append(text)


class Installer:
    """What the panels show, and the operators start."""

    def __init__(self) -> None:
        self.work: Work | None = None
        """The last one."""
        self.machine: machine.Machine | None = None
        """None before it was looked at."""
        self.worker_python = Path(sys.executable)
        self.stop_engine: Callable[[], bool] = lambda: True
        """Stops the engine; False while it works and may not be stopped."""
        self.changed: Callable[[], None] = lambda: None
        """Called when there is something new to show."""
        self._looking: threading.Thread | None = None

    @property
    def running(self) -> Work | None:
        return self.work if self.work is not None and self.work.ended is None else None

    def look(self, *, wait: bool = False) -> machine.Machine | None:
        """What the machine has; None while that is being found out, which takes seconds where a GPU sleeps, unless `wait` is set."""
        if self.machine is None and self._looking is None:
            self._looking = threading.Thread(target=self._look, name="mattewright machine", daemon=True)
            self._looking.start()
            self._watch()
        if wait and self._looking is not None:
            self._looking.join()
        return self.machine

    def start(self, request: Request) -> Work:
        """Begin, and return at once. Raises MattewrightError if one runs or it can't be started."""
        if self.running is not None:
            raise MattewrightError("the engine is being installed already: wait for it, or cancel it")
        self.work = Work(request, self.worker_python)
        self._watch()
        return self.work

    def run(self, request: Request, report: Callable[[News], None]) -> News:
        """Do it and wait for the end, as in background; its last word. `report` is called with each step. Raises MattewrightError."""
        work = self.start(request)
        shown = ""
        try:
            while work.ended is None:
                self.pump()
                what = work.news.text.partition(",")[0]
                if what != shown:
                    shown = what
                    report(work.news)
                time.sleep(TICK / 4)
        except KeyboardInterrupt:
            work.cancel()
            while work.ended is None:
                self.pump()
                time.sleep(TICK / 4)
        return work.ended

    def pump(self) -> None:
        """Take in what the worker said, and let it go on when it waits for the engine's end."""
        work = self.work
        if work is None or work.ended is not None:
            return
        if work.poll():
            self.changed()
        if work.waits_for_engine and self.stop_engine():
            work.go_on()

    def close(self) -> None:
        """End what runs, and the timer."""
        if not bpy.app.background and bpy.app.timers.is_registered(_tick):
            bpy.app.timers.unregister(_tick)
        if self.running is not None:
            self.running.close()

    def _look(self) -> None:
        self.machine = machine.detect()

    def _watch(self) -> None:
        if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
            bpy.app.timers.register(_tick, first_interval=TICK, persistent=True)

    def tick(self) -> float | None:
        """From Blender's timer."""
        self.pump()
        looking = self._looking is not None and self._looking.is_alive()
        if self.running is not None or looking:
            return TICK
        self.changed()
        return None


installer = Installer()


def _tick() -> float | None:
    return installer.tick()


def register(stop_engine: Callable[[], bool], changed: Callable[[], None]) -> None:
    installer.stop_engine, installer.changed = stop_engine, changed
    atexit.register(installer.close)


def unregister() -> None:
    atexit.unregister(installer.close)
    installer.close()
