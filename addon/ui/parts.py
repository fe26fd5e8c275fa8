"""What the panels have in common."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import bpy

from .. import clips, properties
from ..translations import phrase

LINE = 36
"""Letters that fit into the sidebar at its usual width."""

# Blender mixes the panel's own class in; the type checker needs to know of it here.
if TYPE_CHECKING:
    _Panel = bpy.types.Panel
else:
    _Panel = object


class MattePanel(_Panel):
    """In the sidebar's Matte tab, where a clip is open."""

    bl_space_type = "CLIP_EDITOR"
    bl_region_type = "UI"
    bl_category = "Matte"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return clips.shown(context) is not None


class ObjectPanel(MattePanel):
    """Where there is an object too."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        clip = clips.shown(context)
        return clip is not None and properties.active_object(properties.of(clip)) is not None


def tell(layout: bpy.types.UILayout, text: str, icon: Any) -> None:
    """As many lines as it takes: a label alone is cut in its middle. Errors begin with a small letter, but not where they stand alone."""
    column = layout.column(align=True)
    column.scale_y = 0.85
    text = phrase(text)
    if icon in ("ERROR", "CANCEL"):
        text = text[:1].upper() + text[1:]
    for number, line in enumerate(textwrap.wrap(text, LINE, break_long_words=True)):
        column.label(text=line, icon="BLANK1" if number else icon, translate=False)
