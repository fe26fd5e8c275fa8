"""A decoded movie frame as the RGB that Blender makes of it.

Blender 4.5 and 5.0 (their `movie_read.cc`, and measured bit for bit in tests/footage) convert with libswscale's accurate rounding, the
matrix that the stream is tagged with, BT.601 where it is not tagged (whatever the size), limited range unless tagged full, and
no interpolation of chroma: each chroma sample covers its block of pixels. Sources of more than 8 bits become float in Blender, 16 bits
here. Blender 4.2 takes quicker ways: up to 3/255 off in 8 bits, and smooth chroma in more.
"""

from __future__ import annotations

import re
from typing import cast

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Interpolation, VideoReformatter

from .picture import Pixels

Levels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
"""Integer samples, full scale or a decoder's own bits."""

_EXACT = Interpolation.POINT | Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND
_PLANAR = re.compile(r"yuv(j|a)?4\d\dp(9|10|12|14|16)?(le)?")
FULL_RANGE = 2
LIMITED_RANGE = 1
_BT601 = 5
_KNOWN_MATRICES = {1, 4, 5, 6, 7, 9}
"""ffmpeg's AVColorSpace: BT.709, FCC, BT.470BG, SMPTE 170M, SMPTE 240M, BT.2020. libswscale takes BT.601 for all others."""


class FrameConverter:
    """Turns frames of one stream into RGB; keeps libswscale's context between frames."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def stored(self, frame: av.VideoFrame, quarter_turns: int = 0) -> tuple[Pixels, Levels | None]:
        """(height, width, 3) uint8, or uint16 where the source has more than 8 bits; turned counter-clockwise by `quarter_turns`; and its
        alpha: (height, width) of the same type, None where the movie has none. What that means (`alpha.Held`) isn't known here.
        """
        alpha: Levels | None = None
        pixels: Pixels
        if _PLANAR.fullmatch(frame.format.name):
            pixels = self._converted(_without_subsampling(frame), "rgb24" if _bits(frame) <= 8 else "rgb48le")
            if len(frame.planes) == 4:
                alpha = _full_scale(plane_of(frame, 3), frame.format.components[3].bits)
        elif any(component.is_alpha for component in frame.format.components):
            rgba = self._converted(frame, "rgba" if _bits(frame) <= 8 else "rgba64le")
            pixels, alpha = cast("Levels", np.ascontiguousarray(rgba[..., :3])), rgba[..., 3]
        else:
            pixels = self._converted(frame, "rgb24" if _bits(frame) <= 8 else "rgb48le")
        if quarter_turns % 4:
            pixels = cast("Pixels", np.ascontiguousarray(np.rot90(pixels, quarter_turns)))
            alpha = None if alpha is None else cast("Levels", np.ascontiguousarray(np.rot90(alpha, quarter_turns)))
        return pixels, alpha

    def _converted(self, frame: av.VideoFrame, target: str) -> Levels:
        converted = self._reformatter.reformat(
            frame, format=target, interpolation=_EXACT, src_colorspace=matrix_of(frame), dst_color_range=FULL_RANGE, threads=0
        )
        return cast("Levels", converted.to_ndarray())


def frame_bytes(frame: av.VideoFrame) -> int:
    """How much memory a decoded frame holds."""
    return sum(plane.buffer_size for plane in frame.planes)


def quarter_turns_of(frame: av.VideoFrame) -> int:
    """How often Blender 4.5 and later turn the picture by 90 degrees counter-clockwise, from the display matrix; 0 for other angles."""
    # Blender takes the clockwise angle in 0..360 and turns by exactly 90, 180 and 270 only.
    angle = frame.rotation % 360
    return angle // 90 if angle in (90, 180, 270) else 0


def _bits(frame: av.VideoFrame) -> int:
    return max(component.bits for component in frame.format.components)


def matrix_of(frame: av.VideoFrame) -> int:
    """ffmpeg's number of the matrix that Blender reads a frame by."""
    return frame.colorspace if frame.colorspace in _KNOWN_MATRICES else _BT601


def plane_of(frame: av.VideoFrame, index: int) -> Levels:
    """One of a planar frame's planes, (height, width), which shares its memory."""
    plane = frame.planes[index]
    dtype = np.dtype(np.uint8 if frame.format.components[index].bits <= 8 else np.uint16)
    # PyAV's planes are buffers, which numpy's types don't say.
    values = np.frombuffer(cast("memoryview", plane), dtype).reshape(-1, plane.line_size // dtype.itemsize)
    return cast("Levels", values[: plane.height, : plane.width])


def _full_scale(values: Levels, bits: int) -> Levels:
    if bits <= 8:
        return values
    return np.asarray(np.rint(values * (65535 / ((1 << bits) - 1))), dtype=np.uint16)


def _without_subsampling(frame: av.VideoFrame) -> av.VideoFrame:
    """The same planar YUV with a chroma sample for every pixel, each the nearest one that there is, without alpha.

    libswscale could do so too, but places chroma by the stream's chroma location, differently in each of its versions; Blender's has none.
    """
    bits = _bits(frame)
    full = av.VideoFrame(frame.width, frame.height, "yuv444p" if bits <= 8 else f"yuv444p{bits}le")
    for index in range(3):
        source, target = plane_of(frame, index), plane_of(full, index)
        if source.shape == target.shape:
            target[:] = source
        elif source.shape[0] * 2 in (target.shape[0], 2 * target.shape[0]) and source.shape[1] * 2 == target.shape[1]:
            target[:] = cv2.resize(np.ascontiguousarray(source), target.shape[::-1], interpolation=cv2.INTER_NEAREST)
        else:
            target[:] = source[_nearest(target.shape[0], source.shape[0])][:, _nearest(target.shape[1], source.shape[1])]
    full.colorspace = frame.colorspace
    full.color_range = FULL_RANGE if frame.format.name.startswith("yuvj") or frame.color_range == FULL_RANGE else LIMITED_RANGE
    return full


def _nearest(whole: int, part: int) -> npt.NDArray[np.int64]:
    """For each of `whole` pixels the one of `part` chroma samples that libswscale takes, in its 16 bit fixed point.

    An odd size's samples are stretched over it: (part / whole) is more than a half.
    """
    step = ((part << 16) + (whole >> 1)) // whole
    return np.asarray(np.minimum((np.arange(whole) * step + step // 2) >> 16, part - 1), dtype=np.int64)
