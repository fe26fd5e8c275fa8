"""What Blender calls when the user changes a setting.

Nothing here may lead to the module bpy once the add-on is unregistered: Blender 4.2 never lets go of these functions, and a bpy that is
never let go of crashes as the process ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

on_switched: list[Callable[[], None]] = []
"""Called when the preview was turned on or off."""
on_changed: list[Callable[[], None]] = []
"""Called when it is to be shown in another way."""
on_compared: list[Callable[[], None]] = []
"""Called when something else is to be compared with it."""


on_staged: list[Callable[[Any], None]] = []
"""Called with the overlay's settings when masks, a trimap or alphas are to be shown."""


def switched(group: Any, context: Any) -> None:
    for call in on_switched:
        call()


def changed(group: Any, context: Any) -> None:
    for call in on_changed:
        call()


def compared(group: Any, context: Any) -> None:
    for call in (*on_compared, *on_changed):
        call()


def staged(group: Any, context: Any) -> None:
    for call in on_staged:
        call(group)
    for change in on_changed:
        change()
