"""Ask the engine for people, and make objects with prompts of those that it finds; the operators and the command call these."""

from __future__ import annotations

from collections.abc import Callable

import bpy

from ..engine.shot import FrameRange, Prompts
from ..engine.shot.messages import DetectDone, DetectPeople
from ..engine.shot.people import Detected, PeopleSettings
from . import document, jobs, properties, store
from .link import Job, session
from .naming import free_name


def start(clip: bpy.types.MovieClip, settings: PeopleSettings, frames: FrameRange | None) -> None:
    """Ask, and return at once; as soon as the engine has answered there are the objects, in one step of undo."""

    def done(job: Job) -> None:
        found = bpy.data.movieclips.get(job.clip)
        if found is not None and isinstance(job.result, DetectDone) and job.result.objects:  # no other file was loaded meanwhile
            add(found, job.result)
            bpy.ops.ed.undo_push(message="Detect People")

    session.submit("detect", _question(clip, settings, frames), clip.name).on_done.append(done)


def run(
    clip: bpy.types.MovieClip, settings: PeopleSettings, frames: FrameRange | None, on_progress: Callable[[Job], None] | None = None
) -> str:
    """Ask, wait for the answer and make the objects; what to tell the user. Raises MattewrightError, Cancelled."""
    result = session.run("detect", _question(clip, settings, frames), clip.name, on_progress)
    assert isinstance(result, DetectDone)
    add(clip, result)
    return jobs.summary("detect", result)


def add(clip: bpy.types.MovieClip, done: DetectDone) -> None:
    """Make the objects that were found."""
    for found in done.objects:
        _add(clip, found)


def _add(clip: bpy.types.MovieClip, found: Detected) -> None:
    shot = properties.of(clip)
    item = properties.add_object(shot, free_name((known.name for known in shot.objects), found.object))
    item.color = found.color
    for prompts in found.prompts:
        _say(clip, properties.prompts_for(item, prompts.frame), prompts)


def _say(clip: bpy.types.MovieClip, said: properties.ObjectPrompts, prompts: Prompts) -> None:
    for point in prompts.points:
        made = said.points.add()
        made.x, made.y, made.positive = point.x, point.y, point.positive
    if prompts.box is not None:
        said.use_box = True
        said.box = prompts.box.left, prompts.box.top, prompts.box.right, prompts.box.bottom
    if prompts.mask is not None:
        said.mask = store.said(store.folder(clip) / prompts.mask, clip)


def _question(clip: bpy.types.MovieClip, settings: PeopleSettings, frames: FrameRange | None) -> DetectPeople:
    first, last = (frames.first, frames.last) if frames else (None, None)
    return DetectPeople(str(document.write(clip)), settings, first, last)
