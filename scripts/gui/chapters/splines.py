"""An object's matte as an editable Mask of Blender's, and that Mask as another object's prompt."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from .. import masks
from ..driver import JOB, MODEL, Steps, check, until
from ..play import Play
from .shot import AT, FRAMES

TOLERANCE = 2.0
"""Pixels."""


def to_mask(play: Play) -> Steps:
    stage = play.stage
    stage.call("mattewright.matte_to_mask", tolerance=TOLERANCE)
    work = stage.addon("splines")
    yield from until(lambda: len(bpy.data.masks) == 1 and work.running() is None and not stage.session.running, "the Mask is made", JOB)
    mask = bpy.data.masks[0]
    check(any(len(layer.splines) for layer in mask.layers), "it has no splines")
    for frame in (2, AT, FRAMES):
        stage.scene.frame_set(frame)
        yield from stage.drawn()
        wanted, found = _box(masks.read(stage.store_files()[frame]) > 127), _outline(mask, stage.clip.size)
        # Handles may lie a little outside of the curve that they bend.
        worst = max(abs(a - b) for a, b in zip(wanted, found, strict=True))
        check(worst < 3 * TOLERANCE, f"frame {frame}: the splines reach to {found}, the mask to {wanted}")
    space = stage.space()
    stage.scene.frame_set(AT)
    space.mode, space.mask = "MASK", mask
    yield from stage.drawn()
    play.eyes.show("mask")
    space.mode = "TRACKING"
    yield from stage.drawn()


def seed(play: Play) -> Steps:
    stage = play.stage
    stage.call("mattewright.object_add", name="seeded")
    stage.call("mattewright.mask_seed", mask=bpy.data.masks[0].name, frame=AT)
    yield from until(lambda: not stage.session.running and stage.said(1, AT) is not None, "the other object is prompted", MODEL)
    path = stage.addon("paths").absolute(stage.said(1, AT).mask, stage.clip)
    share = masks.overlap(masks.read(path) > 127, masks.read(stage.store_files()[AT]) > 127)
    check(share > 0.95, f"the prompt and the mask that it comes from have an IoU of {share:.3f}")
    stage.call("mattewright.object_remove", object="seeded")
    check(len(stage.shot().objects) == 1, "the object is still there")


def _box(mask: Any) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of what is inside."""
    rows, columns = np.nonzero(mask)
    return float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1)


def _outline(mask: Any, size: Any) -> tuple[float, float, float, float]:
    """The same of the splines' points, in the clip's pixels."""
    (width, height), longer = size, max(size)
    points = [point.co for layer in mask.layers for spline in layer.splines for point in spline.points if layer.alpha > 0]
    across = [x * longer - (longer - width) / 2 for x, _ in points]
    down = [height + (longer - height) / 2 - y * longer for _, y in points]
    inside = [(x, y) for x, y in zip(across, down, strict=True) if -50 <= x <= width + 50 and -50 <= y <= height + 50]
    xs, ys = zip(*inside, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


STEPS = (
    ("an object's matte becomes a Mask with splines that follow it", to_mask),
    ("and a Mask another object's prompt", seed),
)
