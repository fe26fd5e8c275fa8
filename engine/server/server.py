"""Reads requests on one thread, so that a cancel is heard while a job runs, and works them off one after another on the main one; but
previews, which a user waits for, on a third, the lists of frames on a fourth, clicks on a fifth and previews of alphas, which take seconds,
on a sixth. `ping` is answered by the reading one.

The end of the input ends it: the job in hand is given up.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from .. import __version__, interrupt
from ..settings import USUAL, Settings
from ..shot import DocumentError
from ..shot import messages as m
from ..shot.fields import load
from ..shot.framing import FramingError, read_message
from . import memory
from .connection import Connection
from .failures import Cancelled, Failed, failure_of
from .previews import PreviewThread

if TYPE_CHECKING:
    from ..jobs import Progress
    from ..shot.networks import NetworksDone

Outcome = TypeVar("Outcome")

PROGRESS_EVERY = 0.05
"""Seconds between two progress notifications, at the least."""


class Server:
    """One connection's state."""

    def __init__(self, source: BinaryIO, connection: Connection, settings: Settings = USUAL) -> None:
        self._source = source
        self._settings = settings
        self._connection = connection
        self._queue: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self.ended = threading.Event()
        """Nothing more is to be done: the input's end, or `shutdown`."""
        self._initialized = False
        self._reader = threading.Thread(target=self._read, name="requests", daemon=True)
        self._resources: Any = None
        self._resources_lock = threading.Lock()
        self._previews = PreviewThread(self._preview, self._respond, connection.send, self._make_previews)
        self._clicks = PreviewThread(self._click, self._respond, connection.send, self._make_clicks, "clicks")
        self._alphas = PreviewThread(self._alpha, self._respond, connection.send, self._make_alphas, "alphas")
        self._frame_lists: Any = None
        self._frames_thread = PreviewThread(self._frames, self._respond, connection.send)
        self._methods: dict[str, Callable[[int, Any], Any]] = {
            "initialize": self._initialize,
            "track": self._job,
            "refine": self._job,
            "matte": self._job,
            "classify": self._job,
            "depth": self._job,
            "run": self._job,
            "plan": self._plan,
            "regions": self._regions,
            "pick": self._pick,
            "trace": self._trace,
            "seed": self._seed,
            "detect": self._detect,
            "prompt_classes": self._prompt_classes,
            "export": self._export,
            "outputs": self._outputs,
        }

    def begin(self) -> None:
        """Start to read requests and to make previews. On Linux these go on with the niceness of the thread that does so."""
        self._previews.begin()
        self._reader.start()

    def run(self) -> int:
        """Work until standard input ends or `shutdown` comes. The process's exit code."""
        if self._reader.ident is None:
            self.begin()
        for thread in (self._clicks, self._alphas, self._frames_thread):
            thread.begin()
        while (message := self._queue.get()) is not None:
            if not self._answer(message):
                break
        self.ended.set()
        for thread in (self._previews, self._clicks, self._alphas, self._frames_thread):
            thread.end()
        return 0

    # --- the reading thread

    def _read(self) -> None:
        try:
            while (message := self._next()) is not None:
                if message.get("method") == "cancel" and "id" not in message:
                    self._hear_cancel(message)
                elif message.get("method") == "preview" and _is_number(message.get("id")):
                    (self._alphas if _shows_alpha(message) else self._previews).put(message)
                elif message.get("method") == "click" and _is_number(message.get("id")):
                    self._clicks.put(message)
                elif message.get("method") == "frames" and _is_number(message.get("id")):
                    self._frames_thread.put(message)
                elif message.get("method") == "ping" and _is_number(message.get("id")):
                    self._connection.send(m.response(message["id"], m.Pong()))
                elif message.get("method") == "networks" and _is_number(message.get("id")):
                    self._respond(message, self._networks)  # a few small files
                else:
                    self._queue.put(message)
        except FramingError as error:
            self._connection.send(m.failure(None, m.PARSE_ERROR, str(error)))
        finally:
            self.ended.set()
            self._queue.put(None)

    def _next(self) -> dict[str, Any] | None:
        """The next message; one that is framed well but no JSON object is answered and passed over."""
        while True:
            try:
                return read_message(self._source)
            except FramingError:
                raise
            except DocumentError as error:
                self._connection.send(m.failure(None, m.PARSE_ERROR, f"protocol: {error}"))

    def _hear_cancel(self, message: dict[str, Any]) -> None:
        try:
            number = load(m.Cancel, message.get("params"), "params").id
            if not any(thread.cancel(number) for thread in (self._previews, self._clicks, self._alphas, self._frames_thread)):
                self._cancelled.add(number)
        except DocumentError as error:
            self._connection.send(m.notification("log", m.Log("warning", f"cancel: {error}")))

    # --- the working thread

    def _answer(self, message: dict[str, Any]) -> bool:
        """Answer one request; False when it was the last."""
        method = message.get("method")
        if not _is_number(message.get("id")) or not isinstance(method, str):
            self._connection.send(m.failure(None, m.INVALID_REQUEST, "protocol: expected a request with a whole number as id and a method"))
            return True
        if method == "shutdown":
            self._connection.send(m.response(message["id"], {}))
            return False
        self._respond(message, self._methods.get(method, self._unknown))
        return not self.ended.is_set() or not self._queue.empty()

    def _respond(self, message: dict[str, Any], work: Callable[[int, Any], Any]) -> None:
        """Send what `work` makes of the request, or why it made nothing. On the working thread or on that of the previews."""
        number, starved = message["id"], False
        try:
            if not self._initialized and message["method"] != "initialize":
                raise Failed(m.INVALID_REQUEST, "protocol: 'initialize' comes first")
            if number in self._cancelled:
                raise Cancelled
            self._connection.send(m.response(number, work(number, message)))
        except Exception as error:  # a defect too: the engine says so and lives on
            self._connection.send(failure_of(message, error))
            starved = memory.is_shortage(error)
        finally:
            self._cancelled.discard(number)
        if starved:  # here, where nothing of the error holds on to what it was at
            self._let_go()

    def _let_go(self) -> None:
        """Forget the models and what they made of pictures, so that something smaller finds room."""
        with self._resources_lock:
            if self._resources is not None:
                self._resources.release()
        for thread in (self._previews, self._clicks, self._alphas):
            thread.renew()
        memory.give_back()

    def _unknown(self, number: int, message: dict[str, Any]) -> Any:
        raise Failed(
            m.METHOD_NOT_FOUND,
            f"unknown method '{message['method']}'; known: {', '.join(self._methods)}, preview, click, frames, networks, ping, shutdown",
        )

    def _params(self, kind: Any, message: dict[str, Any]) -> Any:
        try:
            return load(kind, message.get("params", {}), "params")
        except DocumentError as error:
            raise Failed(m.INVALID_PARAMS, str(error)) from None

    def _initialize(self, number: int, message: dict[str, Any]) -> m.Initialized:
        theirs = self._params(m.Initialize, message).protocol
        if theirs != m.PROTOCOL:
            raise Failed(
                m.INVALID_PARAMS,
                f"the add-on speaks protocol {theirs}, this engine ({__version__}) {m.PROTOCOL}: install the same version of both",
            )
        from ..refine import CATALOGUE

        self._initialized = True
        return m.Initialized(__version__, m.PROTOCOL, tuple(asdict(declaration) for declaration in CATALOGUE.values()))

    def _open(self, params: m.ShotJob | m.FindRegions | m.TraceMattes | m.ExportShot) -> Any:
        from ..jobs import OpenShot

        return OpenShot(Path(params.shot), self._shared())

    def _shared(self) -> Any:
        """The models and what they made of pictures: jobs and clicks have them together."""
        from ..jobs import Resources

        with self._resources_lock:
            if self._resources is None:
                self._resources = Resources(settings=self._settings)
            return self._resources

    def _make_previews(self) -> Any:
        from ..jobs import Resources
        from ..jobs.preview import Previews

        return Previews(Resources(settings=self._settings))

    def _make_alphas(self) -> Any:
        from ..jobs.preview import Previews

        return Previews(self._shared())

    def _make_clicks(self) -> Any:
        from ..jobs.click import Clicks

        return Clicks(self._shared())

    def _plan(self, number: int, message: dict[str, Any]) -> m.JobDone:
        from ..jobs import plan_run

        params: m.ShotJob = self._params(m.ShotJob, message)
        with self._open(params) as opened:
            plan = plan_run(opened, params.objects, params.first, params.last)
            return m.JobDone(0, plan.fresh, plan.planned.count, plan.missing, planned=plan.planned)

    def _job(self, number: int, message: dict[str, Any]) -> m.JobDone:
        from ..jobs import classify_job, depth_job, matte_job, refine_job, run_job, track_job
        from ..store.lock import alone_in

        params: m.ShotJob = self._params(m.ShotJob, message)
        started = time.monotonic()
        jobs = {"track": track_job, "refine": refine_job, "matte": matte_job, "classify": classify_job, "depth": depth_job, "run": run_job}
        with self._open(params) as opened, alone_in(opened.folder) if params.alone else nullcontext():
            job = jobs[message["method"]](opened, params.objects, params.first, params.last)
            outcome = self._finished(number, job)
        for name in outcome.unprompted:
            self._connection.send(m.notification("log", m.Log("warning", f"object '{name}' has no prompts yet: passed over")))
        for name in outcome.untracked:
            self._connection.send(m.notification("log", m.Log("warning", f"object '{name}' is not tracked yet: passed over")))
        return m.JobDone(outcome.written, outcome.fresh, 0, outcome.missing, time.monotonic() - started)

    def _regions(self, number: int, message: dict[str, Any]) -> m.RegionsDone:
        from ..jobs.regions import regions_job

        params: m.FindRegions = self._params(m.FindRegions, message)
        started = time.monotonic()
        with self._open(params) as opened:
            made = self._finished(number, regions_job(opened, params.frame, params.settings))
        return m.RegionsDone(params.frame, len(made.regions.regions), made.fresh, time.monotonic() - started)

    def _pick(self, number: int, message: dict[str, Any]) -> m.PickDone:
        from ..jobs.pick import pick
        from ..shot import document_path, read

        params: m.PickRegions = self._params(m.PickRegions, message)
        path = document_path(Path(params.shot))
        _, picked = pick(path.parent, read(path), params.frame, params.choice)
        return m.PickDone(params.frame, tuple(picked))

    def _trace(self, number: int, message: dict[str, Any]) -> m.TraceDone:
        from ..jobs.trace import trace_job
        from ..trace import Settings

        params: m.TraceMattes = self._params(m.TraceMattes, message)
        started = time.monotonic()
        with self._open(params) as opened:
            job = trace_job(opened, params.object, Settings(params.tolerance, params.smallest), params.first, params.last)
            made = self._finished(number, job)
        pieces = made.outlines.pieces
        points, shapes = sum(piece.points for piece in pieces), sum(piece.last - piece.first + 1 for piece in pieces)
        return m.TraceDone(params.object, len(pieces), points, len(made.shapes), shapes, time.monotonic() - started)

    def _seed(self, number: int, message: dict[str, Any]) -> m.SeedDone:
        from ..jobs.seed import seed
        from ..shot import document_path

        params: m.SeedMasks = self._params(m.SeedMasks, message)
        seeded = seed(document_path(Path(params.shot)).parent, params.object, (params.height, params.width), params.mask)
        return m.SeedDone(params.object, tuple(seeded))

    def _prompt_classes(self, number: int, message: dict[str, Any]) -> m.SeedDone:
        from ..jobs import OpenShot
        from ..jobs.class_prompts import class_prompts_job
        from ..shot import document_path

        params: m.PromptClasses = self._params(m.PromptClasses, message)
        with OpenShot(document_path(Path(params.shot)), self._shared(), params.document) as opened:
            job = class_prompts_job(opened, params.object, params.classes, params.every, params.first, params.last)
            return m.SeedDone(params.object, tuple(self._finished(number, job)))

    def _networks(self, number: int, message: dict[str, Any]) -> NetworksDone:
        from ..networks.facts import networks

        return networks()

    def _detect(self, number: int, message: dict[str, Any]) -> m.DetectDone:
        from ..jobs import OpenShot
        from ..jobs.detect import detect_job
        from ..shot import document_path

        params: m.DetectPeople = self._params(m.DetectPeople, message)
        started = time.monotonic()
        with OpenShot(document_path(Path(params.shot)), self._shared(), params.document) as opened:
            found = self._finished(number, detect_job(opened, params.settings, params.first, params.last))
        return m.DetectDone(found.objects, found.frames, found.people, found.known, time.monotonic() - started, found.classed)

    def _export(self, number: int, message: dict[str, Any]) -> m.ExportDone:
        from ..jobs.export import export_job, verify_job

        params: m.ExportShot = self._params(m.ExportShot, message)
        started = time.monotonic()
        with self._open(params) as opened:
            if params.verify:
                found = self._finished(number, verify_job(opened, params.outputs))
                return m.ExportDone(0, found.right, 0, found.wrong, time.monotonic() - started, verified=True)
            made = self._finished(number, export_job(opened, params.outputs, params.incomplete, params.overwrite))
        return m.ExportDone(made.written, made.fresh, made.left_out, (), time.monotonic() - started)

    def _outputs(self, number: int, message: dict[str, Any]) -> m.OutputsDone:
        from ..jobs import OpenShot
        from ..jobs.export_plan import output_states
        from ..shot import document_path

        params: m.ListOutputs = self._params(m.ListOutputs, message)
        started = time.monotonic()
        with OpenShot(document_path(Path(params.shot)), self._shared(), params.document) as opened:
            return replace(output_states(opened, params.outputs), seconds=time.monotonic() - started)

    def _preview(self, number: int, message: dict[str, Any]) -> m.PreviewDone:
        done: m.PreviewDone = self._previews.maker.make(self._params(m.Preview, message))
        return done

    def _alpha(self, number: int, message: dict[str, Any]) -> m.PreviewDone:
        with interrupt.unless(lambda: number in self._cancelled or self.ended.is_set()):
            done: m.PreviewDone = self._alphas.maker.make(self._params(m.Preview, message))
        return done

    def _click(self, number: int, message: dict[str, Any]) -> m.PreviewDone:
        done: m.PreviewDone = self._clicks.maker.make(self._params(m.Click, message))
        return done

    def _frames(self, number: int, message: dict[str, Any]) -> m.FramesDone:
        from ..jobs.frames import FrameLists

        params: m.ListFrames = self._params(m.ListFrames, message)
        started = time.monotonic()

        def looked() -> None:
            if number in self._cancelled or self.ended.is_set():
                raise Cancelled

        if self._frame_lists is None:
            self._frame_lists = FrameLists()
        done: m.FramesDone = self._frame_lists.make(Path(params.shot), params.document, looked, params.review)
        return replace(done, milliseconds=1000 * (time.monotonic() - started))

    def _finished(self, number: int, job: Generator[Progress, None, Outcome]) -> Outcome:
        """What `job` returns at its end; its progress is sent on the way. Raises Cancelled between two frames, Interrupted within one."""
        last_sent = 0.0

        def unwanted() -> bool:
            return number in self._cancelled or self.ended.is_set()

        while True:
            if unwanted():
                job.close()
                raise Cancelled
            try:
                with interrupt.unless(unwanted):
                    progress = next(job)
            except StopIteration as end:
                outcome: Outcome = end.value
                return outcome
            now = time.monotonic()
            if now - last_sent >= PROGRESS_EVERY or progress.done == progress.total:
                last_sent = now
                self._connection.send(m.notification("progress", m.Progress(id=number, **asdict(progress))))


def _shows_alpha(message: dict[str, Any]) -> bool:
    params = message.get("params")
    return isinstance(params, dict) and params.get("show") == "alpha"


def _is_number(number: object) -> bool:
    """Whether a request may be called that."""
    return isinstance(number, int) and not isinstance(number, bool)
