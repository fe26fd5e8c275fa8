"""Work that several threads share, whose results come in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import ParamSpec, TypeVar

from .. import interrupt

T = TypeVar("T")
P = ParamSpec("P")

MOST = 8
"""Threads at once; beyond that the disk is what they wait for."""


def cores() -> int:
    return os.cpu_count() or 1


class Hands:
    """Threads. Leaving the block waits for what is in hand and gives up the rest; what is said to be unwanted ends between two parts."""

    def __init__(self, count: int, name: str) -> None:
        self.count = count
        self._pool = ThreadPoolExecutor(count, name)

    def __enter__(self) -> Hands:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pool.shutdown(cancel_futures=True)

    def give(self, work: Callable[P, T], *said: P.args, **named: P.kwargs) -> Future[T]:
        """Have it done; those that were given before are begun before."""
        unwanted = interrupt.told()

        def unless() -> T:
            with interrupt.unless(unwanted):
                interrupt.check()
                return work(*said, **named)

        return self._pool.submit(unless)

    def in_order(self, tasks: Iterable[Callable[[], T]]) -> Generator[T]:
        """What each of `tasks` gives. They are asked for one by one, no more of them at a time than keep all hands busy."""
        waiting: deque[Future[T]] = deque()
        for task in tasks:
            if len(waiting) == 2 * self.count:
                yield waiting.popleft().result()
            waiting.append(self.give(task))
        while waiting:
            yield waiting.popleft().result()
