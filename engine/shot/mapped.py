"""The file through which the pixels of live previews go from the engine to the add-on: two masks of the whole picture, mapped by both.

No byte is seen half written: a slot belongs to the engine from the request that names it to its answer, and otherwise to the add-on,
which asks for the one that it doesn't show. The add-on makes the file and removes it; the engine holds it only while it writes, as
Windows removes no file that is open anywhere. A picture of another size gets another file: one that is mapped can't be cut.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Literal

from .errors import MattewrightError

Slot = Literal[0, 1]
PREFIX = "mattewright-preview-"


def bytes_for(width: int, height: int) -> int:
    """The size of the file for pictures of `width` x `height` pixels."""
    return 2 * width * height


def create(width: int, height: int) -> Path:
    """A new file for pictures of that size, in the system's folder for such. Raises MattewrightError."""
    try:
        handle, name = tempfile.mkstemp(prefix=PREFIX, suffix=".masks")
        with os.fdopen(handle, "wb") as stream:
            stream.truncate(bytes_for(width, height))
    except OSError as error:
        raise MattewrightError(f"{tempfile.gettempdir()}: no file for live previews can be made there: {error.strerror or error}") from None
    return Path(name)


def remove(path: Path) -> None:
    """Remove the file; where the engine just writes into it on Windows, the system's own cleaning must."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def map_file(path: Path, width: int, height: int) -> mmap.mmap:
    """The file's bytes: slot 0, then slot 1, each `height` rows of `width` bytes from the top. Raises MattewrightError for another file."""
    try:
        with path.open("r+b") as stream:
            expected = bytes_for(width, height)
            found = os.fstat(stream.fileno()).st_size
            if found != expected:
                raise MattewrightError(f"{path}: {found} bytes, expected {expected} for two masks of {width} x {height} pixels")
            return mmap.mmap(stream.fileno(), expected)
    except OSError as error:
        raise MattewrightError(f"{path}: can't be written to: {error.strerror or error}") from None
