"""Masks over time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refine_scenes import AS_IT_IS, Mask, Scene, area, disk, over_time, run

from engine.refine import frames_needed
from engine.refine.temporal import centre, median, moved_onto
from engine.shot import RefineStep

SIZE = (80, 120)
STILL = disk(SIZE, (60, 40), 20)


def moving(frame: int, radius: float = 15.0) -> Mask:
    return disk(SIZE, (30 + 5.5 * frame, 40 + 0.5 * frame), radius, soft=True)


def flickering() -> dict[int, Mask]:
    """A disk; on frame 5 a hole in it, and a speck beside it."""
    masks = {frame: STILL.copy() for frame in range(1, 10)}
    masks[5][35:45, 55:65] = 0
    masks[5][5:10, 5:10] = 1
    return masks


def test_the_median_takes_what_is_there_or_gone_for_one_frame() -> None:
    for frames in (1, 2, 4):
        assert np.array_equal(over_time("temporal_median", flickering(), 5, frames=frames), STILL)
    assert np.array_equal(over_time("temporal_median", flickering(), 4, frames=1), STILL)


def test_where_a_side_is_missing_the_other_does_not_outweigh() -> None:
    masks = {1: STILL, 2: np.zeros_like(STILL), 3: np.zeros_like(STILL)}
    assert np.array_equal(over_time("temporal_median", masks, 1, frames=2), STILL)


@pytest.mark.parametrize("op", ["temporal_median", "temporal_smooth", "fill_flicker"])
def test_no_frame_before_0_is_asked_for(op: str) -> None:
    masks = dict.fromkeys(range(10), STILL)
    for frame in (0, 1):
        assert np.allclose(over_time(op, masks, frame, frames=8), STILL, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(count=st.sampled_from([1, 3, 5, 9, 17]), seed=st.integers(0, 2**32 - 1))
def test_the_median_is_numpys(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    masks = [np.round(random.random((6, 7)) * 3).astype(np.float32) / 3 for _ in range(count)]
    assert np.array_equal(median(masks), np.median(np.stack(masks), axis=0))


@pytest.mark.parametrize("op", ["temporal_median", "temporal_smooth"])
def test_following_keeps_a_moving_disk_in_shape(op: str) -> None:
    masks = {frame: moving(frame) for frame in range(1, 10)}
    truth = run(Scene(masks), AS_IT_IS, frame=5)
    followed, plain = (over_time(op, masks, 5, frames=3, follow=follow) for follow in ("centre", "none"))
    assert np.abs(followed - truth).sum() < 0.06 * area(truth)
    assert np.abs(followed - truth).sum() < np.abs(plain - truth).sum() or op == "temporal_median"
    assert np.abs(plain - truth).sum() > 0.1 * area(truth) or op == "temporal_median"


def test_smoothing_weighs_the_nearest_most() -> None:
    masks = {frame: np.zeros((4, 5), np.float32) for frame in range(1, 10)}
    shares = []
    for frame in range(3, 8):
        masks[5] = np.ones((4, 5), np.float32)
        shares.append(float(over_time("temporal_smooth", masks, frame, frames=2)[0, 0]))
    weights = np.exp(-0.5 * np.array([2.0, 1, 0, 1, 2]) ** 2)
    assert np.allclose(shares, weights / weights.sum(), atol=1e-5)
    assert np.allclose(over_time("temporal_smooth", dict.fromkeys(range(1, 4), STILL), 1, frames=8), STILL), "missing frames weigh nothing"


def test_a_gap_is_filled_and_only_if_asked_is_a_speck_dropped() -> None:
    found = over_time("fill_flicker", flickering(), 5, frames=1)
    assert (found[STILL > 0] == 1).all() and found[7, 7] == 1
    assert np.array_equal(over_time("fill_flicker", flickering(), 5, frames=1, drop=True), STILL)
    assert np.array_equal(over_time("fill_flicker", flickering(), 4, frames=1, drop=True), STILL)


def test_a_gap_is_filled_only_within_the_frames_that_are_looked_at() -> None:
    masks = {frame: np.zeros_like(STILL) if 4 <= frame <= 6 else STILL for frame in range(1, 10)}
    assert not over_time("fill_flicker", masks, 5, frames=1).any()
    assert np.array_equal(over_time("fill_flicker", masks, 5, frames=2), STILL)
    assert not over_time("fill_flicker", {frame: masks[frame] for frame in range(1, 7)}, 6, frames=3).any(), "it is not there after"


def test_a_held_mask_follows_the_object() -> None:
    masks = {frame: moving(frame) for frame in range(1, 10)}
    masks[6] = moving(6) * (np.mgrid[0 : SIZE[0], 0 : SIZE[1]][0] % 2)  # a bad frame, still in its place
    truth = run(Scene({6: moving(6)}), AS_IT_IS, frame=6)
    held = over_time("hold", masks, 6, frame=3, first=5, last=7)
    assert np.abs(held - truth).sum() < 0.08 * area(truth)
    assert np.array_equal(over_time("hold", masks, 6, frame=3, first=5, last=7, follow=False), run(Scene(masks), AS_IT_IS, frame=3))
    for outside in (4, 8):
        assert np.array_equal(over_time("hold", masks, outside, frame=3, first=5, last=7), run(Scene(masks), AS_IT_IS, frame=outside))


def test_a_held_frame_that_was_not_tracked_changes_nothing() -> None:
    masks = {5: moving(5)}
    assert np.array_equal(over_time("hold", masks, 5, frame=3, first=5, last=7), run(Scene(masks), AS_IT_IS, frame=5))


@settings(max_examples=30, deadline=None)
@given(across=st.floats(-20, 20), down=st.floats(-10, 10))
def test_moving_onto_is_by_parts_of_a_pixel(across: float, down: float) -> None:
    there = disk(SIZE, (60 + across, 40 + down), 15, soft=True)
    found = moved_onto(disk(SIZE, (60, 40), 15, soft=True), there)
    assert np.abs(found - there).sum() < 0.06 * area(there)
    here, wanted = centre(found), centre(there)
    assert here is not None and wanted is not None and np.hypot(here[0] - wanted[0], here[1] - wanted[1]) < 0.35
    assert moved_onto(there, np.zeros_like(there)) is there and centre(np.zeros_like(there)) is None


@pytest.mark.parametrize(
    ("op", "values", "frame", "needed"),
    [
        ("temporal_median", {"frames": 2}, 5, {3, 4, 5, 6, 7}),
        ("temporal_smooth", {"frames": 1}, 1, {0, 1, 2}),
        ("fill_flicker", {"frames": 1}, 5, {4, 5, 6}),
        ("hold", {"frame": 3, "first": 5, "last": 7}, 6, {3, 6}),
        ("hold", {"frame": 3, "first": 5, "last": 7}, 8, {8}),
        ("grow", {}, 5, {5}),
    ],
)
def test_the_frames_that_an_op_looks_at(op: str, values: dict[str, int], frame: int, needed: set[int]) -> None:
    assert frames_needed([RefineStep(op, dict(values))], frame) == needed
