"""What the engine is asked for: an object's mattes traced, a Mask's outlines drawn as mask prompts."""

from __future__ import annotations

import bpy

from ...engine.shot import BlenderMask, FrameRange, MattewrightError
from ...engine.shot.messages import SeedDone, SeedMasks, TraceDone, TraceMattes
from .. import document, jobs, masks, seeding, store
from ..link import Job, session
from . import work


def to_mask(clip: bpy.types.MovieClip, name: str, frames: FrameRange | None, tolerance: float, smallest: float) -> str:
    """Make a Mask of the mattes of the object `name`: in background, to the end; with a window, begun. What to tell the user."""
    first, last = (frames.first, frames.last) if frames else (None, None)
    asked = TraceMattes(str(document.write(clip)), name, first, last, tolerance, smallest)
    path = store.layout(clip).outlines(name)
    if bpy.app.background:
        result = session.run("trace", asked, clip.name)
        assert isinstance(result, TraceDone)
        return f"Mask '{work.run(path, name, clip).name}' is made; {jobs.summary('trace', result)}"

    def done(job: Job) -> None:
        found = bpy.data.movieclips.get(job.clip)
        if found is not None and isinstance(job.result, TraceDone):  # no other file was loaded meanwhile
            try:
                work.start(path, name, found)
            except MattewrightError as error:
                work.problem = str(error)

    session.submit("trace", asked, clip.name).on_done.append(done)
    return ""


def seed(clip: bpy.types.MovieClip, name: str, mask: str, frame: int, *, keyed: bool) -> str:
    """Make mask prompts of the object `name` of the Mask that `mask` means, at scene frame `frame` or at all its keyframes.

    In background, at once; with a window, as soon as the engine has answered. What to tell the user. Raises MattewrightError.
    """
    reason = masks.why_not(mask)
    if reason:
        raise MattewrightError(reason)
    shot = document.shot_of(clip)
    size = shot.footage.width, shot.footage.height
    if keyed:
        found = masks.keyframes(mask, shot.range)
        chosen = [at for at in found if shot.footage.has_frame(at)]
    else:
        chosen = [frame]
        if not shot.footage.has_frame(frame):
            whole = shot.footage.frames()
            raise MattewrightError(f"frame {frame} is outside the clip, which is frames {whole.first} to {whole.last}")
    drawn = {}
    for at in chosen:
        (outlines,) = masks.outlines([mask], size, FrameRange(at, at))
        drawn[str(at)] = outlines.at_frame(at)
    asked = SeedMasks(str(document.write(clip)), name, *size, BlenderMask(mask, drawn))
    if bpy.app.background:
        result = session.run("seed", asked, clip.name)
        assert isinstance(result, SeedDone)
        return seeding.prompt(clip, result)

    def done(job: Job) -> None:
        there = bpy.data.movieclips.get(job.clip)
        if there is not None and isinstance(job.result, SeedDone):
            seeding.prompt(there, job.result)
            bpy.ops.ed.undo_push(message="Mask as Prompt")

    session.submit("seed", asked, clip.name).on_done.append(done)
    return ""
