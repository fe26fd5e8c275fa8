"""Outlines moved, gaps closed, holes and specks."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refine_scenes import Mask, apply, area, disk

SIZE = (120, 130)
CENTRE = (65.3, 60.7)


def dilated_by_hand(mask: Mask, radius: int) -> Mask:
    found = np.zeros_like(mask)
    height, width = mask.shape
    for down in range(-radius, radius + 1):
        for across in range(-radius, radius + 1):
            if down**2 + across**2 <= radius**2:
                into = found[max(0, down) : height + min(0, down), max(0, across) : width + min(0, across)]
                np.maximum(into, mask[max(0, -down) : height + min(0, -down), max(0, -across) : width + min(0, -across)], out=into)
    return found


@pytest.mark.parametrize("radius", [1, 2, 3, 5, 9, 12, 13, 17, 21, 30])
@pytest.mark.parametrize("soft", [False, True])
def test_a_disk_grows_and_shrinks_by_every_pixel_within_its_radius(radius: int, soft: bool) -> None:
    random = np.random.default_rng(radius)
    mask = (random.random((60, 70)) < 0.01).astype(np.float32)
    mask[20:40, 30:70] = 1  # to the picture's edge
    if soft:
        mask = np.maximum(mask, np.round(random.random((60, 70)) < 0.02) * 0.25).astype(np.float32)
    shown = apply("threshold", mask, softness=1.0)
    assert np.array_equal(apply("grow", mask, pixels=radius), dilated_by_hand(shown, radius))
    assert np.allclose(apply("shrink", mask, pixels=radius), 1 - dilated_by_hand(1 - shown, radius), atol=1e-6)
    assert np.array_equal(apply("shrink", mask, pixels=radius), apply("grow", mask, pixels=-radius))


@settings(max_examples=40, deadline=None)
@given(radius=st.floats(18, 30), pixels=st.floats(-14, 25), soft=st.booleans())
def test_distance_moves_the_outline_by_parts_of_a_pixel(radius: float, pixels: float, soft: bool) -> None:
    mask = disk(SIZE, CENTRE, radius, soft)
    start = math.sqrt(area(mask) / math.pi)
    found = math.sqrt(area(apply("grow", mask, pixels=pixels, method="distance")) / math.pi)
    assert abs(found - start - pixels) < (0.15 if soft else 0.4)


def test_distance_grows_steadily_with_the_pixels() -> None:
    mask = disk(SIZE, CENTRE, 20, soft=True)
    areas = [area(apply("grow", mask, pixels=pixels / 10, method="distance")) for pixels in range(-30, 31)]
    steps = np.diff(areas)
    assert (steps > 0).all() and steps.max() < 1.6 * steps.mean()


def test_an_object_cut_off_by_the_picture_stays_cut_off() -> None:
    mask = np.zeros(SIZE, np.float32)
    mask[40:80, :60] = 1
    for values in ({"pixels": 7}, {"pixels": 7.5, "method": "distance"}, {"pixels": 30}):
        shrunk = apply("shrink", mask, **values)
        assert shrunk[60, 0] == 1 or values["pixels"] == 30
        assert shrunk[60, 59] == 0
    for op in ("open", "close"):
        for method in ("disk", "distance"):
            assert apply(op, mask, pixels=6, method=method)[45:75, :50].min() == 1


@pytest.mark.parametrize("method", ["disk", "distance"])
@pytest.mark.parametrize("radius", [1, 3, 8, 15])
def test_close_fills_gaps_up_to_twice_its_radius(method: str, radius: int) -> None:
    for gap, filled in ((2 * radius - 1, True), (2 * radius, True), (2 * radius + 2, False)):
        mask = np.zeros((150, 160), np.float32)
        mask[20:130, 20:70] = 1
        mask[20:130, 70 + gap : 145] = 1
        row = apply("close", mask, pixels=radius, method=method)[75, 20:145]
        assert bool(row.min() > 0.5) == filled, gap


@pytest.mark.parametrize("method", ["disk", "distance"])
def test_open_takes_thin_things_and_keeps_thick_ones(method: str) -> None:
    mask = disk(SIZE, CENTRE, 25)
    mask[58:62, :] = 1  # 4 wide
    mask[5, 5] = 1
    found = apply("open", mask, pixels=3, method=method)
    assert found[60, 10] == 0 and found[5, 5] == 0 and found[60, 65] == 1
    assert area(found) == pytest.approx(math.pi * 625, rel=0.02)


def swiss() -> Mask:
    mask = disk(SIZE, CENTRE, 50)
    mask[40:42, 60:65] = 0  # 10
    mask[70, 70] = 0
    mask[80:90, 40:50] = 0  # 100
    return mask


def test_holes_are_filled_by_their_size() -> None:
    whole, holed = disk(SIZE, CENTRE, 50), swiss()
    assert np.array_equal(apply("fill_holes", holed), whole)
    for largest, left in ((1, 110), (9, 110), (10, 100), (99, 100), (100, 0)):
        assert area(whole) - area(apply("fill_holes", holed, largest=largest)) == left


def test_what_the_picture_edge_closes_is_no_hole_and_a_corner_closes() -> None:
    mask = np.zeros((20, 20), np.float32)
    mask[5:10, 0:5] = 1
    mask[7, 0:3] = 0
    assert apply("fill_holes", mask)[7, 0] == 0
    ring = np.zeros((20, 20), np.float32)
    ring[8, 9:11] = ring[11, 9:11] = ring[9:11, 8] = ring[9:11, 11] = 1  # touching at corners
    assert apply("fill_holes", ring)[9:11, 9:11].all()


def test_a_filled_hole_and_a_removed_speck_leave_no_rim() -> None:
    mask = disk(SIZE, CENTRE, 40, soft=True) * (1 - disk(SIZE, CENTRE, 10.5, soft=True))
    assert np.allclose(apply("fill_holes", mask)[40:80, 45:85], 1)
    with_speck = np.maximum(disk(SIZE, (50, 60), 30, soft=True), disk(SIZE, (100.5, 60), 3.5, soft=True))
    for op, values in (("remove_specks", {"smallest": 60}), ("keep_largest", {})):
        found = apply(op, with_speck, **values)
        assert not found[:, 90:].any()
        assert np.allclose(found[:, :85], apply("threshold", with_speck, softness=1.0)[:, :85])


def pieces_by_hand(mask: npt.NDArray[np.bool_]) -> list[set[tuple[int, int]]]:
    left = set(zip(*(index.tolist() for index in np.nonzero(mask)), strict=True))
    found = []
    while left:
        piece, edge = set(), {left.pop()}
        while edge:
            piece |= edge
            edge = {(y + dy, x + dx) for y, x in edge for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= edge
        found.append(piece)
    return sorted(found, key=lambda piece: (-len(piece), min(y for y, _ in piece), min(x for _, x in piece)))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.05, 0.5), smallest=st.integers(0, 12), count=st.integers(1, 6))
def test_specks_and_largest_against_counting_by_hand(seed: int, share: float, smallest: int, count: int) -> None:
    mask = np.random.default_rng(seed).random((17, 19)) < share
    pieces = pieces_by_hand(mask)
    kept = {place for piece in pieces if len(piece) >= smallest for place in piece}
    found = apply("remove_specks", mask.astype(np.float32), smallest=smallest)
    assert set(zip(*(index.tolist() for index in np.nonzero(found)), strict=True)) == kept
    found = apply("keep_largest", mask.astype(np.float32), count=count)
    assert set(zip(*(index.tolist() for index in np.nonzero(found)), strict=True)) == {place for piece in pieces[:count] for place in piece}


def test_the_hull_is_the_smallest_convex_shape() -> None:
    mask = np.zeros(SIZE, np.float32)
    corners = [(20, 30), (100, 40), (50, 110)]  # x, y
    for x, y in corners:
        mask[y, x] = 1
    found = apply("convex_hull", mask)
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    inside = np.ones(SIZE, bool)
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
        inside &= (bx - ax) * (y - ay) - (by - ay) * (x - ax) >= 0
    assert np.array_equal(found > 0, inside)


def test_a_hull_around_each() -> None:
    mask = np.maximum(disk(SIZE, (35, 60), 20), disk(SIZE, (95, 60), 20))
    mask[50:70, 30:36] = 0  # a dent, or a hole
    each, all_ = apply("convex_hull", mask, each=True), apply("convex_hull", mask)
    assert not each[60, 65] and each[60, 33] and all_[60, 65]


def test_a_wiggly_outline_is_smoothed_and_stays_sharp() -> None:
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    angle = np.arctan2(y - CENTRE[1], x - CENTRE[0])
    wiggly = (np.hypot(x - CENTRE[0], y - CENTRE[1]) < 35 + 2 * np.sin(angle * 40)).astype(np.float32)
    found = apply("smooth_contour", wiggly, pixels=4)
    soft = (found > 0.02) & (found < 0.98)
    assert soft.sum() < 2.2 * 2 * math.pi * 35, "an edge about one pixel wide"
    assert np.abs(found - disk(SIZE, CENTRE, 35, soft=True)).sum() < 0.35 * np.abs(wiggly - disk(SIZE, CENTRE, 35, soft=True)).sum()
    straight = np.zeros(SIZE, np.float32)
    straight[:, :40] = 1
    assert np.abs(apply("smooth_contour", straight, pixels=4) - straight).max() < 0.1
