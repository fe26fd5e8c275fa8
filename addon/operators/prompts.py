"""Say where an object is, on one frame: points, a box, a mask. Pixels from the picture's top left corner, y down."""

from typing import Any

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ...engine.shot import MattewrightError
from .. import clips, document, paths, properties, store
from ..footage import footage_of
from .base import ObjectOperator


class PromptOperator(ObjectOperator):
    frame: IntProperty(name="Frame", description="Scene frame; -1 for the scene's current one", default=-1, min=-1, options={"SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """From a button: ask for the values first, for (0, 0) is nowhere that anyone means."""
        manager = context.window_manager
        return manager.invoke_props_dialog(self) if manager else self.execute(context)

    def at(self, context: bpy.types.Context) -> int:
        """The frame that is meant."""
        if self.frame >= 0 or context.scene is None:
            return int(self.frame)
        return context.scene.frame_current

    def prompts(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> properties.ObjectPrompts:
        """The object's prompts on the frame. Raises MattewrightError for a frame that the clip hasn't, and an object that has none."""
        chosen, frame = self.chosen(clip), self.at(context)
        if properties.is_of_classes(chosen):
            raise MattewrightError(
                f"object '{chosen.name}' is made of classes, and not tracked: select another one, or have it tracked instead"
            )
        footage = footage_of(clip, store.provisional(clip))
        if frame < 0 or not footage.has_frame(frame):
            frames = footage.frames()
            raise MattewrightError(f"frame {frame} is outside the clip, which is frames {frames.first} to {frames.last}")
        return properties.prompts_for(chosen, frame)


def check_inside(clip: bpy.types.MovieClip, x: float, y: float) -> None:
    width, height = clips.size(clip)
    if x > width or y > height:
        raise MattewrightError(f"({x:g}, {y:g}) is outside the picture, which is {width} x {height} pixels")


class MATTEWRIGHT_OT_prompt_point_add(PromptOperator, bpy.types.Operator):
    bl_idname = "mattewright.prompt_point_add"
    bl_label = "Add Point"
    bl_description = "Add a point that is on the object, or (not positive) on what is not the object"
    bl_options = {"REGISTER", "UNDO"}

    x: FloatProperty(name="X", description="Pixels from the picture's left edge", min=0.0, options={"SKIP_SAVE"})
    y: FloatProperty(name="Y", description="Pixels from the picture's top edge, downwards", min=0.0, options={"SKIP_SAVE"})
    positive: BoolProperty(
        name="Positive", description="On the object; off: on what is not the object", default=True, options={"SKIP_SAVE"}
    )

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        check_inside(clip, self.x, self.y)
        point = self.prompts(context, clip).points.add()
        point.x, point.y, point.positive = self.x, self.y, self.positive
        return ""


class MATTEWRIGHT_OT_prompt_box_set(PromptOperator, bpy.types.Operator):
    bl_idname = "mattewright.prompt_box_set"
    bl_label = "Set Box"
    bl_description = "Put a box around the object"
    bl_options = {"REGISTER", "UNDO"}

    left: FloatProperty(name="Left", description="The box's left edge, in pixels from the picture's", min=0.0, options={"SKIP_SAVE"})
    top: FloatProperty(name="Top", description="The box's top edge, in pixels from the picture's", min=0.0, options={"SKIP_SAVE"})
    right: FloatProperty(
        name="Right", description="The box's right edge, in pixels from the picture's left one", min=0.0, options={"SKIP_SAVE"}
    )
    bottom: FloatProperty(
        name="Bottom", description="The box's bottom edge, in pixels from the picture's top one", min=0.0, options={"SKIP_SAVE"}
    )

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        if self.right <= self.left or self.bottom <= self.top:
            raise MattewrightError(
                f"box ({self.left:g}, {self.top:g}, {self.right:g}, {self.bottom:g}): expected left < right and top < bottom"
            )
        check_inside(clip, self.right, self.bottom)
        prompts = self.prompts(context, clip)
        prompts.box = (self.left, self.top, self.right, self.bottom)
        prompts.use_box = True
        return ""


class MATTEWRIGHT_OT_prompt_scribble_add(PromptOperator, bpy.types.Operator):
    bl_idname = "mattewright.prompt_scribble_add"
    bl_label = "Add Scribble"
    bl_description = "Add a stroke along the object, or (not positive) along what is not the object"
    bl_options = {"REGISTER", "UNDO"}

    points: CollectionProperty(
        name="Points", description="Of the stroke, in its order", type=properties.ScribblePoint, options={"SKIP_SAVE"}
    )
    positive: BoolProperty(
        name="Positive", description="On the object; off: on what is not the object", default=True, options={"SKIP_SAVE"}
    )

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        if not len(self.points):
            raise MattewrightError("scribble: expected points, such as points=[{'name': '', 'x': 10, 'y': 20}]")
        for point in self.points:
            check_inside(clip, point.x, point.y)
        scribble = self.prompts(context, clip).scribbles.add()
        scribble.positive = self.positive
        for point in self.points:
            added = scribble.points.add()
            added.x, added.y = point.x, point.y
        return ""


class MATTEWRIGHT_OT_prompt_mask_set(PromptOperator, bpy.types.Operator):
    bl_idname = "mattewright.prompt_mask_set"
    bl_label = "Set Mask"
    bl_description = "Give the object's mask on this frame as a picture of the clip's size, white where the object is"
    bl_options = {"REGISTER", "UNDO"}

    path: StringProperty(
        name="Path",
        description="A picture of the clip's size, white where the object is",
        subtype="FILE_PATH",
        options={"SKIP_SAVE", *paths.PROPERTY_OPTIONS},
    )

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        if not self.path or not paths.absolute(self.path, clip).is_file():
            raise MattewrightError(f"mask '{self.path}': no such file")
        self.prompts(context, clip).mask = self.path
        return ""


class MATTEWRIGHT_OT_prompt_remove(PromptOperator, bpy.types.Operator):
    bl_idname = "mattewright.prompt_remove"
    bl_label = "Remove Prompt"
    bl_description = "Forget one of the object's prompts on this frame"
    bl_options = {"REGISTER", "UNDO"}

    kind: EnumProperty(
        name="Kind",
        description="Which kind of prompt it is",
        items=(
            ("POINT", "Point", "A click"),
            ("BOX", "Box", "The box around the object"),
            ("SCRIBBLE", "Scribble", "A stroke"),
            ("MASK", "Mask", "The mask that was given as a picture"),
        ),
        options={"SKIP_SAVE"},
    )
    index: IntProperty(name="Index", description="Among the points or the scribbles", min=0, options={"SKIP_SAVE"})

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        item, frame = self.chosen(clip), self.at(context)
        said = properties.prompts_at(item, frame)
        if said is None or not _remove(said, self.kind, self.index):
            raise MattewrightError(f"object '{item.name}': no such {self.kind.lower()} on frame {frame}")
        if document.is_empty(said):
            properties.clear_prompts(item, frame)
        return ""


def _remove(said: properties.ObjectPrompts, kind: str, index: int) -> bool:
    """Take one prompt away, and whether there was it."""
    if kind in ("POINT", "SCRIBBLE"):
        prompts = said.points if kind == "POINT" else said.scribbles
        found = index < len(prompts)
        if found:
            prompts.remove(index)
        return found
    if kind == "BOX":
        found, said.use_box = bool(said.use_box), False
        return found
    found, said.mask = bool(said.mask), ""
    return found


class MATTEWRIGHT_OT_prompt_clear(PromptOperator, bpy.types.Operator):
    bl_idname = "mattewright.prompt_clear"
    bl_label = "Clear Prompts"
    bl_description = "Forget the object's prompts on this frame, or on all frames"
    bl_options = {"REGISTER", "UNDO"}

    all_frames: BoolProperty(name="All Frames", description="On all frames, not the current one alone", options={"SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        return self.execute(context)

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        cleared = properties.clear_prompts(self.chosen(clip), None if self.all_frames else self.at(context))
        return "" if cleared else "there were no prompts"


CLASSES = (
    MATTEWRIGHT_OT_prompt_point_add,
    MATTEWRIGHT_OT_prompt_box_set,
    MATTEWRIGHT_OT_prompt_scribble_add,
    MATTEWRIGHT_OT_prompt_mask_set,
    MATTEWRIGHT_OT_prompt_remove,
    MATTEWRIGHT_OT_prompt_clear,
)
