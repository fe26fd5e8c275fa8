"""What there is to preview: the shot as the user has set it by now, without what doesn't change a mask.

Made anew at each tick of a timer on Blender's main thread, so it costs well under a millisecond: the footage is looked at only when the
clip says something new of it, and prompts, of which there may be thousands, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy

from ...engine.shot import (
    DOCUMENT_NAME,
    Footage,
    FrameRange,
    KeyedValue,
    Matte,
    MattewrightError,
    Prompts,
    RefineStep,
    Shot,
    ShotObject,
    catalogue,
)
from ...engine.shot.messages import Shown as Stage
from ...engine.shot.operations import at_frame
from .. import animation, document, masks, properties, store, tracks
from ..footage import footage_of

TIME = "Time"
"""The family of the ops that look at other frames."""
REACH = 24
"""How many frames to each side such ops are given keyframed values of; beyond, the last ones hold."""


@dataclass(frozen=True)
class Wanted:
    """Equal to another where the preview would be the same, as far as Blender knows."""

    clip: str
    """The clip's full name."""
    place: Path
    """The store's folder."""
    object: str
    frame: int
    shot: Shot
    changes: tuple[int, int]
    """How often the files on disk may have changed (`JobWatch`)."""
    prompts: Prompts | None = None
    """What the model is to make a mask of, whatever is in the store; None for the mask by its chain."""
    show: Stage = "mask"

    @property
    def document(self) -> Path:
        return self.place / DOCUMENT_NAME


_footage: dict[tuple[object, ...], Footage] = {}
"""The last clip's footage, by what Blender says of it: a look at the disk may take long on a network's."""


def wanted_of(clip: bpy.types.MovieClip, name: str, frame: int, changes: tuple[int, int] = (0, 0), place: Path | None = None) -> Wanted:
    """The mask of the object `name` at scene frame `frame`. `place` is the store's folder, if it is another than the clip's.

    Raises MattewrightError for a shot that can't be worked on.
    """
    place = place or store.folder(clip)
    settings = properties.of(clip)
    footage = _footage_of(clip, place)
    keyed = _keyed(clip, frame) if _looks_at_other_frames(clip) else {}
    shot = Shot(
        name=clip.name,
        footage=footage,
        range=footage.frames(),
        objects=tuple(_object(item, keyed) for item in settings.objects),
        overlap=settings.overlap,
        masks=masks.shown(masks.asked_for(settings), (footage.width, footage.height), frame),
    )
    return Wanted(clip.name_full, place, name, frame, shot, changes)


def clicked(clip: bpy.types.MovieClip, name: str, prompts: Prompts) -> Wanted:
    """What the model makes of `prompts`, of the object `name`, and the object's chain of that; `name` may be none of the shot's yet.

    Raises MattewrightError for a shot that can't be worked on.
    """
    found = wanted_of(clip, name, prompts.frame, place=store.provisional(clip))
    known = {item.name: item for item in properties.of(clip).objects}
    objects = tuple(
        replace(item, tracks=tracks.of_object(clip, known[item.name], found.shot.footage)) if item.name == name else item
        for item in found.shot.objects
    )
    if name not in known:
        objects = (*objects, ShotObject(name=name))
    shot = replace(found.shot, objects=objects, tracking=document.tracking_of(properties.of(clip)))
    return replace(found, shot=shot, prompts=prompts)


def unrefined(wanted: Wanted) -> Wanted:
    """The same without the object's chain."""
    objects = tuple(replace(item, refine=()) if item.name == wanted.object else item for item in wanted.shot.objects)
    return replace(wanted, shot=replace(wanted.shot, objects=objects))


def matted(clip: bpy.types.MovieClip, wanted: Wanted, show: Stage) -> Wanted:
    """The object's trimap or alpha instead, with no more of its matte's values than what is shown hangs on."""
    said = properties.matte_of(properties.of_name(properties.of(clip).objects, wanted.object).matte)
    band = Matte(width=said.width, inside=said.inside, outside=said.outside)
    matte = replace(band, method=said.method, steady=said.steady) if show == "alpha" else band
    objects = tuple(replace(item, matte=matte) if item.name == wanted.object else item for item in wanted.shot.objects)
    return replace(wanted, shot=replace(wanted.shot, objects=objects), show=show)


def _footage_of(clip: bpy.types.MovieClip, place: Path) -> Footage:
    size: Any = clip.size
    blender = clip.name_full, clip.filepath, clip.source, *size, clip.frame_start, clip.frame_offset, clip.frame_duration, clip.fps
    shot = properties.of(clip)
    says = *blender, shot.panorama, properties.view_of(shot), shot.alpha, place
    if says not in _footage:
        found = footage_of(clip, place)
        _footage.clear()
        _footage[says] = found
    return _footage[says]


def _object(item: properties.MatteObject, keyed: Mapping[int, KeyedValue]) -> ShotObject:
    return ShotObject(
        name=item.name,
        refine=tuple(RefineStep(step.op, _values(step, keyed), step.enabled, step.live) for step in item.refine),
        locked=tuple(FrameRange(locked.first, locked.last) for locked in item.locked),
    )


def _values(step: properties.RefineOp, keyed: Mapping[int, KeyedValue]) -> dict[str, KeyedValue]:
    """What the properties show, be it dragged away from its keyframes; on other frames what the keyframes say."""
    values: dict[str, KeyedValue] = dict(properties.values_of(step))
    if keyed:
        values |= {value.name: keyed[value.as_pointer()] for value in step.values if value.as_pointer() in keyed}
    return values


def _looks_at_other_frames(clip: bpy.types.MovieClip) -> bool:
    """Whether what the values are on other frames may matter."""
    if clip.animation_data is None:
        return False
    known = catalogue()
    steps = (step for item in properties.of(clip).objects for step in item.refine)
    return any(step.enabled and step.op in known and known[step.op].family == TIME for step in steps)


def _keyed(clip: bpy.types.MovieClip, frame: int) -> dict[int, KeyedValue]:
    """Values that F-curves move, near `frame`, with what the properties show on it. What drivers move is taken to stand still."""
    if animation.is_led(clip):
        return {}
    frames = FrameRange(max(0, frame - REACH), frame + REACH)
    shown = {value.as_pointer(): value for item in properties.of(clip).objects for step in item.refine for value in step.values}
    found: dict[int, KeyedValue] = {}
    for pointer, keyed in animation.keyed_values(clip, frames).items():
        row = {str(at): at_frame(keyed, at) for at in frames}
        found[pointer] = row | {str(frame): properties.content_of(shown[pointer])}
    return found


def active(clip: bpy.types.MovieClip) -> str:
    """The active object's name. Raises MattewrightError where there is none."""
    item = properties.active_object(properties.of(clip))
    if item is None:
        raise MattewrightError(f"clip '{clip.name}': no object yet: add one")
    return str(item.name)
