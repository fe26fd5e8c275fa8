"""The clip's masks in the compositor, and what is missing of them."""

import bpy
from bpy.props import BoolProperty

from .. import compositor, document, jobs, store
from .base import ClipOperator


class MATTEWRIGHT_OT_build_nodes(ClipOperator, bpy.types.Operator):
    bl_idname = "mattewright.build_nodes"
    bl_label = "Build Nodes"
    bl_description = "Make the clip's node group, one output per object, or bring it up to date; your own nodes and links stay"
    bl_options = {"REGISTER", "UNDO"}

    keying: BoolProperty(name="Key the Clip", description="Also key the clip in the scene's compositor", options={"SKIP_SAVE"})

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        if self.keying and context.scene is not None:
            if not compositor.build_keying_tree(context.scene, clip):
                self.report({"WARNING"}, "the scene's output is linked to something else: link Set Alpha to it for the keyed picture")
        else:
            compositor.build_group(clip)
        compositor.reload_masks(clip)
        lacking = [str(found) for found in store.coverage(clip, document.shot_of(clip)) if not found.complete]
        if lacking:
            self.report({"WARNING"}, "Blender shows nothing where a mask is missing. " + ". ".join(lacking))
        return ""


class MATTEWRIGHT_OT_status(ClipOperator, bpy.types.Operator):
    bl_idname = "mattewright.status"
    bl_label = "Status"
    bl_description = "Say what the clip's shot is and which masks are missing"

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        lines = jobs.status(clip)
        for line in lines:
            self.report({"INFO"}, line)
        return ""


CLASSES = (MATTEWRIGHT_OT_build_nodes, MATTEWRIGHT_OT_status)
