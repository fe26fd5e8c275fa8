"""JSON-RPC messages on a byte stream, framed as the Language Server Protocol does: ``Content-Length: N``, a blank line, N bytes.

Source: Language Server Protocol 3.17, "Base Protocol".
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from .errors import DocumentError, MattewrightError
from .fields import parse_json

LONGEST_BODY = 64 * 1024 * 1024
"""Bytes. Pixels never travel in messages, so that a longer one is a defect or an attack."""


class FramingError(MattewrightError):
    """The stream does not hold framed messages; nothing after this point can be read."""


def write_message(stream: BinaryIO, message: dict[str, Any]) -> None:
    """Write one message and flush it."""
    body = json.dumps(message, separators=(",", ":"), allow_nan=False).encode("utf-8")
    stream.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    stream.flush()


def read_message(stream: BinaryIO) -> dict[str, Any] | None:
    """The next message, or None at the stream's end between two messages.

    Raises FramingError for a broken header or a body cut short, DocumentError for a body that is no JSON object in UTF-8
    (the next message can be read all the same).
    """
    length: int | None = None
    first = True
    while True:
        line = stream.readline(1024)
        if not line and first:
            return None
        if not line.endswith(b"\n"):
            raise FramingError("protocol: the stream ended inside a header")
        first = False
        line = line.strip()
        if not line:
            break
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            text = value.strip()
            if not text.isdigit() or int(text) > LONGEST_BODY:
                raise FramingError(f"protocol: Content-Length {text[:40]!r}, expected 0 to {LONGEST_BODY}")
            length = int(text)
    if length is None:
        raise FramingError("protocol: a header without Content-Length")
    body = bytearray()
    while len(body) < length:
        piece = stream.read(length - len(body))
        if not piece:
            raise FramingError(f"protocol: the stream ended after {len(body)} of {length} bytes of a message")
        body += piece
    try:
        message = parse_json(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise DocumentError("", "a message that is not UTF-8") from None
    if not isinstance(message, dict):
        raise DocumentError("", "a message that is not a JSON object")
    return message
