"""Mattes become Masks, and Masks prompts or garbage mattes."""

from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ...engine.shot import FrameRange, MattewrightError
from .. import document, masks, properties
from ..splines import ask, work
from .base import ObjectOperator
from .jobs import why_busy


def _why_busy() -> str:
    """Why the engine can't be asked now; empty if it can."""
    return why_busy() or ("A Mask is being made" if work.running() is not None else "")


class MATTEWRIGHT_OT_matte_to_mask(ObjectOperator, bpy.types.Operator):
    bl_idname = "mattewright.matte_to_mask"
    bl_label = "Matte to Mask"
    bl_description = "Make a Mask of the object's mattes: splines to edit by hand, with no more keyframes than the tolerance asks for"

    tolerance: FloatProperty(
        name="Tolerance", description="Pixels that the splines may be off on any frame", default=1.0, min=0.1, max=100.0, soft_max=10.0
    )
    smallest: FloatProperty(
        name="Smallest", description="Square pixels: islands and holes that never are so large are left out", default=64.0, min=0.0
    )
    first: IntProperty(name="First", description="First scene frame; -1 for the shot's", default=-1, min=-1, options={"SKIP_SAVE"})
    last: IntProperty(name="Last", description="Last scene frame; -1 for the shot's", default=-1, min=-1, options={"SKIP_SAVE"})

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        return _why_busy()

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        manager = context.window_manager
        return manager.invoke_props_dialog(self) if manager else self.execute(context)

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        if layout is not None:
            layout.use_property_split = True
            layout.prop(self, "tolerance")
            layout.prop(self, "smallest")

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        name = self.chosen(clip).name
        frames = None
        if self.first >= 0 or self.last >= 0:
            whole = document.shot_of(clip).range
            frames = FrameRange(self.first if self.first >= 0 else whole.first, self.last if self.last >= 0 else whole.last)
        return ask.to_mask(clip, name, frames, round(self.tolerance, 4), round(self.smallest, 4))


class MaskOperator(ObjectOperator):
    """Takes a Mask, or one of its layers."""

    mask: StringProperty(name="Mask", description="The Mask; empty for the editor's, or the only one in the file", options={"SKIP_SAVE"})
    layer: StringProperty(name="Layer", description="The Mask's layer; empty for all of it", options={"SKIP_SAVE"})

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        return "" if len(bpy.data.masks) else "There is no Mask in this file: draw one in the editor's Mask mode"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Ask which one, beginning with the one that the editor shows."""
        if not self.mask:
            self.mask = _default(context)
        manager = context.window_manager
        return manager.invoke_props_dialog(self) if manager else self.execute(context)

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        if layout is None:
            return
        layout.use_property_split = True
        layout.prop_search(self, "mask", bpy.data, "masks")
        found = bpy.data.masks.get(self.mask)
        if found is not None:
            layout.prop_search(self, "layer", found, "layers")

    def meant(self, context: bpy.types.Context) -> str:
        """The name, as refine values have it. Raises MattewrightError."""
        name = self.mask or _default(context)
        if not name:
            raise MattewrightError("which Mask is meant? There are " + (", ".join(f"'{mask.name}'" for mask in bpy.data.masks) or "none"))
        whole = name if not self.layer else f"{name}/{self.layer}"
        reason = masks.why_not(whole)
        if reason:
            raise MattewrightError(reason)
        return whole


def _default(context: bpy.types.Context) -> str:
    space = context.space_data
    if isinstance(space, bpy.types.SpaceClipEditor) and space.mask is not None:
        return space.mask.name
    return bpy.data.masks[0].name if len(bpy.data.masks) == 1 else ""


class MATTEWRIGHT_OT_mask_seed(MaskOperator, bpy.types.Operator):
    bl_idname = "mattewright.mask_seed"
    bl_label = "Mask as Prompt"
    bl_description = "Prompt the object with what a Mask, or one of its layers, covers on this frame, or on each of its keyframes"
    bl_options = {"REGISTER", "UNDO"}

    keyed: BoolProperty(name="Every Keyframe", description="On each keyframe of the Mask, not on this frame", options={"SKIP_SAVE"})
    frame: IntProperty(name="Frame", description="Scene frame; -1 for the scene's current one", default=-1, min=-1, options={"SKIP_SAVE"})

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> str:
        return _why_busy() or super().why_not(context)

    def draw(self, context: bpy.types.Context) -> None:
        super().draw(context)
        if self.layout is not None:
            self.layout.prop(self, "keyed")

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        frame = self.frame if self.frame >= 0 or context.scene is None else context.scene.frame_current
        return ask.seed(clip, self.chosen(clip).name, self.meant(context), frame, keyed=self.keyed)


class MATTEWRIGHT_OT_mask_garbage_matte(MaskOperator, bpy.types.Operator):
    bl_idname = "mattewright.mask_garbage_matte"
    bl_label = "Mask as Garbage Matte"
    bl_description = "Add a step to the object's refine chain that keeps what lies inside, or outside, a Mask or one of its layers"
    bl_options = {"REGISTER", "UNDO"}

    keep: EnumProperty(
        name="Keep",
        description="Which side of the outlines stays",
        items=(("inside", "Inside", "What lies inside stays", 0), ("outside", "Outside", "What lies outside stays", 1)),
        default="inside",
        options={"SKIP_SAVE"},
    )

    def draw(self, context: bpy.types.Context) -> None:
        super().draw(context)
        if self.layout is not None:
            self.layout.prop(self, "keep", expand=True)

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        item, name = self.chosen(clip), self.meant(context)
        properties.begin_chain(item)
        properties.add_refine(item, "garbage_matte", mask=name, keep=self.keep)
        properties.settle_live(list(item.refine))
        return ""


CLASSES = (MATTEWRIGHT_OT_matte_to_mask, MATTEWRIGHT_OT_mask_seed, MATTEWRIGHT_OT_mask_garbage_matte)
