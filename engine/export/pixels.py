"""From one type of pixels to another, rounded rightly, and colours for what is not the object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ..footage import Picture, display_rgb
from ..footage.view import seen, srgb_decoded
from ..matte.guide import AT_ONCE, strips
from ..shot import View


def eight_bits(values: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint8]:
    """0 to 65535 as 0 to 255, to the nearest: 257 is odd, so there are no ties. Of any shape up to four channels."""
    import cv2

    made: npt.NDArray[Any] = cv2.convertScaleAbs(values, alpha=1 / 257)
    return made.reshape(values.shape)


def sixteen_bits(values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    """0 to 255 as 0 to 65535, exactly."""
    return values.astype(np.uint16) * np.uint16(257)


def display_pixels(picture: Picture, deep: bool) -> npt.NDArray[np.uint8] | npt.NDArray[np.uint16]:
    """(height, width, 3) RGB as displayed, in 8 or (`deep`) 16 bits: a picture of that depth as it is, others to the nearest.

    Scene-linear ones go through their view.
    """
    pixels = picture.pixels
    if pixels.dtype == np.uint8:
        shallow: npt.NDArray[np.uint8] = np.asarray(pixels, np.uint8)
        return sixteen_bits(shallow) if deep else shallow
    if pixels.dtype == np.uint16:
        whole: npt.NDArray[np.uint16] = np.asarray(pixels, np.uint16)
        return whole if deep else eight_bits(whole)
    return from_display(display_rgb(picture), deep)


def encoded(linear: npt.NDArray[Any], deep: bool, view: View) -> npt.NDArray[np.uint8] | npt.NDArray[np.uint16]:
    """Scene-linear colours as displayed through `view`, in 8 or 16 bits."""
    return from_display(seen(linear, view), deep)


def from_display(values: npt.NDArray[np.float32], deep: bool) -> npt.NDArray[np.uint8] | npt.NDArray[np.uint16]:
    """0 to 1 in 8 or 16 bits, to the nearest."""
    full = 65535 if deep else 255
    rounded: npt.NDArray[np.float32] = np.rint(values * np.float32(full))
    return rounded.astype(np.uint16) if deep else rounded.astype(np.uint8)


def scene_linear(picture: Picture) -> npt.NDArray[np.float32]:
    """(height, width, 3) RGB, scene-linear, unbounded where the picture is; what is not a number is 0."""
    if picture.encoding == "linear":
        return np.nan_to_num(np.asarray(picture.pixels, np.float32), nan=0.0, posinf=65504.0, neginf=0.0)
    if picture.pixels.dtype == np.uint8:
        table: npt.NDArray[np.float32] = srgb_decoded(np.arange(256, dtype=np.float32) / np.float32(255))
        return table[picture.pixels]
    if picture.pixels.dtype == np.uint16:
        deep: npt.NDArray[np.float32] = srgb_decoded(np.arange(65536, dtype=np.float32) / np.float32(65535))
        return deep[picture.pixels]
    return srgb_decoded(np.clip(np.nan_to_num(np.asarray(picture.pixels, np.float32)), 0, 1))


def bled(colours: npt.NDArray[Any], coverage: npt.NDArray[np.uint16]) -> npt.NDArray[Any]:
    """`colours`, (height, width, 3), with those of the nearest pixels of the object where `coverage` is 0: no seam when it is scaled.

    Where nothing is covered at all they stay.
    """
    import cv2

    outside = (coverage == 0).astype(np.uint8)
    if not outside.any() or outside.all():
        return colours
    labels = cv2.distanceTransformWithLabels(outside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)[1].ravel()
    flat = outside.ravel()
    # Each covered pixel has a label of its own, from 1 on. Part by part: lists of a large picture's pixels take gigabytes.
    nearest = np.zeros(int(labels.max()) + 1, np.int32)
    for part in _parts(len(flat)):
        inside = np.flatnonzero(flat[part] == 0) + part.start
        nearest[labels[inside]] = inside
    made = colours.reshape(-1, colours.shape[-1]).copy()
    for part in _parts(len(flat)):
        empty = np.flatnonzero(flat[part]) + part.start
        made[empty] = made[nearest[labels[empty]]]
    return made.reshape(colours.shape)


def _parts(count: int) -> Iterator[slice]:
    for first in range(0, count, AT_ONCE):
        yield slice(first, first + AT_ONCE)


def lessened(coverage: npt.NDArray[np.uint16], alpha: npt.NDArray[np.float32] | None) -> npt.NDArray[np.uint16]:
    """`coverage` multiplied by the footage's own alpha, (height, width), 0 to 1, if it has one."""
    if alpha is None:
        return coverage
    made = np.empty_like(coverage)
    for strip in strips(coverage.shape, 0):
        made[strip.inner] = np.rint(coverage[strip.inner] * alpha[strip.inner])
    return made
