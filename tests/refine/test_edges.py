"""The edge: feathered, blurred, drawn to the picture's, or alone."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refine_scenes import apply, area, disk

SIZE = (100, 110)
CENTRE = (55.0, 50.0)
HALF = np.zeros(SIZE, np.float32)
HALF[:, :50] = 1


@settings(max_examples=40, deadline=None)
@given(inside=st.integers(0, 30), outside=st.integers(0, 30))
def test_a_feather_is_a_ramp_as_wide_as_said_on_each_side(inside: int, outside: int) -> None:
    row = apply("feather", HALF, inside=inside, outside=outside)[50]
    if inside + outside == 0:
        assert np.array_equal(row, HALF[50])
        return
    at = 50 - (np.arange(SIZE[1]) + 0.5)  # how far inside each pixel's centre is
    assert np.allclose(row, np.clip((at + outside) / (inside + outside), 0, 1), atol=1e-5)


def test_a_feather_outward_leaves_the_inside_and_one_inward_the_outside() -> None:
    mask = disk(SIZE, CENTRE, 25)
    assert (apply("feather", mask, inside=0, outside=12)[mask > 0] == 1).all()
    assert (apply("feather", mask, inside=12, outside=0)[mask == 0] == 0).all()


def test_a_feather_does_not_eat_from_the_picture_edge() -> None:
    assert np.array_equal(apply("feather", HALF, inside=10, outside=10)[0], apply("feather", HALF, inside=10, outside=10)[50])
    assert apply("feather", HALF, inside=10, outside=10)[50, 0] == 1
    assert np.array_equal(apply("feather", np.ones(SIZE), inside=30, outside=30), np.ones(SIZE))


def test_a_feather_around_a_disk_is_round() -> None:
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    away = np.hypot(x - CENTRE[0], y - CENTRE[1])
    for wide, soft in ((15, False), (30, False), (15, True)):
        found = apply("feather", disk(SIZE, CENTRE, 20, soft), inside=0, outside=wide)
        assert np.abs(found - np.clip(1 - (away - 20) / wide, 0, 1)).max() < 1.2 / wide


@pytest.mark.parametrize("pixels", [0.5, 2.0, 7.0])
def test_a_gaussian_blur_is_opencvs(pixels: float) -> None:
    mask = disk(SIZE, (30, 20), 25)
    truth = cv2.GaussianBlur(mask, (0, 0), pixels, borderType=cv2.BORDER_REPLICATE)
    assert np.abs(apply("blur", mask, pixels=pixels) - truth).max() < 0.005
    assert area(apply("blur", disk(SIZE, CENTRE, 20), pixels=pixels)) == pytest.approx(area(disk(SIZE, CENTRE, 20)), rel=1e-4)


def test_a_median_takes_specks_and_keeps_edges() -> None:
    mask = HALF.copy()
    mask[20, 80] = 1
    mask[30, 10] = 0
    for pixels in (1, 2, 5):
        assert np.array_equal(apply("blur", mask, method="median", pixels=pixels), HALF)
    soft = np.clip(HALF, 0.25, 0.75)
    soft[20:22, 80:82] = 1
    for pixels in (2, 4):
        assert np.allclose(apply("blur", soft, method="median", pixels=pixels), np.clip(HALF, 0.25, 0.75), atol=0.003)


def test_a_median_of_a_hard_mask_is_what_most_are() -> None:
    mask = (np.random.default_rng(0).random((30, 34)) < 0.5).astype(np.float32)
    for radius in (1, 3):
        wide = np.pad(mask, radius, mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(wide, (2 * radius + 1, 2 * radius + 1))
        assert np.array_equal(apply("blur", mask, method="median", pixels=radius), np.median(windows, axis=(2, 3)))


def test_bilateral_smooths_what_is_faint_and_keeps_hard_edges() -> None:
    random = np.random.default_rng(0)
    noisy = np.clip(np.where(HALF > 0, 0.8, 0.2) + random.normal(0, 0.03, SIZE), 0, 1)
    found = apply("bilateral", noisy, pixels=5, contrast=0.2)
    assert found[:, 5:45].std() < 0.012 and found[:, 60:].std() < 0.012
    assert (found[:, 49] - found[:, 50]).min() > 0.5


@pytest.mark.parametrize("guide", ["luma", "color"])
def test_guided_moves_the_edge_to_the_pictures(guide: str) -> None:
    truth = disk(SIZE, CENTRE, 25)
    picture = np.where(truth[:, :, None] > 0, (0.8, 0.7, 0.6), (0.1, 0.2, 0.3)) + np.random.default_rng(0).normal(0, 0.01, (*SIZE, 3))
    off = disk(SIZE, (57.0, 51.0), 24)
    found = apply("guided", off, picture, pixels=8, smoothing=0.05, guide=guide)
    assert np.abs((found > 0.5) - truth).sum() < 0.35 * np.abs(off - truth).sum()


def test_color_guides_where_luma_can_not() -> None:
    truth = disk(SIZE, CENTRE, 25)
    red = np.array([0.2126, 0.7152, 0.0722])
    one, two = np.array([0.9, 0.3, 0.3]), np.array([0.3, 0.0, 0.3])
    two[1] = (one @ red - two[[0, 2]] @ red[[0, 2]]) / red[1]
    picture = np.where(truth[:, :, None] > 0, one, two)
    off = disk(SIZE, (57.0, 51.0), 24)
    errors = [np.abs(apply("guided", off, picture, pixels=8, guide=guide) - truth).sum() for guide in ("color", "luma")]
    assert errors[0] < 0.6 * errors[1]


@pytest.mark.parametrize("guide", ["luma", "color"])
def test_guided_by_hand(guide: str) -> None:
    random = np.random.default_rng(3)
    mask, picture = disk((16, 18), (9, 8), 5), random.random((16, 18, 3))
    radius, smoothing = 2, 0.1
    parts = picture if guide == "color" else (picture @ np.array([0.2126, 0.7152, 0.0722]))[:, :, None]
    lines, count = np.zeros((16, 18, parts.shape[2] + 1)), np.zeros((16, 18, parts.shape[2] + 1))
    for y in range(16):
        for x in range(18):
            window = (slice(max(0, y - radius), y + radius + 1), slice(max(0, x - radius), x + radius + 1))
            values, wanted = parts[window].reshape(-1, parts.shape[2]), mask[window].ravel()
            spread = np.atleast_2d(np.cov(values.T, bias=True)) + smoothing**2 * np.eye(parts.shape[2])
            slope = np.linalg.solve(spread, ((values - values.mean(0)) * (wanted - wanted.mean())[:, None]).mean(0))
            lines[window] += [*slope, wanted.mean() - slope @ values.mean(0)]
            count[window] += 1
    lines /= count
    truth = np.clip((lines[:, :, :-1] * parts).sum(2) + lines[:, :, -1], 0, 1)
    assert np.abs(apply("guided", mask, picture, pixels=radius, smoothing=smoothing, guide=guide) - truth).max() < 1e-3


@pytest.mark.parametrize("method", ["canny", "gradient", "laplacian"])
def test_edges_lie_where_the_step_is(method: str) -> None:
    picture = np.repeat(np.where(HALF > 0, 0.8, 0.2)[:, :, None], 3, 2)
    found = apply("edge", np.ones(SIZE), picture, method=method) > 0
    assert found[:, 49:51].any(axis=1).all() and not found[:, :47].any() and not found[:, 53:].any()
    assert not apply("edge", np.ones(SIZE), np.full((*SIZE, 3), 0.4), method=method).any()
    faint = apply("edge", np.ones(SIZE), 0.5 + (picture - 0.5) * 0.1, method=method)
    assert not faint.any(), "a step of 0.06"


def test_cannys_lines_are_as_wide_as_said() -> None:
    for width in (1, 3, 5, 8):
        row = apply("edge", HALF, of="mask", width=width, combine="replace")[50]
        assert row.sum() == pytest.approx(width, abs=0.01)


def test_edges_of_the_mask_need_no_picture() -> None:
    assert area(apply("edge", disk(SIZE, CENTRE, 20), of="mask", combine="replace")) == pytest.approx(2 * math.pi * 20, rel=0.2)


@pytest.mark.parametrize(("position", "radius"), [("inside", 22.5), ("middle", 25.0), ("outside", 27.5)])
def test_an_outline_has_its_width_where_it_lies(position: str, radius: float) -> None:
    for soft in (False, True):
        found = apply("outline", disk(SIZE, CENTRE, 25, soft), width=5, position=position)
        assert area(found) == pytest.approx(2 * math.pi * radius * 5, rel=0.02 if soft else 0.06)
        y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
        away = np.hypot(x - CENTRE[0], y - CENTRE[1])
        assert not found[np.abs(away - radius) > 4].any()


def test_no_outline_where_the_picture_ends() -> None:
    found = apply("outline", HALF, width=4)
    assert not found[:, :46].any() and found[:, 49:51].all()
