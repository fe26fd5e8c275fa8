"""The operators, all of which a script can call: ``bpy.ops.mattewright.object_add(clip="shot.mov", name="dog")``."""

from __future__ import annotations

import bpy

from . import (
    classes,
    engine,
    folders,
    frames,
    help,
    install,
    jobs,
    mattes,
    networks,
    nodes,
    objects,
    outputs,
    people,
    presets,
    prompted,
    prompts,
    refine,
    regions,
    splines,
    tracks,
)

CLASSES: tuple[type[bpy.types.Operator], ...] = (
    *objects.CLASSES,
    *prompts.CLASSES,
    *prompted.CLASSES,
    *regions.CLASSES,
    *tracks.CLASSES,
    *networks.CLASSES,
    *classes.CLASSES,
    *people.CLASSES,
    *splines.CLASSES,
    *refine.CLASSES,
    *presets.CLASSES,
    *jobs.CLASSES,
    *mattes.CLASSES,
    *outputs.CLASSES,
    *engine.CLASSES,
    *nodes.CLASSES,
    *folders.CLASSES,
    *frames.CLASSES,
    *help.CLASSES,
    *install.CLASSES,
)


def register() -> None:
    for kind in CLASSES:
        bpy.utils.register_class(kind)


def unregister() -> None:
    for kind in reversed(CLASSES):
        bpy.utils.unregister_class(kind)
