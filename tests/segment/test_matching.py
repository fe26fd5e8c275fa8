"""The matching tracker with the real weights: on a shape whose mask is known, and on real footage where that is there."""

from __future__ import annotations

import random

import cv2
import davis_measure
import moving_shape
import numpy as np
import pytest
from PIL import Image
from weights import sam2_tiny  # noqa: F401

from engine.segment.follow import as_stored, follow
from engine.segment.image_model import EmbeddingCache, load_image_model
from engine.segment.matching import MatchingTracker
from engine.segment.tracker import Past, Prediction
from engine.shot import Box, Point, Prompts

GONE = 99


@pytest.fixture(scope="module")
def model(sam2_tiny):  # noqa: F811
    return load_image_model(sam2_tiny, "cpu")


@pytest.fixture(scope="module")
def tracker(model):
    return MatchingTracker(model)


@pytest.fixture(scope="module")
def disk(model):
    """The embedding of the moving disk's picture by frame; GONE is the ground alone."""
    cache = EmbeddingCache()

    def picture(frame):
        if frame != GONE:
            return moving_shape.picture(frame)
        # The ground shows wherever the disk is not, and it is never at both ends.
        return np.where(moving_shape.truth(0)[..., None], moving_shape.picture(12), moving_shape.picture(0))

    return lambda frame: cache.get(str(frame), lambda: model.encode(picture(frame)))


def mask(prediction, shape):
    return cv2.resize(prediction.logits.astype(np.float32), (shape[1], shape[0])) > 0


def given(tracker, embed, frame):
    return as_stored(tracker.start(embed(frame), Prompts(frame, mask="true"), moving_shape.truth(frame)))


def walk(tracker, embed, prompted, frames, history=(), stored=None):
    """The stretch's predictions by frame; what is asked back is what was yielded, or what `stored` holds."""
    done = dict(stored or {})
    made = {}
    for frame, prediction in follow(tracker, embed, prompted, frames, history, done.__getitem__):
        done[frame] = made[frame] = prediction
    return made


def same(one, other):
    return one.score == other.score and one.logits.tobytes() == other.logits.tobytes()


@pytest.mark.parametrize(("first", "frames"), [(0, [1, 2, 3, 4]), (4, [3, 2, 1, 0])])
def test_follows_the_disk_both_ways(tracker, disk, first, frames):
    made = walk(tracker, disk, {first: given(tracker, disk, first)}, frames)
    assert list(made) == frames
    for frame, prediction in made.items():
        assert prediction.logits.dtype == np.float16 and prediction.logits.shape == (256, 256)
        assert 0.5 < prediction.score <= 1
        truth = moving_shape.truth(frame)
        assert davis_measure.region(mask(prediction, truth.shape), truth) > 0.9


def test_resumed_anywhere_gives_the_same_bytes(tracker, disk):
    frames = [1, 2, 3, 4]
    prompted = {0: given(tracker, disk, 0)}
    whole = walk(tracker, disk, prompted, frames)
    for stop in (1, 2, 3):
        history = [Past(frame, whole[frame].score) for frame in frames[:stop]]
        rest = walk(tracker, disk, prompted, frames, history, {frame: whole[frame] for frame in frames[:stop]})
        assert list(rest) == frames[stop:]
        assert all(same(rest[frame], whole[frame]) for frame in rest)


def test_both_anchors_count(tracker, disk):
    """Frame 4's mask says that the object is the disk's upper half; between the frames, that must show."""
    alone = walk(tracker, disk, {0: given(tracker, disk, 0)}, [1, 2, 3])
    half = moving_shape.truth(4) & (np.arange(moving_shape.HEIGHT)[:, None] < moving_shape.centre(4)[1])
    prompted = {0: given(tracker, disk, 0), 4: as_stored(tracker.start(disk(4), Prompts(4, mask="half"), half))}
    between = walk(tracker, disk, prompted, [1, 2, 3])
    size = moving_shape.truth(3).shape
    assert mask(between[3], size).sum() < 0.85 * mask(alone[3], size).sum()


