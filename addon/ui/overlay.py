"""All visible objects' masks over the clip, in every Movie Clip Editor that shows it."""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from typing import Any

import blf
import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader
from mathutils import Matrix

from .. import preview, properties
from ..link import redraw_clip_editors
from ..preview.overlay_settings import OverlaySettings
from ..preview.overlay_settings import of as settings_of
from ..preview.tiles import Box, side_of
from . import mask_shader, overlay_classes, overlay_mattes
from .overlay_layers import Layer, Layers, layers_of, problem_of, union
from .overlay_uploads import Uploads
from .placement import Placement, placement

LINE = 1.25
"""Half the outline's width, in pixels of the screen at Blender's usual resolution scale."""
CHECKER = 10.0
"""A checkerboard's field."""
TEXT = 11.0
MARGIN = 14.0
BUDGET = 0.01
"""Seconds that the uploads of one drawing take, if more than one is needed; the masks left over come with the next."""
UNIONS = 4
"""How many are kept of what is made of all masks: two editors may show two sides of a line each."""
TICK = 0.01
"""Seconds between two looks at whether masks have been read."""

_builtin: Any = gpu.shader.from_builtin
_handles: list[Any] = []
_NOTHING = Layer("nothing", (0.0, 0.0, 0.0), (1, 1), (0, 0, 1, 1), np.zeros((1, 1), np.uint8))


class Painter:
    """Draws what is to be seen, and keeps the masks' textures from one draw to the next."""

    def __init__(self) -> None:
        self.drawn = 0
        """The number of the live preview that was drawn last."""
        self.masks = 0
        """How many masks the last drawing has shown."""
        self.spent = 0.0
        """Seconds that it took on Blender's main thread; the graphics card may be at it longer."""
        self.paints = True
        """Off only while a bench measures what painting costs."""
        self._uploads = Uploads()
        self._unions: dict[Hashable, Layer | None] = {}
        """All masks as one, by theirs."""
        self._budget = 0.0
        """Seconds left of this drawing for uploads."""
        self._left = False
        """Whether masks are left over for the next drawing."""

    def draw(self) -> None:
        """In a WINDOW region of a Movie Clip Editor, in pixels."""
        started = time.perf_counter()
        context = bpy.context
        space, region, scene = context.space_data, context.region, context.scene
        if not isinstance(space, bpy.types.SpaceClipEditor) or space.clip is None or space.view != "CLIP":
            return
        if region is None or scene is None:
            return
        self._draw(space, space.clip, region, scene)
        self.spent = time.perf_counter() - started

    def forget(self) -> None:
        """Let go of the textures."""
        self._uploads.forget()
        self._unions.clear()

    def _draw(self, space: bpy.types.SpaceClipEditor, clip: bpy.types.MovieClip, region: bpy.types.Region, scene: bpy.types.Scene) -> None:
        overlay, chosen = settings_of(scene), preview.settings.current()
        live = chosen is not None and bool(chosen.show)
        if live:
            preview.hear_while_drawing()
        if not overlay.show and preview.prompting.state.clip != clip.name_full:  # what one clicks is seen
            self.forget()
            return
        stage = overlay_mattes.stage_of(clip, scene)
        is_mask = stage == "MASK"
        found = layers_of(clip, scene, live) if is_mask else overlay_mattes.layers_of(clip, scene, stage, live)
        classes = overlay_classes.layers_of(clip, scene) if overlay.show and overlay.classes else ()
        if preview.stored.waiting:
            _watch()
        text = _refusal(space) if len(properties.of(clip).objects) else ""
        place = placement(region)
        if place is not None and not text and self.paints:
            self._budget, self._left = BUDGET, False
            self._paint(found, classes, overlay, place)
            if is_mask:
                self.drawn = found.live if found.live and not self._left else self.drawn
        text = text or (preview.live.problem if live else "")
        text = text or problem_of(clip, scene.frame_current, "alpha" if stage == "ALPHA" else "mask")
        text = text or ("" if is_mask else overlay_mattes.told(stage, live))
        text = text or (f"{found.missing} is not tracked on frame {scene.frame_current}" if found.missing else "")
        if text:
            _write(text)

    def _paint(self, found: Layers, classes: Sequence[Layer], overlay: OverlaySettings, place: Placement) -> None:
        gpu.state.blend_set("ALPHA")
        if overlay.view in ("OVERLAY", "OUTLINE"):
            self._side(classes, overlay, place, 0.0, 1.0)
        at = float(overlay.wipe) if overlay.compare == "WIPE" and found.before else 0.0
        before = overlay.compare == "BEFORE" and found.before
        self.masks = self._side(found.before if before else found.refined, overlay, place, at, 1.0)
        if at > 0.0:
            self.masks += self._side(found.before, overlay, place, 0.0, at)
            _fill((place.left + at * place.width - _scale(), place.bottom, 2 * _scale(), place.height), (1.0, 1.0, 1.0, 0.9))
        gpu.state.blend_set("NONE")

    def _side(self, layers: Sequence[Layer], overlay: OverlaySettings, place: Placement, left: float, right: float) -> int:
        """Between these shares of the picture's width; how many masks were drawn."""
        if overlay.view in ("MATTE", "CUTOUT"):
            whole = self._united(layers)
            if whole is not None and not self._is_ready(whole):
                return 0
            self._veil(whole, CHECKER * _scale() if overlay.view == "CUTOUT" else 0.0, place, left, right)
            return len(layers)
        fill = float(overlay.opacity) if overlay.view == "OVERLAY" else 0.0
        outline = overlay.outline or overlay.view == "OUTLINE"
        count = 0
        for layer in layers:
            if layer.pixels.size and self._is_ready(layer):
                self._mask(layer, fill, outline, place, left, right)
                count += 1
        return count

    def _united(self, layers: Sequence[Layer]) -> Layer | None:
        key = tuple(layer.key for layer in layers)
        if key not in self._unions:
            if len(self._unions) >= UNIONS:
                self._unions.clear()
            self._unions[key] = union(layers)
        return self._unions[key]

    def _is_ready(self, layer: Layer) -> bool:
        """Whether there is time to upload it, if need be."""
        cost = self._uploads.cost(layer)
        if cost <= self._budget or self._budget == BUDGET:  # each drawing uploads something
            self._budget -= cost
            return True
        self._left = True
        _watch(again=True)
        return False

    def _mask(self, layer: Layer, fill: float, outline: bool, place: Placement, left: float, right: float) -> None:
        upload, (width, height), box = self._uploads.of(layer), layer.size, layer.box
        across, down = box[2] - box[0], box[3] - box[1]
        reach = LINE * _scale() * width / place.width if outline else 0.0
        near = place.point(box[0] / width, box[1] / height)
        far = place.point(box[2] / width, box[3] / height)
        whole = _projection() @ Matrix(((far[0] - near[0], 0, 0, near[0]), (0, far[1] - near[1], 0, near[1]), (0, 0, 1, 0), (0, 0, 0, 1)))
        # Beyond the picture there is nothing to draw on, but a line may go beyond the box.
        span = (max(left * width, -reach) - box[0]) / across, (right * width - box[0]) / across
        alone = reach + 1 > side_of(width) / 2  # far away, an edge is seen in tiles that don't touch its own
        inside, soft, edge = (None, None, mask_shader.quad()) if alone else reversed(upload.batches)
        if inside is not None and fill > 0:
            shader = mask_shader.inside_shader()
            _set(shader, whole=whole, color=(*layer.color, fill), span=span)
            inside.draw(shader)
        shader, reaches = mask_shader.mask_shader(), (reach / across, reach / down)
        for part, lined in ((soft if fill > 0 else None, 0.0), (edge, float(outline))):
            if part is not None:
                _set(shader, whole=whole, color=(*layer.color, fill), span=span, reach=reaches, outline=lined)
                shader.uniform_sampler("mask", upload.texture)
                part.draw(shader)

    def _veil(self, layer: Layer | None, checker: float, place: Placement, left: float, right: float) -> None:
        """Hide what is no object."""
        layer = layer or _NOTHING
        (width, height), box = layer.size, layer.box
        shader = mask_shader.veil_shader()
        part = *place.point(left, 0.0), *place.point(right, 1.0)
        cut = *_inside((left * width, 0.0), box), *_inside((right * width, float(height)), box)
        _set(shader, whole=_projection(), part=part, cut=cut, checker=checker)
        shader.uniform_sampler("mask", self._uploads.of(layer).texture)
        mask_shader.quad().draw(shader)


