"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..shot import MattewrightError

ABANDONED_AFTER = 3600.0
"""Seconds. A partial file that old belongs to an engine that was killed, not to one that is writing."""

_MARK = ".partial"
_IN_USE = (5, 32, 33)
"""What Windows says of a file that another program has open, or a part of it locked: access denied, sharing and lock violation."""


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path in `path`'s folder, to be written and closed inside the block; renamed to `path` when it ends well.

    The ending stays the same, for writers that go by it; the rest is random, because engines on a farm may share a process id. Missing
    folders are made. Whatever was at `path` stays until the new file is complete and on the disk. Raises MattewrightError for a full
    disk, a read-only folder and the like.
    """
    temporary = path.with_name(f".{path.stem}.{uuid.uuid4().hex[:12]}{_MARK}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            with temporary.open("r+b") as stream:
                os.fsync(stream.fileno())
            _replace(temporary, path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    except OSError as error:
        raise MattewrightError(explain(error, path)) from error


def _replace(temporary: Path, path: Path) -> None:
    """`os.replace`, with patience for Windows, where a reader (Blender, a virus scanner) may hold the old file for a moment."""
    for attempt in range(5):
        try:
            os.replace(temporary, path)  # noqa: PTH105 - the same call on every system, and the one that is atomic
            return
        except PermissionError:
            if os.name != "nt" or attempt == 4:
                raise
            time.sleep(0.05 * 2**attempt)


def explain(error: OSError, path: Path) -> str:
    """One line for a file that could not be written: what, where, what to do."""
    if error.errno == errno.ENOSPC:
        return f"{path}: the disk is full; free some space and run again, what is done is kept"
    if getattr(error, "winerror", None) in _IN_USE and path.exists():
        return f"{path}: another program may have it open ({error.strerror}); close it there, and run again: what is done is kept"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{path}: may not be written ({error.strerror}); make the folder writable or choose another store folder"
    if error.errno == errno.EDQUOT if hasattr(errno, "EDQUOT") else False:
        return f"{path}: the disk quota is used up; free some space and run again, what is done is kept"
    return f"{path}: can't be written: {error.strerror or error}"


def disk_is_full(path: Path) -> bool:
    """Whether the disk that `path` would be on has no room for even a small file."""
    for folder in path.parents:
        with suppress(OSError):
            return shutil.disk_usage(folder).free < 64 * 1024
    return False


def clear_abandoned(folder: Path) -> None:
    """Remove the partial files that a killed engine left in `folder`."""
    if not folder.is_dir():
        return
    for path in folder.glob(f".*{_MARK}.*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED_AFTER:
                path.unlink()
