"""When to ask the engine for a clip's frames, and what it has said of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...engine.shot import MattewrightError, Shot
from ...engine.shot.messages import FramesDone, ListFrames
from ..link import Session

PATIENCE = 0.5
"""Seconds that what a clip says must have stayed as it is."""
RETRY = 10.0
"""Seconds between two askings while something is missing."""
MEANWHILE = 2.0
"""Seconds between two askings while a job writes."""


class Says(NamedTuple):
    """What decides about a clip's frames, as far as Blender knows; equal to another where the answer would be the same."""

    fixed: object
    """All that doesn't change from frame to frame."""
    values: object
    """Values that keyframes may move: at another frame they are others, and nothing has happened."""
    frame: int
    """The scene frame that they are of."""


@dataclass(frozen=True)
class Asked:
    """What to ask of a clip's frames: the folder's document, which need not be there, and what the user has set by now."""

    path: str
    shot: Shot


@dataclass
class _Clip:
    says: Says
    since: float
    due: bool = True
    job: int = 0
    """How many jobs had ended when it was last asked."""
    done: FramesDone | None = None
    problem: str = ""
    asked_at: float = -MEANWHILE
    again: bool = False
    """Whether something was missing that the user may see to elsewhere: the engine's Python, the model."""


class Known:
    """By clip, the engine's last word. Told at each look what a clip says, it asks once that has settled."""

    def __init__(self, session: Session, changed: Callable[[], None], now: Callable[[], float] = time.monotonic) -> None:
        """`changed` is called when there is something new to show."""
        self._session, self._changed, self._now = session, changed, now
        self._clips: dict[str, _Clip] = {}
        self._waiting: str | None = None
        self._era = 0
        self._jobs = 0
        self._job: object = None
        self.asked = 0
        """How many times the engine was asked; for tests."""

    @property
    def waiting(self) -> bool:
        """Whether the engine owes an answer."""
        return self._waiting is not None

    def of(self, clip: str) -> FramesDone | None:
        """The frames of the clip with that full name; None where nothing is known."""
        found = self._clips.get(clip)
        return found.done if found else None

    def awaits(self, clip: str) -> bool:
        """Whether nothing is known of the clip so far, as the engine was not asked yet or has yet to answer."""
        found = self._clips.get(clip)
        return found is None or (found.done is None and (found.asked_at < 0 or self._waiting == clip))

    def problem(self, clip: str) -> str:
        """Why less than all is known, in one line; mostly empty."""
        found = self._clips.get(clip)
        return (found.problem or (found.done.problem if found.done else "")) if found else ""

    def look(self, clip: str, says: Says, ask: Callable[[], Asked | None]) -> None:
        """`ask` makes the question, None where there is no store to ask about; what it raises is kept as the clip's problem."""
        self._count_jobs()
        now = self._now()
        found = self._clips.get(clip)
        if found is None:
            found = self._clips[clip] = _Clip(says, now - PATIENCE)
        elif says != found.says:
            moved = says.frame != found.says.frame
            if says.fixed != found.says.fixed or (says.values != found.says.values and not moved):
                found.since, found.due = now, True
            found.says = says
        running = self._session.running is not None
        if found.job != self._jobs:
            found.job, found.due = self._jobs, True
        if self._waiting is not None:
            return
        if running:
            if now - found.asked_at >= MEANWHILE:
                self._ask(clip, found, ask, False)
        elif (found.due and now - found.since >= PATIENCE) or (found.again and now - found.asked_at >= RETRY):
            found.due = False
            self._ask(clip, found, ask, True)

    def learn(self, clip: str, says: Says, done: FramesDone) -> None:
        """Take what somebody else has asked for."""
        self._clips[clip] = _Clip(says, self._now(), due=False, done=done)

    def forget(self) -> None:
        """Another file was loaded; whatever still comes is not heard."""
        self._era += 1
        self._clips.clear()
        self._waiting = None

    def _count_jobs(self) -> None:
        """A job that has ended has written files."""
        job = self._session.job
        if job is not None and job.done and job is not self._job:
            self._job = job
            self._jobs += 1

    def _ask(self, clip: str, found: _Clip, ask: Callable[[], Asked | None], review: bool) -> None:
        found.asked_at, found.again = self._now(), False
        era, before = self._era, (found.done, found.problem)
        try:
            asked = ask()
            if asked is None:
                found.done, found.problem = None, ""
            else:
                params = ListFrames(asked.path, asked.shot, review)
                self._session.ask("frames", params, lambda result, error: self._answered(era, clip, result, error))
                self._waiting = clip
                self.asked += 1
        except MattewrightError as error:
            found.problem, found.again = str(error), True
        if (found.done, found.problem) != before:
            self._changed()

    def _answered(self, era: int, clip: str, result: Any, error: MattewrightError | None) -> None:
        if era != self._era:
            return
        self._waiting = None
        found = self._clips.get(clip)
        if found is None:
            return
        if isinstance(result, FramesDone):
            found.done, found.problem, found.again = result, "", bool(result.problem)
        elif error is not None:
            found.problem = str(error)
        self._changed()
