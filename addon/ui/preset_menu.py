"""The menu of chains under a name."""

from __future__ import annotations

from typing import Any

import bpy

from ...engine.shot import presets as shipped
from .. import presets
from .chain import label_of


class MATTEWRIGHT_MT_chain_presets(bpy.types.Menu):
    bl_idname = "MATTEWRIGHT_MT_chain_presets"
    bl_label = "Chain Presets"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        if layout is None:
            return
        own = presets.own()
        for name in [*shipped.shipped(), *own]:
            row = layout.row()
            button: Any = row.operator("mattewright.chain_preset_load", text=name if name in own else label_of(name))
            button.preset = name
            if name in own:
                remove: Any = row.operator("mattewright.chain_preset_remove", text="", icon="X")
                remove.preset = name
        layout.separator()
        layout.operator("mattewright.chain_preset_save", icon="ADD")


CLASSES = (MATTEWRIGHT_MT_chain_presets,)
