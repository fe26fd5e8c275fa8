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
from .errors import Cancelled, EngineError, NeverStarted, Stopped, WrongVersion, of_answer, of_end
from .patience import Patience
from .process import EngineProcess

BUDGET = 0.008
"""Seconds that one `poll` may take on Blender's main thread; half of a frame at 60 Hz."""
START_TIMEOUT = 60.0
"""Seconds to the first answer. An antivirus may read a fresh environment first."""
PING_EVERY = 2.0
"""Seconds between two questions whether the engine is still there, while it owes an answer."""
FAREWELL = 2.0
"""Seconds between the end of the engine's output and its exit code."""


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
    """Empty where the process is gone, and its end says why."""
    code: int | None = None


class Client:
    """Requests to one engine process, answered through `poll`. Not thread-safe: use it from one thread."""

    def __init__(self, process: EngineProcess, start_timeout: float = START_TIMEOUT, now: Callable[[], float] = time.monotonic) -> None:
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
        self._patience = Patience(now)
        self._heard_at = self._pinged_at = 0.0
        """Of the patience's seconds."""
        self._ping: int | None = None
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
        return any(request.method != "ping" for request in self._pending.values())

    @property
    def silence(self) -> float:
        """Seconds for which the engine has said nothing although it owes an answer and was asked whether it is there; 0 before."""
        return self._patience.seconds - self._heard_at if self.alive and (self._ping is not None or not self.initialized) else 0.0

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
        self._look(handled)
        return handled

    def stop(self, patience: float = 2.0) -> None:
        """End the engine and answer what is pending with an error."""
        self._outgoing.put(None)
        self._writer.join(0.5)
        self.process.stop(patience)
        self._reader.join(0.5)
        self._fail(Stopped("the engine was stopped"))

    def abandon(self) -> None:
        """Like `stop`, without waiting: the process goes in its own time, by force if need be."""
        self._fail(Stopped("the engine was stopped"))

    # --- on the main thread

    def _look(self, heard: bool) -> None:
        """See how long nothing was heard, and ask whether the engine is there."""
        if self.failure is not None:
            return
        now = self._patience.look()
        if heard or not self.busy:
            self._heard_at = now
        if not self.initialized:
            if now > self._start_timeout:
                self._fail(NeverStarted(f"the engine didn't answer within {self._start_timeout:g} s of its start{self._last_words()}"))
        elif self.busy and self._ping is None and now - self._pinged_at >= PING_EVERY:
            self._pinged_at = now
            self._ping = self.request("ping", protocol.Ping(), self._on_pong)

    def _on_pong(self, result: Any, error: MattewrightError | None) -> None:
        """An engine that refuses is there too."""
        self._ping = None

    def _register(self, request: Request) -> int:
        number = self._next
        self._next += 1
        self._pending[number] = request
        return number

    def _handle(self, message: dict[str, Any] | _Ended) -> None:
        if isinstance(message, _Ended):
            if message.reason:
                self._fail(EngineError(message.reason + self._last_words()))
            else:
                self._fail(of_end(message.code, self.process.last_line(), started=self.initialized is not None))
            return
        try:
            if "method" in message:
                self._notified(message["method"], message.get("params"))
            else:
                self._answered(message)
        except DocumentError as error:
            self._fail(EngineError(f"the engine sent what this add-on doesn't understand: {error}"))

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
                request.on_done(None, of_answer(protocol.read_failure(message["error"])))
            else:
                kind = protocol.RESULTS.get(request.method, protocol.JobDone)
                result = load(kind, message.get("result"), "result") if request.method != "shutdown" else None
                request.on_done(result, None)
        except DocumentError as error:
            request.on_done(None, EngineError(f"the engine sent what this add-on doesn't understand: {error}"))
            raise

    def _on_initialized(self, result: Any, error: MattewrightError | None) -> None:
        if error is not None:
            if not isinstance(error, EngineError):
                kind = WrongVersion if "protocol" in str(error) else NeverStarted
                self._fail(kind(f"the engine refused to start: {error}"))
            return
        if result.protocol != protocol.PROTOCOL:
            self._fail(
                WrongVersion(
                    f"the engine {result.engine} speaks protocol {result.protocol}, this add-on {protocol.PROTOCOL}: "
                    "install the two from the same version of Mattewright, then restart Blender"
                )
            )
            return
        self.initialized = result
        for message in self._waiting:
            self._outgoing.put(message)
        self._waiting.clear()

    def _fail(self, failure: EngineError) -> None:
        """The end: whoever waits hears why, and the process goes (without waiting for it here, on Blender's main thread)."""
        if self.failure:
            return
        self.failure = failure
        self._waiting.clear()
        pending, self._pending = self._pending, {}
        for request in pending.values():
            request.on_done(None, self.failure)
        self._outgoing.put(None)
        self.process.stop_later()

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
            ended = _Ended(f"the engine's output is no protocol ({error})" if code is None else "", code)
        except (OSError, ValueError) as error:  # ValueError: closed under our hands
            ended = _Ended(f"the engine's output can't be read ({error})")
        else:
            ended = _Ended("", self.process.exit_code(FAREWELL))
        self._incoming.put(ended)

    def _write(self) -> None:
        while (message := self._outgoing.get()) is not None:
            try:
                write_message(self.process.stdin, message)
            except (OSError, ValueError):  # it is gone; the reader says why
                return
