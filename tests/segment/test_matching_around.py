"""The matching tracker in a panorama, with the real weights: what leaves on the right comes in on the left."""

from __future__ import annotations

import cv2
import davis_measure
import moving_shape
import numpy as np
import pytest
from weights import sam2_tiny  # noqa: F401

from engine.segment.follow import as_stored, follow
from engine.segment.image_model import EmbeddingCache, load_image_model
from engine.segment.matching import MatchingTracker
from engine.segment.prior import _moves, _places
from engine.shot import Prompts

SHIFT = 190
"""By which the disk's way is moved to lead across the edges."""


def turned(pixels):
    return np.ascontiguousarray(np.roll(pixels, SHIFT, axis=1))


@pytest.mark.slow
def test_a_disk_is_followed_across_the_edges(sam2_tiny):  # noqa: F811
    model = load_image_model(sam2_tiny, "cpu")
    cache = EmbeddingCache()

    def embed(frame):
        return cache.get(str(frame), lambda: model.encode(turned(moving_shape.picture(frame))))

    tracker = MatchingTracker(model, wraps=True)
    first = as_stored(tracker.start(embed(0), Prompts(0, mask="true"), turned(moving_shape.truth(0))))
    done = {}
    for frame, prediction in follow(tracker, embed, {0: first}, [2, 4, 6], (), done.__getitem__):
        done[frame] = prediction
        wanted = turned(moving_shape.truth(frame))
        found = cv2.resize(prediction.logits.astype(np.float32), (wanted.shape[1], wanted.shape[0])) > 0
        assert davis_measure.region(found, wanted) > 0.9
    across = turned(moving_shape.truth(4))
    assert across[:, 0].any() and across[:, -1].any()


def test_places_at_both_edges_are_neighbours_and_near_ones_as_far_as_in_the_picture():
    import torch

    from engine.segment.image_model import Embedding

    embedding = Embedding(torch.zeros(1, 4, 64, 64), (torch.zeros(1), torch.zeros(1)), (512, 1024))
    flat, around = (_places(embedding, wraps).reshape(64, 64, -1) for wraps in (False, True))
    step = float((flat[0, 1] - flat[0, 0]).norm())
    assert float((around[0, 63] - around[0, 0]).norm()) == pytest.approx(step, rel=1e-3)
    assert float((around[0, 5] - around[0, 1]).norm()) == pytest.approx(4 * step, rel=0.01)
    assert _moves(around.flatten(0, 1), 10.0).shape == (64 * 64, 5)
