"""The folder that a clip's files are in."""

from typing import Any

import bpy

from ...engine.shot import MattewrightError
from .. import clips, store
from .base import ClipOperator


class MATTEWRIGHT_OT_store_open(ClipOperator, bpy.types.Operator):
    bl_idname = "mattewright.store_open"
    bl_label = "Open Folder"
    bl_description = "Show the clip's masks in the system's file browser"

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        clip = clips.shown(context)
        try:
            if clip is not None:
                store.folder(clip)
        except MattewrightError as error:
            return str(error)[:1].upper() + str(error)[1:]
        return ""

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        place = store.folder(clip)
        if not place.is_dir():
            raise MattewrightError(f"{place}: not there yet: the first job makes it")
        opened: Any = bpy.ops.wm.path_open(filepath=str(place))
        return "" if "FINISHED" in opened else f"{place}"


CLASSES = (MATTEWRIGHT_OT_store_open,)
