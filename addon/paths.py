"""Paths as the user has them, as the system wants them and as the document holds them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import bpy

PROPERTY_OPTIONS: Any = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()
"""Of a property that holds a path which may start with //; earlier Blenders have no word for it, or not in every release."""


def absolute(said: str, clip: bpy.types.MovieClip) -> Path:
    """A path of the user's, which may start with // for beside the .blend (that of the clip, where it is linked from another)."""
    return Path(os.path.normpath(bpy.path.abspath(said, library=clip.library)))


def for_document(said: str, place: Path, clip: bpy.types.MovieClip) -> str:
    """A path as a document in the folder `place` holds it, with forward slashes.

    What the user has relative to the .blend is relative there too, so that a project can be moved as a whole.
    """
    path = absolute(said, clip)
    if not said.startswith("//"):
        return path.as_posix()
    try:
        # Links are resolved on both ends, for ".." goes to a folder's real parent.
        relative = os.path.relpath(os.path.realpath(path), os.path.realpath(place))
    except ValueError:  # Windows: on another drive
        return path.as_posix()
    return Path(relative).as_posix()
