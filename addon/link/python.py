"""Which Python runs the engine."""

from __future__ import annotations

import os
from pathlib import Path

import bpy

from ...engine.shot import MattewrightError
from .. import preferences
from ..install import made, places

VARIABLE = "MATTEWRIGHT_ENGINE_PYTHON"


class NotInstalled(MattewrightError):  # noqa: N818 - what is to be done about it is in the name
    """Nobody has named a Python for the engine, and none is installed."""


def find_python() -> Path:
    """The first there is of: the preference, the variable, what was installed, the checkout's. Raises NotInstalled, MattewrightError.

    One that the user named and that isn't there is an error: silently taking another would run an engine that nobody chose.
    """
    for said, source in ((preferences.engine_python(), "the add-on's preferences"), (os.environ.get(VARIABLE, ""), VARIABLE)):
        if said.strip():
            path = _interpreter(Path(bpy.path.abspath(said.strip())))
            if not path.is_file():
                raise MattewrightError(f"engine Python '{said}' ({source}): no such file")
            return path
    for folder in places.environments():
        if made.is_whole(folder):
            return made.interpreter(folder)
    raise NotInstalled(
        "the engine is not installed: install it from Mattewright's preferences, or name a Python there "
        f"(or in the variable {VARIABLE}) that has engine/requirements.txt"
    )


def _interpreter(path: Path) -> Path:
    """The interpreter in an environment's folder, or `path` itself. Never resolved: an environment is known by where its link is."""
    return made.interpreter(path) if path.is_dir() else path
