"""A program beside Blender, such as the engine: starting it, what it says last, and ending it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, BinaryIO, cast

from ...engine.shot import MattewrightError

_leaving: set[PipedProcess] = set()
"""Those that are being ended on threads of their own, and may not be left to themselves as Blender quits."""
LAST_WORDS = 50
"""Lines of its standard error that are kept."""


class PipedProcess:
    """One child process with pipes. It ends by itself at its stdin's end, so it never outlives Blender, however that ends."""

    def __init__(self, command: Sequence[str | Path], called: str, environment: Mapping[str, str]) -> None:
        """`called`: what it is, for the user. Raises MattewrightError if it can't be started."""
        try:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(environment),
                creationflags=_creation_flags(),
                # Ctrl-C in Blender's terminal must reach Blender alone, which then cancels the job in good order. No session of its own:
                # Linux shares the processor out between sessions first, and only within one by niceness.
                process_group=0 if os.name == "posix" else None,
            )
        except OSError as error:
            raise MattewrightError(f"{called} can't be started: {command[0]}: {error.strerror or error}") from None
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self.stdin = cast(BinaryIO, self._process.stdin)
        self.stdout = cast(BinaryIO, self._process.stdout)
        self._last_words: deque[str] = deque(maxlen=LAST_WORDS)
        # A pipe that nobody reads fills up, and then the process waits for ever.
        self._listener = threading.Thread(target=self._listen, args=(self._process.stderr,), name="mattewright stderr", daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self, patience: float = 0.0) -> int | None:
        """The exit code, waiting up to `patience` seconds for it; None while it runs."""
        try:
            code = self._process.wait(patience) if patience else self._process.poll()
        except subprocess.TimeoutExpired:
            return None
        if code is not None:
            self._listener.join(patience)
        return code

    def last_line(self) -> str:
        """The last line on its standard error that isn't empty."""
        return next((line for line in reversed(tuple(self._last_words)) if line.strip()), "").strip()

    def stop_later(self, patience: float = 2.0) -> None:
        """`stop` it on a thread of its own, while Blender goes on; `end_all` waits for that."""
        _leaving.add(self)

        def stop() -> None:
            self.stop(patience)
            _leaving.discard(self)

        threading.Thread(target=stop, name="mattewright stop", daemon=True).start()

    def stop(self, patience: float = 2.0) -> None:
        """End it: by its stdin's end, else by force after `patience` seconds, and again as long. Once more while one waits is harmless."""
        # On a thread of its own: while another writes to a process that takes nothing, this waits until that one is gone.
        threading.Thread(target=self._close_input, name="mattewright close", daemon=True).start()
        if self.exit_code(patience) is None:
            self._process.terminate()
        if self.exit_code(patience) is None:
            self._process.kill()
            self.exit_code(patience)

    def _close_input(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # it is gone, or never took what was written
            self.stdin.close()

    def _listen(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._last_words.append(line.decode("utf-8", errors="replace").rstrip())


class EngineProcess(PipedProcess):
    """The engine's: Blender's own Python variables would lead another Python astray."""

    def __init__(self, command: Sequence[str | Path]) -> None:
        """Raises MattewrightError if it can't be started."""
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("PYTHON")}
        super().__init__(command, "the engine", kept)


def any_leaving() -> bool:
    """Whether a process that was told to end is still there."""
    return bool(_leaving)


def end_all(patience: float = 0.5) -> None:
    """Wait for those that are being ended: as Blender quits, nobody else will see to one that hangs."""
    for process in tuple(_leaving):
        process.stop(patience)
        _leaving.discard(process)


def _creation_flags() -> int:
    """No console, no Ctrl-C of Blender's, and Blender before it where both want the processor; elsewhere it sees to that itself."""
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.BELOW_NORMAL_PRIORITY_CLASS
    return 0
