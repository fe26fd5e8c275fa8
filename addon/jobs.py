"""What the engine is asked for, and what is to be done when it is done; the operators and the command both call these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import bpy

from ..engine.shot import FrameRange, MattewrightError, Shot, ShotObject
from ..engine.shot.messages import (
    DetectDone,
    ExportDone,
    JobDone,
    PickDone,
    Planned,
    Progress,
    RegionsDone,
    Result,
    SeedDone,
    ShotJob,
    StageName,
    TraceDone,
)
from . import compositor, document, outputs, properties, refusal, store
from .link import Job, session

Report = Callable[[Job], None]
WHOLE: tuple[StageName, ...] = ("classify", "depth")
"""Jobs that look at whole frames, whether there is an object or not."""
NOTHING: Mapping[StageName, str] = {
    "matte": "no object's matte is switched on: switch one on, or name the object",
    "track": "all objects are made of classes, which are not tracked: classify makes their masks",
}
"""What to say where there is no object for a job."""


def start(method: StageName, clip: bpy.types.MovieClip, objects: Sequence[str] = (), frames: FrameRange | None = None) -> Job:
    """Write the clip's document and ask the engine for `method`, without waiting. Raises MattewrightError for what can't be asked.

    Objects that can't be worked on (`left_out`) are passed over, unless they are named.
    """
    job = session.submit(method, _ask(method, clip, objects, frames), clip.name)
    job.on_done.append(_finish)
    return job


def run(
    method: StageName,
    clip: bpy.types.MovieClip,
    objects: Sequence[str] = (),
    frames: FrameRange | None = None,
    on_progress: Report | None = None,
) -> JobDone:
    """Like `start`, and wait for the end. Raises MattewrightError when it fails, Cancelled when the user stops it.

    Also raised, once the others are done, where objects were passed over: nobody may take such a shot for finished.
    """
    asked = _ask(method, clip, objects, frames)
    try:
        result = session.run(method, asked, clip.name, on_progress)
    finally:
        compositor.refresh(clip)
    assert isinstance(result, JobDone)
    lacking = left_out(clip, method) if not objects and method != "plan" else []
    if lacking:
        raise MattewrightError(f"{summary(method, result)}; but without {'; '.join(lacking)}")
    return result


def left_out(clip: bpy.types.MovieClip, method: StageName = "run") -> list[str]:
    """The objects that the job would work on, but for what the user has to mend first, each with what that is."""
    meant = {item.name for item in properties.of(clip).objects if _works_on(method, item)}
    return [f"'{name}': {reason}" for name, reason in refusal.reasons(clip).items() if name in meant]


def passed_over(clip: bpy.types.MovieClip) -> list[str]:
    """The objects that `track` has nothing to do with: they are made of classes."""
    return [str(item.name) for item in properties.of(clip).objects if properties.is_of_classes(item)]


def _works_on(method: StageName, item: properties.MatteObject | ShotObject) -> bool:
    """Whether the job does anything with the object where none is named."""
    of_classes = bool(len(item.classes))
    return {"track": not of_classes, "classify": of_classes, "depth": False, "matte": bool(item.matte.enabled)}.get(method, True)


def summary(method: str, result: Result) -> str:
    """One line for the user."""
    if isinstance(result, RegionsDone):
        found = f"{result.count} regions" if result.count else "nothing was found"
        return f"{method}: {found} on frame {result.frame}" + (", up to date" if result.fresh else f", in {result.seconds:.1f} s")
    if isinstance(result, PickDone):
        return f"{method}: on frame {result.frame}, " + ", ".join(f"'{one.object}' ({one.area} pixels)" for one in result.picked)
    if isinstance(result, TraceDone):
        outlines = "1 outline" if result.pieces == 1 else f"{result.pieces} outlines"
        return f"{method}: {outlines} of {result.points} points, {result.keys} keyed shapes for {result.shapes}, in {result.seconds:.1f} s"
    if isinstance(result, SeedDone):
        frames = store.spans(seeded.frame for seeded in result.seeded)
        return f"{method}: '{result.object}' is prompted by the mask on frames {frames}"
    if isinstance(result, ExportDone):
        return _exported(result)
    if isinstance(result, DetectDone):
        return _detected(result)
    assert isinstance(result, JobDone)
    text = f"{method}: {result.written} files written, {result.fresh} were up to date, in {result.seconds:.1f} s"
    if not result.written:
        text = f"{method}: nothing was stale, {result.fresh} files are up to date"
    if method == "plan":
        text = f"plan: {_files(result.stale)} to write{_planned(result.planned)}, {result.fresh} up to date"
    if result.missing:
        text += f"; the footage has no picture on frames {store.spans(result.missing)}"
    return text


def _planned(found: Planned) -> str:
    kinds = (
        (found.depth, "depth"),
        (found.labels, "labels"),
        (found.classified, "classified"),
        (found.tracked, "tracked"),
        (found.masks, "masks"),
        (found.mattes, "mattes"),
    )
    said = ", ".join(f"{count} {kind}" for count, kind in kinds if count)
    return f" ({said})" if said else ""


def _exported(result: ExportDone) -> str:
    if result.verified:
        right = f"verify: {_files(result.fresh)} as written"
        return f"{right}, {_files(len(result.wrong))} not" if result.wrong else f"{right}, in {result.seconds:.1f} s"
    text = f"export: {_files(result.written)} written, {result.fresh} were up to date, in {result.seconds:.1f} s"
    if not result.written:
        text = f"export: nothing was stale, {_files(result.fresh)} up to date"
    return f"{text}; {result.left_out} left out, on which nothing was there" if result.left_out else text


def _detected(result: DetectDone) -> str:
    looked = "1 frame" if result.frames == 1 else f"{result.frames} frames"
    if not result.people:
        return f"detect: nobody was found on {looked}"
    classed = f"; {outputs.listed(result.classed)}, made of classes, has some of them" if result.classed else ""
    if not result.objects:
        return f"detect: whoever was found on {looked} is an object already{classed}"
    names = ", ".join(f"'{found.object}'" for found in result.objects)
    return f"detect: {names} added, in {result.seconds:.1f} s; track them next{classed}"


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"


def progress_line(job: Job) -> str:
    """``track 12/240, dog frame 1012, 3.4 frames/s, 1:07 left``; of a matte, ``dog frame 1012 by closed_form``."""
    progress = job.progress
    if progress is None:
        return f"{job.method}: starting"
    by = f" by {progress.method}" if progress.method else ""
    where = [f"{progress.object + ' ' if progress.object else ''}frame {progress.frame}{by}"] if progress.frame is not None else []
    return ", ".join(_amount(progress) + where + _pace(progress))


def short_line(job: Job) -> str:
    """``track 12/240, 3.4 frames/s, 1:07 left``."""
    progress = job.progress
    return ", ".join(_amount(progress) + _pace(progress)) if progress else f"{job.method}: starting"


def _amount(progress: Progress) -> list[str]:
    return [f"{progress.stage} {progress.done}/{progress.total}"]


def _pace(progress: Progress) -> list[str]:
    parts = []
    if progress.frames_per_second > 0:
        parts.append(f"{progress.frames_per_second:.{2 if progress.frames_per_second < 10 else 3}g} frames/s")
    if progress.seconds_left is not None:
        parts.append(f"{clock(progress.seconds_left)} left")
    return parts


def clock(seconds: float) -> str:
    """``1:07``, ``2:03:04``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def status(clip: bpy.types.MovieClip) -> list[str]:
    """Lines that say what the clip's shot is and which masks it has. Raises MattewrightError if it can't be worked on."""
    shot = document.shot_of(clip)
    footage = shot.footage
    lines = [
        f"clip '{clip.name}': {footage.width} x {footage.height}, {footage.kind}, frames {shot.range.first}-{shot.range.last}",
        f"store: {store.folder(clip)}",
        f"tracker: {shot.tracking.tracker}, model: {shot.tracking.model}",
    ]
    if not shot.objects:
        lines.append("no objects yet")
    return lines + [str(found) for found in store.coverage(clip, shot)]


