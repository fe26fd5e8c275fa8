"""From the active object's matte to a Mask, and from a Mask to the object."""

from __future__ import annotations

import bpy

from ..splines import work
from ..translations import phrase
from .parts import ObjectPanel, tell


class MATTEWRIGHT_PT_splines(ObjectPanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_splines"
    bl_label = "Masks"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        if layout is None:
            return
        making = work.running()
        if making is not None:
            layout.progress(factor=making.share, type="BAR", text=phrase("Making Mask '{name}'", name=making.name))
        elif work.problem:
            tell(layout, work.problem, "ERROR")
        layout.operator("mattewright.matte_to_mask", icon="MOD_MASK")
        column = layout.column(align=True)
        column.operator("mattewright.mask_seed", icon="RESTRICT_SELECT_OFF")
        column.operator("mattewright.mask_garbage_matte", icon="CLIPUV_HLT")


CLASSES = (MATTEWRIGHT_PT_splines,)
