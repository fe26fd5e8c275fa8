"""The serving process: what its standard streams are for, that it stands back for Blender, and that it ends.

Standard output belongs to the protocol; stray prints of libraries go to standard error. The end of standard input ends the engine,
whatever it is at: none outlives the Blender that started it.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress

from ..settings import USUAL, Settings
from .connection import Connection
from .server import Server

FAREWELL = 5.0
"""Seconds after the end of standard input until the process ends, whatever it is at; files appear whole or not at all."""
NICENESS = 10
"""How much it stands back for Blender where both want the processor (0 to 19); on Windows the add-on says so as it starts it."""


def serve(settings: Settings = USUAL) -> int:
    """Serve this process's standard input and output until the input ends. The exit code."""
    protocol = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not land between two messages
    sys.stdout = sys.stderr
    # Unbuffered: a buffered reader that a thread still waits in can't be taken down when the interpreter ends.
    source = os.fdopen(os.dup(0), "rb", buffering=0)
    server = Server(source, Connection(protocol), settings)
    server.begin()  # for previews Blender's user waits; on Linux each thread has a niceness of its own, and the others inherit this one's
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(NICENESS)
    threading.Thread(target=_end_with, args=(server.ended,), name="end", daemon=True).start()
    return server.run()


def _end_with(ended: threading.Event) -> None:
    """A step that never ends must not keep the process when nobody is there any more."""
    ended.wait()
    time.sleep(FAREWELL)
    os._exit(0)
