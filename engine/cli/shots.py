"""Commands that work on a shot's files."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Generator
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from ..shot import Depth
from ..spans import listed
from .words import are, counted, were

if TYPE_CHECKING:
    from ..jobs import Progress

Outcome = TypeVar("Outcome")

CANCELLED = 130


class Interrupt:
    """Turns the first Ctrl-C into a wish to stop where nothing is lost; a second one stops at once."""

    def __init__(self) -> None:
        self.wanted = False

    def __enter__(self) -> Interrupt:
        self._before = signal.signal(signal.SIGINT, self._heard)
        return self

    def __exit__(self, *ended: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if self.wanted:
            raise KeyboardInterrupt
        self.wanted = True
        print("\nstopping; press Ctrl-C again to stop at once", file=sys.stderr)


def time_left(seconds: float | None) -> str:
    """``, 1:07 left``; nothing where it isn't known."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f", {hours}:{minutes:02d}:{rest:02d} left" if hours else f", {minutes}:{rest:02d} left"


class Line:
    """Progress for a person: one line that is written over on a terminal, a line every few seconds in a log."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()
        self._last = 0.0

    def show(self, progress: Any) -> None:
        whose = f"'{progress.object}' " if progress.object else ""
        text = (
            f"{progress.stage} {progress.done}/{progress.total}  {whose}frame {progress.frame}"
            f"{f' by {progress.method}' if progress.method else ''}"
            f"  {progress.frames_per_second:.2f} frames/s{time_left(progress.seconds_left)}"
        )
        self.say(text, final=progress.done == progress.total)

    def say(self, text: str, *, final: bool) -> None:
        """Show `text`, unless another was shown just now; always the final one."""
        now = time.monotonic()
        if not final and now - self._last < (0.1 if self._terminal else 2.0):
            return
        self._last = now
        if self._terminal:
            print(f"\r{text:<79}", end="\n" if final else "", flush=True)
        else:
            print(text, flush=True)


def _options(options: argparse.Namespace) -> tuple[Any, ...]:
    first, last = options.frames or (None, None)
    return tuple(getattr(options, "object", ())), first, last


def worked_off(job: Generator[Progress, None, Outcome]) -> Outcome | None:
    """What `job` returns at its end, with its progress shown; None where Ctrl-C has stopped it, which is said."""
    from .. import interrupt

    line, done = Line(), 0
    with Interrupt() as stop:
        while True:
            try:
                with interrupt.unless(lambda: stop.wanted):
                    interrupt.check()
                    progress = next(job)
            except interrupt.Interrupted:
                job.close()
                print(f"cancelled after {done} frames; they are kept, and running again goes on from there")
                return None
            except StopIteration as end:
                outcome: Outcome = end.value
                return outcome
            done = progress.done
            line.show(progress)


def job_done(options: argparse.Namespace, name: str) -> int:
    """Do the job called `name` on the shot, and say what it did; the exit code."""
    from .. import jobs

    job_of = {
        "run": jobs.run_job,
        "track": jobs.track_job,
        "refine": jobs.refine_job,
        "matte": jobs.matte_job,
        "classify": jobs.classify_job,
        "depth": jobs.depth_job,
    }[name]
    started = time.monotonic()
    with jobs.OpenShot(options.shot, jobs.Resources(options.device)) as opened:
        outcome = worked_off(job_of(opened, *_options(options)))
        if outcome is None:
            return CANCELLED
        seconds = time.monotonic() - started
        if outcome.written:
            fresh = f"{outcome.fresh} {were(outcome.fresh)} fresh"
            print(f"wrote {counted(outcome.written, 'file')} in {seconds:.1f} s; {fresh} ({opened.folder})")
        else:
            print(f"nothing was stale: {counted(outcome.fresh, 'file')} {are(outcome.fresh)} fresh ({opened.folder})")
        for name in outcome.unprompted:
            print(f"object '{name}' has no prompts yet: passed over")
        for name in outcome.untracked:
            print(f"object '{name}' is not tracked yet: passed over")
        if outcome.missing:
            print(f"the footage has no picture on {listed(outcome.missing)}: these frames have nothing")
    return 0


def run(options: argparse.Namespace) -> int:
    return job_done(options, "run")


def track(options: argparse.Namespace) -> int:
    return job_done(options, "track")


def refine(options: argparse.Namespace) -> int:
    """`refine SHOT --set ...`: the values go into the document first."""
    if options.set:
        from ..shot import document_path
        from .chains import set_values

        set_values(document_path(options.shot), options.set)
    return job_done(options, "refine")


def matte(options: argparse.Namespace) -> int:
    """`matte SHOT --method ... --set ...`: these go into the document first."""
    if options.method or options.set:
        from ..shot import document_path
        from .mattes import set_values

        set_values(document_path(options.shot), options.object, options.method, options.set)
    return job_done(options, "matte")


def depth(options: argparse.Namespace) -> int:
    """`depth SHOT --network ... --steady ...`: these go into the document first."""
    if options.network is not None or options.steady is not None:
        from ..networks import find_card
        from ..shot import document_path, read
        from .documents import write_document

        path = document_path(options.shot)
        shot = read(path)
        network = shot.depth.network if options.network is None else find_card(options.network, "depth").name
        steady = shot.depth.steady if options.steady is None else options.steady
        write_document(path, replace(shot, depth=Depth(network, steady)))
    return job_done(options, "depth")


def plan(options: argparse.Namespace) -> int:
    from .. import jobs

    with jobs.OpenShot(options.shot) as opened:
        plan = jobs.plan_run(opened, *_options(options))
        found, deep = plan.rest, plan.depth
        mattes = any(item.matte.enabled for item in opened.shot.objects)
        print(
            f"{opened.folder}: "
            + (f"{counted(len(deep.stale), 'depth picture')} to make, " if deep else "")
            + (f"{counted(len(found.classes.frames), 'frame')} to classify, " if found.classes.keys else "")
            + f"{counted(found.stale_logits, 'frame')} to track, {counted(found.stale_masks, 'mask')} to make"
            + (f", {counted(found.alphas.count, 'matte')} to make" if mattes else "")
        )
        print(
            "fresh: "
            + (f"{counted(deep.fresh, 'depth picture')}, " if deep else "")
            + (f"{counted(found.classes.fresh, 'classified file')}, " if found.classes.keys else "")
            + f"{counted(found.fresh_logits, 'tracked frame')}, {counted(found.fresh_masks, 'mask')}"
            + (f", {counted(found.alphas.fresh, 'matte')}" if mattes else "")
        )
        for name, reason in found.lacking.items():
            print(f"no masks can be made of '{name}': {reason}")
        for name, reason in found.alphas.lacking.items():
            print(f"no mattes can be made of '{name}': {reason}")
        if plan.missing:
            print(f"the footage has no picture on {listed(plan.missing)}")
    return 0


def review(options: argparse.Namespace) -> int:
    """`review SHOT`: a line a frame, or JSON. Reads the store alone: neither model nor footage need be there."""
    from ..jobs import review as reviewing
    from ..refine import CATALOGUE
    from ..shot import MattewrightError, document_path, read
    from ..store import Store

    path = document_path(options.shot)
    shot, store = read(path, CATALOGUE), Store(path.parent)
    chosen = [shot.object(name) for name in options.object] or list(shot.objects)
    tracked = [item for item in chosen if any(frame in shot.range for frame, _ in store.layout.files(item.name, "logits"))]
    if not tracked:
        who = f"object '{options.object[0]}'" if options.object else "the shot"
        raise MattewrightError(f"{path}: {who} has no tracked frames: track first")
    share = reviewing.SHARE if options.share is None else options.share
    reviewed = reviewing.review(store, shot, tracked, share=share, count=options.count)
    found = [(name, one) for name, frames in reviewed.items() for one in frames]
    if options.json:
        listed = [{"object": name, "frame": one.frame, "confidence": round(one.confidence, 4), "reason": one.reason} for name, one in found]
        print(json.dumps(listed, ensure_ascii=False, indent=2))
        return 0
    for name, one in found:
        print(f"{name}  frame {one.frame}  {one.confidence:.2f}  {one.reason}")
    if not found:
        print("nothing to review: every tracked frame is prompted or locked")
    return 0
