"""The clip's objects, and what there is of the active one."""

from __future__ import annotations

from typing import Any

import bpy

from .. import clips, disk, frames, outputs, properties, refusal, store
from ..translations import phrase
from .next_step import coverage, percent
from .parts import MattePanel, tell


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
        color.ui_units_x = 0.8
        color.prop(item, "color", text="")
        name = row.row()
        name.active = item in properties.visible_objects(data)
        kind: Any = "GROUP_VCOL" if properties.is_of_classes(item) else "NONE"
        name.prop(item, "name", text="", emboss=False, icon="ERROR" if item.name in refusal.reasons(clip) else kind)
        found = _have(clip, item)
        share = row.row()
        share.alignment = "RIGHT"
        share.active = False
        share.label(text=percent(found) if found else "")
        row.prop(item, "solo", text="", icon="SOLO_ON" if item.solo else "SOLO_OFF", emboss=False)
        row.prop(item, "visible", text="", icon="HIDE_OFF" if item.visible else "HIDE_ON", emboss=False)
        locked = properties.is_wholly_locked(item)
        button: Any = row.operator("mattewright.object_lock", text="", icon="LOCKED" if locked else "UNLOCKED", emboss=False)
        button.object = item.name


def _have(clip: bpy.types.MovieClip, item: properties.MatteObject) -> tuple[int, int] | None:
    """(frames that have a mask, frames of the shot), as the engine said, or while it has said nothing, by the files; None if unknown."""
    said = coverage(frames.states.of(clip.name_full), item.name)
    shot = properties.of(clip)
    if said is not None or not (shot.store.strip() or bpy.data.filepath):
        return said
    found = disk.counts.of((store.folder(clip), tuple(known.name for known in shot.objects)))
    files = found.objects.get(item.name) if found else None
    if files is None or not files.frames:
        return None
    frames_of_shot = outputs.shot_range(clip)
    return sum(frame in frames_of_shot for frame in files.frames), len(frames_of_shot)


class MATTEWRIGHT_MT_object_specials(bpy.types.Menu):
    bl_idname = "MATTEWRIGHT_MT_object_specials"
    bl_label = "Object Specials"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        if layout is None:
            return
        layout.operator("mattewright.regions_make", icon="VIEWZOOM")
        pick = layout.column()
        pick.operator_context = "INVOKE_DEFAULT"
        pick.operator("mattewright.regions_pick", text="Pick Regions...")
        layout.separator()
        button: Any = layout.operator("mattewright.prompt_clear", text="Clear Prompts on All Frames", icon="X")
        button.all_frames = True


class MATTEWRIGHT_PT_objects(MattePanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_objects"
    bl_label = "Objects"

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clips.shown(context), self.layout
        if clip is None or layout is None:
            return
        shot = properties.of(clip)
        row = layout.row()
        row.template_list(MATTEWRIGHT_UL_objects.bl_idname, "", shot, "objects", shot, "active_index", rows=4)
        buttons = row.column(align=True)
        buttons.operator("mattewright.object_add", text="", icon="ADD")
        buttons.operator("mattewright.object_remove", text="", icon="REMOVE")
        buttons.separator()
        buttons.menu(MATTEWRIGHT_MT_object_specials.bl_idname, icon="DOWNARROW_HLT", text="")
        item = properties.active_object(shot)
        if item is None:
            return
        _draw_state(layout, clip, item)
        _draw_doubts(layout, clip, item, context)


def _draw_state(layout: bpy.types.UILayout, clip: bpy.types.MovieClip, item: properties.MatteObject) -> None:
    """What hinders the object, what there is of its masks, and what no job may change of them."""
    reason = refusal.reasons(clip).get(item.name)
    if reason:
        tell(layout, reason, "ERROR")
    column = layout.column(align=True)
    if properties.is_of_classes(item):
        names = ", ".join(phrase(one.name) for one in item.classes)
        tell(column, phrase("Made of the classes: {classes}", classes=names), "GROUP_VCOL")
        row = column.row(align=True)
        row.operator("mattewright.classify", icon="FILE_REFRESH").span = "BOTH"
        row.operator("mattewright.object_untie")
    have, found = _have(clip, item), frames.of_object(clip, item.name)
    if have is not None:
        told = phrase("{have} of {count} mask" if have[1] == 1 else "{have} of {count} masks", have=have[0], count=have[1])
        column.label(text=told, translate=False, icon="CHECKMARK" if have[0] == have[1] else "RENDER_ANIMATION")
    stale = sum(last - first + 1 for first, last in found.stale) if found else 0
    if stale:
        told = phrase("{count} frame stale" if stale == 1 else "{count} frames stale", count=stale)
        column.label(text=told, translate=False, icon="FILE_REFRESH")
    if properties.is_wholly_locked(item):
        column.label(text="Locked: no job changes its masks", icon="LOCKED")
    elif len(item.locked):
        spans = ", ".join(f"{one.first}-{one.last}" for one in item.locked)
        tell(column, phrase("Frames {spans} locked", spans=spans), "LOCKED")


def _draw_doubts(layout: bpy.types.UILayout, clip: bpy.types.MovieClip, item: properties.MatteObject, context: bpy.types.Context) -> None:
    found = frames.of_object(clip, item.name)
    if found is None or not found.tracked:
        return
    if not found.doubtful:
        layout.label(text="No frame is doubtful", icon="BLANK1")
        return
    row = layout.row(align=True)
    row.operator("mattewright.previous_doubtful", text="", icon="TRIA_LEFT")
    told = phrase("{count} Doubtful Frame" if len(found.doubtful) == 1 else "{count} Doubtful Frames", count=len(found.doubtful))
    row.operator("mattewright.next_doubtful", text=told, translate=False)
    row.operator("mattewright.next_doubtful", text="", icon="TRIA_RIGHT")
    frame = context.scene.frame_current if context.scene else None
    for one in found.doubtful:
        if one.frame == frame:
            tell(layout, phrase("Here {reason}", reason=phrase(one.reason)), "QUESTION")


CLASSES = (MATTEWRIGHT_UL_objects, MATTEWRIGHT_MT_object_specials, MATTEWRIGHT_PT_objects)
