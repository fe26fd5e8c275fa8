"""What the panels have in common."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import blf
import bpy

from .. import clips, properties
from ..translations import phrase

LINE = 36
"""Letters of a line where there is no window."""
BESIDE = 84.0
"""Pixels of the sidebar's width, at Blender's usual resolution scale, that a panel's edges, an icon and the tabs take."""

_dimensions: Any = blf.dimensions  # which the stubs of some versions take for one that gives nothing
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


def tell(layout: bpy.types.UILayout, text: str, icon: Any, letters: int = 0) -> None:
    """As many lines as it takes: a label alone is cut in its middle. Errors begin with a small letter, but not where they stand alone.

    Lines are of so many `letters`, or, without, as long as the sidebar that is being drawn is wide.
    """
    column = layout.column(align=True)
    column.scale_y = 0.85
    text = phrase(text)
    if icon in ("ERROR", "CANCEL"):
        text = text[:1].upper() + text[1:]
    for number, line in enumerate(textwrap.wrap(text, letters) if letters else _fitted(text)):
        column.label(text=line, icon="BLANK1" if number else icon, translate=False)


def _fitted(text: str) -> Sequence[str]:
    """Lines that fit into the sidebar; of `LINE` letters where none is drawn."""
    region, preferences = bpy.context.region, bpy.context.preferences
    if bpy.app.background or region is None or preferences is None:
        return textwrap.wrap(text, LINE)
    scale = preferences.system.ui_scale
    return _wrapped(text, region.width - BESIDE * scale, preferences.ui_styles[0].widget.points * scale)


@lru_cache(256)
def _wrapped(text: str, width: float, points: float) -> Sequence[str]:
    """Lines no wider than `width` pixels in Blender's own font of that size, but for words that alone are."""
    blf.size(0, points)
    found: list[str] = []
    for word in text.split():
        longer = f"{found[-1]} {word}" if found else word
        if found and _dimensions(0, longer)[0] <= width:
            found[-1] = longer
            continue
        while len(word) > 1 and _dimensions(0, word)[0] > width:  # a path, say
            head = next(count for count in range(len(word) - 1, 0, -1) if count == 1 or _dimensions(0, word[:count])[0] <= width)
            found.append(word[:head])
            word = word[head:]
        found.append(word)
    return found
