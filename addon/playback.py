"""When the playback was last stopped: Esc stops it and goes on to whoever else wants Esc, who must not take it for theirs."""

from __future__ import annotations

import time
from typing import Any

import bpy
from bpy.app.handlers import persistent

MOMENT = 0.2
"""Seconds within which it is the same Esc."""

_stopped_at = 0.0


def was_just_stopped() -> bool:
    return time.monotonic() - _stopped_at < MOMENT


@persistent  # type: ignore[untyped-decorator]
def _stopped(*about: Any) -> None:
    global _stopped_at
    _stopped_at = time.monotonic()


def register() -> None:
    bpy.app.handlers.animation_playback_post.append(_stopped)


def unregister() -> None:
    bpy.app.handlers.animation_playback_post.remove(_stopped)
