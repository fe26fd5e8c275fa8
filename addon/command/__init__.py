"""``blender -b shot.blend --command mattewright ...``: the work of the add-on on a machine without a screen."""

from __future__ import annotations

from typing import Any

import bpy

from .main import main

__all__ = ["main", "register", "unregister"]

_registered: list[Any] = []


def register() -> None:
    utils: Any = bpy.utils  # some stubs say that it gives None
    if hasattr(utils, "register_cli_command"):
        _registered.append(utils.register_cli_command("mattewright", main))


def unregister() -> None:
    while _registered:
        bpy.utils.unregister_cli_command(_registered.pop())
