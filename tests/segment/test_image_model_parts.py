"""What the image model is made of, without its weights: points from prompts, logits from a mask, the cache."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine.segment.image_model import Embedding, EmbeddingCache, PixelPrompts, along, mask_logits, prepare, steps
from engine.segment.image_prompts import heeded, marked, on_mask
from engine.shot import Box, Point, Prompts, Scribble

coordinates = st.floats(0, 4000, allow_nan=False, width=32)
lines = st.lists(st.tuples(coordinates, coordinates), max_size=12).map(tuple)
scribbles = st.builds(Scribble, lines, st.booleans())
prompts = st.builds(
    Prompts,
    st.just(1),
    st.lists(st.builds(Point, coordinates, coordinates, st.booleans()), max_size=5).map(tuple),
    st.none() | st.builds(Box, coordinates, coordinates, coordinates, coordinates),
    st.lists(scribbles, max_size=3).map(tuple),
)


def from_line(x: float, y: float, line: tuple[tuple[float, float], ...]) -> float:
    """The distance of a place from a polyline."""
    nearest = math.inf
    for (ax, ay), (bx, by) in zip(line, line[1:] or line, strict=False):
        length = (bx - ax) ** 2 + (by - ay) ** 2
        share = 0.0 if length == 0 else min(1.0, max(0.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length))
        nearest = min(nearest, math.hypot(x - ax - share * (bx - ax), y - ay - share * (by - ay)))
    return nearest


@given(line=lines, count=st.integers(1, 20))
def test_points_of_a_stroke_lie_on_it(line: tuple[tuple[float, float], ...], count: int) -> None:
    found = along(Scribble(line), count)
    assert len(found) <= count and bool(found) == bool(line)
    assert all(from_line(x, y, line) < 1e-2 for x, y in found)


def test_points_of_a_stroke_are_spread_evenly() -> None:
    assert along(Scribble(((0, 0), (10, 0), (10, 30))), 4) == [(5, 0), (10, 5), (10, 15), (10, 25)]
    assert along(Scribble(((3, 4),)), 8) == [(3, 4)]
    assert along(Scribble(((3, 4), (3, 4))), 8) == [(3, 4)]


@given(prompts=prompts, on_mask=st.booleans())
def test_each_step_says_all_that_the_one_before_said(prompts: Prompts, on_mask: bool) -> None:
    taken = steps(prompts, with_mask=on_mask)
    for before, after in itertools.pairwise(taken):
        count = len(before.labels)
        assert count < len(after.labels) and np.array_equal(after.points[:count], before.points)
        assert np.array_equal(after.labels[:count], before.labels)
    everything = PixelPrompts.of(prompts)
    assert everything.points.shape == (len(everything.labels), 2) and everything.points.dtype == np.float32
    if taken:
        assert np.array_equal(taken[-1].points, everything.points)
        assert on_mask or (taken[0].labels != 0).any()
    else:
        assert not len(everything.labels) or not (on_mask or (everything.labels != 0).any())


def test_order_of_the_steps() -> None:
    said = Prompts(1, (Point(1, 1, False), Point(2, 2)), Box(0, 0, 9, 9), (Scribble(((3, 3),), False), Scribble(((4, 4),))))
    assert [step.labels.tolist() for step in steps(said)] == [[2, 3], [2, 3, 1], [2, 3, 1, 0], [2, 3, 1, 0, 1], [2, 3, 1, 0, 1, 0]]
    assert steps(said)[-1].points.tolist() == [[0, 0], [9, 9], [4, 4], [1, 1], [2, 2], [3, 3]]
    later = Prompts(1, (Point(1, 1, False), Point(2, 2)))
    assert [step.labels.tolist() for step in steps(later)] == [[0, 1]]
    assert [step.labels.tolist() for step in steps(later, with_mask=True)] == [[0], [0, 1]]


@settings(max_examples=30, deadline=None)
@given(mask=arrays.arrays(np.bool_, arrays.array_shapes(min_dims=2, max_dims=2, max_side=300)))
def test_logits_of_a_mask(mask: np.ndarray) -> None:
    logits = mask_logits(mask)
    assert logits.shape == (256, 256) and logits.dtype == np.float32 and np.isfinite(logits).all() and np.abs(logits).max() <= 10
    if mask.all() or not mask.any():
        assert (logits == (10 if mask.all() else -10)).all()


def test_mask_of_the_logits_own_size_comes_back() -> None:
    mask = np.random.default_rng(1).random((256, 256)) > 0.5
    assert np.array_equal(mask_logits(mask) > 0, mask)


@settings(max_examples=50, deadline=None)
@given(x=st.floats(0, 300), y=st.floats(0, 200), positive=st.booleans(), seed=st.integers(0, 9))
def test_a_marked_click_is_heeded(x: float, y: float, positive: bool, seed: int) -> None:
    logits = np.random.default_rng(seed).uniform(-9, 9, (256, 256)).astype(np.float32)
    with_mark = marked(logits, (x, y), positive, (200, 300))
    assert with_mark.shape == (256, 256) and with_mark.dtype == np.float32
    assert heeded(with_mark, (x, y), positive, (200, 300))
    far = np.hypot(np.arange(256)[None] + 0.5 - x * 256 / 300, np.arange(256)[:, None] + 0.5 - y * 256 / 200) > 20
    assert np.abs(with_mark - logits)[far].max() < 1e-3


@settings(max_examples=50, deadline=None)
@given(x=st.floats(0, 300), y=st.floats(0, 200))
def test_a_click_is_judged_at_the_picture_s_size(x: float, y: float) -> None:
    logits = np.random.default_rng(5).normal(size=(256, 256)).astype(np.float32)
    place = torch.tensor([[[[2 * x / 300 - 1, 2 * y / 200 - 1]]]], dtype=torch.float64)
    there = torch.nn.functional.grid_sample(
        torch.from_numpy(logits).double()[None, None], place, padding_mode="border", align_corners=False
    )
    assert abs(float(there)) < 1e-5 or heeded(logits, (x, y), bool(there > 0), (200, 300))


def test_prepared_picture() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (1024, 1024, 3), np.uint8)
    expected = (picture / 255 - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225])
    assert np.abs(prepare(picture)[0].permute(1, 2, 0).numpy() - expected).max() < 1e-5
    assert np.array_equal(prepare(picture[:, ::-1]).numpy(), prepare(np.ascontiguousarray(picture[:, ::-1])).numpy())
    flat = prepare(np.full((37, 501, 3), 200, np.uint8))
    assert flat.shape == (1, 3, 1024, 1024) and flat.dtype == torch.float32 and flat.std((2, 3)).max() < 1e-5


def embedding(count: int) -> Embedding:
    return Embedding(torch.zeros(count), (torch.zeros(0), torch.zeros(0)), (1, 1))


def test_cache_forgets_the_least_recently_used() -> None:
    cache = EmbeddingCache(limit=3 * 400)
    made: list[str] = []

    def get(name: str, count: int = 100) -> Embedding:
        def make() -> Embedding:
            made.append(name)
            return embedding(count)

        return cache.get(name, make)

    first = get("a")
    get("b"), get("c")
    assert get("a") is first and made == ["a", "b", "c"] and (cache.hits, cache.misses, cache.nbytes) == (1, 3, 1200)
    get("d")
    assert get("a") is first and made[-1] == "d"
    get("b")
    assert made[-1] == "b" and cache.nbytes == 1200
    get("huge", 1000)
    assert cache.nbytes == 1200 and get("b") is not None and made[-1] == "huge"
    cache.clear()
    assert cache.nbytes == 0 and get("a") is not first


@given(sizes=st.lists(st.tuples(st.integers(0, 6), st.integers(1, 300)), max_size=40), limit=st.integers(0, 2000))
def test_cache_keeps_its_bound(sizes: list[tuple[int, int]], limit: int) -> None:
    cache = EmbeddingCache(limit)
    for name, count in sizes:
        cache.get(str(name), lambda count=count: embedding(count))
        assert cache.nbytes <= limit and cache.nbytes == sum(kept.nbytes for kept in cache._kept.values())
    assert cache.hits + cache.misses == len(sizes)


def test_cache_passes_errors_through() -> None:
    cache = EmbeddingCache()

    def fail() -> Embedding:
        raise OSError("no picture")

    with pytest.raises(OSError, match="no picture"):
        cache.get("a", fail)
    assert cache.get("a", lambda: embedding(1)) is not None


def test_a_mask_speaks_before_the_clicks_that_correct_it() -> None:
    mask = np.zeros((100, 200), bool)
    mask[40:60, 50:90] = True
    missing = PixelPrompts(np.array([[120.0, 30.0], [55.0, 45.0]], np.float32), np.array([1, 0], np.int32))
    shown = on_mask(missing, mask)
    assert shown.labels.tolist() == [1, 1, 1, 1, 0], "no box: it would keep out what is missing"
    assert shown.points[3:].tolist() == missing.points.tolist()
    places = shown.points[:3]
    assert all(mask[int(y), int(x)] and np.hypot(x - 55, y - 45) > 9.5 for x, y in places), "in the mask, away from what is taken away"
    assert min(np.hypot(*(one - other)) for one, other in itertools.combinations(places, 2)) > 10, "spread"
    excess = PixelPrompts(np.array([[55.0, 45.0]], np.float32), np.array([0], np.int32))
    shown = on_mask(excess, mask)
    assert shown.labels.tolist() == [2, 3, 1, 0]
    assert shown.points[:2].tolist() == [[50.0, 40.0], [90.0, 60.0]], "around the mask"
    assert mask[int(shown.points[2, 1]), int(shown.points[2, 0])]
    click = missing
    nothing = on_mask(click, np.zeros((100, 200), bool))
    assert nothing.points.tolist() == click.points.tolist()
