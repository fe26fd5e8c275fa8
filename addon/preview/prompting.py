"""What the user is just prompting, if so: then the mask that is shown is the model's answer to the prompts, not yet the tracked one.

Said by the tool; by names, for an undo makes all datablocks anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import bpy

from ...engine.shot import Point, Prompts
from .. import document, paths, properties, store
from ..link import Job
from .wanted import Wanted, clicked

NEW = "New Object"
"""What the object is called that a click would make, where there is none yet."""


@dataclass
class Prompting:
    """Where the hand is. Nothing while `clip` is empty."""

    clip: str = ""
    """The clip's full name."""
    scene: str = ""
    hover: Point | None = None
    """What a click would add; in the picture's pixels."""
    mends: str = ""
    """The path of the mask that it would mend on scene frame `frame`, as the user has paths; empty where it would say the object anew."""
    frame: int = 0


state = Prompting()


@dataclass(frozen=True)
class _Answered:
    """What the model was asked, and the job that was the last one then."""

    prompts: Prompts
    job: Job | None


_Key = tuple[str, str, int]
"""A clip, an object and a frame."""
_answered: dict[_Key, _Answered] = {}
"""The latest: an answer stays to be seen when the hand has left, until the frame is tracked."""
_begun: dict[tuple[str, int], dict[str, Prompts]] = {}
"""By a clip and a frame, what was said of its objects already as the hand came there: to that the store may have an answer."""


def stop() -> None:
    """Nobody prompts."""
    state.clip, state.scene, state.hover, state.mends = "", "", None, ""
    _begun.clear()


def target() -> tuple[bpy.types.MovieClip, int] | None:
    """The clip that is being prompted, and its scene's frame."""
    if not state.clip:
        return None
    clip = next((known for known in bpy.data.movieclips if known.name_full == state.clip), None)
    scene = bpy.data.scenes.get(state.scene)
    if clip is None or scene is None or not (len(properties.of(clip).objects) or state.hover is not None):
        return None
    return clip, scene.frame_current


def wanted(clip: bpy.types.MovieClip, frame: int) -> Wanted | None:
    """The model's answer to the active object's prompts on the frame; None where it was asked nothing, or nobody prompts the clip.

    Where there is no object, that to what a click would say of the first one.

    Raises MattewrightError for a shot that can't be worked on.
    """
    if clip.name_full != state.clip:
        return None
    note(clip, frame)
    item = properties.active_object(properties.of(clip))
    prompts = _said(clip, item, frame) if item is not None else None
    if prompts is None:
        if state.hover is None:
            return None
        prompts = Prompts(frame)
        if state.mends and state.frame == frame:
            prompts = replace(prompts, mask=paths.for_document(state.mends, store.provisional(clip), clip))
    if state.hover is not None:
        prompts = replace(prompts, points=(*prompts.points, state.hover))
    return clicked(clip, item.name if item is not None else NEW, prompts)


def note(clip: bpy.types.MovieClip, frame: int) -> None:
    """Keep what is said on the frame by now, if the hand has just come there: what is said afterwards is new."""
    key = clip.name_full, frame
    if clip.name_full == state.clip and key not in _begun:
        said = {str(item.name): _said(clip, item, frame) for item in properties.of(clip).objects}
        _begun[key] = {name: prompts for name, prompts in said.items() if prompts is not None}


def _said(clip: bpy.types.MovieClip, item: properties.MatteObject, frame: int) -> Prompts | None:
    """The object's prompts on the frame; None where there are none."""
    said = properties.prompts_at(item, frame)
    if said is None or document.is_empty(said):
        return None
    return document.prompts_of(said, store.provisional(clip), clip)


def remember(wanted: Wanted, job: Job | None) -> None:
    """The model is asked this. `job` is the session's last one."""
    key = wanted.clip, wanted.object, wanted.frame
    begun = _begun.get((wanted.clip, wanted.frame), {})
    if wanted.prompts is None or state.hover is not None or wanted.prompts == begun.get(wanted.object):
        return
    known = _answered.get(key)
    if known is None or known.prompts != wanted.prompts:
        _answered[key] = _Answered(wanted.prompts, job)


def remembered(clip: bpy.types.MovieClip, frame: int, job: Job | None) -> Wanted | None:
    """The model's answer to the active object's prompts on the frame, if it was asked that and no job has tracked it since.

    Raises MattewrightError for a shot that can't be worked on.
    """
    item = properties.active_object(properties.of(clip))
    key = clip.name_full, item.name if item is not None else "", frame
    known = _answered.get(key)
    if known is None or item is None:
        return None
    if _said(clip, item, frame) != known.prompts:
        return None
    if job is not known.job and job is not None and job.method in ("track", "run"):
        passed = job.progress is not None and job.progress.frame == frame and job.progress.object in (None, item.name)
        if passed or (job.done and job.error is None):
            del _answered[key]
            return None
    return clicked(clip, item.name, known.prompts)


def forget() -> None:
    """Another file: nothing of what was asked is left."""
    _answered.clear()
