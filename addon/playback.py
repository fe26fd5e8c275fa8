"""Whether the event at hand has stopped the playback: Esc does, and goes on to whoever else wants Esc, who must not take it for theirs."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent

_stopping = False


def has_just_stopped() -> bool:
    """By the event that is being handled, or one that came along with it."""
    return _stopping


@persistent  # type: ignore[untyped-decorator]
def _stopped(*about: Any) -> None:
    global _stopping
    _stopping = True
    if not bpy.app.background and not bpy.app.timers.is_registered(event_is_over):
        bpy.app.timers.register(event_is_over, first_interval=0.0, persistent=True)


def event_is_over() -> None:
    """Blender looks at its timers between events, never while it hands one around."""
    global _stopping
    _stopping = False


def register() -> None:
    bpy.app.handlers.animation_playback_post.append(_stopped)


def unregister() -> None:
    bpy.app.handlers.animation_playback_post.remove(_stopped)
    if not bpy.app.background and bpy.app.timers.is_registered(event_is_over):
        bpy.app.timers.unregister(event_is_over)
    event_is_over()
