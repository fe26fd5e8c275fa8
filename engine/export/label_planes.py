"""Labels in their colours over, beside or without the picture, as the encoder takes them: no picture becomes RGB in between.

A movie's own luma and chroma are mixed with those of the colours; of four pixels that share their chroma the first one's label says it.
"""

from __future__ import annotations

from typing import NamedTuple

import av
import cv2
import numpy as np
import numpy.typing as npt

from ..footage.colour import plane_of
from ..footage.shrunk import Planes, planes, resized
from .movie_source import BT601, BT709, BT2020
from .movie_writer import Encoding

Plane = npt.NDArray[np.uint8]
"""(height, width), limited range."""
SAME = {BT709: BT709, 5: BT601, BT601: BT601, BT2020: BT2020}
"""The matrix that a movie is written with whose planes stay as they are, by that which they are read by."""
_EXACT = Encoding("rawvideo", "yuv444p", "mov")
_WRITTEN = Encoding("libx264", "yuv420p", "mp4", even=True)


class Colors(NamedTuple):
    """Every class's colour."""

    y: Plane
    """(256,) each."""
    u: Plane
    v: Plane
    background: int | None
    """The class that leaves the picture as it is."""


def colors_of(rgb: npt.NDArray[np.uint8], background: int | None, matrix: int) -> Colors:
    """Those of `rgb`, (256, 3) as displayed, in limited range of `matrix`."""
    made = _EXACT.frame(rgb[None], matrix)
    y, u, v = (np.array(plane_of(made, index), np.uint8)[0] for index in range(3))
    return Colors(y, u, v, background)


def own_planes(frame: av.VideoFrame) -> Planes | None:
    """The planes of a movie's picture where they can be written as they are, but for range and size of the chroma; else None."""
    found = planes(frame)
    return found if found is not None and found.matrix in SAME and not (found.y.shape[0] | found.y.shape[1]) & 1 else None


def planes_of(pixels: npt.NDArray[np.uint8], matrix: int) -> Planes:
    """Those of (height, width, 3) RGB as displayed."""
    found = planes(_WRITTEN.frame(pixels, matrix))
    assert found is not None
    return found


def labelled(labels: npt.NDArray[np.uint8], colors: Colors, picture: Planes | None, layout: str, opacity: float) -> av.VideoFrame:
    """A frame of (height, width) `labels`, yuv420p, of even sizes: an odd one's last row or column is there twice.

    `layout` is ``alone`` (without a `picture`), ``beside`` or ``over``, with the `opacity` 0 to 1.
    """
    height, width = labels.shape
    even = np.asarray(cv2.copyMakeBorder(labels, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE), np.uint8)
    coarse = np.ascontiguousarray(even[::2, ::2])
    made = av.VideoFrame(even.shape[1] * (2 if layout == "beside" else 1), even.shape[0], "yuv420p")
    of_picture = picture[:3] if picture is not None else (even, coarse, coarse)
    for index, (table, plane) in enumerate(zip(colors[:3], of_picture, strict=True)):
        of, target = (even if index == 0 else coarse), np.asarray(plane_of(made, index), np.uint8)
        if picture is None or layout == "alone":
            target[:] = cv2.LUT(of, table)
            continue
        shown = resized(plane, of.shape)
        target[:, : of.shape[1]] = _limited(shown, is_luma=index == 0) if picture.is_full else shown
        if layout == "beside":
            target[:, of.shape[1] :] = cv2.LUT(of, table)
        else:
            _mix(target, of, table, colors.background, opacity)
    return made


def _mix(target: Plane, labels: Plane, table: Plane, background: int | None, opacity: float) -> None:
    """The values as displayed are mixed: a class is to be recognised, not lit."""
    there = np.full_like(labels, 255)
    if background is not None:
        there = np.asarray(cv2.compare(labels, np.full(1, background, np.uint8), cv2.CMP_NE), np.uint8)
    left, top, width, height = cv2.boundingRect(there)
    if not width:
        return
    part = np.s_[top : top + height, left : left + width]
    mixed = cv2.addWeighted(target[part], 1 - opacity, cv2.LUT(labels[part], table), opacity, 0)
    target[part] = cv2.copyTo(mixed, there[part], np.ascontiguousarray(target[part]))


def _limited(plane: Plane, is_luma: bool) -> Plane:
    """A plane of full range in limited range."""
    steps = np.arange(256)
    table = 16 + steps * 219 / 255 if is_luma else 128 + (steps - 128) * 224 / 255
    return np.asarray(cv2.LUT(plane, np.rint(table).astype(np.uint8)), np.uint8)
