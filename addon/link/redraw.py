"""Having drawn anew what has changed."""

from __future__ import annotations

from typing import Any

import bpy


def redraw_clip_editors(*, panels: bool = True) -> None:
    """What they show has changed, in the clip's region and in the `panels`, which take longer to draw."""
    _redraw("WINDOW", *(("UI", "HEADER", "TOOLS", "CHANNELS", "PREVIEW") if panels else ()))


def redraw_progress() -> None:
    """How far a job is has changed: in the panels, and in the status bars, which Blender gives scripts no hold on but this."""
    _redraw("UI")
    if not bpy.app.background:
        listened_to: Any = (bpy.types.Window, "view_layer")  # by every status bar
        bpy.msgbus.publish_rna(key=listened_to)


def _redraw(*kinds: str) -> None:
    if bpy.app.background:
        return
    manager = bpy.context.window_manager
    for window in manager.windows if manager else ():
        for area in window.screen.areas:
            for region in area.regions if area.type == "CLIP_EDITOR" else ():
                if region.type in kinds:
                    region.tag_redraw()
