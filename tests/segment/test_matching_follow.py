"""The walk along a stretch, with a tracker so simple that what it was handed can be read off its answers."""

from __future__ import annotations

import numpy as np
import pytest

from engine.segment.follow import follow
from engine.segment.tracker import Past, Prediction


class Count:
    """Answers with the sum of what it sees; wants the anchors and the last two frames."""

    version = "count-1"

    def __init__(self):
        self.seen = []

    def recall(self, anchors, history):
        return [*anchors, *(past.frame for past in history[-2:])]

    def step(self, frame, embedding, memory, points=()):
        assert embedding == f"embedding {frame}"
        assert all(item.embedding == f"embedding {item.frame}" for item in memory)
        self.seen.append((frame, [(item.frame, item.prompted) for item in memory]))
        # A third is no half float: what is handed on must have been rounded.
        total = sum(float(item.prediction.logits[0, 0]) for item in memory) + 1 / 3
        return Prediction(np.full((2, 2), total, np.float32), sum(item.prediction.score for item in memory) / 30 + 1 / 3)


def embed(frame):
    return f"embedding {frame}"


PROMPTED = {10: Prediction(np.full((2, 2), 0.1, np.float16), 1.0)}


def unbroken(frames, prompted=PROMPTED):
    done = {}
    tracker = Count()
    for made in follow(tracker, embed, prompted, frames, [], done.__getitem__):
        done.update([made])
    return tracker, done


@pytest.mark.parametrize("frames", [range(11, 17), range(9, 3, -1)])
def test_resume_equals_unbroken(frames):
    _, whole = unbroken(frames)
    assert list(whole) == list(frames)
    for stop in range(len(frames) + 1):
        done = {frame: whole[frame] for frame in frames[:stop]}
        history = [Past(frame, whole[frame].score) for frame in frames[:stop]]
        for made in follow(Count(), embed, PROMPTED, frames, history, done.__getitem__):
            done.update([made])
        assert {frame: one.logits.tobytes() for frame, one in done.items()} == {frame: one.logits.tobytes() for frame, one in whole.items()}
        assert [one.score for one in done.values()] == [one.score for one in whole.values()]


def test_memory_is_what_recall_named():
    prompted = {**PROMPTED, 14: PROMPTED[10]}
    tracker, _ = unbroken(range(11, 14), prompted)
    both = [(10, True), (14, True)]
    assert tracker.seen == [(11, both), (12, [*both, (11, False)]), (13, [*both, (11, False), (12, False)])]


def test_half_floats():
    _, done = unbroken([11])
    assert done[11].logits.dtype == np.float16
    assert done[11].score == float(np.float16(done[11].score))


def test_frames_just_made_are_not_read_back():
    def stored(frame):
        raise AssertionError(f"frame {frame} was read")

    assert len(list(follow(Count(), embed, PROMPTED, range(11, 15), [], stored))) == 4


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="no prompted frame"):
        list(follow(Count(), embed, {}, [1], [], PROMPTED.__getitem__))
    with pytest.raises(ValueError, match="frame 10 is prompted"):
        list(follow(Count(), embed, PROMPTED, [9, 10, 11], [], PROMPTED.__getitem__))
