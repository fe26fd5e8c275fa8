"""Other objects, and Blender Masks' outlines."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refine_scenes import AS_IT_IS, OTHER, OUTLINES, Mask, Scene, area, disk, run

from engine.refine import Box
from engine.refine.combining import filled
from engine.shot import MattewrightError, Polygon, RefineStep

SIZE = (100, 140)
ALL = np.ones(SIZE, np.float32)
WHOLE = Box.whole(SIZE)


def matte(*outlines: Polygon, mask: Mask = ALL, **values: object) -> Mask:
    return run(Scene({1: mask}, outlines=outlines), AS_IT_IS, RefineStep("garbage_matte", {"mask": OUTLINES, **values}))  # type: ignore[dict-item]


def circle(x: float, y: float, radius: float, corners: int = 200, **more: object) -> Polygon:
    turns = [2 * math.pi * index / corners for index in range(corners)]
    return Polygon(tuple((x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns), **more)  # type: ignore[arg-type]


def shoelace(points: tuple[tuple[float, float], ...]) -> float:
    x, y = np.array(points).T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def test_another_object_is_taken_away() -> None:
    mask, other = disk(SIZE, (60, 50), 30), disk(SIZE, (80, 50), 30)
    scene = Scene({1: mask}, other=other)
    for combine, truth in (
        ("subtract", mask * (1 - other)),
        ("union", np.maximum(mask, other)),
        ("replace", other),
        ("multiply", mask * other),
    ):
        assert np.allclose(run(scene, AS_IT_IS, RefineStep("combine_object", {"object": OTHER, "combine": combine})), truth, atol=1e-6)
    inverted = run(scene, AS_IT_IS, RefineStep("combine_object", {"object": OTHER, "combine": "multiply", "invert": True}))
    assert np.allclose(inverted, mask * (1 - other), atol=1e-6)


def test_an_object_that_is_nowhere_on_the_frame_takes_nothing() -> None:
    mask = disk(SIZE, (60, 50), 30)
    assert np.array_equal(run(Scene({1: mask}), AS_IT_IS, RefineStep("combine_object", {"object": OTHER})), mask)


@pytest.mark.parametrize("op", ["combine_object", "garbage_matte"])
def test_nothing_chosen_is_said(op: str) -> None:
    with pytest.raises(MattewrightError, match="chosen"):
        run(Scene({1: ALL}), AS_IT_IS, RefineStep(op))


def test_inverting_twice_is_as_it_was() -> None:
    mask = disk(SIZE, (60, 50), 30, soft=True)
    scene = Scene({1: mask})
    as_it_is = run(scene, AS_IT_IS)
    assert np.allclose(run(scene, AS_IT_IS, RefineStep("invert")), 1 - as_it_is)
    assert np.allclose(run(scene, AS_IT_IS, RefineStep("invert"), RefineStep("invert")), as_it_is, atol=1e-7)


def test_a_pixel_is_a_square() -> None:
    found = matte(Polygon(((3.0, 2.0), (5.0, 2.0), (5.0, 6.0), (3.0, 6.0))))
    assert found[2:6, 3:5].all() and area(found) == 8
    half = matte(Polygon(((3.5, 2.25), (5.0, 2.25), (5.0, 6.0), (3.5, 6.0))))
    assert half[3, 3] == 0.5 and half[2, 4] == 0.75 and half[2, 3] == 0.375


@settings(max_examples=60, deadline=None)
@given(x=st.floats(35, 105), y=st.floats(35, 65), radius=st.floats(3, 34), corners=st.integers(3, 40))
def test_the_area_of_an_outline(x: float, y: float, radius: float, corners: int) -> None:
    outline = circle(x, y, radius, corners)
    assert area(matte(outline)) == pytest.approx(shoelace(outline.points), rel=0.01)
    assert area(matte(outline, feather=2.0)) == pytest.approx(shoelace(outline.points), rel=0.1, abs=4)
    assert np.allclose(matte(outline) + matte(outline, keep="outside"), 1)


def test_holes_and_opacity_add_up_as_blenders_layers_do() -> None:
    ring = matte(circle(70, 50, 40), circle(70, 50, 20, subtract=True))
    assert area(ring) == pytest.approx(math.pi * (1600 - 400), rel=0.01) and ring[50, 70] == 0
    layers = matte(circle(70, 50, 40, opacity=0.5), circle(70, 50, 30, opacity=0.25), circle(70, 50, 10, opacity=0.5, subtract=True))
    assert layers[50, 70] == 0.25 and layers[50, 95] == 0.75 and layers[50, 105] == 0.5
    assert matte(circle(70, 50, 40, opacity=0.8), circle(70, 50, 40, opacity=0.8))[50, 70] == 1


def test_an_outline_across_itself_is_even_odd() -> None:
    star = Polygon(tuple((70 + 40 * math.cos(turn), 50 + 40 * math.sin(turn)) for turn in (4 * math.pi * index / 5 for index in range(5))))
    assert matte(star)[50, 70] == 0


def test_an_outline_may_lie_far_outside_or_be_no_area() -> None:
    around = Polygon(((-1e7, -1e7), (1e7, -1e7), (1e7, 1e7), (-1e7, 1e7)))
    assert np.array_equal(matte(around), ALL) and np.array_equal(matte(around, feather=50.0), ALL)
    for nothing in (
        Polygon(()),
        Polygon(((1.0, 1.0),)),
        Polygon(((1.0, 1.0), (9.0, 9.0))),
        Polygon(((-50.0, 0.0), (-20.0, 0.0), (-20.0, 90.0))),
    ):
        assert not matte(nothing, feather=4.0).any()
    assert not matte().any() and np.array_equal(matte(keep="outside"), ALL)


def test_a_feather_lies_half_on_either_side() -> None:
    found = matte(Polygon(((40.0, -500.0), (500.0, -500.0), (500.0, 500.0), (40.0, 500.0))), feather=20.0)[50]
    assert found[28] == 0 and found[52] == 1
    assert np.allclose(np.diff(found[31:49]), 1 / 20, atol=1e-3)
    assert abs((found[39] + found[40]) / 2 - 0.5) < 1e-3
    assert np.all(found[100:] == 1), "what goes on beyond the picture has no edge in it"


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), feather=st.sampled_from([0.0, 0.5, 7.0]))
def test_a_part_is_filled_as_the_whole_is(seed: int, feather: float) -> None:
    random = np.random.default_rng(seed)
    outlines = [Polygon(tuple((float(x), float(y)) for x, y in random.uniform(-40, 160, (6, 2))), 1.0, bool(index)) for index in range(2)]
    top, left = (int(value) for value in random.integers(0, 60, 2))
    part = Box(top, left, top + int(random.integers(1, 40)), left + int(random.integers(1, 60)))
    assert np.allclose(filled(outlines, part, feather), filled(outlines, WHOLE, feather)[part.slices], atol=1e-5)


ANYWHERE = st.floats(allow_nan=False, allow_infinity=False) | st.floats(-50, 50) | st.sampled_from([0.0, 65536.0, 1e18, -1e300])


@settings(max_examples=100, deadline=None)
@given(corners=st.lists(st.tuples(ANYWHERE, ANYWHERE), max_size=8), feather=st.sampled_from([0.0, 1.0, 200.0]), subtract=st.booleans())
@pytest.mark.filterwarnings("error")
def test_corners_may_lie_anywhere(corners: list[tuple[float, float]], feather: float, subtract: bool) -> None:
    made = filled([Polygon(((0, 0), (40, 0), (40, 40), (0, 40))), Polygon(tuple(corners), 0.7, subtract)], Box(3, 4, 30, 40), feather)
    assert np.isfinite(made).all() and made.min() >= 0 and made.max() <= 1
