"""Decoding ahead on one thread while the consumer works."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable
from typing import Final

from .picture import MissingPictureError, Picture
from .reader import Reader


class _End:
    """The frames are all done."""


_END: Final = _End()


def prefetched(reader: Reader, frames: Iterable[int], depth: int = 2) -> Generator[Picture | MissingPictureError, None, None]:
    """The pictures of `frames` in that order, at most `depth` of them decoded ahead of the consumer.

    A frame without a picture comes as its MissingPictureError, not raised; any other error is raised here, in the
    consumer. The thread ends with the generator: at its end, when it is closed, or when it is dropped. `frames` is iterated on that thread.
    """
    if depth < 1:
        raise ValueError(f"depth {depth}: expected 1 or more")
    return _prefetched(reader, frames, depth)


def _prefetched(reader: Reader, frames: Iterable[int], depth: int) -> Generator[Picture | MissingPictureError, None, None]:
    ready: queue.Queue[Picture | MissingPictureError | BaseException | _End] = queue.Queue()
    # Counts what may still be decoded ahead. A bounded queue would do the same, but a full one could not be woken to stop.
    room = threading.Semaphore(depth)
    stop = threading.Event()

    def work() -> None:
        try:
            for frame in frames:
                room.acquire()
                if stop.is_set():
                    return
                try:
                    ready.put(reader.picture(frame))
                except MissingPictureError as error:
                    ready.put(error)
            ready.put(_END)
        except BaseException as error:
            ready.put(error)

    thread = threading.Thread(target=work, name="mattewright-prefetch", daemon=True)
    thread.start()
    try:
        while True:
            item = ready.get()
            if isinstance(item, _End):
                return
            if isinstance(item, (Picture, MissingPictureError)):
                # Room is made before the consumer works on the item, so that the next ones are decoded meanwhile.
                room.release()
                yield item
            else:
                raise item
    finally:
        stop.set()
        room.release()
        thread.join()
