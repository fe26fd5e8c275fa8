"""Which objects no job can work on until the user has mended something: what they ask for is not there, or can't be taken over."""

from __future__ import annotations

import bpy

from . import masks, properties, tracks


def reasons(clip: bpy.types.MovieClip) -> dict[str, str]:
    """Each such object's name, with the reason in one line."""
    return tracks.refused(clip) | masks.refused(properties.of(clip))
