"""Movies: the picture that Blender shows at each of its frames, in any order.

Blender resamples a movie to a constant rate: media index k shows the last picture whose time is at or before start + round(k * steps),
with steps = 1 / (rate * time base) (`ffmpeg_get_pts_to_search` in Blender's movie_read.cc; measured in tests/footage). The last picture
is held to the clip's end.
"""

from __future__ import annotations

import math
import threading
from bisect import bisect_right, insort
from collections import OrderedDict
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import numpy.typing as npt

from ..shot import Footage, MattewrightError
from .alpha import held, shown, straight
from .colour import FrameConverter, frame_bytes, quarter_turns_of
from .identity import combined, content_digest
from .picture import MissingPictureError, Picture
from .quicktime import PREMULTIPLIED, graphics_mode
from .reader import Reader
from .stream import Decoded, PictureStream
from .truncation import extent

CACHE_BYTES = 256 * 1024 * 1024
"""Decoded pictures kept for going backward and back and forth: some 80 of 1920 x 1080 in 8 bits."""
CACHE_PICTURES = 96
"""And no more than this of small ones, so that a long clip takes no more memory than a short one."""

_EVER = 1 << 62
_READ_ON = 2
"""Seconds of movie up to which a later picture is reached by decoding on, where no index says whether a key picture is nearer."""


class _Shown(NamedTuple):
    """A decoded picture and the times at which it shows: start <= time < end."""

    start: int
    end: int
    frame: av.VideoFrame


class MovieReader(Reader):
    """A movie. Keeps the file and one decoder open, and at most `cache_bytes` of decoded pictures."""

    def __init__(self, footage: Footage, path: Path, cache_bytes: int = CACHE_BYTES) -> None:
        super().__init__(footage, path)
        if footage.fps <= 0:
            raise MattewrightError(f"{path}: the shot document gives a movie no frame rate (footage.fps)")
        self._lock = threading.Lock()
        self._stream = PictureStream(path)
        try:
            self._cache = _Cache(cache_bytes)
            self._converter = FrameConverter()
            self._rate = exact_rate(footage.fps, self._stream.rate)
            self._steps = float(1 / (self._rate * self._stream.time_base))
            self._held = held(footage.alpha, "premultiplied" if graphics_mode(path) == PREMULTIPLIED else "straight")
            self._is_truncated = extent(path).is_truncated
            self._own_count = self._stream.frame_count()
            self._lost_from: int | None = None
            first = first_picture(self._stream)
            self._current: Decoded | None = first
            """The picture whose successor has not been read yet."""
            self.quarter_turns = quarter_turns_of(first.frame) if footage.applies_rotation else 0
            self._check_size(*turned_size(first.frame, self.quarter_turns), path)
        except BaseException:
            self._stream.close()
            raise

    @property
    def rate(self) -> Fraction:
        """The exact rate at which Blender's frames follow one another."""
        return self._rate

    @property
    def decoded_pictures(self) -> int:
        """How many pictures the decoder has given so far: what reading has cost."""
        return self._stream.decoded

    @property
    def cached_bytes(self) -> int:
        """What the kept pictures weigh now."""
        return self._cache.bytes

    def picture(self, frame: int) -> Picture:
        index = self._index(frame)
        with self._lock:
            pixels, alpha = self._converter.stored(self._checked(index, frame), self.quarter_turns)
        return Picture(frame, shown(pixels, alpha, self._held), "display")

    def decoded(self, frame: int) -> av.VideoFrame:
        """The picture as its decoder gave it: not turned. Nobody may write into it. Raises as `picture` does."""
        index = self._index(frame)
        with self._lock:
            return self._checked(index, frame)

    def straight(self, frame: int) -> tuple[Picture, npt.NDArray[np.float32] | None]:
        index = self._index(frame)
        with self._lock:
            pixels, alpha = self._converter.stored(self._checked(index, frame), self.quarter_turns)
        pixels, share = straight(pixels, alpha, self._held)
        return Picture(frame, pixels, "display"), share

    def identity(self, frame: int) -> str:
        index = self._index(frame)
        try:
            seen = (
                [f"alpha {self._held}"] if self._held != "straight" else [self._stream.alpha_decoder] if self._stream.alpha_decoder else []
            )
            return combined("movie", content_digest(self.path), index, self._rate, self.quarter_turns, *seen)
        except OSError as error:
            raise MattewrightError(f"{self.path}: can't be read: {error.strerror}") from None

    def has_picture(self, frame: int) -> bool:
        if not self.footage.has_frame(frame):
            return False
        return self._lost_from is None or self.footage.media_index(frame) < self._lost_from

    def close(self) -> None:
        with self._lock:
            self._current = None
            self._cache.clear()
            self._stream.close()

    def _index(self, frame: int) -> int:
        if not self.footage.has_frame(frame):
            raise self._outside(frame)
        return self.footage.media_index(frame)

    def _checked(self, index: int, frame: int) -> av.VideoFrame:
        decoded = self._decoded(index, frame)
        self._check_size(*turned_size(decoded, self.quarter_turns), f"{self.path}: the picture at frame {frame}")
        return decoded

    def _decoded(self, index: int, frame: int) -> av.VideoFrame:
        target = self._stream.start + math.floor(index * self._steps + 0.5)
        shown = self._cache.find(target)
        if shown is None:
            if not self._comes_soon(target):
                self._stream.seek(target)
                self._current = None
            shown = self._next_shown()
            while shown and shown.end <= target:
                shown = self._next_shown()
        if shown is None:
            raise MattewrightError(f"{self.path}: the picture at frame {frame} can't be decoded")
        if shown.end == _EVER:
            self._check_held(shown, target, index, frame)
        return shown.frame

    def _comes_soon(self, target: int) -> bool:
        """Whether decoding on from here is the way to the picture at `target`."""
        if self._current is None:
            return False
        here = self._current.pts
        if target < here:
            return self._current.is_first
        if target - here <= 3 * self._steps:
            return True
        key = self._stream.key_before(target)
        if key is not None and key > here:
            return False
        # An index may still be growing (MPEG-TS) or have gaps: how far to trust it when it knows of no nearer key picture.
        return (target - here) * self._stream.time_base <= (_READ_ON if key is None else 10 * _READ_ON)

    def _next_shown(self) -> _Shown | None:
        """Decode one picture further and keep the one before it, now that it is known until when it shows."""
        current = self._current or self._stream.read()
        if current is None:
            return None
        following = self._stream.read()
        self._current = following
        shown = _Shown(-_EVER if current.is_first else current.pts, following.pts if following else _EVER, current.frame)
        self._cache.keep(shown)
        return shown

    def _check_held(self, shown: _Shown, target: int, index: int, frame: int) -> None:
        """The last picture is held as Blender holds it, unless it is the last only because the rest of the file is gone."""
        start = max(shown.start, self._stream.start)
        end = start + max(self._steps, shown.frame.duration or 0)
        # One frame more than the file's own count: Blender's ffmpeg may have rounded otherwise.
        if target >= end and (self._is_truncated or index > self._own_count):
            self._lost_from = min(index, math.ceil((end - self._stream.start) / self._steps))
            raise MissingPictureError(frame, f"{self.path}: no picture at frame {frame}: the file is cut short; copy or export it again")


