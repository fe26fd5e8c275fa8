"""A motion track, or a tracking object, that was renamed goes on being meant by what is attached.

Known by its place among the clip's tracks, which renaming leaves as it is: Blender gives tracks no number of their own, and an undo makes
them all anew. What is renamed while nobody looks (the add-on off, the file edited elsewhere), or together with tracks that are removed, is
lost, and the panel says so.
"""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from . import properties, tracks

_Names = list[tuple[str, list[str]]]
"""The tracking objects' names, each with those of its tracks."""
_names: dict[int, _Names] = {}
"""What each clip that has something attached had at the last look, by the number that Blender gives it for the session."""


def follow() -> None:
    """Let what is attached name tracks that were renamed since the last look as they are called now. Not while Blender draws."""
    before = dict(_names)
    _names.clear()
    for clip in bpy.data.movieclips:
        attached = [one for item in properties.of(clip).objects for one in item.tracks]
        if not attached:
            continue
        now = _names[clip.session_uid] = tracks.names(clip)
        known = before.get(clip.session_uid, [])
        if known == now:
            continue
        objects = _renamed([name for name, _ in known], [name for name, _ in now])
        current = dict(now)
        for owner, theirs in known:
            called = objects.get(owner, owner)
            renamed = _renamed(theirs, current.get(called, []))
            for one in attached:
                if one.tracking_object == owner and (called != owner or one.name in renamed):
                    one.tracking_object, one.name = called, renamed.get(one.name, one.name)


def forget() -> None:
    """Another file."""
    _names.clear()


def _renamed(before: Sequence[str], now: Sequence[str]) -> dict[str, str]:
    """New names by the old ones. New tracks come last; where some were removed, nobody knows who was renamed."""
    if len(now) < len(before):
        return {}
    pairs = zip(before, now, strict=False)
    return {old: new for old, new in pairs if old != new and old not in now and new not in before}
