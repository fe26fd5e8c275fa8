"""Whether there is a preview: on the window manager, for it is no part of the work that a .blend saves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy
from bpy.props import BoolProperty, PointerProperty

from ..link import redraw_clip_editors
from . import callbacks

ATTRIBUTE = "mattewright_preview"


class PreviewSettings(bpy.types.PropertyGroup):
    """What the user chose in the panel."""

    show: BoolProperty(
        name="Live Mask",
        description="Show the active object's mask over the clip, as its refine chain makes it by now",
        default=False,
        update=callbacks.switched,
    )
    whole: BoolProperty(
        name="Whole Shot",
        description="Make the masks of the whole shot anew, in the background, once a value has been left as it is for a second",
        default=True,
        options=set(),
    )


def current() -> PreviewSettings | None:
    """The window manager's; None where there is none, or none yet."""
    found: PreviewSettings | None = getattr(bpy.context.window_manager, ATTRIBUTE, None)
    return found


def register(on_switched: Callable[[], None]) -> None:
    """`on_switched` is called when the user turns the preview on or off."""
    bpy.utils.register_class(PreviewSettings)
    declare: Any = PointerProperty  # some stubs say that it gives None
    setattr(bpy.types.WindowManager, ATTRIBUTE, declare(type=PreviewSettings, name="Mattewright Preview"))
    callbacks.on_switched.append(on_switched)
    callbacks.on_changed.append(redraw_clip_editors)


def unregister() -> None:
    callbacks.on_switched.clear()
    callbacks.on_changed.clear()
    delattr(bpy.types.WindowManager, ATTRIBUTE)
    bpy.utils.unregister_class(PreviewSettings)
