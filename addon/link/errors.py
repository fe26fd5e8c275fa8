"""What may go wrong with the engine, by what mends it."""

from __future__ import annotations

from ...engine.shot import MattewrightError
from ...engine.shot import messages as protocol
from ...engine.shot.errors import UnlessError

STARVED = ("out of memory", "outofmemory", "memoryerror", "bad_alloc", "not enough memory", "can't allocate memory")
"""What the last words of a process that had too little memory contain, in lower case."""
KILLED = (-9, 137)
"""Exit codes of a process that the system has killed: on Linux it does so when memory runs out."""


class EngineError(MattewrightError):
    """The engine isn't there, or doesn't speak the protocol; the session is over. Starting it anew is what there is to do."""


class NeverStarted(EngineError):  # noqa: N818 - what is wrong is in the name
    """It ended, or said nothing, before it had said who it is: its Python lacks something."""


class WrongVersion(EngineError):  # noqa: N818
    """It speaks another protocol than this add-on."""


class Starved(EngineError):  # noqa: N818
    """It ended for want of memory, as far as can be told from outside."""


class Stopped(EngineError):  # noqa: N818
    """It was ended on purpose."""


class OutOfMemory(MattewrightError):  # noqa: N818
    """There is too little memory for what was asked; the engine lives on."""

    def __init__(self, text: str, model: str = "") -> None:
        super().__init__(text)
        self.model = model
        """An installed model that is smaller; empty where there is none."""


class ModelMissing(MattewrightError):  # noqa: N818
    """The weights are not there."""

    def __init__(self, text: str, model: str = "") -> None:
        super().__init__(text)
        self.model = model
        """Whose."""


class Cancelled(MattewrightError):  # noqa: N818 - not an error: what the user asked for
    """The user stopped the job; what it had written stays."""


def of_answer(failure: protocol.Failure) -> MattewrightError:
    """An error that the engine answered with."""
    text = " ".join(failure.message.split())
    if failure.code == protocol.CANCELLED:
        return Cancelled(text)
    if failure.code == protocol.OUT_OF_MEMORY:
        return OutOfMemory(text, failure.model)
    if failure.code == protocol.MODEL_MISSING:
        return ModelMissing(text, failure.model)
    if failure.code == protocol.UNLESS:
        return UnlessError(text, failure.option)
    return MattewrightError(text)


def of_end(code: int | None, last_line: str, *, started: bool) -> EngineError:
    """An engine whose output ended. `code`: its exit code, None while it still runs."""
    words = f": {last_line}" if last_line else ""
    if code is None:
        return EngineError(f"the engine closed its output{words}")
    if code in KILLED and not words:
        return Starved("the engine was killed, by somebody or by the system, which does so when memory runs out; what is done is kept")
    kind: type[EngineError] = EngineError if started else NeverStarted
    if started and any(said in last_line.lower() for said in STARVED):
        kind = Starved
    return kind(f"the engine stopped (exit code {code}){words}")
