from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from matte_scenes import disk_scene

from engine.matte.guide import guide
from engine.matte.method import BACKGROUND, FOREGROUND, UNKNOWN
from engine.matte.trimap import TrimapSettings, make_trimap

SIZES = st.tuples(st.integers(1, 24), st.integers(1, 24))


@settings(max_examples=30, deadline=None)
@given(st.data(), SIZES)
def test_any_input_gives_a_trimap_whose_known_pixels_are_on_their_side(data, size):
    values = arrays.arrays(np.float32, size, elements=st.floats(-1, 2, width=32) | st.just(float("nan")))
    probability, mask = data.draw(values), data.draw(values)
    trimap = make_trimap(probability, mask)
    assert trimap.dtype == np.uint8 and trimap.shape == size
    assert set(np.unique(trimap)) <= {BACKGROUND, UNKNOWN, FOREGROUND}
    inner = np.nan_to_num(mask, nan=0.0) > 0.5
    assert inner[trimap == FOREGROUND].all() and not inner[trimap == BACKGROUND].any()
    assert ((said := guide(probability, mask)) >= 0).all() and (said <= 1).all()


@pytest.mark.parametrize(("level", "expected"), [(0.0, BACKGROUND), (1.0, FOREGROUND)])
def test_a_mask_of_nothing_or_of_everything_has_no_band(level, expected):
    mask = np.full((40, 60), level, np.float32)
    assert (make_trimap(mask, mask) == expected).all()


def test_a_given_width_is_the_bands_in_pixels():
    mask = np.zeros((80, 80), np.float32)
    mask[:, 40:] = 1
    trimap = make_trimap(mask, mask, TrimapSettings(width=10))
    assert (np.count_nonzero(trimap == UNKNOWN, axis=1) == 10).all()
    outside = make_trimap(mask, mask, TrimapSettings(width=10, inside=0, outside=2))
    assert (np.flatnonzero(outside[0] == UNKNOWN) == np.arange(30, 40)).all()


def test_the_band_is_wider_where_the_model_is_unsure():
    y, x = np.indices((120, 240), np.float32)
    steep = np.where(y < 60, 2.0, 0.12).astype(np.float32)
    probability = (1 / (1 + np.exp(np.clip(-(x - 120) * steep, -60, 60)))).astype(np.float32)
    trimap = make_trimap(probability, (probability > 0.5).astype(np.float32))
    sure, unsure = np.count_nonzero(trimap[10] == UNKNOWN), np.count_nonzero(trimap[110] == UNKNOWN)
    assert unsure > 1.5 * sure


def test_the_band_scales_with_the_picture():
    shares = []
    for times in (1, 2):
        _, alpha = disk_scene(360 * times, 640 * times, radius=100.0 * times, soft=4.0 * times)
        trimap = make_trimap(alpha, (alpha > 0.5).astype(np.float32))
        shares.append(np.count_nonzero(trimap == UNKNOWN) / trimap.size)
    assert shares[1] == pytest.approx(shares[0], rel=0.1)


def test_where_the_chain_changed_the_mask_the_mask_is_right():
    _, alpha = disk_scene()
    mask = (alpha > 0.5).astype(np.float32)
    mask[:, 64:] = 0  # half is held out
    said = guide(alpha, mask)
    assert (said[:, 70:] == 0).all()
    assert (said[:, :55] == alpha[:, :55]).all()
    assert (make_trimap(alpha, mask)[48, 80:] == BACKGROUND).all()


def test_a_threshold_a_little_off_leaves_the_probability_as_it_is():
    _, alpha = disk_scene()
    assert (guide(alpha, (alpha > 0.4).astype(np.float32)) == alpha).all()


@pytest.mark.parametrize("field", ["width", "inside", "outside"])
@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_settings_that_make_no_sense_are_refused(field, value):
    with pytest.raises(ValueError, match=field):
        TrimapSettings(**{field: value})


def test_strips_give_what_the_whole_picture_gives(monkeypatch):
    _, alpha = disk_scene(200, 80, radius=35, soft=9)
    mask = (alpha > 0.5).astype(np.float32)
    mask[90:, 30:] = 0
    whole = make_trimap(alpha, mask), guide(alpha, mask)
    monkeypatch.setattr("engine.matte.guide.AT_ONCE", 1)
    assert (make_trimap(alpha, mask) == whole[0]).all() and (guide(alpha, mask) == whole[1]).all()
