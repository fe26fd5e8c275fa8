"""What a gesture does to a shot, through the operators that scripts call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

from ...engine.shot import MattewrightError, Point
from .. import clips, preview, properties
from ..ui.placement import Placement
from .gestures import Action, AddPoint, AddScribble, Delete, Hover, NewObject, Pick, PickNext, Place, SetBox
from .marks import REACH, under
from .mending import is_tracked_mask
from .prompt_drawing import marks_of

_blender: Any = bpy.ops  # whose stubs don't know of these
_operators: Any = _blender.mattewright


def mends(action: Action) -> bool:
    """Whether on a frame that is tracked it mends what was tracked. A box doesn't: it says the object anew."""
    return isinstance(action, (AddPoint, AddScribble, Hover))


def perform(action: Action, clip: bpy.types.MovieClip, frame: int, place: Placement, scale: float = 1.0, mask: str = "") -> str:
    """Do it on scene frame `frame`; what to call the undo step, empty where nothing is to be undone.

    `place` is where the clip is in the region, `scale` Blender's resolution scale, `mask` the path of the mask that is to be mended, if
    one is. Raises MattewrightError.
    """
    if isinstance(action, Hover):
        _hover(action, clip, frame, place, mask)
        return ""
    preview.prompting.state.hover = None
    if isinstance(action, (Pick, PickNext)):
        _pick(action, clip)
        return ""
    if isinstance(action, NewObject):
        _call(_operators.object_add, clip=clip.name)
        return "Add Object"
    if isinstance(action, Delete):
        return _delete(action.at, clip, frame, place, scale)
    width, height = clips.size(clip)
    if isinstance(action, AddPoint):
        x, y = pixel(action.at, place, (width, height))
        if not (0 <= x <= width and 0 <= y <= height):
            raise MattewrightError("that is outside the picture")
        name = _object(clip)
        _mend(clip, name, frame, mask)
        _call(_operators.prompt_point_add, clip=clip.name, object=name, frame=frame, x=x, y=y, positive=action.positive)
        return "Add Point" if action.positive else "Take Away Point"
    if isinstance(action, SetBox):
        corners = [_within(pixel(at, place, (width, height)), (width, height)) for at in (action.start, action.end)]
        (left, right), (top, bottom) = (sorted(edges) for edges in zip(*corners, strict=True))
        if right - left < 1 or bottom - top < 1:
            raise MattewrightError("that box holds nothing of the picture")
        edges = {"left": left, "top": top, "right": right, "bottom": bottom}
        _call(_operators.prompt_box_set, clip=clip.name, object=_object(clip), frame=frame, **edges)
        return "Set Box"
    if isinstance(action, AddScribble):
        points = [_within(pixel(at, place, (width, height)), (width, height)) for at in action.points]
        given = [{"name": "", "x": x, "y": y} for x, y in points]
        name = _object(clip)
        _mend(clip, name, frame, mask)
        _call(_operators.prompt_scribble_add, clip=clip.name, object=name, frame=frame, points=given, positive=action.positive)
        return "Add Scribble"
    return ""


def pixel(at: Place, place: Placement, size: tuple[int, int]) -> Place:
    """The picture's pixel, from its top left corner, at a place of the region; beyond the picture, too."""
    return (at[0] - place.left) / place.width * size[0], (1.0 - (at[1] - place.bottom) / place.height) * size[1]


def _within(at: Place, size: tuple[int, int]) -> Place:
    return min(max(at[0], 0.0), float(size[0])), min(max(at[1], 0.0), float(size[1]))


def _call(operator: Callable[..., Any], **values: Any) -> None:
    """Call an operator. Raises MattewrightError with its one line."""
    try:
        operator(**values)
    except RuntimeError as error:
        raise MattewrightError(str(error).strip().removeprefix("Error: ")) from None


def _mend(clip: bpy.types.MovieClip, name: str, frame: int, mask: str) -> None:
    if mask:
        _call(_operators.prompt_mask_set, clip=clip.name, object=name, frame=frame, path=mask)


def _object(clip: bpy.types.MovieClip) -> str:
    """The active object's name; where there is none, one is made."""
    if properties.active_object(properties.of(clip)) is None:
        _call(_operators.object_add, clip=clip.name)
    item = properties.active_object(properties.of(clip))
    assert item is not None
    return str(item.name)


def _pick(action: Pick | PickNext, clip: bpy.types.MovieClip) -> None:
    shot = properties.of(clip)
    count = len(shot.objects)
    if isinstance(action, PickNext):
        if count:
            shot.active_index = (shot.active_index + action.by) % count
    elif action.number < count:
        shot.active_index = action.number
    else:
        raise MattewrightError(f"there is no object {action.number + 1}: N makes a new one")


def _delete(at: Place, clip: bpy.types.MovieClip, frame: int, place: Placement, scale: float) -> str:
    found = under(marks_of(clip, frame, place), at, REACH * scale)
    if found is None:
        return ""
    _call(_operators.prompt_remove, clip=clip.name, object=found.object, frame=frame, kind=found.kind, index=found.index)
    item = properties.of_name(properties.of(clip).objects, found.object)
    said = properties.prompts_at(item, frame)
    if said is not None and not (len(said.points) or len(said.scribbles) or said.use_box) and is_tracked_mask(said.mask):
        properties.clear_prompts(item, frame)  # with nothing on top of it, what was tracked is no prompt
    return f"Remove {found.kind.title()}"


def _hover(action: Hover, clip: bpy.types.MovieClip, frame: int, place: Placement, mask: str) -> None:
    said = None
    if action.at is not None:
        size = clips.size(clip)
        x, y = pixel(action.at, place, size)
        if 0 <= x <= size[0] and 0 <= y <= size[1]:
            said = Point(round(x, 1), round(y, 1), action.positive)
    prompting = preview.prompting.state
    prompting.hover, prompting.mends, prompting.frame = said, mask, frame
