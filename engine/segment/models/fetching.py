"""Run a package manager's command that fetches something, and say how it ended."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path


def fetch(command: Sequence[str], folder: Path, tick: Callable[[], None]) -> tuple[int, str]:
    """The command's exit status and what it printed, run in `folder`, where its log is kept.

    `tick` is called now and then; what it raises ends the command and passes through.
    """
    log = folder / "fetch.log"
    with log.open("wb") as output, subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output) as process:
        try:
            while process.poll() is None:
                tick()
                try:
                    process.wait(0.2)
                except subprocess.TimeoutExpired:
                    continue
        except BaseException:
            process.kill()
            raise
    return process.returncode, log.read_text(encoding="utf-8", errors="replace")
