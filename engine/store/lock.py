"""One at a time: a store in which somebody works with a window is not worked in by a second one, nor is an output exported by two.

Held by the system on an open file, so that it is gone with its process however that ends; the file itself stays. Farm nodes, which share
a store on purpose, don't ask for it. Where a file system knows no locks, everybody goes on as if there were none.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from ..shot import MattewrightError

NAME = ".in-use"
_BEYOND = 1 << 20
"""Where the locked byte is: what Windows has locked nobody else can read, and who it is must be read."""
_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Nobody else is in this block for `folder`, an existing one, from any process. Raises MattewrightError saying who is."""
    said = f"{folder}: another Blender's engine%s is at work there: wait until that is done, or choose another store folder"
    with alone(folder / NAME, said):
        yield


@contextmanager
def alone(path: Path, refusal: str) -> Iterator[None]:
    """Nobody else is in this block with the file `path`, in an existing folder. Raises MattewrightError with `refusal`, in which ``%s`` is
    who is, in parentheses, or nothing where that isn't known.
    """
    try:
        stream = path.open("a+b", buffering=0)
    except OSError:  # what is to be written there will say why it can't be
        yield
        return
    with stream:
        is_ours = False
        try:
            _lock(stream)
            is_ours = True
        except OSError as error:
            if error.errno in _TAKEN:
                raise MattewrightError(_holder(stream).join(refusal.split("%s"))) from None
        else:
            _sign(stream)
        try:
            yield
        finally:
            if is_ours:
                _unlock(stream)


def _lock(stream: BinaryIO) -> None:
    """Raises OSError: one of _TAKEN where another has it."""
    if sys.platform == "win32":
        import msvcrt

        stream.seek(_BEYOND)
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def _unlock(stream: BinaryIO) -> None:
    """Before it is closed: Windows lets go of what a closed file had locked when it comes to it, and the next one would find it taken."""
    if sys.platform == "win32":
        import msvcrt

        with suppress(OSError):
            stream.seek(_BEYOND)
            msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)


def _sign(stream: BinaryIO) -> None:
    """Say who it is, for whom it keeps out."""
    who = {"host": socket.gethostname(), "process": os.getpid(), "since": datetime.now().strftime("%H:%M")}
    with suppress(OSError):  # a full disk
        stream.truncate(0)
        stream.write(json.dumps(who).encode("utf-8"))  # opened to append: it lands at the beginning


def _holder(stream: BinaryIO) -> str:
    with suppress(OSError, ValueError, KeyError, TypeError):
        stream.seek(0)
        who = json.loads(stream.read(4096).decode("utf-8"))
        return f" (process {who['process']} on {who['host']}, since {who['since']})"
    return ""
