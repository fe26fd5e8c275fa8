"""Where the engine's environment lies on this machine, and what it is asked to be made of: from the preferences, in Blender."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import bpy

from ...engine.shot import MattewrightError
from .. import package, preferences
from . import made
from .builds import BUILDS
from .request import Request
from .steps import CACHE, ENVIRONMENT, OLD, PART
from .worker import LOG


def folder() -> Path:
    """The folder that the engine is installed into: the preference's, else the extension's own, which Blender removes with it."""
    chosen = preferences.current()
    if chosen is not None and chosen.install_folder.strip():
        return Path(bpy.path.abspath(chosen.install_folder.strip()))
    try:
        return Path(bpy.utils.extension_path_user(package.NAME))
    except ValueError:  # no extension, but a checkout that a script registers
        return Path(bpy.utils.user_resource("DATAFILES", path="mattewright"))


def environment() -> Path:
    """The environment in use; it may not be there."""
    return folder() / ENVIRONMENT


def environments() -> Iterator[Path]:
    """Those that an engine may run in, the first that is whole before the others."""
    yield environment()
    yield package.FOLDER / "build" / ENVIRONMENT


def log() -> Path:
    return folder() / LOG


def is_installed() -> bool:
    """Whether there is an environment that was installed, and its Python."""
    return made.is_whole(environment())


def is_current() -> bool:
    """Whether the installed environment is made from this version's requirements."""
    known = made.read(environment())
    if known is None or known.build not in BUILDS:
        return False
    return any(known.digest == made.digest(package.ENGINE, known.build, version) for version in (f"3.{minor}" for minor in range(11, 15)))


def has_any() -> bool:
    """Whether there is anything that a removal would delete."""
    return any((folder() / name).exists() for name in (ENVIRONMENT, PART, OLD, CACHE))


def is_broken_off() -> bool:
    """Whether an installation was begun and not ended."""
    return (folder() / PART).exists()


def request(build: str) -> Request:
    """An installation as the preferences have it, with torch's `build`. Raises MattewrightError for what can't be had."""
    chosen = preferences.current()
    offline = not bpy.app.online_access
    packages = _path(chosen.packages_folder, "Packages Folder", folder=True) if chosen else ""
    if offline and not packages:
        raise MattewrightError(OFFLINE)
    return replace(
        _request(),
        build=build,
        python=(_path(chosen.build_python, "Build With") if chosen else "") or sys.executable,
        model=preferences.model() if chosen else preferences.USUAL_MODEL,
        packages=packages,
    )


def model_request(name: str, python: Path) -> Request:
    """The weights of the model called `name`, or of the preferences' one, by the engine that `python` runs. Raises MattewrightError."""
    usual = preferences.model() or preferences.USUAL_MODEL
    asked = replace(_request(), kind="model", python=str(python), model=name or usual)
    return asked if asked.model == usual else replace(asked, model_file="")  # which is of the usual one


def removal() -> Request:
    return Request(folder=str(folder()), engine=str(package.ENGINE), kind="remove")


def _request() -> Request:
    chosen = preferences.current()
    return Request(
        folder=str(folder()),
        engine=str(package.ENGINE),
        models=preferences.models_folder(),
        model_file=_path(chosen.model_file, "Model File") if chosen else "",
        offline=not bpy.app.online_access,
    )


OFFLINE = "Blender is offline: allow online access in Preferences > System > Network, or name a Packages Folder to install from"


def _path(said: str, what: str, *, folder: bool = False) -> str:
    """A path of the preferences as an absolute one; empty for nothing. Raises MattewrightError where there is nothing."""
    if not said.strip():
        return ""
    path = Path(bpy.path.abspath(said.strip()))
    if not (path.is_dir() if folder else path.is_file()):
        raise MattewrightError(f"{what} '{said}' (the add-on's preferences): no such {'folder' if folder else 'file'}")
    return str(path)
