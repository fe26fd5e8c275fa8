"""Keep the way from a .blend to its masks, made and prompted, when it is saved into another folder.

Blender rewrites its own ``//`` paths then, but not those that an add-on holds: without this, the masks would seem to be gone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import bpy
from bpy.app.handlers import persistent

from . import properties

_before: dict[str, list[str]] = {}
"""Paths as they were before a save, by clip name, as `_holders` has them: a copy that is saved elsewhere leaves the open file as it is."""


def _holders(clip: bpy.types.MovieClip) -> Iterator[tuple[Any, str]]:
    """What holds a path of the clip's, and under which name."""
    shot = properties.of(clip)
    yield shot, "store"
    for item in shot.objects:
        for said in item.prompts:
            yield said, "mask"
    for output in shot.outputs:
        yield output, "folder"


@persistent  # type: ignore[untyped-decorator]
def _save_pre(path: str, *rest: object) -> None:
    """Blender calls it with the path of the file that is going to be."""
    _before.clear()
    here, there = os.path.dirname(bpy.data.filepath), os.path.dirname(path or "")  # noqa: PTH120 - strings, as Blender's own are
    if not here or not there or os.path.normcase(here) == os.path.normcase(there):
        return
    for clip in bpy.data.movieclips:
        if clip.library is not None:
            continue
        _before[clip.name] = [getattr(holder, name) for holder, name in _holders(clip)]
        for holder, name in _holders(clip):
            said = getattr(holder, name)
            if not said.startswith("//"):
                continue
            absolute = os.path.normpath(bpy.path.abspath(said))
            try:
                setattr(holder, name, bpy.path.relpath(absolute, start=there))
            except ValueError:  # on another drive of Windows there is no way that is relative
                setattr(holder, name, absolute)


@persistent  # type: ignore[untyped-decorator]
def _save_post(path: str, *rest: object) -> None:
    if bpy.data.filepath != path:
        for clip_name, values in _before.items():
            clip = bpy.data.movieclips.get(clip_name)
            if clip is not None:
                for (holder, name), value in zip(_holders(clip), values, strict=True):
                    setattr(holder, name, value)
    _before.clear()


def register() -> None:
    bpy.app.handlers.save_pre.append(_save_pre)
    bpy.app.handlers.save_post.append(_save_post)


def unregister() -> None:
    bpy.app.handlers.save_pre.remove(_save_pre)
    bpy.app.handlers.save_post.remove(_save_post)
