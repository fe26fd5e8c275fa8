"""Ties the installation to this Blender: its engine is stopped before the environment is replaced, and what shows it is drawn anew."""

from __future__ import annotations

import bpy

from .. import link
from . import session


def _stop_engine() -> bool:
    """False while a job runs, which the installation waits for, and until the engine's process is gone."""
    if link.session.running is not None:
        return False
    link.session.halt()
    return link.session.gone


def _changed() -> None:
    from ..ui import engine_panel, install_parts

    install_parts.disk.forget()
    engine_panel.forget()
    link.redraw_clip_editors()
    manager = bpy.context.window_manager
    for window in manager.windows if manager else ():
        for area in window.screen.areas:
            if area.type == "PREFERENCES":
                area.tag_redraw()


def register() -> None:
    session.register(_stop_engine, _changed)


def unregister() -> None:
    session.unregister()
