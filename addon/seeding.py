"""Mask prompts that the engine has drawn become an object's."""

from __future__ import annotations

import bpy

from ..engine.shot.messages import SeedDone
from . import jobs, properties, store


def prompt(clip: bpy.types.MovieClip, done: SeedDone) -> str:
    """Prompt the object, which is made if there is none of that name; what to tell the user."""
    shot = properties.of(clip)
    item = next((known for known in shot.objects if known.name == done.object), None) or properties.add_object(shot, done.object)
    for seeded in done.seeded:
        properties.prompts_for(item, seeded.frame).mask = store.said(store.folder(clip) / seeded.mask, clip)
    return jobs.summary("seed", done)
