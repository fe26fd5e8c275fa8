"""Keep the way from a .blend to its masks when it is saved into another folder.

Blender rewrites its own ``//`` paths then, but not those that an add-on holds: without this, the masks would seem to be gone.
"""

from __future__ import annotations

import os

import bpy
from bpy.app.handlers import persistent

from . import properties

_before: dict[str, str] = {}
"""Stores as they were before a save, by clip name: a copy that is saved elsewhere leaves the open file as it is."""


@persistent  # type: ignore[untyped-decorator]
def _save_pre(path: str, *rest: object) -> None:
    """Blender calls it with the path of the file that is going to be."""
    _before.clear()
    here, there = os.path.dirname(bpy.data.filepath), os.path.dirname(path or "")  # noqa: PTH120 - strings, as Blender's own are
    if not here or not there or os.path.normcase(here) == os.path.normcase(there):
        return
    for clip in bpy.data.movieclips:
        shot = properties.of(clip)
        if shot.store.startswith("//") and clip.library is None:
            _before[clip.name] = shot.store
            absolute = os.path.normpath(bpy.path.abspath(shot.store))
            try:
                shot.store = bpy.path.relpath(absolute, start=there)
            except ValueError:  # on another drive of Windows there is no way that is relative
                shot.store = absolute


@persistent  # type: ignore[untyped-decorator]
def _save_post(path: str, *rest: object) -> None:
    if bpy.data.filepath != path:
        for name, store in _before.items():
            clip = bpy.data.movieclips.get(name)
            if clip is not None:
                properties.of(clip).store = store
    _before.clear()


def register() -> None:
    bpy.app.handlers.save_pre.append(_save_pre)
    bpy.app.handlers.save_post.append(_save_post)


def unregister() -> None:
    bpy.app.handlers.save_pre.remove(_save_pre)
    bpy.app.handlers.save_post.remove(_save_post)
