"""What a movie that is exported takes over from the footage: its time base, its rate, when each picture shows, its colour tags.

Scene frames follow one another at a constant rate, to which Blender resamples a movie (`engine.footage.movie`). A movie that is exported
with the source's own timing has the source's pictures instead, each at its own time and with what Blender shows and the store holds at the
first scene frame on which that picture is seen. A picture that no scene frame shows (at a place where the source has more pictures than
frames) gets what the frame before it shows, so that picture and mask always are of the same moment.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..footage.colour import quarter_turns_of
from ..footage.movie import MovieReader, first_picture
from ..footage.stream import PictureStream
from ..shot import Footage, FrameRange, MattewrightError
from ..shot.view import meant_rate
from .profile import timecode_of
from .timecode import later

if TYPE_CHECKING:
    from .context import Context

BT709, UNSAID, BT601, BT2020 = 1, 2, 6, 9
SRGB = 13
"""ffmpeg's number of sRGB's transfer."""
MATRICES = {BT709: BT709, 4: BT601, 5: BT601, BT601: BT601, BT2020: BT2020}
"""The matrix that a movie is written with, by the source's: all of them are read as they are tagged."""


class Moment(NamedTuple):
    """One picture of the movie."""

    pts: int
    """When it shows, in the time base, the movie's beginning being 0."""
    duration: int
    frame: int
    """The scene frame that it is taken from."""


@dataclass(frozen=True)
class MovieSource:
    """All that the exported movie has from the footage, but for pictures and sound."""

    time_base: Fraction
    rate: Fraction
    moments: tuple[Moment, ...]
    sound: Path | None = None
    """The movie whose sound goes with it."""
    start: Fraction = Fraction(0)
    """Where in the source it begins, in seconds of the source's clock."""
    end: Fraction | None = None
    """And ends; None for the source's own end."""
    is_whole: bool = False
    """Whether it is all of the source."""
    matrix: int = BT709
    primaries: int = BT709
    transfer: int = SRGB
    pixel_shape: Fraction | None = None
    timecode: str = ""
    """Of its first picture; empty where the footage has none."""
    rotation: int = 0
    """The display matrix's, in degrees counter-clockwise, where Blender does not apply it: players then turn the picture as they turn the
    source's."""


def movie_source(context: Context, timing: str, rate: float) -> MovieSource:
    """`timing`: ``source`` or ``constant``; `rate` is an image sequence's, 0 for the shot's. Raises MattewrightError."""
    reader, footage = context.opened.reader, context.shot.footage
    if not isinstance(reader, MovieReader):
        exact = sequence_rate(footage, rate)
        there = timecode_of(context.source(context.frames.first))
        return MovieSource(1 / exact, exact, evenly(context.frames), timecode=later(there, 0, exact))
    stream = PictureStream(reader.path)
    try:
        first = first_picture(stream).frame
        shape, (primaries, transfer) = stream.pixel_shape, stream.transfer
        last = context.frames.last
        whole_end = footage.media_index(last) == footage.frame_duration - 1
        is_whole = whole_end and footage.media_index(context.frames.first) == 0
        clock = Clock(stream.start, float(1 / (reader.rate * stream.time_base)))
        begin, stop = (clock.time(footage.media_index(frame)) for frame in (context.frames.first, last + 1))
        end = stop if stream.end is None or not whole_end else max(stream.end, clock.time(footage.media_index(last)) + 1)
        if timing == "source":
            stream.seek(stream.start)
            times = stream.times(None if whole_end else stop)
            base, moments = stream.time_base, moments_of(times, clock, footage, context.frames, None if whole_end else stop, end)
        else:
            base, moments = 1 / reader.rate, evenly(context.frames)
        turned = quarter_turns_of(first) % 2 if footage.applies_rotation else 0
        return MovieSource(
            base,
            reader.rate,
            moments,
            reader.path,
            begin * stream.time_base,
            None if is_whole else end * stream.time_base,
            is_whole,
            MATRICES.get(int(first.colorspace), BT709),
            primaries,
            transfer,
            1 / shape if shape and turned else shape,
            later(stream.timecode, footage.media_index(context.frames.first), reader.rate),
            0 if footage.applies_rotation else first.rotation,
        )
    finally:
        stream.close()


class Clock(NamedTuple):
    """When Blender's frames show, in the stream's time base."""

    start: int
    steps: float

    def time(self, index: int) -> int:
        """Of the 0-based media index."""
        return self.start + math.floor(index * self.steps + 0.5)

    def first_index(self, time: int) -> int:
        """The first media index that shows at `time` or later."""
        found = math.ceil((time - self.start) / self.steps)
        while self.time(found) < time:
            found += 1
        while self.time(found - 1) >= time:
            found -= 1
        return found


def moments_of(times: Sequence[int], clock: Clock, footage: Footage, frames: FrameRange, stop: int | None, end: int) -> tuple[Moment, ...]:
    """The source's pictures from the first scene frame's on to before `stop`; the last one shows until `end`.

    `times`: when the source's pictures show, rising, in the stream's time base.
    """
    indices = [footage.media_index(frame) for frame in (frames.first, frames.last)]
    begin = clock.time(indices[0])
    shown = [begin, *(time for time in times[bisect_right(times, begin) :] if stop is None or time < stop)]
    ends = [*shown[1:], max(end, shown[-1] + 1)]
    moments = []
    for time, over in zip(shown, ends, strict=True):
        index = clock.first_index(time)
        if clock.time(index) >= over:
            index -= 1  # no frame shows it
        index = min(max(index, indices[0]), indices[1])
        moments.append(Moment(time - begin, over - time, index - indices[0] + frames.first))
    return tuple(moments)


def evenly(frames: FrameRange) -> tuple[Moment, ...]:
    """A picture a scene frame, each one tick long."""
    return tuple(Moment(number, 1, frame) for number, frame in enumerate(frames))


def sequence_rate(footage: Footage, rate: float) -> Fraction:
    """An image sequence's: `rate`, or where that is 0 the shot's. Raises MattewrightError where neither says one."""
    if rate:
        return meant_rate(rate)
    if footage.rate is None:
        raise MattewrightError("an image sequence has no frame rate of its own: say the shot's, or the output's (rate), as 25 or 23.976")
    return footage.rate.exact
