"""The preview over the clip, in every Movie Clip Editor that shows it."""

from __future__ import annotations

from typing import Any

import blf
import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

from .. import preview, properties
from ..preview import PreviewSettings, Shown
from .colors import displayed
from .mask_shader import mask_shader
from .placement import Placement, placement

LINE = 1.25
"""Half the outline's width, in pixels of the screen at Blender's usual resolution scale."""
TEXT = 11.0
MARGIN = 14.0

_types: Any = gpu.types  # what the stubs say of these differs from version to version
_builtin: Any = gpu.shader.from_builtin
_handles: list[Any] = []


class Painter:
    """Draws what is shown. Keeps the mask's texture from one draw to the next."""

    def __init__(self) -> None:
        self.drawn = 0
        """The number of the preview that was drawn last."""
        self.paints = True
        """Off only while a bench measures what painting costs."""
        self._texture: gpu.types.GPUTexture | None = None
        self._texture_of = 0
        self._box = (0, 0, 0, 0)
        """What the texture holds of the picture: left, top, right, bottom in its pixels."""

    def draw(self) -> None:
        """In a WINDOW region of a Movie Clip Editor, in pixels."""
        context = bpy.context
        chosen, space, region, scene = preview.settings.current(), context.space_data, context.region, context.scene
        if chosen is None or not chosen.show:
            self.forget()
            return
        if (
            not isinstance(space, bpy.types.SpaceClipEditor)
            or space.clip is None
            or space.view != "CLIP"
            or region is None
            or scene is None
        ):
            return
        preview.hear_while_drawing()
        if preview.live.problem:
            _write(preview.live.problem)
            return
        shown = preview.live.shown
        if (
            region is None
            or scene is None
            or shown is None
            or shown.wanted.clip != space.clip.name_full
            or shown.wanted.frame != scene.frame_current
            or not _is_visible(space.clip, shown.wanted.object)
        ):
            return
        refusal = _refusal(space, shown)
        if refusal:
            _write(refusal)
            return
        place = placement(region)
        if place is not None and self.paints:
            self._paint(shown, chosen, place, _color(space.clip, shown.wanted.object))
            self.drawn = shown.number

    def forget(self) -> None:
        """Let go of the texture."""
        self._texture, self._texture_of = None, 0

    def _paint(self, shown: Shown, chosen: PreviewSettings, place: Placement, color: tuple[float, float, float]) -> None:
        width, height = shown.done.width, shown.done.height
        matte = chosen.view == "MATTE"
        gpu.state.blend_set("ALPHA")
        if matte:
            _fill(place, (0.0, 0.0, 0.0, 1.0))
        texture = self._uploaded(shown)
        if texture is not None:
            box = self._box
            # The line reaches beyond the box of what is not 0; beyond the texture, its edge's values hold.
            reach = LINE * _scale()
            across, down = reach * width / place.width, reach * height / place.height
            part = (
                max(0.0, box[0] - across),
                max(0.0, box[1] - down),
                min(float(width), box[2] + across),
                min(float(height), box[3] + down),
            )
            shader = mask_shader()
            batch = batch_for_shader(
                shader,
                "TRI_STRIP",
                {
                    "pos": [place.point(x / width, y / height) for x, y in _corners(part)],
                    "uv": [((x - box[0]) / (box[2] - box[0]), (y - box[1]) / (box[3] - box[1])) for x, y in _corners(part)],
                },
            )
            shader.bind()
            shader.uniform_float("projection", gpu.matrix.get_projection_matrix() @ gpu.matrix.get_model_view_matrix())
            shader.uniform_float("color", (*color, chosen.opacity))
            shader.uniform_float("reach", (across / (box[2] - box[0]), down / (box[3] - box[1])))
            shader.uniform_float("outline", 1.0 if chosen.outline else 0.0)
            shader.uniform_float("matte", 1.0 if matte else 0.0)
            shader.uniform_sampler("mask", texture)
            batch.draw(shader)
        gpu.state.blend_set("NONE")

    def _uploaded(self, shown: Shown) -> gpu.types.GPUTexture | None:
        """The mask in its box, and a pixel more on each side for the line's sake; None for one that is empty."""
        if self._texture_of != shown.number:
            self.forget()
            self._texture_of = shown.number
            left, top, right, bottom = shown.done.box
            if shown.pixels is not None and right > left and bottom > top:
                self._box = max(0, left - 1), max(0, top - 1), min(shown.done.width, right + 1), min(shown.done.height, bottom + 1)
                left, top, right, bottom = self._box
                values = shown.pixels[top:bottom, left:right].astype(np.float32)
                values *= np.float32(1 / 255)
                buffer = _types.Buffer("FLOAT", values.size, values.ravel())
                self._texture = _types.GPUTexture((right - left, bottom - top), format="R8", data=buffer)
        return self._texture


painter = Painter()


def _refusal(space: bpy.types.SpaceClipEditor, shown: Shown) -> str:
    """Why nothing is drawn; empty where something is."""
    tracking: Any = space.clip.tracking if space.clip else None
    if tracking and space.show_stable and tracking.stabilization.use_2d_stabilization:
        return "turn off Display > Stabilization to see the mask: it belongs to the picture as it was filmed"
    if space.clip_user.use_render_undistorted:
        return "turn off Display > Render Undistorted to see the mask: it belongs to the picture as it was filmed"
    if shown.pixels is None:
        return f"{shown.wanted.object} is not tracked on frame {shown.wanted.frame}"
    return ""


def _is_visible(clip: bpy.types.MovieClip, name: str) -> bool:
    return any(item.visible for item in properties.of(clip).objects if item.name == name)


def _corners(part: tuple[float, float, float, float]) -> list[tuple[float, float]]:
    left, top, right, bottom = part
    return [(left, top), (right, top), (left, bottom), (right, bottom)]


def _fill(place: Placement, color: tuple[float, float, float, float]) -> None:
    """The whole picture in one colour."""
    shader = _builtin("UNIFORM_COLOR")
    batch = batch_for_shader(shader, "TRI_STRIP", {"pos": [place.point(x, y) for x, y in _corners((0.0, 0.0, 1.0, 1.0))]})
    shader.bind()
    shader.uniform_float("color", color)
    batch.draw(shader)


def _write(text: str) -> None:
    """A line at the region's lower left."""
    font, scale = 0, _scale()
    blf.size(font, TEXT * scale)
    blf.enable(font, blf.SHADOW)
    blf.shadow(font, 5, 0.0, 0.0, 0.0, 0.9)
    blf.color(font, 1.0, 1.0, 1.0, 0.9)
    blf.position(font, MARGIN * scale, MARGIN * scale, 0.0)
    blf.draw(font, f"Mattewright: {text}")
    blf.disable(font, blf.SHADOW)


def _scale() -> float:
    preferences = bpy.context.preferences
    return float(preferences.system.ui_scale) if preferences else 1.0


def _color(clip: bpy.types.MovieClip, name: str) -> tuple[float, float, float]:
    """The object's, R'G'B' as displayed; the property is linear."""
    item = next((known for known in properties.of(clip).objects if known.name == name), None)
    return displayed(item.color if item is not None else (1.0, 0.5, 0.0))


def register() -> None:
    if bpy.app.background:
        return
    for function, when in ((preview.ask_before_drawing, "PRE_VIEW"), (painter.draw, "POST_PIXEL")):
        _handles.append(bpy.types.SpaceClipEditor.draw_handler_add(function, (), "WINDOW", when))


def unregister() -> None:
    while _handles:
        bpy.types.SpaceClipEditor.draw_handler_remove(_handles.pop(), "WINDOW")
    painter.forget()
