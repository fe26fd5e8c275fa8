"""The order in which the parts of the add-on come and go."""

from __future__ import annotations

from types import ModuleType

from . import (
    command,
    compositor,
    disk,
    frames,
    labels,
    link,
    networks,
    operators,
    other_outputs,
    output_state,
    preferences,
    preview,
    properties,
    renaming,
    saving,
    splines,
    tool,
    translations,
    ui,
)
from .install import wiring as install

PARTS: tuple[ModuleType, ...] = (
    translations,
    preferences,
    properties,
    saving,
    renaming,
    compositor,
    link,
    install,
    operators,
    command,
    preview,
    frames,
    networks,
    disk,
    labels,
    other_outputs,
    output_state,
    splines,
    ui,
    tool,
)


def register() -> None:
    """All or nothing: a part that fails takes back those before it, so that enabling again meets a clean Blender."""
    done: list[ModuleType] = []
    try:
        for part in PARTS:
            part.register()
            done.append(part)
    except BaseException:
        for part in reversed(done):
            part.unregister()
        raise


def unregister() -> None:
    """All of them, whatever becomes of one: a handler or a timer that stays behind would crash Blender as it quits."""
    problem: Exception | None = None
    for part in reversed(PARTS):
        try:
            part.unregister()
        except Exception as error:
            problem = problem or error
    if problem is not None:
        raise problem
