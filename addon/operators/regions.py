"""Everything on a frame as numbered regions, and objects picked among them. Pixels from the picture's top left corner, y down."""

from typing import Any

import bpy
from bpy.props import BoolProperty, FloatProperty, IntProperty, StringProperty

from ...engine.shot import MattewrightError
from ...engine.shot.regions import LARGEST_GRID, USUAL, Choice, RegionSettings
from .. import clips, properties, regions, store
from ..footage import footage_of
from .base import ClipOperator


class RegionsOperator(ClipOperator):
    frame: IntProperty(name="Frame", description="Scene frame; -1 for the scene's current one", default=-1, min=-1, options={"SKIP_SAVE"})

    def at(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> int:
        """The frame that is meant. Raises MattewrightError for one that the clip hasn't."""
        frame = context.scene.frame_current if self.frame < 0 and context.scene is not None else int(self.frame)
        footage = footage_of(clip, store.folder(clip))
        if frame < 0 or not footage.has_frame(frame):
            frames = footage.frames()
            raise MattewrightError(f"frame {frame} is outside the clip, which is frames {frames.first} to {frames.last}")
        return frame


class MATTEWRIGHT_OT_regions_make(RegionsOperator, bpy.types.Operator):
    bl_idname = "mattewright.regions_make"
    bl_label = "Find Regions"
    bl_description = "Find everything on this frame, as numbered regions to pick objects from; a minute or more without a GPU"

    grid: IntProperty(
        name="Grid",
        description="The model is asked at this many points a side",
        default=USUAL.grid,
        min=1,
        max=LARGEST_GRID,
        options={"SKIP_SAVE"},
    )
    least_score: FloatProperty(
        name="Least Score",
        description="How sure the model must be of a region",
        default=USUAL.least_score,
        min=0.0,
        max=1.0,
        options={"SKIP_SAVE"},
    )
    least_stability: FloatProperty(
        name="Least Stability",
        description="How little a region must change with its threshold",
        default=USUAL.least_stability,
        min=0.0,
        max=1.0,
        options={"SKIP_SAVE"},
    )
    least_area: IntProperty(
        name="Least Area", description="Pixels of the smallest region; 0 for 1/5000 of the picture", default=0, min=0, options={"SKIP_SAVE"}
    )

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        # Blender's numbers are 32-bit: 0.8 comes back as 0.800000012, which would make other files stale than the command line's.
        score, stability = round(self.least_score, 6), round(self.least_stability, 6)
        return regions.make(clip, self.at(context, clip), RegionSettings(self.grid, score, stability, self.least_area or None))


class MATTEWRIGHT_OT_regions_pick(RegionsOperator, bpy.types.Operator):
    bl_idname = "mattewright.regions_pick"
    bl_label = "Pick Regions"
    bl_description = "Make an object of regions of this frame: those that are named, and the one at a pixel"

    object: StringProperty(
        name="Object",
        description="The object's name, which may be new; empty for one after the region, or to extend, for the active one",
        maxlen=63,
        options={"SKIP_SAVE"},
    )
    regions: StringProperty(name="Regions", description="Numbers, such as: 3 7", options={"SKIP_SAVE"})
    x: FloatProperty(name="X", description="Of the region at this pixel; -1 for none", default=-1.0, min=-1.0, options={"SKIP_SAVE"})
    y: FloatProperty(
        name="Y",
        description="The pixel's place, from the picture's top edge downwards; -1 for none",
        default=-1.0,
        min=-1.0,
        options={"SKIP_SAVE"},
    )
    each: BoolProperty(name="Each", description="Make an object of each region", options={"SKIP_SAVE"})
    with_parts: BoolProperty(name="With Parts", description="Take the regions within a picked one too", options={"SKIP_SAVE"})
    extend: BoolProperty(name="Extend", description="Add to the object's mask on this frame", options={"SKIP_SAVE"})
    replace: BoolProperty(name="Replace", description="Replace the object's prompts on this frame", options={"SKIP_SAVE"})

    def work(self, context: bpy.types.Context, clip: bpy.types.MovieClip) -> str:
        if self.extend and self.replace:
            raise MattewrightError("extend and replace: choose one of them")
        return regions.pick(
            clip,
            self.at(context, clip),
            Choice(self._numbers(), self._places(clip), self._name(clip), self.each, self.with_parts, self.replace, self.extend),
        )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """From a button: ask for the values first."""
        manager = context.window_manager
        return manager.invoke_props_dialog(self) if manager else self.execute(context)

    def _numbers(self) -> tuple[int, ...]:
        words = self.regions.replace(",", " ").split()
        if not all(word.isascii() and word.isdigit() and 1 <= int(word) <= 65535 for word in words):
            raise MattewrightError(f"regions '{self.regions}': expected their numbers, such as: 3 7")
        return tuple(int(word) for word in words)

    def _places(self, clip: bpy.types.MovieClip) -> tuple[tuple[float, float], ...]:
        if self.x < 0 and self.y < 0:
            return ()
        width, height = clips.size(clip)
        if not (0 <= self.x <= width and 0 <= self.y <= height):
            raise MattewrightError(f"({self.x:g}, {self.y:g}) is outside the picture, which is {width} x {height} pixels")
        return ((self.x, self.y),)

    def _name(self, clip: bpy.types.MovieClip) -> str:
        if self.object or not self.extend:
            return str(self.object)
        active = properties.active_object(properties.of(clip))
        if active is None:
            raise MattewrightError(f"clip '{clip.name}': no object to extend: name one")
        return str(active.name)


CLASSES = (MATTEWRIGHT_OT_regions_make, MATTEWRIGHT_OT_regions_pick)