class _Cache:
    """Decoded pictures by the time at which they show, the longest unused ones dropped first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._shown: OrderedDict[int, _Shown] = OrderedDict()
        self._starts: list[int] = []
        self.bytes = 0

    def find(self, time: int) -> _Shown | None:
        position = bisect_right(self._starts, time) - 1
        if position < 0:
            return None
        shown = self._shown[self._starts[position]]
        if time >= shown.end:
            return None
        self._shown.move_to_end(shown.start)
        return shown

    def keep(self, shown: _Shown) -> None:
        if shown.start in self._shown:
            self._shown.move_to_end(shown.start)
            return
        self._shown[shown.start] = shown
        insort(self._starts, shown.start)
        self.bytes += frame_bytes(shown.frame)
        while self._shown and (self.bytes > self._limit or len(self._shown) > CACHE_PICTURES):
            start, dropped = self._shown.popitem(last=False)
            del self._starts[bisect_right(self._starts, start) - 1]
            self.bytes -= frame_bytes(dropped.frame)

    def clear(self) -> None:
        self._shown.clear()
        self._starts.clear()
        self.bytes = 0


def first_picture(stream: PictureStream) -> Decoded:
    """The first picture of a stream just opened. Raises MattewrightError where nothing can be decoded."""
    first = stream.read()
    if first is None:
        raise MattewrightError(f"{stream.path}: none of its pictures can be decoded (codec {stream.codec})")
    return first


def turned_size(frame: av.VideoFrame, quarter_turns: int) -> tuple[int, int]:
    """Width and height of the picture after the rotation."""
    return (frame.height, frame.width) if quarter_turns % 2 else (frame.width, frame.height)


def exact_rate(fps: float, guessed: Fraction) -> Fraction:
    """The rate that Blender's float `fps` stands for: the stream's own where the two agree, else a fraction near it.

    They agree when they differ by no more than Blender's float32 arithmetic does (4.2 says 23.9760227 for 24000/1001, 4.5 23.9760246).
    """
    near = 1e-6 * fps
    candidates = [guessed, *(Fraction(round(fps * denominator), denominator) for denominator in (1, 1001))]
    return next((rate for rate in candidates if rate and abs(rate - fps) <= near), Fraction(fps).limit_denominator(100_000))
