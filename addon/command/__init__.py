"""``blender -b shot.blend --command mattewright ...``: the work of the add-on on a machine without a screen."""

from __future__ import annotations

from typing import Any

import bpy

from .main import main

__all__ = ["main", "register", "unregister"]

_registered: list[Any] = []


def register() -> None:
    if hasattr(bpy.utils, "register_cli_command"):
        _registered.append(bpy.utils.register_cli_command("mattewright", main))


def unregister() -> None:
    while _registered:
        bpy.utils.unregister_cli_command(_registered.pop())
