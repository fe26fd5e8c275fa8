"""What the command says on standard output, and keeps in the .blend."""

from __future__ import annotations

import time

import bpy

from ...engine.shot import MattewrightError
from .. import jobs
from ..link import Job

LINE_EVERY = 1.0
"""Seconds between two lines of progress, at the least: a farm keeps them all."""


class Lines:
    """Lines of progress, not too many."""

    def __init__(self) -> None:
        self._last = 0.0

    def say(self, text: str, *, last: bool) -> None:
        now = time.monotonic()
        if last or now - self._last >= LINE_EVERY:
            self._last = now
            say(text)

    def report(self, job: Job) -> None:
        """How far the job is."""
        progress = job.progress
        self.say(jobs.progress_line(job), last=progress is not None and progress.done == progress.total)


def say(text: str) -> None:
    print(text, flush=True)


def save(path: str) -> None:
    try:
        if path:
            bpy.ops.wm.save_as_mainfile(filepath=bpy.path.abspath(path), copy=True)
        else:
            bpy.ops.wm.save_mainfile()
    except RuntimeError as error:
        raise MattewrightError(" ".join(str(error).split())) from None
    say(f"saved {path or bpy.data.filepath}")
