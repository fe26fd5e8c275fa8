"""Outputs that a shot's document has and its list in Blender hasn't: those that the command line added. They can be taken over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bpy

from ..engine.shot import MattewrightError, Output
from . import outputs, properties, store
from .disk import job_state
from .looking import Looks


def known(clip: bpy.types.MovieClip) -> Sequence[Output]:
    """As a thread last saw them; none while that is not known yet. Never waits."""
    try:
        path = store.layout(clip).document
    except MattewrightError:  # nothing says yet where it would be
        return ()
    return outputs.without_own(documents.of(path) or (), _own(clip))


def there(clip: bpy.types.MovieClip) -> Sequence[Output]:
    """As the document has them now: a look at the disk. Raises MattewrightError where nothing says where it is."""
    return outputs.without_own(outputs.of_others(store.layout(clip).document), _own(clip))


def take_over(clip: bpy.types.MovieClip) -> int:
    """Put them into the clip's list, which says from then on how they are set; how many there were. Raises MattewrightError."""
    found = there(clip)
    for output in found:
        _add(clip, output)
    documents.forget()
    return len(found)


def _own(clip: bpy.types.MovieClip) -> list[str]:
    return [str(item.name) for item in properties.of(clip).outputs]


def _add(clip: bpy.types.MovieClip, output: Output) -> None:
    shot = properties.of(clip)
    made = shot.outputs.add()
    made.name, made.format, made.enabled, made.content = output.name, output.format, output.enabled, output.content
    folder = Path(output.folder)
    made.folder = str(folder) if folder.is_absolute() else store.said(store.folder(clip) / folder, clip)
    made.pattern = output.pattern or ""
    made.all_objects = not output.objects
    for name in output.objects:
        item = next((item for item in shot.objects if item.name == name), None)
        if item is not None:
            properties.choose_object(made, item)
        else:  # the panel says that it is gone
            made.objects.add().name = name
    whole = outputs.shot_range(clip)
    made.use_range = output.first is not None or output.last is not None
    made.first = whole.first if output.first is None else output.first
    made.last = whole.last if output.last is None else output.last
    for option, value in output.values.items():
        properties.set_option(made, option, value)
    shot.active_output = len(shot.outputs) - 1
    clip.use_fake_user = True  # a clip that nothing uses is not saved


documents: Looks[Path, tuple[Output, ...]] = Looks(outputs.of_others, job_state)
"""By document, the outputs that are not of a list in Blender."""


def register() -> None:
    pass


def unregister() -> None:
    documents.end()