def _ask(method: StageName, clip: bpy.types.MovieClip, objects: Sequence[str], frames: FrameRange | None) -> ShotJob:
    try:
        return _asked(method, clip, objects, frames)
    except OSError as error:  # a network drive that has gone away
        where = f"{error.filename}: " if error.filename else ""
        raise MattewrightError(f"clip '{clip.name}': {where}{error.strerror or error}: see that its drive is there") from None


def _asked(method: StageName, clip: bpy.types.MovieClip, objects: Sequence[str], frames: FrameRange | None) -> ShotJob:
    shot = document.shot_of(clip)
    whole = method in WHOLE
    _check(shot, objects, whole)
    refused = refusal.reasons(clip)
    meant = objects or [item.name for item in shot.objects if _works_on(method, item)]
    if not meant and not whole:
        raise MattewrightError(f"clip '{shot.name}': {NOTHING.get(method, 'no object to work on')}")
    able = [name for name in meant if name not in refused]
    if len(able) < len(objects) or (meant and not able):
        raise MattewrightError(next(refused[name] for name in objects or refused if name in refused))
    path = document.write(clip)
    named = tuple(able if refused and meant else objects)
    first, last = (frames.first, frames.last) if frames else (None, None)
    # In background it may be a farm, whose nodes share a store.
    return ShotJob(shot=str(path), objects=named, first=first, last=last, alone=not bpy.app.background)


def _check(shot: Shot, objects: Sequence[str], whole: bool) -> None:
    if not shot.objects and not whole:
        raise MattewrightError(f"clip '{shot.name}': no object to work on: add one and prompt it")
    for name in objects:
        shot.object(name)


def _finish(job: Job) -> None:
    clip = bpy.data.movieclips.get(job.clip)
    if clip is None:  # another file was loaded meanwhile
        return
    compositor.refresh(clip)
