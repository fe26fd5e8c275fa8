"""A Blender Mask that was renamed goes on being meant.

Refine values hold its name, for a pointer from one datablock to another isn't safe here (`properties`).

Known by the number that Blender gives a datablock for the session, which undo and renaming leave as it is. What is renamed while nobody
looks (the add-on off, the file edited elsewhere) is lost, and the panel says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
from bpy.app.handlers import persistent

from . import properties
from .properties import callbacks

_names: dict[int, str] = {}
"""What the file's masks were called at the last look."""
_owner = object()
"""Of what is subscribed to Blender's messages."""


def follow() -> None:
    """Let values that name a mask that was renamed since the last look name it as it is called now. Not while Blender draws."""
    now = {mask.session_uid: mask.name for mask in bpy.data.masks}
    renamed = {before: now[number] for number, before in _names.items() if now.get(number, before) != before}
    _names.clear()
    _names.update(now)
    if renamed:
        for value in _values():
            if value.reference in renamed:
                value.reference = renamed[value.reference]


def _values() -> Iterator[properties.RefineValue]:
    """Those that name a mask."""
    for clip in bpy.data.movieclips:
        for item in properties.of(clip).objects:
            for step in item.refine:
                yield from (value for value in step.values if value.kind == "MASK")


@persistent  # type: ignore[untyped-decorator]
def _loaded(path: str, *rest: object) -> None:
    _names.clear()
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
    kinds: tuple[Any, ...] = (bpy.types.Mask, bpy.types.ID)
    for kind in kinds:
        bpy.msgbus.subscribe_rna(key=(kind, "name"), owner=_owner, args=(), notify=follow)


def register() -> None:
    bpy.app.handlers.load_post.append(_loaded)
    for handlers in (bpy.app.handlers.undo_post, bpy.app.handlers.redo_post):
        handlers.append(_undone)
    callbacks.on_referred.append(follow)
    _subscribe()


def unregister() -> None:
    bpy.msgbus.clear_by_owner(_owner)
    callbacks.on_referred.remove(follow)
    for handlers in (bpy.app.handlers.undo_post, bpy.app.handlers.redo_post):
        handlers.remove(_undone)
    bpy.app.handlers.load_post.remove(_loaded)
    _names.clear()
