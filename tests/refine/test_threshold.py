"""Thresholds on the mask and on the picture inside it."""

from __future__ import annotations

import colorsys

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refine_scenes import apply, disk

from engine.refine.threshold import automatic_level

SIZE = (90, 120)
Array = npt.NDArray[np.float32]


def mouth(seed: int = 0) -> tuple[Array, Array, Array]:
    """(mask of a mouth, picture, true teeth): bright teeth between red lips, in a dark beard."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    inside = (((x - 60) / 45) ** 2 + ((y - 45) / 25) ** 2 < 1).astype(np.float32)
    teeth = (((x - 60) / 32) ** 2 + ((y - 45) / 12) ** 2 < 1).astype(np.float32)
    face = np.full((*SIZE, 3), (0.1, 0.08, 0.06))
    face[inside > 0] = (0.7, 0.5, 0.45)
    face[teeth > 0] = (0.8, 0.74, 0.65)
    return inside, (face + random.normal(0, 0.02, face.shape)).clip(0, 1).astype(np.float32), teeth


def flat(*color: float) -> Array:
    return np.broadcast_to(np.array(color, np.float32), (2, 3, 3)).copy()


ALL = np.ones((2, 3), np.float32)


@pytest.mark.parametrize("color", [(0.2, 0.5, 0.9), (1.0, 0.0, 0.0), (0.1, 0.9, 0.4), (0.3, 0.3, 0.3), (0.9, 0.2, 0.7)])
@pytest.mark.parametrize("on", ["luma", "red", "green", "blue", "hue", "saturation", "value", "distance"])
def test_a_channel_is_what_its_name_says(on: str, color: tuple[float, float, float]) -> None:
    hue, saturation, value = colorsys.rgb_to_hsv(*color)
    truth = {
        "luma": 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2],
        **dict(zip(("red", "green", "blue"), color, strict=True)),
        **{"hue": hue, "saturation": saturation, "value": value},
        "distance": float(np.sqrt(((np.array(color) - (0.2, 0.4, 0.6)) ** 2).sum() / 3)),
    }[on]
    found = apply("picture_threshold", ALL, flat(*color), on=on, color=(0.2, 0.4, 0.6), level=0.5, softness=1.0)
    assert np.allclose(found, truth, atol=1e-5)


@pytest.mark.parametrize(
    ("color", "lab"), [((1, 1, 1), (100, 0, 0)), ((1, 0, 0), (53.24, 80.09, 67.20)), ((0, 0, 1), (32.30, 79.19, -107.86))]
)
def test_lab_is_that_of_srgb(color: tuple[float, float, float], lab: tuple[float, float, float]) -> None:
    truth = lab[0] / 100, (lab[1] + 128) / 255, (lab[2] + 128) / 255
    found = [apply("picture_threshold", ALL, flat(*color), on=on, level=0.5, softness=1.0)[0, 0] for on in ("lightness", "a", "b")]
    assert np.allclose(found, truth, atol=0.004)


def test_sixteen_bits_of_the_picture_are_told_apart() -> None:
    picture = np.full((4, 65, 3), 30000 / 65535, np.float32)
    picture[:, 32:] = 30001 / 65535
    found = apply("picture_threshold", np.ones((4, 65)), picture, level=30000.5 / 65535)
    assert not found[:, :32].any() and found[:, 32:].all()


@pytest.mark.parametrize(
    ("combine", "formula"),
    [
        ("multiply", lambda a, b: a * b),
        ("replace", lambda a, b: b),
        ("union", lambda a, b: a + b - a * b),
        ("subtract", lambda a, b: a * (1 - b)),
        ("intersect", np.minimum),
        ("maximum", np.maximum),
    ],
)
def test_ways_to_combine(combine: str, formula) -> None:
    mask = np.linspace(0.01, 0.99, 30).astype(np.float32)[None].repeat(20, 0)
    made = np.linspace(0, 1, 20).astype(np.float32)[:, None].repeat(30, 1)
    picture = np.repeat(made[:, :, None], 3, 2)
    found = apply("picture_threshold", mask, picture, on="red", level=0.5, softness=1.0, combine=combine)
    assert np.allclose(found, formula(mask, made), atol=1e-3)  # half floats' logits


def test_below_is_all_that_above_is_not() -> None:
    inside, picture, _ = mouth()
    for op, values in (("picture_threshold", {"level": 0.4}), ("automatic_threshold", {})):
        above, below = (apply(op, inside, picture, below=below, **values) for below in (False, True))
        assert np.array_equal(above + below, inside)


def test_a_band_keeps_both_its_ends() -> None:
    picture = np.repeat(np.arange(11, dtype=np.float32)[None, :, None] / 10, 3, 2)
    for low, high in ((0.0, 1.0), (0.0, 0.5), (0.5, 1.0)):
        found = apply("band", np.ones((1, 11)), picture, on="red", low=low, high=high)
        assert np.array_equal(found[0] > 0, (picture[0, :, 0] >= low) & (picture[0, :, 0] <= high))


def test_otsu_parts_teeth_from_lips_whatever_is_around_the_mouth() -> None:
    inside, picture, teeth = mouth()
    found = apply("automatic_threshold", inside, picture)
    assert (found != teeth).mean() < 0.002
    outside_too = apply("automatic_threshold", inside, picture, within="picture")
    assert (outside_too != teeth).mean() > 0.05, "the histogram of all the picture parts the beard from the mouth"


def test_otsu_in_the_dark() -> None:
    inside, picture, teeth = mouth()
    assert (apply("automatic_threshold", inside, picture / 50) != teeth).mean() < 0.002


def test_otsus_level_is_the_best_of_all() -> None:
    values = np.concatenate([np.random.default_rng(1).normal(0.3, 0.05, 900), np.random.default_rng(2).normal(0.7, 0.1, 300)]).astype(
        np.float32
    )
    level = automatic_level(values, "otsu")

    def between(at: float) -> float:
        low, high = values[values <= at], values[values > at]
        return len(low) * len(high) * float(low.mean() - high.mean()) ** 2

    best = max(between(at) for at in np.linspace(values.min() + 1e-3, values.max() - 1e-3, 500))
    assert between(level) > 0.999 * best


def test_the_triangle_finds_glints() -> None:
    random = np.random.default_rng(0)
    picture = random.normal(0.2, 0.02, (*SIZE, 1)).clip(0, 1).repeat(3, 2).astype(np.float32)
    glint = disk(SIZE, (40, 40), 4) > 0
    picture[glint] = random.uniform(0.8, 1, (int(glint.sum()), 1))
    found = apply("automatic_threshold", np.ones(SIZE), picture, method="triangle") > 0
    assert found[glint].all() and (found & ~glint).mean() < 0.01


def test_ink_lines_on_paper_with_a_shadow_over_it() -> None:
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    paper = 0.3 + 0.6 * x / SIZE[1]
    lines = (y % 15 == 7) | (x % 20 == 10)
    ink = paper - 0.15 * lines
    picture = np.repeat(ink[:, :, None], 3, 2).astype(np.float32)
    for method in ("mean", "gaussian"):
        found = apply("local_threshold", np.ones(SIZE), picture, method=method, block=15, below=True, offset=0.04) > 0
        assert np.array_equal(found, lines)
    best = min(
        (apply("picture_threshold", np.ones(SIZE), picture, level=level, below=True) > 0)[lines].mean()
        for level in np.linspace(0, 1, 21)[8:12]
    )
    assert best < 0.7, "no single level finds them"


def test_what_is_outside_the_mask_does_not_decide_inside() -> None:
    inside, picture, _ = mouth()
    masked = picture.copy()
    masked[inside == 0] = 0
    for method in ("mean", "gaussian"):
        assert np.array_equal(
            apply("local_threshold", inside, picture, method=method), apply("local_threshold", inside, masked, method=method)
        )
    assert np.array_equal(apply("hysteresis", inside, picture), apply("hysteresis", inside, masked))
    assert np.array_equal(apply("automatic_threshold", inside, picture), apply("automatic_threshold", inside, masked))


def test_a_flat_picture_has_nothing_brighter_than_what_is_around() -> None:
    picture = np.full((50, 60, 3), 0.371, np.float32)
    for method in ("mean", "gaussian"):
        for below in (False, True):
            assert not apply("local_threshold", disk((50, 60), (30, 25), 20), picture, method=method, offset=0.0, below=below).any()


def test_hysteresis_keeps_what_hangs_together_even_across_a_corner() -> None:
    values = np.zeros((9, 12), np.float32)
    values[1, 1:4] = 0.5
    values[2, 4] = 0.9  # at the strip's corner
    values[6, 1:9] = 0.5  # a strip of its own
    for on, mask, picture in (("mask", values, None), ("red", np.ones_like(values), np.repeat(values[:, :, None], 3, 2))):
        found = apply("hysteresis", mask, picture, on=on, low=0.3, high=0.7) > 0
        assert found[1, 1:4].all() and found[2, 4] and found.sum() == 4


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), low=st.floats(0, 1), high=st.floats(0, 1))
def test_hysteresis_against_growing_by_hand(seed: int, low: float, high: float) -> None:
    values = np.random.default_rng(seed).random((14, 17)).astype(np.float32)
    possible, found = values > min(low, high), values > max(low, high)
    for _ in range(values.size):
        around = np.pad(found, 1)
        grown = np.maximum.reduce([around[y : y + 14, x : x + 17] for y in range(3) for x in range(3)]) & possible
        if (grown == found).all():
            break
        found = grown
    made = apply("hysteresis", np.ones_like(values), np.repeat(values[:, :, None], 3, 2), on="red", low=low, high=high)
    assert np.array_equal(made > 0, found)
