"""Pictures of a few hundred pixels, for networks that see no more: a movie's are shrunk as it was decoded, before there is any RGB."""

from __future__ import annotations

import threading
from typing import NamedTuple

import av
import cv2
import numpy as np
import numpy.typing as npt

from .colour import FULL_RANGE, LIMITED_RANGE, FrameConverter, matrix_of, plane_of
from .movie import MovieReader
from .picture import Picture, display_rgb8
from .reader import Reader

Plane = npt.NDArray[np.uint8]
"""(height, width), limited or full range."""
_EIGHT_BITS = {"yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p"}


class Planes(NamedTuple):
    """A decoded picture of 8 bits without alpha: luma, and chroma of its size or of half of it."""

    y: Plane
    u: Plane
    v: Plane
    matrix: int
    """ffmpeg's number of the one that Blender reads it by."""
    is_full: bool
    """Whether it has the full range, 0 to 255."""


def planes(frame: av.VideoFrame) -> Planes | None:
    """Those of `frame`, which they share its memory with; None where it is of another kind."""
    if frame.format.name not in _EIGHT_BITS:
        return None
    y, u, v = (np.asarray(plane_of(frame, index), np.uint8) for index in range(3))
    return Planes(y, u, v, matrix_of(frame), frame.format.name.startswith("yuvj") or frame.color_range == FULL_RANGE)


class Shrunk(Reader):
    """A reader's pictures in another size, each in 8 bits as displayed. Identities are the reader's."""

    def __init__(self, of: Reader, size: tuple[int, int]) -> None:
        """`size` is (height, width)."""
        super().__init__(of.footage, of.path)
        self._of, self._size = of, size
        self._movie = of if isinstance(of, MovieReader) else None
        self._converter = FrameConverter()
        self._lock = threading.Lock()

    @property
    def width(self) -> int:
        return self._size[1]

    @property
    def height(self) -> int:
        return self._size[0]

    def picture(self, frame: int) -> Picture:
        parts = planes(self._movie.decoded(frame)) if self._movie is not None else None
        if parts is None:
            return Picture(frame, resized(display_rgb8(self._of.picture(frame)), self._size), "display")
        turns = self._movie.quarter_turns if self._movie is not None else 0
        height, width = self._size[::-1] if turns % 2 else self._size
        small = av.VideoFrame(width, height, "yuv444p")
        for index, plane in enumerate(parts[:3]):
            np.asarray(plane_of(small, index))[:] = resized(plane, (height, width))
        small.colorspace, small.color_range = parts.matrix, FULL_RANGE if parts.is_full else LIMITED_RANGE
        with self._lock:
            return Picture(frame, self._converter.stored(small, turns)[0], "display")

    def straight(self, frame: int) -> tuple[Picture, npt.NDArray[np.float32] | None]:
        raise NotImplementedError("a shrunk picture has no alpha")

    def identity(self, frame: int) -> str:
        return self._of.identity(frame)

    def has_picture(self, frame: int) -> bool:
        return self._of.has_picture(frame)


def resized(picture: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """`picture`, (height, width) or (height, width, 3), in `size` (height, width).

    By areas where it gets smaller, as nothing then flickers that lies between two samples.
    """
    height, width = size
    while picture.shape[1] >= 2 * width and picture.shape[0] >= 2 * height and not (picture.shape[0] | picture.shape[1]) & 1:
        # Halved first, where that is exact: several times as fast as in one go.
        picture = np.asarray(cv2.resize(picture, (picture.shape[1] // 2, picture.shape[0] // 2), interpolation=cv2.INTER_AREA), np.uint8)
    if picture.shape[:2] == size:
        return picture
    smaller = width <= picture.shape[1] and height <= picture.shape[0]
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR), np.uint8)
