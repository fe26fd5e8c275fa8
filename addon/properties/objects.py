"""One object of a shot: what the user said of it, frame by frame, and how its mask is refined."""

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatVectorProperty, IntProperty, PointerProperty, StringProperty

from ...engine.shot import MattewrightError, Value
from ...engine.shot.document import LAST_FRAME
from .. import paths
from . import callbacks
from .classes import ObjectClass
from .matte import MatteSettings
from .prompts import FARTHEST, PromptPoint, PromptScribble
from .refine import RefineOp, complete, set_value
from .tracks import AttachedTrack


class ObjectPrompts(bpy.types.PropertyGroup):
    """What the user said of one object on one frame."""

    frame: IntProperty(name="Frame", description="Scene frame", min=0)
    points: CollectionProperty(name="Points", description="The clicks on this frame", type=PromptPoint)
    use_box: BoolProperty(name="Box", description="There is a box around the object on this frame")
    box: FloatVectorProperty(name="Box", description="Left, top, right, bottom, in pixels", size=4, min=0.0, max=FARTHEST)
    scribbles: CollectionProperty(name="Scribbles", description="The strokes on this frame", type=PromptScribble)
    mask: StringProperty(
        name="Mask",
        description="A picture of the clip's size, white where the object is",
        subtype="FILE_PATH",
        options=paths.PROPERTY_OPTIONS,
    )


class LockedRange(bpy.types.PropertyGroup):
    """Frames whose masks are finished."""

    first: IntProperty(name="First", description="First scene frame that no job changes", min=0)
    last: IntProperty(name="Last", description="Last scene frame that no job changes", min=0)


class MatteObject(bpy.types.PropertyGroup):
    """One thing to be matted."""

    name: StringProperty(name="Name", description="Also the name of its files and of its socket", maxlen=63, update=callbacks.renamed)
    identity: IntProperty(description="Tells the object from others whatever it is called; 0 before it is known", options={"HIDDEN"})
    color: FloatVectorProperty(
        name="Color", description="Of the overlay", subtype="COLOR", size=3, min=0.0, max=1.0, default=(1.0, 0.5, 0.0)
    )
    visible: BoolProperty(name="Visible", description="Show the object's mask over the clip, and its row in the frame strip", default=True)
    solo: BoolProperty(name="Solo", description="Show only this object, and others that are solo", default=False)
    prompts: CollectionProperty(name="Prompts", description="What was said of the object, by frame", type=ObjectPrompts)
    classes: CollectionProperty(
        name="Classes", description="The classes that the object is made of; none: it is tracked from its prompts", type=ObjectClass
    )
    tracks: CollectionProperty(name="Motion Tracks", description="Motion tracks that are points of the object", type=AttachedTrack)
    refine: CollectionProperty(name="Refine", description="The steps that make the object's mask of what was tracked", type=RefineOp)
    matte: PointerProperty(name="Matte", description="How soft alpha is made of the object's masks", type=MatteSettings)
    locked: CollectionProperty(name="Locked", description="Frames that no job changes", type=LockedRange)


def is_of_classes(item: MatteObject) -> bool:
    """Whether the object is made of classes, and not tracked."""
    return bool(len(item.classes))


def covers_all(locked: LockedRange) -> bool:
    """Whether it is all the frames that a shot may have."""
    return bool(locked.first <= 0 and locked.last >= LAST_FRAME)


def is_wholly_locked(item: MatteObject) -> bool:
    """Whether no job may change any of the object's masks, whatever the shot's range is."""
    return any(covers_all(locked) for locked in item.locked)


def prompts_at(item: MatteObject, frame: int) -> ObjectPrompts | None:
    """The object's prompts on scene frame `frame`, if there are any."""
    found: ObjectPrompts | None = next((prompts for prompts in item.prompts if prompts.frame == frame), None)
    return found


def prompts_for(item: MatteObject, frame: int) -> ObjectPrompts:
    """The object's prompts on scene frame `frame`, made if there are none."""
    found = prompts_at(item, frame)
    if found is None:
        found = item.prompts.add()
        found.frame = frame
    return found


def clear_prompts(item: MatteObject, frame: int | None = None) -> int:
    """Forget the object's prompts on `frame`, or all; how many frames that was."""
    doomed = [index for index, prompts in enumerate(item.prompts) if frame is None or prompts.frame == frame]
    for index in reversed(doomed):
        item.prompts.remove(index)
    return len(doomed)


FIRST_OP = "threshold"
"""What an empty chain means."""


def begin_chain(item: MatteObject) -> None:
    """Say in the object's chain what an empty one means, so that ops after it get masks."""
    if not len(item.refine):
        add_refine(item, FIRST_OP)


def add_refine(item: MatteObject, op: str, **values: Value) -> RefineOp:
    """Append an op to the object's chain, with the values that differ from its defaults."""
    step: RefineOp = item.refine.add()
    step.op = op
    step.identity = max(known.identity for known in item.refine) + 1
    complete(step)
    for name, value in values.items():
        set_value(step, name, value)
    return step


def of_name(objects: "bpy.types.bpy_prop_collection[MatteObject]", name: str) -> MatteObject:
    """The object called `name`. Raises MattewrightError naming those that there are."""
    for candidate in objects:
        if candidate.name == name:
            return candidate
    known = ", ".join(f"'{candidate.name}'" for candidate in objects) or "none"
    raise MattewrightError(f"object '{name}': not in this shot; its objects: {known}")
