"""A click on the frame strip goes to that frame, and to that object; a drag goes on."""

from __future__ import annotations

from typing import Any

import bpy

from .. import clips, properties
from . import strip


class MATTEWRIGHT_OT_strip_scrub(bpy.types.Operator):
    bl_idname = "mattewright.strip_scrub"
    bl_label = "Go to Frame"
    bl_description = "Go to the frame under the mouse on the frame strip, and make that row's object the active one"
    bl_options = {"INTERNAL", "BLOCKING", "UNDO_GROUPED"}
    bl_undo_group = "Frame Change"  # as Blender's own: without it, the next undo would also go back to the frame before

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        space = context.space_data
        return isinstance(space, bpy.types.SpaceClipEditor) and space.clip is not None

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Elsewhere than on the strip the event is for others."""
        shown, space, manager = strip.strip_of(context), context.space_data, context.window_manager
        if (
            shown is None
            or manager is None
            or not isinstance(space, bpy.types.SpaceClipEditor)
            or space.clip is None
            or not shown.holds(event.mouse_region_x, event.mouse_region_y)
        ):
            return {"PASS_THROUGH"}
        row, shot = shown.row_at(event.mouse_region_y), properties.of(space.clip)
        for index, item in enumerate(shot.objects):
            if row is not None and item.name == row.name and shot.active_index != index:
                shot.active_index = index
        self._go(context, event)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        if event.type == "MOUSEMOVE":
            self._go(context, event)
        elif event.type in {"LEFTMOUSE", "ESC", "RIGHTMOUSE"}:
            return {"FINISHED"}
        return {"RUNNING_MODAL"}

    def _go(self, context: bpy.types.Context, event: bpy.types.Event) -> None:
        shown, scene = strip.strip_of(context), context.scene
        if shown is not None and scene is not None:
            frame = shown.frame_at(event.mouse_region_x)
            if frame != scene.frame_current:
                clips.go_to(scene, frame)


CLASSES = (MATTEWRIGHT_OT_strip_scrub,)
