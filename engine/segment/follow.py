"""The walk of one object along a stretch of frames: the same loop for a job, the bench and the tests.

Stops and resumes anywhere: what a step sees is named by the tracker's `recall` and read back as it was written (half floats), so the
frames after a stop come out as the very bytes of an unbroken run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ..shot import Point
from .tracker import Memory, Past, Prediction, Tracker

if TYPE_CHECKING:
    from .image_model import Embedding


def follow(
    tracker: Tracker,
    embed: Callable[[int], Embedding],
    prompted: Mapping[int, Prediction],
    frames: Sequence[int],
    history: Sequence[Past],
    stored: Callable[[int], Prediction],
    points: Callable[[int], Sequence[Point]] = lambda frame: (),
) -> Iterator[tuple[int, Prediction]]:
    """Each frame of `frames`, in their order (rising or falling), with the object on it.

    `prompted` holds the predictions on the prompted frames that reach this stretch: one for the way out from a prompted frame, two for a
    stretch between two. `history` is what an earlier run of the same walk has done, as tracked; frames in it are passed over.
    `embed` gives a frame's embedding, and is asked for the same few frames again and again: it should cache. `stored` reads back a
    frame of `history`, or one yielded here, which the caller has stored by the time that it asks for the next. `points` gives the clicks
    that guide a frame.

    Raises ValueError when there is no prompted frame, or one among `frames`.
    """
    if not prompted:
        raise ValueError("nothing to follow: no prompted frame")
    both = sorted(set(prompted) & set(frames))
    if both:
        raise ValueError(f"frame {both[0]} is prompted: it is not there to be tracked")
    anchors = sorted(prompted)
    known = {frame: as_stored(prediction) for frame, prediction in prompted.items()}
    past = list(history)
    done = {item.frame for item in past}
    recent: dict[int, Prediction] = {}
    for frame in frames:
        if frame in done:
            continue
        named = tracker.recall(anchors, past)
        recent = {other: recent[other] if other in recent else as_stored(stored(other)) for other in named if other not in known}
        memory = [
            Memory(other, other in known, known[other] if other in known else recent[other], partial(embed, other)) for other in named
        ]
        prediction = as_stored(tracker.step(frame, embed(frame), memory, points(frame)))
        recent[frame] = prediction
        past.append(Past(frame, prediction.score))
        yield frame, prediction


def as_stored(prediction: Prediction) -> Prediction:
    """`prediction` as it comes back from disk: logits and score rounded to half floats."""
    logits = np.ascontiguousarray(prediction.logits, np.float16)
    return Prediction(logits, float(np.float16(prediction.score)), prediction.pointer)
