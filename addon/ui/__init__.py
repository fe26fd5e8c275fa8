"""The panels, the mask over the clip, and the frame strip below it."""

from __future__ import annotations

import bpy

from ...engine.shot import catalogue, formats
from . import (
    chain,
    classes_panel,
    depth_panel,
    engine_panel,
    matte_panel,
    network_parts,
    objects_panel,
    output_panels,
    outputs_panel,
    overlay,
    overlay_panel,
    people_panel,
    preset_menu,
    progress,
    prompts_panel,
    scrub,
    splines_panel,
    strip,
    track_panel,
    tracks_panel,
)

CLASSES: tuple[type, ...] = (
    *engine_panel.CLASSES,
    *objects_panel.CLASSES,
    *network_parts.CLASSES,
    *classes_panel.CLASSES,
    *people_panel.CLASSES,
    *prompts_panel.CLASSES,
    *tracks_panel.CLASSES,
    *track_panel.CLASSES,
    *preset_menu.CLASSES,
    *chain.CLASSES,
    *matte_panel.CLASSES,
    *overlay_panel.CLASSES,
    *depth_panel.CLASSES,
    *splines_panel.CLASSES,
    *output_panels.CLASSES,
    *outputs_panel.CLASSES,
    *scrub.CLASSES,
)
"""In the order of the sidebar."""


def register() -> None:
    # Read now, and not amid the first drawing of a panel: each takes a good part of a frame's time.
    catalogue()
    formats()
    for kind in CLASSES:
        bpy.utils.register_class(kind)
    overlay.register()
    strip.register()
    progress.register()


def unregister() -> None:
    progress.unregister()
    strip.unregister()
    overlay.unregister()
    for kind in reversed(CLASSES):
        bpy.utils.unregister_class(kind)