painter = Painter()
_redraws = False
"""Whether masks are left over from the last drawing."""


def _watch(again: bool = False) -> None:
    """Draw once more when masks have been read, or, `again`, at once."""
    global _redraws
    _redraws = _redraws or again
    if not bpy.app.background and not bpy.app.timers.is_registered(_look):
        bpy.app.timers.register(_look, first_interval=0.0 if again else TICK)


def _look() -> float | None:
    global _redraws
    waits = preview.stored.waiting
    if preview.stored.take_news() or _redraws:
        _redraws = False
        redraw_clip_editors(panels=False)
    return TICK if waits else None


def _set(shader: Any, **constants: Any) -> None:
    shader.bind()
    for name, value in constants.items():
        shader.uniform_float(name, value)


def _projection() -> Matrix:
    """From the region's pixels to the screen."""
    found: Matrix = gpu.matrix.get_projection_matrix() @ gpu.matrix.get_model_view_matrix()
    return found


def _inside(place: Sequence[float], box: Box) -> tuple[float, float]:
    """A place in the picture, in pixels, as one in the box: 0 to 1 from its left edge and from its top edge."""
    return (place[0] - box[0]) / (box[2] - box[0]), (place[1] - box[1]) / (box[3] - box[1])


def _refusal(space: bpy.types.SpaceClipEditor) -> str:
    """Why nothing is drawn; empty where something is."""
    tracking: Any = space.clip.tracking if space.clip else None
    if tracking and space.show_stable and tracking.stabilization.use_2d_stabilization:
        return "turn off Display > Stabilization to see the masks: they belong to the picture as it was filmed"
    if space.clip_user.use_render_undistorted:
        return "turn off Display > Render Undistorted to see the masks: they belong to the picture as it was filmed"
    return ""


def _fill(part: tuple[float, float, float, float], color: tuple[float, float, float, float]) -> None:
    """A rectangle of the region, (left, bottom, width, height), in one colour."""
    left, bottom, width, height = part
    corners = [(left, bottom), (left + width, bottom), (left, bottom + height), (left + width, bottom + height)]
    shader = _builtin("UNIFORM_COLOR")
    batch = batch_for_shader(shader, "TRI_STRIP", {"pos": corners})
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


def register() -> None:
    if bpy.app.background:
        return
    for function, when in ((preview.ask_before_drawing, "PRE_VIEW"), (painter.draw, "POST_PIXEL")):
        _handles.append(bpy.types.SpaceClipEditor.draw_handler_add(function, (), "WINDOW", when))


def unregister() -> None:
    while _handles:
        bpy.types.SpaceClipEditor.draw_handler_remove(_handles.pop(), "WINDOW")
    if not bpy.app.background and bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
    painter.forget()
    mask_shader.forget()
