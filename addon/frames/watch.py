"""Looks at the clips that the editors show, by a timer, and asks for their frames."""

from __future__ import annotations

import time
from collections.abc import Iterator

import bpy
from bpy.app.handlers import persistent

from ...engine.shot import MattewrightError
from ...engine.shot.messages import Doubt, FramesDone, ListFrames, ObjectFrames
from .. import document, properties, store, tracks
from ..link import redraw_clip_editors, session
from .known import Asked, Known, Says

TICK = 0.25
"""Seconds between two looks, or more: at most a fiftieth of Blender's main thread."""
WAITING_TICK = 0.05
SHARE = 0.02

states = Known(session, lambda: redraw_clip_editors())
"""The one of this Blender."""


def of_object(clip: bpy.types.MovieClip, name: str) -> ObjectFrames | None:
    """The frames of the clip's object `name`; None where nothing is known of it yet."""
    done = states.of(clip.name_full)
    return next((item for item in done.objects if item.object == name), None) if done else None


def doubtful_near(clip: bpy.types.MovieClip, name: str, frame: int, step: int) -> Doubt | None:
    """The object's nearest doubtful frame after scene frame `frame` (`step` 1) or before it (-1); None where there is none."""
    found = of_object(clip, name)
    beyond = [one for one in (found.doubtful if found else ()) if (one.frame - frame) * step > 0]
    return min(beyond, key=lambda one: abs(one.frame - frame)) if beyond else None


def fetch(clip: bpy.types.MovieClip) -> None:
    """Ask and wait for the answer, in background, where no timer does. Raises MattewrightError where there is nothing to ask about."""
    asked = question(clip)
    if asked is None:
        raise MattewrightError(f"clip '{clip.name}': nothing is tracked yet: track first")
    result = session.run("frames", ListFrames(asked.path, asked.shot), clip.name)
    assert isinstance(result, FramesDone)
    states.learn(clip.name_full, says(clip, -1), result)


def look(clip: bpy.types.MovieClip, frame: int) -> None:
    """See whether something of the clip has changed, and ask if it has settled."""
    states.look(clip.name_full, says(clip, frame), lambda: question(clip))


def question(clip: bpy.types.MovieClip) -> Asked | None:
    """What to ask of the clip; None where it has no store. Raises MattewrightError for a shot that can't be worked on."""
    shot = properties.of(clip)
    if not (shot.store.strip() or bpy.data.filepath) or not store.folder(clip).is_dir():
        return None
    return Asked(str(store.layout(clip).document), document.shot_of(clip))


def says(clip: bpy.types.MovieClip, frame: int) -> Says:
    """All that decides about the clip's frames, at scene frame `frame`: some microseconds for each prompt, and no look at the disk."""
    shot = properties.of(clip)
    tracking = shot.store, shot.model, shot.tracker, shot.size, shot.precision, shot.compiled, shot.overlap
    look = shot.panorama, properties.view_of(shot), shot.alpha
    networks = properties.classes_of(shot.classes), properties.depth_of(shot.depth)
    frames = shot.use_clip_range, shot.first, shot.last, clip.filepath, clip.frame_start, clip.frame_offset
    objects = tuple(
        (
            item.name,
            tuple(_prompts(said) for said in item.prompts),
            tuple((locked.first, locked.last) for locked in item.locked),
            tuple((step.op, step.enabled, step.live) for step in item.refine),
            properties.matte_of(item.matte),
            tracks.says(clip, item),
            tuple(one.name for one in item.classes),
        )
        for item in shot.objects
    )
    values = tuple(tuple(properties.values_of(step).items()) for item in shot.objects for step in item.refine)
    formats = tuple(item.format for item in shot.outputs)
    return Says((tracking, look, networks, frames, bpy.data.filepath, objects, formats), values, frame)


def _prompts(said: properties.ObjectPrompts) -> object:
    points = tuple((point.x, point.y, point.positive) for point in said.points)
    scribbles = tuple((len(scribble.points), scribble.positive) for scribble in said.scribbles)
    return said.frame, points, tuple(said.box) if said.use_box else None, scribbles, said.mask


def _shown() -> Iterator[tuple[bpy.types.MovieClip, int]]:
    """The clips with objects that Movie Clip Editors show, and the frame of the window."""
    seen = set()
    manager = bpy.context.window_manager
    for window in manager.windows if manager else ():
        for area in window.screen.areas:
            space = area.spaces.active
            if not isinstance(space, bpy.types.SpaceClipEditor) or space.clip is None or window.scene is None:
                continue
            if space.clip.name_full not in seen and len(properties.of(space.clip).objects):
                seen.add(space.clip.name_full)
                yield space.clip, window.scene.frame_current


def _tick() -> float:
    if states.waiting:
        session.pump()
    started = time.perf_counter()
    for clip, frame in _shown():
        look(clip, frame)
    if states.waiting:
        return WAITING_TICK
    return max(TICK, (time.perf_counter() - started) / SHARE)


@persistent  # type: ignore[untyped-decorator]
def _loaded(path: str, *rest: object) -> None:
    states.forget()


def register() -> None:
    bpy.app.handlers.load_post.append(_loaded)
    if not bpy.app.background:
        bpy.app.timers.register(_tick, first_interval=TICK, persistent=True)


def unregister() -> None:
    if not bpy.app.background and bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    bpy.app.handlers.load_post.remove(_loaded)
    states.forget()
