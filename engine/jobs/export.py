"""The job that exports: what is stale of the outputs, on several threads, each file whole or not at all.

Files that are fresh are left alone, and so is everything that the outputs did not write.
"""

from __future__ import annotations

import queue
import re
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from .. import interrupt
from ..export import File
from ..shot import MattewrightError, Output
from ..store import atomic_path
from ..store.atomic import ABANDONED_AFTER, explain
from ..store.lock import alone
from .export_plan import OutputPlan, check_plan, chosen_outputs, plan_export
from .freed import keep_freed
from .opened import OpenShot
from .progress import Pace, Progress

_ABANDONED = re.compile(r"\.(.+)\.[0-9a-f]{12}\.partial(\.\w+)")
"""How a file is called while it is being written (`atomic_path`)."""


@dataclass(frozen=True)
class Exported:
    """What an export did: files written, files that were fresh, and files of frames on which nothing was there."""

    written: int
    fresh: int
    left_out: int = 0


@dataclass(frozen=True)
class Verified:
    """What verifying found: how many files are as they were written and can be read, and what is wrong, a line each."""

    right: int
    wrong: tuple[str, ...]


ExportJob = Generator[Progress, None, Exported]
"""Yields after each file, and after each frame of a file of many. Closing it stops it there; what is done is kept."""
VerifyJob = Generator[Progress, None, Verified]


class _Said(NamedTuple):
    """What a thread that writes has to say."""

    file: File
    frame: int
    done: bool
    error: BaseException | None = None


def export_job(opened: OpenShot, names: Sequence[str] = (), incomplete: bool = False, overwrite: bool = False) -> ExportJob:
    """Write what is stale of the outputs called `names`, or of all that are enabled.

    Nothing is written unless all of it can be: raises MattewrightError beforehand where something is missing, unless `incomplete`; where
    files are in the way that the output did not write, unless `overwrite`; and where the disk has too little room.
    """
    with ExitStack() as held:
        for output in chosen_outputs(opened, names):
            held.enter_context(_alone_at(opened, output))
        return (yield from _exported(opened, names, incomplete, overwrite))


