"""How masks are shown over the clip."""

from __future__ import annotations

import bpy

from .. import preview
from ..preview.overlay_settings import of as settings_of
from ..translations import CONTEXT
from .parts import ObjectPanel


class MATTEWRIGHT_PT_overlay(ObjectPanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_overlay"
    bl_label = "Overlay"
    bl_translation_context = CONTEXT

    def draw_header(self, context: bpy.types.Context) -> None:
        if context.scene is not None and self.layout is not None:
            self.layout.prop(settings_of(context.scene), "show", text="")

    def draw(self, context: bpy.types.Context) -> None:
        layout, scene = self.layout, context.scene
        if layout is None or scene is None:
            return
        chosen = settings_of(scene)
        column = layout.column()
        column.active = chosen.show
        column.row(align=True).prop(chosen, "stage", expand=True)
        column.row(align=True).prop(chosen, "view", expand=True, icon_only=True)
        if chosen.view == "OVERLAY":
            row = column.row(align=True)
            row.prop(chosen, "opacity", slider=True)
            row.prop(chosen, "outline", text="", icon="MOD_EDGESPLIT")
        column.prop(chosen, "prompts")
        column.prop(chosen, "classes")
        live = preview.settings.current()
        compare = column.column(align=True)
        is_live = live is not None and live.show
        if chosen.stage == "TRIMAP" and not is_live:
            column.label(text="Needs Live Mask", icon="INFO")
        compare.enabled = is_live and chosen.stage == "MASK"
        compare.row(align=True).prop(chosen, "compare", expand=True)
        if chosen.compare == "WIPE":
            compare.prop(chosen, "wipe", slider=True)
        if not is_live:
            compare.label(text="Needs Live Mask", icon="INFO")


CLASSES = (MATTEWRIGHT_PT_overlay,)
