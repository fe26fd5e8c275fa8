"""Previews have a thread of their own, and clicks another: the user waits for them, and a job may take hours.

Of several into one file only the newest is made; those that it replaces before they were begun are answered at once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ..shot import messages as m

IDLE = 120.0
"""Seconds without a preview after which the footage and what is kept are let go: Windows moves no file that is open."""

Work = Callable[[int, Any], Any]


class PreviewThread:
    """Begins with the first preview that is put, or by `begin`, and ends by `end`."""

    def __init__(
        self,
        work: Work,
        respond: Callable[[dict[str, Any], Work], None],
        send: Callable[[dict[str, Any]], None],
        make: Callable[[], Any] = lambda: None,
        name: str = "previews",
    ) -> None:
        """`respond` answers a request by `work`; `send` sends a message. Both on this object's thread, `send` on others too.

        `make` makes the maker when `work` first asks for it, if it ever does; it has `close`, which lets go of files.
        """
        self._work, self._respond, self._send = work, respond, send
        self._make, self._name = make, name
        self._changed = threading.Condition()
        self._waiting: OrderedDict[object, dict[str, Any]] = OrderedDict()
        """By the file that they write."""
        self._ending = self._renewing = False
        self._thread: threading.Thread | None = None
        self._maker: Any = None

    def begin(self) -> None:
        """Start the thread now. On Linux it goes on with the niceness of the one that does so."""
        with self._changed:
            self._begin()

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    @property
    def maker(self) -> Any:
        """Only for `work`: makes what is asked for."""
        if self._maker is None:
            self._maker = self._make()
        return self._maker

    def put(self, message: dict[str, Any]) -> None:
        """Work on the request as soon as the one in hand is done; a request into the same file that waits is answered as superseded."""
        params = message.get("params")
        file = str(params.get("file")) if isinstance(params, dict) else None
        with self._changed:
            replaced = self._waiting.pop(file, None)
            self._waiting[file] = message
            self._begin()
            self._changed.notify()
        if replaced is not None:
            self._send(m.failure(replaced["id"], m.SUPERSEDED, "superseded: a newer one was asked for"))

    def cancel(self, number: int) -> bool:
        """Answer request `number` as cancelled if it is a preview that waits, and whether it is. One in hand is finished."""
        with self._changed:
            file = next((file for file, message in self._waiting.items() if message["id"] == number), self)
            found = self._waiting.pop(file, None)
        if found is not None:
            self._send(m.failure(number, m.CANCELLED, "cancelled"))
        return found is not None

    def renew(self) -> None:
        """Have the thread let go of the maker, and of the models that it holds, once what is in hand is done; the next one is made anew."""
        with self._changed:
            self._renewing = True
            self._changed.notify()

    def end(self) -> None:
        """Finish the preview in hand and answer those that wait as cancelled."""
        with self._changed:
            self._ending = True
            self._changed.notify()
            waiting = [message["id"] for message in self._waiting.values()]
            self._waiting.clear()
        for number in waiting:
            self._send(m.failure(number, m.CANCELLED, "cancelled: the engine ends"))
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while (message := self._next()) is not None:
            self._respond(message, self._work)
        if self._maker is not None:
            self._maker.close()

    def _let_go(self) -> None:
        self._renewing = False
        if self._maker is not None:
            self._maker.close()
            self._maker = None

    def _next(self) -> dict[str, Any] | None:
        with self._changed:
            while not self._waiting and not self._ending:
                if not self._changed.wait(IDLE) and self._maker is not None:
                    self._maker.close()
                if self._renewing:
                    self._let_go()
            if self._renewing:
                self._let_go()
            return None if self._ending else self._waiting.popitem(last=False)[1]
