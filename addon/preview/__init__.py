"""The active object's mask on the current frame, as its chain's values are by now: asked of the engine whenever they change.

`live.shown` is what there is to draw; `request` asks at once, without it a timer finds the changes while the overlay is on.
"""

from __future__ import annotations

import atexit

import bpy

from . import prompting, settings
from .live import Live, Shown
from .settings import PreviewSettings
from .watch import ask_before_drawing, hear_while_drawing, live, look_now, request

__all__ = [
    "Live",
    "PreviewSettings",
    "Shown",
    "ask_before_drawing",
    "hear_while_drawing",
    "live",
    "look_now",
    "prompting",
    "request",
    "settings",
]


def register() -> None:
    from . import watch

    settings.register(watch.switched)
    bpy.app.handlers.load_post.append(watch.loaded)
    atexit.register(live.close)


def unregister() -> None:
    from . import watch

    atexit.unregister(live.close)
    bpy.app.handlers.load_post.remove(watch.loaded)
    watch.end()
    settings.unregister()
