"""The JSON-RPC client. Two threads read and write the pipes and never touch bpy; all else runs where `poll` is called."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...engine.shot import DocumentError, MattewrightError
from ...engine.shot import messages as protocol
from ...engine.shot.fields import load
from ...engine.shot.framing import read_message, write_message
from .process import EngineProcess

BUDGET = 0.008
"""Seconds that one `poll` may take on Blender's main thread; half of a frame at 60 Hz."""
START_TIMEOUT = 60.0
"""Seconds to the first answer. An antivirus may read a fresh environment first."""
FAREWELL = 2.0
"""Seconds between the end of the engine's output and its exit code."""


class EngineError(MattewrightError):
    """The engine isn't there, or doesn't speak the protocol; the session is over."""


class Cancelled(MattewrightError):  # noqa: N818 - not an error: what the user asked for
    """The user stopped the job; what it had written stays."""


@dataclass
class Request:
    """What waits for an answer; `on_done` gets the result, or the error."""

    method: str
    on_done: Callable[[Any, MattewrightError | None], None]
    on_progress: Callable[[protocol.Progress], None] | None = None


@dataclass(frozen=True)
class _Ended:
    """The reader's last word: why nothing more will come."""

    reason: str


class Client:
    """Requests to one engine process, answered through `poll`. Not thread-safe: use it from one thread."""

    def __init__(self, process: EngineProcess, start_timeout: float = START_TIMEOUT) -> None:
        self.process = process
        self.initialized: protocol.Initialized | None = None
        self.failure: EngineError | None = None
        self.on_log: Callable[[protocol.Log], None] = lambda log: None
        self._next = 1
        self._pending: dict[int, Request] = {}
        self._waiting: list[dict[str, Any]] = []
        """Requests that go out as soon as the engine has said who it is."""
        self._incoming: queue.SimpleQueue[dict[str, Any] | _Ended] = queue.SimpleQueue()
        self._outgoing: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._start_timeout = start_timeout
        self._deadline: float | None = time.monotonic() + start_timeout
        self._reader = threading.Thread(target=self._read, name="mattewright reader", daemon=True)
        self._writer = threading.Thread(target=self._write, name="mattewright writer", daemon=True)
        self._reader.start()
        self._writer.start()
        first = self._register(Request("initialize", self._on_initialized))
        self._outgoing.put(protocol.request(first, "initialize", protocol.Initialize()))

    @property
    def alive(self) -> bool:
        return self.failure is None

    @property
    def busy(self) -> bool:
        """Whether anything waits for an answer."""
        return bool(self._pending)

    def request(
        self,
        method: str,
        params: Any,
        on_done: Callable[[Any, MattewrightError | None], None],
        on_progress: Callable[[protocol.Progress], None] | None = None,
    ) -> int:
        """Send a request, and return its id at once; `on_done` is called from `poll`, exactly once.

        Raises EngineError if the engine is gone.
        """
        if self.failure:
            raise self.failure
        number = self._register(Request(method, on_done, on_progress))
        message = protocol.request(number, method, params)
        if self.initialized:
            self._outgoing.put(message)
        else:
            self._waiting.append(message)
        return number

    def cancel(self, number: int) -> None:
        """Ask the engine to stop request `number` between two frames; its answer then is `Cancelled`."""
        if number not in self._pending:
            return
        unsent = [message for message in self._waiting if message["id"] == number]
        if unsent:
            self._waiting.remove(unsent[0])
            self._pending.pop(number).on_done(None, Cancelled("cancelled"))
        else:
            self._outgoing.put(protocol.notification("cancel", protocol.Cancel(number)))

    def poll(self, budget: float = BUDGET, patience: float = 0.0) -> bool:
        """Handle what has arrived, for `budget` seconds at most, after waiting up to `patience` seconds for the first message.

        Returns whether anything was handled.
        """
        handled = False
        until = time.monotonic() + patience + budget
        while self.failure is None:
            try:
                message = self._incoming.get(timeout=patience) if patience and not handled else self._incoming.get_nowait()
            except queue.Empty:
                break
            handled = True
            self._handle(message)
            if time.monotonic() >= until:
                break
        if self._deadline is not None and self.failure is None and time.monotonic() > self._deadline:
            self._fail(f"the engine didn't answer within {self._start_timeout:g} s of its start{self._last_words()}")
        return handled

    def stop(self, patience: float = 2.0) -> None:
        """End the engine and answer what is pending with an error."""
        self._outgoing.put(None)
        self._writer.join(0.5)
        self.process.stop(patience)
        self._reader.join(0.5)
        self._fail("the engine was stopped")

    # --- on the main thread

    def _register(self, request: Request) -> int:
        number = self._next
        self._next += 1
        self._pending[number] = request
        return number

    def _handle(self, message: dict[str, Any] | _Ended) -> None:
        if isinstance(message, _Ended):
            self._fail(message.reason)
            return
        try:
            if "method" in message:
                self._notified(message["method"], message.get("params"))
            else:
                self._answered(message)
        except DocumentError as error:
            self._fail(f"the engine sent what this add-on doesn't understand: {error}")

    def _notified(self, method: object, params: object) -> None:
        if method == "progress":
            progress = load(protocol.Progress, params, "progress")
            request = self._pending.get(progress.id)
            if request and request.on_progress:
                request.on_progress(progress)
        elif method == "log":
            self.on_log(load(protocol.Log, params, "log"))
        # A notification that we don't know may be ignored, says JSON-RPC; a newer engine may send some.

    def _answered(self, message: dict[str, Any]) -> None:
        number = message.get("id")
        request = self._pending.pop(number, None) if isinstance(number, int) else None
        if request is None:
            if "error" in message:  # of a message that the engine couldn't read: nobody else will hear of it
                raise DocumentError("", protocol.read_failure(message["error"]).message)
            raise DocumentError("id", f"{number!r} answers no request")
        try:
            if "error" in message:
                failure = protocol.read_failure(message["error"])
                request.on_done(None, _error(failure))
            else:
                kind = protocol.RESULTS.get(request.method, protocol.JobDone)
                result = load(kind, message.get("result"), "result") if request.method != "shutdown" else None
                request.on_done(result, None)
        except DocumentError as error:
            request.on_done(None, EngineError(f"the engine sent what this add-on doesn't understand: {error}"))
            raise

    def _on_initialized(self, result: Any, error: MattewrightError | None) -> None:
        self._deadline = None
        if error is not None:
            if not isinstance(error, EngineError):
                self._fail(f"the engine refused to start: {error}")
            return
        if result.protocol != protocol.PROTOCOL:
            self._fail(
                f"the engine {result.engine} speaks protocol {result.protocol}, this add-on {protocol.PROTOCOL}: "
                "install the two from the same version of Mattewright"
            )
            return
        self.initialized = result
        for message in self._waiting:
            self._outgoing.put(message)
        self._waiting.clear()

    def _fail(self, reason: str) -> None:
        """The end: whoever waits hears why, and the process goes (without waiting for it here, on Blender's main thread)."""
        if self.failure:
            return
        self.failure = EngineError(reason)
        self._waiting.clear()
        pending, self._pending = self._pending, {}
        for request in pending.values():
            request.on_done(None, self.failure)
        self._outgoing.put(None)
        threading.Thread(target=self.process.stop, name="mattewright stop", daemon=True).start()

    def _last_words(self) -> str:
        line = self.process.last_line()
        return f": {line}" if line else ""

    # --- on the two threads

    def _read(self) -> None:
        try:
            while (message := read_message(self.process.stdout)) is not None:
                self._incoming.put(message)
        except MattewrightError as error:
            code = self.process.exit_code(0.2)
            reason = f"the engine's output is no protocol ({error})" if code is None else f"the engine stopped (exit code {code})"
        except (OSError, ValueError) as error:  # ValueError: closed under our hands
            reason = f"the engine's output can't be read ({error})"
        else:
            code = self.process.exit_code(FAREWELL)
            reason = "the engine closed its output" if code is None else f"the engine stopped (exit code {code})"
        self._incoming.put(_Ended(reason + self._last_words()))

    def _write(self) -> None:
        while (message := self._outgoing.get()) is not None:
            try:
                write_message(self.process.stdin, message)
            except (OSError, ValueError):  # it is gone; the reader says why
                return


def _error(failure: protocol.Failure) -> MattewrightError:
    text = " ".join(failure.message.split())
    return Cancelled(text) if failure.code == protocol.CANCELLED else MattewrightError(text)
