"""A program that the worker runs: its output line by line, into the log as well, and ended at once when the user cancels."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from .errors import Cancelled

TICK = 0.2
"""Seconds between two looks at whether the user has cancelled."""
_STRANGERS = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_REQUIREMENT", "PIP_CONSTRAINT", "PIP_DRY_RUN", "VIRTUAL_ENV")
"""Settings of the user's own that would put packages elsewhere, or others."""


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """The user's variables, pip's settings among them, without what would lead Python or pip astray."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("PYTHON") and name.upper() not in _STRANGERS}
    return {**kept, "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **more}


def no_window() -> int:
    """Windows would open a console for each program."""
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW
    return 0


class Child:
    """Runs one program at a time."""

    def __init__(self, log: TextIO) -> None:
        self._log = log
        self.cancelled = threading.Event()

    def run(
        self,
        command: Sequence[str | Path],
        heard: Callable[[str], None] | None = None,
        more: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> tuple[int, list[str]]:
        """(exit code, its lines). `heard` gets each line as it comes; `more` are further variables. Raises Cancelled, OSError."""
        if self.cancelled.is_set():
            raise Cancelled
        words = [str(word) for word in command]
        self.note("$ " + " ".join(words))
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(more or {}),
            cwd=folder,
            encoding="utf-8",
            errors="replace",
            creationflags=no_window(),
            start_new_session=os.name == "posix",
        )
        lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
        reader.start()
        said: list[str] = []
        try:
            while (line := self._next(lines)) is not None:
                if not line.startswith("Progress "):  # pip's, several a second
                    self.note(line)
                    said.append(line)
                if heard is not None:
                    heard(line)
            return process.wait(), said
        except BaseException:
            end(process)
            raise

    def note(self, line: str) -> None:
        """Write a line into the log."""
        self._log.write(line + "\n")
        self._log.flush()

    def _next(self, lines: queue.SimpleQueue[str | None]) -> str | None:
        while True:
            if self.cancelled.is_set():
                raise Cancelled
            try:
                return lines.get(timeout=TICK)
            except queue.Empty:
                continue


def end(process: subprocess.Popen[str]) -> None:
    """End the program and those that it started."""
    if process.poll() is not None:
        return
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _read(process: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    assert process.stdout is not None
    with contextlib.suppress(ValueError):  # closed under our hands
        for line in process.stdout:
            lines.put(line.rstrip())
    lines.put(None)
