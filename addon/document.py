"""The shot document of a clip: what the user set, and what only Blender knows of the footage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import bpy

from ..engine.shot import (
    Box,
    FrameRange,
    KeyedValue,
    MattewrightError,
    MotionTrack,
    Point,
    Prompts,
    RefineStep,
    Scribble,
    Shot,
    ShotObject,
    Size,
    Tracking,
    catalogue,
    check,
    to_json,
)
from . import animation, masks, outputs, paths, properties, renaming, store, tracks, whole_file
from .compositor import refusals
from .footage import footage_of


def shot_of(clip: bpy.types.MovieClip) -> Shot:
    """The shot of `clip`, checked. Raises MattewrightError (DocumentError with the field's path) for one that can't be worked on."""
    place = store.folder(clip)
    store.check_unshared(clip)
    renaming.follow()
    settings = properties.of(clip)
    footage = footage_of(clip, place)
    frames = footage.frames() if settings.use_clip_range else FrameRange(settings.first, settings.last)
    keyed = animation.keyed_values(clip, frames)
    known = catalogue()
    shot = Shot(
        name=clip.name,
        footage=footage,
        range=frames,
        objects=tuple(_object(item, place, clip, keyed, tracks.of_object(clip, item, footage)) for item in settings.objects),
        tracking=tracking_of(settings),
        overlap=settings.overlap,
        masks=masks.outlines(masks.asked_for(settings), (footage.width, footage.height), frames),
        outputs=outputs.sound(clip, place),
        depth=properties.depth_of(settings.depth),
        classes=properties.classes_of(settings.classes),
    )
    # What an engine of another version may know, that engine checks.
    check(shot, known if all(step.op in known for item in shot.objects for step in item.refine) else None)
    return shot


def tracking_of(settings: properties.ShotProperties) -> Tracking:
    """How the shot's frames are to be looked at."""
    return Tracking(
        tracker=settings.tracker,
        model=settings.model,
        size=cast(Size, int(settings.size)),
        precision=settings.precision,
        compiled=settings.compiled,
    )


def write(clip: bpy.types.MovieClip) -> Path:
    """Write the clip's document into its store, if it says anything new; its path. The store's folder is made, and remembered."""
    shot = shot_of(clip)
    path = store.layout(clip).document
    text = to_json(replace(shot, outputs=(*shot.outputs, *outputs.kept(path, shot.outputs))))
    try:
        if not path.is_file() or path.read_bytes() != text.encode("utf-8"):
            whole_file.write(path, text)
    except OSError as error:
        raise MattewrightError(f"{path}: can't be written: {error.strerror or error}") from None
    store.pin(clip)
    return path


def _object(
    item: properties.MatteObject,
    place: Path,
    clip: bpy.types.MovieClip,
    keyed: Mapping[int, KeyedValue],
    attached: tuple[MotionTrack, ...],
) -> ShotObject:
    red, green, blue = (round(channel, 6) for channel in item.color)
    return ShotObject(
        name=item.name,
        color=(red, green, blue),
        prompts=tuple(
            sorted((prompts_of(said, place, clip) for said in item.prompts if not is_empty(said)), key=lambda prompts: prompts.frame)
        ),
        refine=tuple(_step(step, keyed, item.name) for step in item.refine),
        locked=tuple(FrameRange(locked.first, locked.last) for locked in item.locked),
        tracks=attached,
        matte=properties.matte_of(item.matte),
        classes=tuple(one.name for one in item.classes),
    )


def _step(step: properties.RefineOp, keyed: Mapping[int, KeyedValue], of: str) -> RefineStep:
    reason = refusals.why_not(step) if step.enabled and step.live else ""
    if reason:
        raise MattewrightError(f"object '{of}': {reason}")
    values = {value.name: keyed.get(value.as_pointer(), properties.content_of(value)) for value in step.values}
    differing = {value.name: values[value.name] for value in step.values if not properties.is_default(value, values[value.name])}
    return RefineStep(step.op, differing, step.enabled, step.live)


def prompts_of(said: properties.ObjectPrompts, place: Path, clip: bpy.types.MovieClip) -> Prompts:
    """What was said on one frame, as the document has it, for a store at `place`."""
    left, top, right, bottom = (_pixels(edge) for edge in said.box)
    return Prompts(
        frame=said.frame,
        points=tuple(Point(_pixels(point.x), _pixels(point.y), point.positive) for point in said.points),
        box=Box(left, top, right, bottom) if said.use_box else None,
        scribbles=tuple(
            Scribble(tuple((_pixels(point.x), _pixels(point.y)) for point in scribble.points), scribble.positive)
            for scribble in said.scribbles
        ),
        mask=paths.for_document(said.mask, place, clip) if said.mask else None,
    )


def is_empty(said: properties.ObjectPrompts) -> bool:
    """Whether nothing is left of what was said on the frame."""
    return not (len(said.points) or said.use_box or len(said.scribbles) or said.mask)


def _pixels(value: float) -> float:
    """A thousandth of a pixel is finer than a 32-bit float holds at the far side of an 8K picture."""
    return round(value, 3)
