"""Work that takes seconds asks now and then, between two of its parts, whether it is still wanted.

By thread: what a click has asked for on another thread goes on while a job is being stopped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_here = threading.local()


class Interrupted(Exception):  # noqa: N818 - not an error: what the user asked for
    """The work was given up in the middle; nothing of this part of it was kept."""


@contextmanager
def unless(unwanted: Callable[[], bool]) -> Iterator[None]:
    """Inside the block, on this thread, `check` raises as soon as `unwanted` says so."""
    before = getattr(_here, "unwanted", None)
    _here.unwanted = unwanted
    try:
        yield
    finally:
        _here.unwanted = before


def told() -> Callable[[], bool]:
    """What this thread's work is unwanted by, for other threads that do some of it."""
    return getattr(_here, "unwanted", None) or (lambda: False)


def check() -> None:
    """Costs less than a microsecond. Raises Interrupted; nothing where nobody has said what would be unwanted."""
    unwanted = getattr(_here, "unwanted", None)
    if unwanted is not None and unwanted():
        raise Interrupted
