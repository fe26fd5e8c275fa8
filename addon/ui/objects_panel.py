"""The clip's objects, and what there is of the active one."""

from __future__ import annotations

from typing import Any

import bpy

from .. import frames, properties
from .next_step import counted, coverage
from .parts import MattePanel, clip_of


class MATTEWRIGHT_UL_objects(bpy.types.UIList):
    bl_idname = "MATTEWRIGHT_UL_objects"

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: Any,
        item: Any,
        icon: int | None,
        active_data: Any,
        active_property: str | None,
        index: int | None = 0,
        flag: int | None = 0,
    ) -> None:
        clip: Any = item.id_data
        row = layout.row(align=True)
        color = row.row()
        color.ui_units_x = 1.0
        color.prop(item, "color", text="")
        name = row.row()
        name.active = item.visible
        name.prop(item, "name", text="", emboss=False)
        found = coverage(frames.states.of(clip.name_full), item.name)
        share = row.row()
        share.alignment = "RIGHT"
        share.active = False
        share.label(text=f"{found[0]}/{found[1]}" if found else "")
        row.prop(item, "visible", text="", icon="HIDE_OFF" if item.visible else "HIDE_ON", emboss=False)
        locked = properties.is_wholly_locked(item)
        button: Any = row.operator("mattewright.object_lock", text="", icon="LOCKED" if locked else "UNLOCKED", emboss=False)
        button.object = item.name


class MATTEWRIGHT_PT_objects(MattePanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_objects"
    bl_label = "Objects"

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clip_of(context), self.layout
        if clip is None or layout is None:
            return
        shot = properties.of(clip)
        row = layout.row()
        row.template_list(MATTEWRIGHT_UL_objects.bl_idname, "", shot, "objects", shot, "active_index", rows=3)
        buttons = row.column(align=True)
        buttons.operator("mattewright.object_add", text="", icon="ADD")
        buttons.operator("mattewright.object_remove", text="", icon="REMOVE")
        item = properties.active_object(shot)
        if item is not None:
            _draw_doubts(layout, clip, item, context)


def _draw_doubts(layout: bpy.types.UILayout, clip: bpy.types.MovieClip, item: properties.MatteObject, context: bpy.types.Context) -> None:
    found = frames.of_object(clip, item.name)
    if found is None or not found.tracked:
        return
    row = layout.row(align=True)
    row.operator("mattewright.previous_doubtful", text="", icon="PREV_KEYFRAME")
    row.operator("mattewright.next_doubtful", text=f"{len(found.doubtful)} Doubtful" if found.doubtful else "None Doubtful")
    row.operator("mattewright.next_doubtful", text="", icon="NEXT_KEYFRAME")
    stale = sum(last - first + 1 for first, last in found.stale)
    if stale:
        layout.label(text=f"{counted(stale, 'frame')} stale", icon="FILE_REFRESH")
    frame = context.scene.frame_current if context.scene else None
    for one in found.doubtful:
        if one.frame == frame:
            layout.label(text=f"Here {one.reason}", icon="QUESTION")


CLASSES = (MATTEWRIGHT_UL_objects, MATTEWRIGHT_PT_objects)
