"""Looks at what was renamed, as soon as Blender tells of it: masks and motion tracks, which values hold by their names."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent

from . import mask_names, track_names
from .properties import callbacks

_owner = object()
"""Of what is subscribed to Blender's messages."""


def follow() -> None:
    """Let all that names something that was renamed since the last look name it as it is called now. Not while Blender draws."""
    mask_names.follow()
    track_names.follow()


@persistent  # type: ignore[untyped-decorator]
def _loaded(path: str, *rest: object) -> None:
    mask_names.forget()
    track_names.forget()
    follow()
    _subscribe()


@persistent  # type: ignore[untyped-decorator]
def _undone(scene: bpy.types.Scene, *rest: object) -> None:
    follow()


def _subscribe() -> None:
    """Hear of new names; Blender forgets who wanted to when it loads a file. The outliner tells them as those of an ID of any kind."""
    if bpy.app.background:
        return
    bpy.msgbus.clear_by_owner(_owner)
    kinds: tuple[Any, ...] = (bpy.types.Mask, bpy.types.ID, bpy.types.MovieTrackingTrack, bpy.types.MovieTrackingObject)
    for kind in kinds:
        bpy.msgbus.subscribe_rna(key=(kind, "name"), owner=_owner, args=(), notify=follow)


def register() -> None:
    bpy.app.handlers.load_post.append(_loaded)
    for handlers in (bpy.app.handlers.undo_post, bpy.app.handlers.redo_post):
        handlers.append(_undone)
    callbacks.on_referred.append(mask_names.follow)
    _subscribe()


def unregister() -> None:
    bpy.msgbus.clear_by_owner(_owner)
    callbacks.on_referred.remove(mask_names.follow)
    for handlers in (bpy.app.handlers.undo_post, bpy.app.handlers.redo_post):
        handlers.remove(_undone)
    bpy.app.handlers.load_post.remove(_loaded)
    mask_names.forget()
    track_names.forget()
