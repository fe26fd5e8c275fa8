"""Where messages go out."""

from __future__ import annotations

import threading
from typing import Any, BinaryIO

from ..shot.framing import write_message


class Connection:
    """Sends messages; the reader and the worker both may."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: dict[str, Any]) -> None:
        """Write one message. The other side being gone is not an error here: standard input's end says so too."""
        with self._lock:
            try:
                write_message(self._stream, message)
            except (BrokenPipeError, OSError, ValueError):
                return
