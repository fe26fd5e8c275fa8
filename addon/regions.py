"""Ask the engine for a frame's regions, and for the mask prompts of those that were picked; the operators call these."""

from __future__ import annotations

import bpy

from ..engine.shot.messages import FindRegions, PickDone, PickRegions
from ..engine.shot.regions import Choice, RegionList, RegionSettings, read_regions
from . import document, jobs, properties, store
from .link import Job, session


def make(clip: bpy.types.MovieClip, frame: int, settings: RegionSettings) -> str:
    """Have everything on scene frame `frame` segmented into the store: in background, to the end; with a window, begun.

    What to tell the user. Raises MattewrightError for what can't be asked, and in background for what failed.
    """
    asked = FindRegions(str(document.write(clip)), frame, settings)
    if bpy.app.background:
        return jobs.summary("regions", session.run("regions", asked, clip.name))
    session.submit("regions", asked, clip.name)
    return ""


def listed(clip: bpy.types.MovieClip, frame: int) -> RegionList:
    """The list of the frame's regions. Raises MattewrightError where there is none."""
    return read_regions(store.layout(clip).regions(frame, "list"))


def pick(clip: bpy.types.MovieClip, frame: int, choice: Choice) -> str:
    """Make mask prompts of regions of scene frame `frame`: in background, at once; with a window, as soon as the engine has answered.

    What to tell the user. Raises MattewrightError as `make` does.
    """
    asked = PickRegions(str(document.write(clip)), frame, choice)
    if bpy.app.background:
        result = session.run("pick", asked, clip.name)
        assert isinstance(result, PickDone)
        _prompt(clip, result, choice)
        return jobs.summary("pick", result)

    def done(job: Job) -> None:
        found = bpy.data.movieclips.get(job.clip)
        if found is None or not isinstance(job.result, PickDone):  # another file was loaded meanwhile, or it failed and the panel says so
            return
        _prompt(found, job.result, choice)
        bpy.ops.ed.undo_push(message="Pick Regions")

    session.submit("pick", asked, clip.name).on_done.append(done)
    return ""


def _prompt(clip: bpy.types.MovieClip, result: PickDone, choice: Choice) -> None:
    shot = properties.of(clip)
    for picked in result.picked:
        item = next((known for known in shot.objects if known.name == picked.object), None)
        if item is None:
            item = properties.add_object(shot, picked.object)
            item.color = picked.color
        if choice.replace:
            properties.clear_prompts(item, result.frame)
        properties.prompts_for(item, result.frame).mask = store.said(store.folder(clip) / picked.mask, clip)
