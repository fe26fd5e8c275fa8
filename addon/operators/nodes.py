"""The clip's masks in the compositor, what is missing of them, and what was tuned there."""

import bpy
from bpy.props import BoolProperty, StringProperty

from .. import clips, compositor, document, jobs, store
from ..compositor import tuning
from .base import NO_OBJECT, ClipOperator, shown_shot, why_no_place


class MATTEWRIGHT_OT_build_nodes(ClipOperator, bpy.types.Operator):
    bl_idname = "mattewright.build_nodes"
    bl_label = "Build Nodes"
    bl_description = "Make the clip's node group, one output per object, or bring it up to date; your own nodes and links stay"
    bl_options = {"REGISTER", "UNDO"}

    keying: BoolProperty(name="Key the Clip", description="Also key the clip in the scene's compositor", options={"SKIP_SAVE"})

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        shot = shown_shot(context)
        if shot is None:
            return ""
        return why_no_place(shot) if len(shot.objects) else NO_OBJECT

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


class MATTEWRIGHT_OT_take_from_nodes(ClipOperator, bpy.types.Operator):
    bl_idname = "mattewright.take_from_nodes"
    bl_label = "Take Values from Nodes"
    bl_description = "Set the panel to the values and keyframes tuned in the node group; keyed and linked sockets stay as they are"
    bl_options = {"REGISTER", "UNDO"}

    object: StringProperty(name="Object", description="The object's name; empty for all objects", options={"SKIP_SAVE"})
    node: StringProperty(
        name="Node", description="The name of the node to take them from, where several use the group", options={"SKIP_SAVE"}
    )

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        clip = clips.shown(context)
        return "" if clip is None or compositor.group_of(clip) is not None else "The clip has no node group yet: build the nodes"

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        taken = tuning.take(clip, self.object, self.node)
        return f"taken: {'; '.join(taken)}" if taken else "the nodes say what the panel says"


class MATTEWRIGHT_OT_give_to_nodes(ClipOperator, bpy.types.Operator):
    bl_idname = "mattewright.give_to_nodes"
    bl_label = "Set Nodes to Panel"
    bl_description = "Set the node group's sockets and keyframes back to the panel's, wherever the group is used"
    bl_options = {"REGISTER", "UNDO"}

    object: StringProperty(name="Object", description="The object's name; empty for all objects", options={"SKIP_SAVE"})

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        given = tuning.give(clip, self.object)
        return f"set: {'; '.join(given)}" if given else "the nodes say what the panel says"


class MATTEWRIGHT_OT_status(ClipOperator, bpy.types.Operator):
    bl_idname = "mattewright.status"
    bl_label = "Status"
    bl_description = "Say what the clip's shot is and which masks are missing"

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        lines = jobs.status(clip)
        for line in lines:
            self.report({"INFO"}, line)
        return ""


CLASSES = (MATTEWRIGHT_OT_build_nodes, MATTEWRIGHT_OT_take_from_nodes, MATTEWRIGHT_OT_give_to_nodes, MATTEWRIGHT_OT_status)
