"""One request to the engine that takes its time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ...engine.shot import MattewrightError
from ...engine.shot.messages import Progress, Result


@dataclass
class Job:
    """As the panel and the command show it."""

    method: str
    clip: str
    """The clip's name. Not the clip: an undo makes all clips anew, and the user may load another file while the job runs."""
    number: int = 0
    progress: Progress | None = None
    result: Result | None = None
    """Of the kind that the method answers (`messages.RESULTS`)."""
    error: MattewrightError | None = None
    cancelling: bool = False
    heard_at: float = field(default_factory=time.monotonic)
    """When it last said how far it was, or began."""
    on_done: list[Callable[[Job], None]] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return self.result is not None or self.error is not None
