"""Ask the engine to export a clip's outputs, or to read their files back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import bpy

from ..engine.shot.messages import ExportDone, ExportShot
from . import document, outputs, properties
from .link import Job, session


@dataclass(frozen=True)
class Wish:
    """What is to be done with which outputs."""

    names: tuple[str, ...] = ()
    """Empty for all that are enabled."""
    verify: bool = False
    incomplete: bool = False
    """Whether what is missing is left out; refused otherwise."""
    overwrite: bool = False
    """Whether files are replaced that the output did not write; refused otherwise."""


wished = Wish()
"""What was asked for last, without waiting."""


def start(clip: bpy.types.MovieClip, wish: Wish) -> Job:
    """Write the clip's document and ask, without waiting. Raises MattewrightError for what can't be exported."""
    global wished
    wished = wish
    return session.submit("export", _ask(clip, wish), clip.name)


def run(clip: bpy.types.MovieClip, wish: Wish, on_progress: Callable[[Job], None] | None = None) -> ExportDone:
    """Like `start`, and wait for the end. Raises MattewrightError when it fails, Cancelled when the user stops it."""
    result = session.run("export", _ask(clip, wish), clip.name, on_progress)
    assert isinstance(result, ExportDone)
    return result


def _ask(clip: bpy.types.MovieClip, wish: Wish) -> ExportShot:
    outputs.check(clip, wish.names)
    items = properties.of(clip).outputs
    names = tuple(items[index].name for index in outputs.chosen(clip, wish.names))
    return ExportShot(str(document.write(clip)), names, wish.incomplete, wish.overwrite, wish.verify)
