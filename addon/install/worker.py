"""The process that installs: ``python -I -u worker.py``, its request in the first line of standard input (`request`).

Standard library only, and no Blender: it lives on while Blender works, and ends with it, for the end of standard input cancels.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
    __package__ = "addon.install"
    importlib.import_module(__package__)  # relative imports below need it; a plain import would have mypy take the add-on for two packages

from .child import Child
from .errors import Cancelled, InstallError
from .request import CANCEL, GO, News, Request, read_request
from .steps import Installation, remove

LOG = "install.log"
LOCK = "install.lock"
LOG_LIMIT = 4_000_000
"""Bytes after which the log begins anew."""


def main() -> int:
    """Do what the request says; 0 when it is done, 1 when it is not."""
    try:
        request = read_request(sys.stdin.readline())
        folder = Path(request.folder)
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / LOCK), _opened_log(folder / LOG) as log:
            return _work(request, log)
    except (InstallError, OSError) as error:
        _say(News("failed", _line(error)))
        return 1


def _work(request: Request, log: TextIO) -> int:
    child = Child(log)
    may_go_on = threading.Event()
    threading.Thread(target=_listen, args=(child, may_go_on), name="words from Blender", daemon=True).start()

    def tell(text: str, share: float) -> None:
        _say(News("step", text, share))

    def engine_stopped() -> None:
        _say(News("stop engine"))
        while not may_go_on.wait(0.1):
            if child.cancelled.is_set():
                raise Cancelled

    try:
        if request.kind == "remove":
            told = remove(Path(request.folder), child, tell, engine_stopped)
        elif request.kind == "model":
            told = Installation(request, child, tell, engine_stopped).install_model(Path(request.python))
        else:
            told = Installation(request, child, tell, engine_stopped).run()
        child.note(told)
        _say(News("done", told, 1.0))
        return 0
    except Cancelled:
        child.note("cancelled")
        _say(News("cancelled"))
    except (InstallError, OSError) as error:
        child.note(f"failed: {_line(error)}")
        _say(News("failed", _line(error)))
    return 1


def _listen(child: Child, may_go_on: threading.Event) -> None:
    with contextlib.suppress(OSError, ValueError):
        while (line := sys.stdin.readline()) and line.strip() != CANCEL:
            if line.strip() == GO:
                may_go_on.set()
    child.cancelled.set()


def _say(news: News) -> None:
    with contextlib.suppress(OSError):  # Blender is gone; the end of standard input says so too
        sys.stdout.write(news.line())
        sys.stdout.flush()


def _line(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
    return " ".join(str(error).split())


def _opened_log(path: Path) -> TextIO:
    if path.is_file() and path.stat().st_size > LOG_LIMIT:
        path.unlink()
    return path.open("a", encoding="utf-8", errors="replace", newline="\n")


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Only one installs into a folder; the system lets go of the lock with the process, however that ends. Raises InstallError."""
    with path.open("a+b") as file:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InstallError(f"{path.parent}: another Blender installs the engine here: wait for it") from None
        yield


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # the listening thread may hold standard input