def test_gone_and_found_again(tracker, disk):
    made = walk(tracker, disk, {0: given(tracker, disk, 0)}, [1, GONE, 2])
    truth = moving_shape.truth(2)
    assert mask(made[GONE], truth.shape).mean() < 0.01
    assert made[GONE].score < 0.5
    assert davis_measure.region(mask(made[2], truth.shape), truth) > 0.85


def test_nothing_to_remember_is_no_crash(tracker, disk):
    nothing = Prediction(np.full((256, 256), -10, np.float16), 1.0)
    made = walk(tracker, disk, {0: nothing}, [1, 2])
    assert all((prediction.logits < 0).all() and prediction.score < 0.5 for prediction in made.values())


def test_starts_from_a_box(tracker, disk):
    (x, y), reach = moving_shape.centre(0), moving_shape.RADIUS
    prediction = tracker.start(disk(0), Prompts(0, box=Box(x - reach, y - reach, x + reach, y + reach)), None)
    truth = moving_shape.truth(0)
    assert davis_measure.region(mask(prediction, truth.shape), truth) > 0.85


def test_recall_is_bounded_and_pure(tracker):
    chance = random.Random(5)
    history = []
    for frame in range(1, 400):
        named = tracker.recall([0, 400], history)
        assert list(named) == list(tracker.recall([0, 400], tuple(history)))
        assert len(named) == len(set(named)) <= 8
        assert set(named) <= {0, 400, *(past.frame for past in history)}
        assert {0, 400} <= set(named)
        if history:
            assert named[-1] == history[-1].frame
        history.append(Past(frame, chance.random()))
    assert len(tracker.recall(list(range(0, 1000, 10)), history)) <= 8


def test_trusted_frames_are_recalled_and_doubtful_ones_forgotten(tracker):
    history = [Past(frame, 0.9 if frame in (14, 8) else 0.8 if frame == 15 else 0.3) for frame in range(1, 20)]
    assert list(tracker.recall([0], history)) == [0, 14, 8, 19], "about 5 and 15 frames back, the best there"
    doubtful = [Past(past.frame, 0.3) for past in history]
    assert list(tracker.recall([0], doubtful)) == [0, 19]
    backward = [Past(40 - past.frame, past.score) for past in history]
    assert list(tracker.recall([40], backward)) == [40, 26, 32, 21]


def test_follows_real_footage(model, tracker, data):
    folder = data / "davis" / "motorbike"
    pictures, masks = sorted((folder / "frames").iterdir()), sorted((folder / "masks").iterdir())
    cache = EmbeddingCache()

    def embed(frame):
        return cache.get(str(frame), lambda: model.encode(np.array(Image.open(pictures[frame]).convert("RGB"))))

    truth = [np.asarray(Image.open(path)) > 0 for path in masks[:9]]
    first = as_stored(tracker.start(embed(0), Prompts(0, mask="true"), truth[0]))
    made = walk(tracker, embed, {0: first}, range(1, 9))
    quality = davis_measure.mean([davis_measure.measure(mask(made[frame], truth[frame].shape), truth[frame]) for frame in made])
    assert quality.j > 0.8
    assert quality.f > 0.85


@pytest.mark.slow
def test_points_find_what_is_lost(tracker, disk):
    """The prompted frame is a wrong one: nothing of the disk is on it. A point on the disk says where it is all the same."""
    away = np.zeros_like(moving_shape.truth(0))
    away[:12, :12] = True
    prompted = {0: as_stored(tracker.start(disk(0), Prompts(0, mask="true"), away))}
    truth = moving_shape.truth(3)
    y, x = (float(place.mean()) for place in np.nonzero(truth))
    found = {}
    for said in ((), (Point(x, y),)):
        ((_, prediction),) = follow(tracker, disk, prompted, [3], [], prompted.__getitem__, lambda frame, said=said: said)
        found[len(said)] = mask(prediction, truth.shape)
    assert not found[0][int(y), int(x)] and found[1][int(y), int(x)]
