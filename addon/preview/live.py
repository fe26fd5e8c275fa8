"""Asking the engine for previews: one at a time, and always for what is wanted by then, whatever was wanted in between."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...engine.shot import MattewrightError
from ...engine.shot.mapped import Slot
from ...engine.shot.messages import Click, Preview, PreviewDone
from ..link import Cancelled, Session, redraw_clip_editors
from .pixels import PixelFile
from .png import Grey
from .stored import StoredMask, around
from .wanted import Wanted

STUBBORN = 1.0
"""Seconds of work on an alpha that is not what is wanted any more after which it is given up: a drag is to show something, too."""


@dataclass(frozen=True)
class Shown:
    """A preview that has come."""

    number: int
    """Counts them."""
    wanted: Wanted
    done: PreviewDone
    cut: StoredMask | None
    """The mask, trimap or alpha; None where there is none."""

    @property
    def pixels(self) -> Grey | None:
        """(height, width) of the whole picture, the top row first, 255 where the object is; None where it was not tracked."""
        return None if self.cut is None else self.cut.whole()


class Live:
    """What is shown, what is asked for and what is wanted. On Blender's main thread; never waits."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.shown: Shown | None = None
        self.problem = ""
        """Why there is no preview of what is wanted: one line; empty where nothing is wrong."""
        self.asked = 0
        """How many previews the engine was asked for."""
        self.took = 0.0
        """Seconds that the engine was at the last mask of a chain; 0 where it has made none."""
        self._asked_at = 0.0
        self._wanted: Wanted | None = None
        self._waiting_for: Wanted | None = None
        self._failed: Wanted | None = None
        self._file: PixelFile | None = None
        self._number = 0
        """Of what was asked last."""
        self._withdrawn = False
        """Whether the engine was told to give it up."""
        self._era = 0
        """Changes when what was asked for before is not to be heard of any more."""

    @property
    def waiting(self) -> bool:
        """Whether the engine has yet to answer."""
        return self._waiting_for is not None

    @property
    def looking(self) -> float:
        """Seconds that the model has been at a picture by now; 0 where it is at none."""
        return self.waited if self._waiting_for is not None and self._waiting_for.prompts is not None else 0.0

    @property
    def waited(self) -> float:
        """Seconds that the engine has been at it by now; 0 where it owes no answer."""
        return time.monotonic() - self._asked_at if self._waiting_for is not None else 0.0

    @property
    def due(self) -> float:
        """Seconds until the answer may be there, if it takes as long as the last; below 0 where it is late, infinite where nobody knows."""
        now = self._waiting_for
        quick = now is not None and now.prompts is None and now.show == "mask" and self.took > 0
        return self.took - self.waited if quick else math.inf

    @property
    def settled(self) -> bool:
        """Whether what is wanted is shown, or has failed."""
        return not self.waiting and (self._wanted is None or self._wanted == self._failed or self._is_shown(self._wanted))

    def want(self, wanted: Wanted) -> None:
        """Ask for it, now or as soon as the engine has answered; what was wanted before is forgotten."""
        self._wanted = wanted
        if not self.waiting:
            self._ask()
        elif self._is_idle_work(wanted):
            self._withdraw()

    def fail(self, problem: str) -> None:
        """Nothing can be wanted, for that reason."""
        self._wanted = None
        self._say(problem)

    def forget(self) -> None:
        """Let go of what is shown, so that the next wish is asked for even if it is the same: its files have changed."""
        self.shown = self._failed = None

    def retry(self, seconds: float) -> None:
        """Ask anew for what could not be shown that long ago: the user may have seen to what was missing."""
        if self.problem and not self.waiting and time.monotonic() - self._asked_at > seconds:
            self.forget()

    def close(self) -> None:
        """Let go of everything; whatever still comes is not heard."""
        self._era += 1
        if self._waiting_for is not None and self._waiting_for.show == "alpha":
            self._withdraw()
        self.shown = self._wanted = self._waiting_for = self._failed = None
        self.problem = ""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _is_shown(self, wanted: Wanted) -> bool:
        return self.shown is not None and self.shown.wanted == wanted

    def _withdraw(self) -> None:
        """Once: the engine may take a moment to hear of it."""
        if not self._withdrawn:
            self._withdrawn = True
            self.session.withdraw(self._number)

    def _is_idle_work(self, wanted: Wanted) -> bool:
        """Whether the engine works long at what nobody waits for any more; masks are quick, and models can't be interrupted."""
        now = self._waiting_for
        if now is None or now.show != "alpha" or now == wanted:
            return False
        return (now.clip, now.object, now.frame) != (wanted.clip, wanted.object, wanted.frame) or self.waited > STUBBORN

    def _ask(self) -> None:
        wanted = self._wanted
        if wanted is None or wanted == self._failed or self._is_shown(wanted):
            return
        footage = wanted.shot.footage
        try:
            file = self._file_for(footage.width, footage.height)
            slot: Slot = 1 if self.shown is not None and self.shown.done.slot == 0 else 0
            place, era = str(wanted.document), self._era
            self._asked_at = time.monotonic()

            def answered(result: Any, error: MattewrightError | None) -> None:
                self._answered(era, wanted, result, error)

            self._number, self._withdrawn = self._sent(wanted, place, str(file.path), slot, answered), False
        except MattewrightError as error:
            self._failed = wanted
            self._say(str(error))
            return
        self._waiting_for = wanted
        self.asked += 1

    def _sent(self, wanted: Wanted, place: str, file: str, slot: Slot, answered: Callable[[Any, MattewrightError | None], None]) -> int:
        if wanted.prompts is not None:
            return self.session.ask("click", Click(place, wanted.object, wanted.prompts, file, slot, wanted.shot), answered)
        is_alpha = wanted.show == "alpha"
        preview = Preview(place, wanted.object, wanted.frame, file, slot, wanted.shot, wanted.show, look=is_alpha)
        return self.session.ask("preview", preview, answered)

    def _answered(self, era: int, wanted: Wanted, result: Any, error: MattewrightError | None) -> None:
        if era != self._era:
            return
        self._waiting_for = None
        problem = self.problem
        if isinstance(error, Cancelled) and wanted != self._wanted:
            pass  # as it was withdrawn
        elif error is not None or not isinstance(result, PreviewDone):
            self.problem, self._failed = str(error), wanted
        else:
            self.problem, self._failed = result.problem, None
            if wanted.prompts is None and wanted.show == "mask":
                self.took = result.milliseconds / 1000
            assert self._file is not None
            cut = None
            if result.tracked and not result.problem:
                size = result.width, result.height
                box = around(result.box, size)
                cut = StoredMask(size, box, self._file.read(result.slot, box), self.asked)
            self.shown = Shown(self.asked, wanted, result, cut)
        self._ask()
        redraw_clip_editors(panels=self.problem != problem)

    def _say(self, problem: str) -> None:
        if problem != self.problem:
            self.problem = problem
            redraw_clip_editors()

    def _file_for(self, width: int, height: int) -> PixelFile:
        if self._file is None or self._file.size != (width, height):
            if self._file is not None:
                self._file.close()
            self._file = PixelFile(width, height)
        return self._file
