"""A Blender Mask that was renamed goes on being meant.

Refine values hold its name, for a pointer from one datablock to another isn't safe here (`properties`).

Known by the number that Blender gives a datablock for the session, which undo and renaming leave as it is. What is renamed while nobody
looks (the add-on off, the file edited elsewhere) is lost, and the panel says so.
"""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from . import properties

_names: dict[int, str] = {}
"""What the file's masks were called at the last look."""


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


def forget() -> None:
    """Another file."""
    _names.clear()
