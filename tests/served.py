"""The engine's server inside a test's process."""

from __future__ import annotations

import os
import threading
from typing import Any

from engine.server import server
from engine.shot import messages as m
from engine.shot.framing import read_message, write_message

PATIENCE = 60.0
"""Seconds until a test gives up; a bound against hanging, not a measurement."""


class Served:
    """The server in this process, its ends on pipes, with a job that runs until it is let go."""

    def __init__(self) -> None:
        source, self._to = os.pipe()
        self._from, sink = os.pipe()
        self.let_go = threading.Event()
        self.busy = threading.Event()
        self._streams = os.fdopen(source, "rb", buffering=0), os.fdopen(sink, "wb")
        self._input, self._output = os.fdopen(self._to, "wb"), os.fdopen(self._from, "rb")
        self.server = server.Server(self._streams[0], server.Connection(self._streams[1]))
        self.server._methods["track"] = self._job
        self._worker = threading.Thread(target=self.server.run, daemon=True)
        self._worker.start()
        self._number = 0

    def _job(self, number: int, message: dict[str, Any]) -> m.JobDone:
        self.busy.set()
        assert self.let_go.wait(PATIENCE)
        return m.JobDone(1, 0)

    def ask(self, method: str, params: Any) -> int:
        self._number += 1
        write_message(self._input, m.request(self._number, method, params))
        return self._number

    def say(self, method: str, params: Any) -> None:
        """A notification."""
        write_message(self._input, m.notification(method, params))

    def next(self) -> dict[str, Any]:
        found = read_message(self._output)
        assert found is not None
        return found

    def result(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The next answer's result, and the progress that came before it."""
        progress = []
        while "id" not in (said := self.next()):
            progress += [said["params"]] if said["method"] == "progress" else []
        assert "result" in said, said
        return said["result"], progress

    def close(self) -> None:
        self.let_go.set()
        self._input.close()
        self._worker.join(PATIENCE)
        assert not self._worker.is_alive()
        for stream in (*self._streams, self._output):
            stream.close()
