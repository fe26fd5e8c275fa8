"""The panels, and the mask over the clip."""

from __future__ import annotations

import bpy

from . import chain, overlay, panel, preset_menu

CLASSES: tuple[type, ...] = (*panel.CLASSES, *preset_menu.CLASSES, *chain.CLASSES)


def register() -> None:
    for kind in CLASSES:
        bpy.utils.register_class(kind)
    overlay.register()


def unregister() -> None:
    overlay.unregister()
    for kind in reversed(CLASSES):
        bpy.utils.unregister_class(kind)
