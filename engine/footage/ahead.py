"""A reader for a job that knows which pictures it will want, in which order: the next one is decoded while it works on this one."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable

from .picture import MissingPictureError, Picture
from .prefetch import prefetched
from .reader import Reader


class AheadReader:
    """Pictures by scene frame, those that were announced from a thread that decodes ahead. For one consumer.

    Holds three pictures at most: the last one handed out, the next, and one that waits for its place.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._last: tuple[int, Picture] | None = None
        self._coming: deque[int] = deque()
        """Frames that `_stream` has yet to give, in its order."""
        self._stream: Generator[Picture | MissingPictureError, None, None] | None = None

    def announce(self, frames: Iterable[int]) -> None:
        """Begin to decode `frames`, in the order in which they will be asked for; what was announced before is forgotten.

        Ones that are passed over cost their decoding; ones that were not announced may be asked for, too.
        """
        self._end()
        order = list(frames)
        if order:
            self._coming = deque(order)
            self._stream = prefetched(self.reader, order, depth=1)

    def picture(self, frame: int) -> Picture:
        """The picture at `frame`. Raises as `Reader.picture` does."""
        if self._last is not None and self._last[0] == frame:
            return self._last[1]
        found = self._streamed(frame) if frame in self._coming else self.reader.picture(frame)
        if isinstance(found, MissingPictureError):
            raise found
        self._last = frame, found
        return found

    def close(self) -> None:
        """Stop decoding ahead and let go of the pictures; the reader stays open."""
        self._end()
        self._last = None

    def _streamed(self, frame: int) -> Picture | MissingPictureError:
        assert self._stream is not None
        while True:
            try:
                found = next(self._stream)
            except BaseException:
                self._end()  # it ended with this error, and gives nothing more
                raise
            if self._coming.popleft() == frame:
                return found

    def _end(self) -> None:
        if self._stream is not None:
            self._stream.close()
        self._stream = None
        self._coming.clear()
