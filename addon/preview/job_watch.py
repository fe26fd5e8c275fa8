"""Jobs write the files that previews are made from; what they have written calls for another preview."""

from __future__ import annotations

from ..link import Job, Session


class JobWatch:
    """Counts what the session's jobs have done, as far as progress says it; some frames are passed over, so a job's end counts too."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._seen: tuple[Job | None, bool, int, int | None] = (None, False, 0, None)
        self._all = 0
        self._by_frame: dict[int, int] = {}

    def changes(self, frame: int) -> tuple[int, int]:
        """Another pair of numbers whenever a file of scene frame `frame` may have changed."""
        job = self._session.job
        progress = job.progress if job else None
        done, at = (progress.done, progress.frame) if progress else (0, None)
        now = job, bool(job and job.done), done, at
        if now != self._seen:
            if now[1] and not (self._seen[0] is job and self._seen[1]):
                self._all += 1
                self._by_frame.clear()
            elif at is not None:
                self._by_frame[at] = self._by_frame.get(at, 0) + 1
            self._seen = now
        return self._all, self._by_frame.get(frame, 0)
