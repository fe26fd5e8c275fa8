"""Objects that are made of classes, and prompts that come of classes; the operators call these."""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ..engine.shot import FrameRange, MattewrightError
from ..engine.shot.messages import PromptClasses, SeedDone
from . import document, properties, seeding
from .link import Job, session
from .naming import free_name

STEP = "combine_object"
"""The op that takes another object's mask as a garbage matte."""


def named(clip: bpy.types.MovieClip, names: Sequence[str]) -> tuple[str, ...]:
    """The classes of these names, or with none those that are chosen in the list. Raises MattewrightError for one that there isn't."""
    settings = properties.of(clip).classes
    found = tuple(dict.fromkeys(names)) or properties.chosen_classes(settings)
    if not found:
        raise MattewrightError(f"clip '{clip.name}': no class is chosen: choose one in the list, or name it")
    known = [str(item.name) for item in settings.known]
    wrong = next((name for name in found if known and name not in known), None)
    if wrong is not None:
        raise MattewrightError(f"class '{wrong}': network '{settings.network}' has none such; its classes: {', '.join(known)}")
    return found


def add_object(clip: bpy.types.MovieClip, classes: Sequence[str], name: str = "") -> properties.MatteObject:
    """A new object that is made of these classes. Raises MattewrightError if the name is taken."""
    shot = properties.of(clip)
    made = properties.add_object(shot, name or free_name((item.name for item in shot.objects), " + ".join(classes)[:63]))
    for one in classes:
        made.classes.add().name = one
    color = next((item.color for item in shot.classes.known if item.name == classes[0]), None)
    taken = any(tuple(item.color) == tuple(color) for item in shot.objects) if color is not None else True
    if color is not None and any(color) and not taken:
        made.color = color
    return made


def object_of(clip: bpy.types.MovieClip, classes: Sequence[str]) -> properties.MatteObject | None:
    """The object that is made of just these classes; None where there is none."""
    objects = properties.of(clip).objects
    return next((item for item in objects if properties.is_of_classes(item) and {one.name for one in item.classes} == set(classes)), None)


def garbage_matte(clip: bpy.types.MovieClip, item: properties.MatteObject, classes: Sequence[str], *, keep: str) -> str:
    """Have the object `item` keep what lies inside, or outside, these classes; the name of the object that has them.

    Raises MattewrightError where that is `item` itself.
    """
    shot, name = properties.of(clip), str(item.name)
    other = object_of(clip, classes)
    if other is not None and other.name == name:
        raise MattewrightError(f"object '{name}' is made of {', '.join(classes)} itself: select another object")
    if other is None:
        active = int(shot.active_index)
        other = add_object(clip, classes)
        shot.active_index = active
    source = str(other.name)
    item = properties.of_name(shot.objects, name)  # Blender may have moved it in memory
    properties.begin_chain(item)
    properties.add_refine(item, STEP, object=source, combine="intersect" if keep == "inside" else "subtract")
    properties.settle_live(list(item.refine))
    return source


def prompt(clip: bpy.types.MovieClip, name: str, classes: Sequence[str], frames: FrameRange, every: int) -> str:
    """Prompt the object called `name`, which may be new, with what these classes cover on every `every`-th of the frames.

    In background, at once; with a window, as soon as the engine has answered. What to tell the user. Raises MattewrightError.
    """
    shot = properties.of(clip)
    known = {str(item.name): item for item in shot.objects}
    if name in known and properties.is_of_classes(known[name]):
        raise MattewrightError(f"object '{name}' is made of classes and not tracked: choose another one to prompt")
    asked = PromptClasses(str(document.write(clip)), name, tuple(classes), every, frames.first, frames.last)
    if bpy.app.background:
        result = session.run("prompt_classes", asked, clip.name)
        assert isinstance(result, SeedDone)
        return seeding.prompt(clip, result)

    def done(job: Job) -> None:
        found = bpy.data.movieclips.get(job.clip)
        if found is not None and isinstance(job.result, SeedDone):  # no other file was loaded meanwhile
            seeding.prompt(found, job.result)
            bpy.ops.ed.undo_push(message="Classes as Prompts")

    session.submit("prompt_classes", asked, clip.name).on_done.append(done)
    return ""
