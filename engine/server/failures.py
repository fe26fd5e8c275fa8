"""What a request is answered with when nothing came of it."""

from __future__ import annotations

import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..interrupt import Interrupted
from ..shot import MattewrightError
from ..shot import messages as m
from ..shot.errors import UnlessError
from . import memory


class Cancelled(Exception):  # noqa: N818 - not an error: what the user asked for
    """The request that is being worked on was cancelled."""


class Failed(Exception):  # noqa: N818 - becomes a JSON-RPC error object
    """With a code of the protocol's own."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def failure_of(message: dict[str, Any], error: Exception) -> dict[str, Any]:
    """The answer to the request `message`, one line; a defect's traceback goes to standard error."""
    number, text = message["id"], str(error)
    if isinstance(error, Cancelled | Interrupted):
        return m.failure(number, m.CANCELLED, "cancelled; the frames that were done are kept")
    if isinstance(error, Failed):
        return m.failure(number, error.code, text)
    if isinstance(error, MattewrightError):
        from ..segment.models import ModelMissingError

        if isinstance(error, ModelMissingError):
            return m.failure(number, m.MODEL_MISSING, text, error.name)
        if isinstance(error, UnlessError):
            return m.failure(number, m.UNLESS, text, option=error.option)
        return m.failure(number, m.REFUSED, text)
    if memory.is_shortage(error):
        return m.failure(number, m.OUT_OF_MEMORY, memory.explain(error), _smaller_model(message))
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        what = f"{where}{error.strerror or error}"
        return m.failure(number, m.REFUSED, f"{what}: see that its drive is there, and run again; what is done is kept")
    traceback.print_exception(error)
    return m.failure(number, m.INTERNAL_ERROR, f"engine: {type(error).__name__}: {error}")


def _smaller_model(message: dict[str, Any]) -> str:
    """What to suggest for the request's shot; empty where nothing is known."""
    from ..refine import CATALOGUE
    from ..shot import document_path, read

    params = message.get("params")
    with suppress(MattewrightError):
        if isinstance(params, dict) and isinstance(params.get("shot"), str):
            return memory.smaller_model(read(document_path(Path(params["shot"])), CATALOGUE).tracking)
    return ""