@contextmanager
def _alone_at(opened: OpenShot, output: Output) -> Iterator[None]:
    """Nobody else exports the output from this store meanwhile. Raises MattewrightError saying who does."""
    path = opened.store.layout.export_lock(output.name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MattewrightError(explain(error, path.parent)) from error
    said = f"output '{output.name}': another engine%s is exporting it: wait until that is done, or cancel it there"
    with alone(path, said):
        yield


def _exported(opened: OpenShot, names: Sequence[str], incomplete: bool, overwrite: bool) -> ExportJob:
    said: queue.SimpleQueue[_Said] = queue.SimpleQueue()
    here = threading.local()

    def tick(frame: int) -> None:
        said.put(_Said(here.file, frame, False))

    plan = plan_export(opened, names, incomplete, tick)
    check_plan(plan, incomplete, overwrite)
    keep_freed()
    pace = Pace(sum(len(file.frames) for part in plan.outputs for file, _ in part.stale))
    written = 0
    for part in plan.outputs:
        if part.stale:
            _prepare(part)
            part.manifest.compact()
        for told in _written(part, said, here):
            written += told.done
            if told.frame >= 0:
                yield pace.tick("export", told.frame, part.output.name)
    return Exported(written, plan.fresh, sum(part.left_out for part in plan.outputs))


def _prepare(part: OutputPlan) -> None:
    """Make the output's folder, see that it can be written, and clear what an engine left there that was killed at one of its files.

    The folder may be anybody's: nothing else is touched. Raises MattewrightError.
    """
    folder = part.context.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise MattewrightError(explain(error, folder)) from error
    own = {folder / file.path for file, _ in part.stale}
    for below in {path.parent for path in own}:
        for path in below.glob(".*.partial.*"):
            named = _ABANDONED.fullmatch(path.name)
            if named and below / (named[1] + named[2]) in own:
                with suppress(OSError):
                    if time.time() - path.stat().st_mtime > ABANDONED_AFTER:
                        path.unlink()


def _written(part: OutputPlan, said: queue.SimpleQueue[_Said], here: threading.local) -> Generator[_Said]:
    """Write the part's stale files and pass on what the threads say: each frame once, a file of many as it goes on."""
    hands = min(part.context.hands, len(part.stale)) if all(len(file.frames) == 1 for file, _ in part.stale) else 1
    if not part.stale:
        return
    closing = threading.Event()
    waiting = list(reversed(part.stale))
    ticked: dict[str, int] = {}
    futures: list[Future[None]] = []
    in_hand = 0
    with ThreadPoolExecutor(hands, "export") as pool:
        try:
            while waiting or in_hand:
                told = interrupt.told()
                while waiting and in_hand < 2 * hands:
                    file, key = waiting.pop()
                    futures = [future for future in futures if not future.done()]
                    futures.append(pool.submit(_write, part, file, key, partial(_unwanted, closing, told), said, here))
                    in_hand += 1
                event = said.get()
                if not event.done:
                    ticked[event.file.path] = ticked.get(event.file.path, 0) + 1
                    if ticked[event.file.path] <= len(event.file.frames):
                        yield event
                    continue
                in_hand -= 1
                if event.error is not None:
                    raise event.error
                left = event.file.frames[ticked.pop(event.file.path, 0) :]
                for frame in left[:-1]:
                    yield _Said(event.file, frame, False)
                yield event if left else event._replace(frame=-1)
        finally:
            closing.set()
            for future in futures:
                future.cancel()


def _unwanted(closing: threading.Event, told: Callable[[], bool]) -> bool:
    return closing.is_set() or told()


def _write(
    part: OutputPlan, file: File, key: str, unwanted: Callable[[], bool], said: queue.SimpleQueue[_Said], here: threading.local
) -> None:
    here.file = file
    error: BaseException | None = None
    try:
        with interrupt.unless(unwanted):
            interrupt.check()
            place = part.context.folder / file.path
            if not part.context.folder.is_dir():  # a drive that went away: its folders must not be made anew on the disk below it
                raise MattewrightError(f"{part.context.folder}: gone: see that its drive is there and export again; what is done is kept")
            with atomic_path(place) as temporary:
                part.exporter.write(file, temporary)
                interrupt.check()
                part.manifest.add(file.path, key, temporary)
    except BaseException as problem:  # it is raised where the job is
        error = problem
    said.put(_Said(file, file.frames[-1] if file.frames else -1, True, error))


def verify_job(opened: OpenShot, names: Sequence[str] = ()) -> VerifyJob:
    """Read the outputs' files back: that there are as many as there should be, with the bytes that were written, made from what is in the
    store now, and that another reader can decode them."""
    plan = plan_export(opened, names, incomplete=True)
    parts = [(part, file) for part in plan.outputs for file in part.exporter.files()]
    pace = Pace(len(parts))
    right, wrong = 0, []
    for part, file in parts:
        interrupt.check()
        problem = _problem(part, file, {stale.path for stale, _ in part.stale})
        right += not problem
        if problem:
            wrong.append(f"output '{part.output.name}': {problem}")
        yield pace.tick("verify", file.frames[-1] if file.frames else 0, part.output.name)
    return Verified(right, tuple(wrong))


def _problem(part: OutputPlan, file: File, stale: set[str]) -> str:
    place, record = part.context.folder / file.path, part.manifest.get(file.path)
    if not place.is_file():
        return f"{place}: missing: export again"
    if record is None:
        return f"{place}: not written by this output"
    if not record.is_whole(place, thorough=True):
        return f"{place}: changed since it was written: export again to have it as it was"
    try:
        part.exporter.verify(file, place)
    except MattewrightError as error:
        return str(error)
    return f"{place}: stale: what it was made from has changed; export again" if file.path in stale else ""
