"""Which Python runs the engine."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import bpy

from ...engine.shot import MattewrightError
from .. import package, preferences

VARIABLE = "MATTEWRIGHT_ENGINE_PYTHON"
ENVIRONMENT = "engine-env"


def find_python() -> Path:
    """The first there is of: the preference, the variable, the add-on's own environment, the checkout's. Raises MattewrightError.

    One that the user named and that isn't there is an error: silently taking another would run an engine that nobody chose.
    """
    for said, source in ((preferences.engine_python(), "the add-on's preferences"), (os.environ.get(VARIABLE, ""), VARIABLE)):
        if said.strip():
            path = _interpreter(Path(bpy.path.abspath(said.strip())))
            if not path.is_file():
                raise MattewrightError(f"engine Python '{said}' ({source}): no such file")
            return path
    for folder in _environments():
        path = _interpreter(folder)
        if path.is_file():
            return path
    raise MattewrightError(
        "no Python for the engine: set Engine Python in Mattewright's preferences, "
        f"or the variable {VARIABLE}, to one that has engine/requirements.txt"
    )


def _environments() -> Iterator[Path]:
    with contextlib.suppress(ValueError):  # not installed as an extension
        yield Path(bpy.utils.extension_path_user(package.NAME)) / ENVIRONMENT
    yield package.FOLDER / "build" / ENVIRONMENT


def _interpreter(path: Path) -> Path:
    """The interpreter in an environment's folder, or `path` itself. Never resolved: an environment is known by where its link is."""
    if not path.is_dir():
        return path
    return path / "Scripts" / "python.exe" if os.name == "nt" else path / "bin" / "python"
