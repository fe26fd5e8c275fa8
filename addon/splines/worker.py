"""The process that makes a Mask: ``blender --background --python worker.py -- OUTLINES BLEND``.

OUTLINES is the file of what the engine traced; BLEND then holds the Mask, for the user's Blender to take it in at once. Standard output
tells how far it is, a line of JSON each (`install.request.News`). With the end of standard input, which is the user's Blender's, this ends.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import bpy

if not __package__:
    _root = Path(__file__).parent.parent.parent
    _found = importlib.util.spec_from_file_location("mattewright", _root / "__init__.py", submodule_search_locations=[str(_root)])
    assert _found is not None and _found.loader is not None
    sys.modules[_found.name] = importlib.util.module_from_spec(_found)
    _found.loader.exec_module(sys.modules[_found.name])
    __package__ = "mattewright.addon.splines"
    importlib.import_module(__package__)  # relative imports below need it; a plain import would have mypy take the add-on for two packages

from ...engine.shot import MattewrightError
from ..install.request import News
from .build import build

NICENESS = 10
"""How much it stands back for the user's Blender where both want the processor (0 to 19); on Windows that says so as it starts it."""
NEWS_EVERY = 0.1
"""Seconds between two lines of how far it is, at the least."""


def main(outlines: Path, made: Path) -> int:
    """0 when the Mask is made, 1 when it is not."""
    # It waits in a read and is at no Python code meanwhile: the Mask's operators may be called. It speaks only to end this process.
    threading.Thread(target=_end_with_blender, name="end", daemon=True).start()
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(NICENESS)
    try:
        mask = build(outlines, _teller())
        _write(mask, made)
    except MattewrightError as error:
        _say(News("failed", str(error)))
        return 1
    _say(News("done", mask.name, 1.0))
    return 0


def _write(mask: bpy.types.Mask, made: Path) -> None:
    """Raises MattewrightError. What Blender says of a disk that is full is "Success"."""
    try:
        bpy.data.libraries.write(str(made), {mask})
    except (OSError, RuntimeError):
        raise MattewrightError(f"{made.parent}: Blender can't write the Mask there: is the disk full?") from None


def _teller() -> Callable[[float], None]:
    told = 0.0

    def tell(share: float) -> None:
        nonlocal told
        if time.monotonic() - told >= NEWS_EVERY:
            told = time.monotonic()
            _say(News("step", share=share))

    return tell


def _say(news: News) -> None:
    sys.stdout.write("\n" + news.line())  # what Blender prints may not end in a line
    sys.stdout.flush()


def _end_with_blender() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1):
            pass
    os._exit(1)


if __name__ == "__main__":
    code = main(*map(Path, sys.argv[sys.argv.index("--") + 1 :]))
    sys.stdout.flush()
    os._exit(code)  # the thread waits for standard input, and nothing here is to be saved
