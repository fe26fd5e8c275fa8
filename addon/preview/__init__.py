"""The active object's mask on the current frame, as its chain's values are by now: asked of the engine whenever they change.

`live.shown` is what there is to draw, `before.shown` the same without the chain, `matte.shown` the trimap or alpha; `request` asks at once,
without it a timer finds the changes while Live Mask is on. `stored` has the masks of all objects as they are in the store.
"""

from __future__ import annotations

import atexit

import bpy

from ..properties import callbacks as property_callbacks
from . import callbacks, overlay_settings, prompting, settings
from .live import Live, Shown
from .settings import PreviewSettings
from .stored import Stored, StoredMask
from .watch import ask_before_drawing, before, changes, hear_while_drawing, live, look_now, matte, request, stored

__all__ = [
    "Live",
    "PreviewSettings",
    "Shown",
    "Stored",
    "StoredMask",
    "ask_before_drawing",
    "before",
    "changes",
    "hear_while_drawing",
    "live",
    "look_now",
    "matte",
    "overlay_settings",
    "prompting",
    "request",
    "settings",
    "stored",
]


def register() -> None:
    from . import watch

    settings.register(watch.switched)
    overlay_settings.register()
    callbacks.on_compared.append(look_now)
    property_callbacks.on_edited.append(watch.edited)
    bpy.app.handlers.load_post.append(watch.loaded)
    callbacks.on_staged.append(watch.staged)
    for shown in (live, before, matte):
        atexit.register(shown.close)


def unregister() -> None:
    from . import watch

    for shown in (live, before, matte):
        atexit.unregister(shown.close)
    bpy.app.handlers.load_post.remove(watch.loaded)
    watch.end()
    stored.close()
    callbacks.on_compared.clear()
    property_callbacks.on_edited.remove(watch.edited)
    callbacks.on_staged.clear()
    overlay_settings.unregister()
    settings.unregister()
