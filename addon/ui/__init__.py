"""The panels, the mask over the clip, and the frame strip below it."""

from __future__ import annotations

import bpy

from . import chain, overlay, panel, preset_menu, scrub, strip

CLASSES: tuple[type, ...] = (*panel.CLASSES, *preset_menu.CLASSES, *chain.CLASSES, *scrub.CLASSES)


def register() -> None:
    for kind in CLASSES:
        bpy.utils.register_class(kind)
    overlay.register()
    strip.register()


def unregister() -> None:
    strip.unregister()
    overlay.unregister()
    for kind in reversed(CLASSES):
        bpy.utils.unregister_class(kind)
