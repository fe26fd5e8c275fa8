"""Who owns a pixel that several objects claim: properties over real arrays of logits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.refine import owners, refine
from engine.shot import RefineStep

SIZE = (54, 96)
Logits = list[npt.NDArray[np.float16]]


def logits(seed: int, count: int) -> Logits:
    """`count` objects' blobs, (32, 32), in places of their own but near enough to claim the same pixels."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:32, 0:32]
    made = []
    for _ in range(count):
        cy, cx, radius, sharpness = random.uniform((8, 8, 4, 0.2), (24, 24, 14, 4.0))
        made.append(((radius - np.hypot(y - cy, x - cx)) * sharpness + random.normal(0, 0.3, (32, 32))).astype(np.float16))
    return made


def masks(objects: Logits, steps: tuple[RefineStep, ...] = ()) -> npt.NDArray[np.bool_]:
    owner = owners(objects, SIZE)
    return np.stack([refine(item, SIZE, steps, 1, None, owner != index) > 0 for index, item in enumerate(objects)])


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 5), level=st.floats(0.01, 0.99), softness=st.just(0.0) | st.floats(0.05, 1.0))
def test_no_pixel_is_in_two_masks_and_none_is_lost(seed: int, count: int, level: float, softness: float) -> None:
    objects = logits(seed, count)
    found = masks(objects)
    alone = np.stack([refine(item, SIZE, (), 1) > 0 for item in objects])
    assert found.sum(axis=0).max() <= 1
    assert np.array_equal(found.any(axis=0), alone.any(axis=0))
    assert not (found & ~alone).any(), "nobody gets a pixel that was not theirs"
    low = masks(objects, (RefineStep("threshold", {"level": level, "softness": softness}),))
    if level > softness / 2:  # a ramp that begins below 0 makes everything at least a little of the object
        assert low.sum(axis=0).max() <= 1


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), order=st.permutations(range(4)))
def test_the_order_matters_only_where_two_are_equal(seed: int, order: list[int]) -> None:
    objects = logits(seed, 4)
    there = masks(objects)
    moved = masks([objects[index] for index in order])
    different = there[list(order)] != moved
    claims = np.sort(np.stack([refine(item, SIZE, (RefineStep("threshold", {"softness": 1.0}),), 1) for item in objects]), axis=0)
    assert (claims[-1] == claims[-2])[different.any(axis=0)].all()
    assert different.mean() < 0.01


def test_the_first_of_equals_wins_everywhere() -> None:
    (item,) = logits(3, 1)
    first, second = masks([item, item.copy()])
    assert np.array_equal(first, refine(item, SIZE, (), 1) > 0) and first.any()
    assert not second.any()


def test_one_object_alone_is_left_as_it_is_and_none_is_refused() -> None:
    (item,) = logits(5, 1)
    soft = (RefineStep("threshold", {"softness": 0.5}),)
    assert np.array_equal(refine(item, SIZE, soft, 1, None, owners([item], SIZE) != 0), refine(item, SIZE, soft, 1))
    with pytest.raises(ValueError, match="no logits"):
        owners([], SIZE)


def test_what_is_not_a_number_never_wins() -> None:
    broken, whole = np.full((32, 32), np.nan, np.float16), np.full((32, 32), -3.0, np.float16)
    assert (owners([broken, whole], SIZE) == 1).all()
