from __future__ import annotations

import cv2
import numpy as np
import pytest
import scipy.sparse.linalg
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from matte_scenes import disk_scene

from engine.matte import methods, refiner, tiles
from engine.matte.closed_form import CLOSED_FORM, pull
from engine.matte.method import BACKGROUND, FOREGROUND, UNKNOWN
from engine.matte.parts import part
from engine.matte.trimap import TrimapSettings, make_trimap
from engine.shot import MattewrightError

EVERY = pytest.mark.parametrize("name", methods.WITHOUT_WEIGHTS)


@EVERY
@settings(max_examples=8, deadline=None)
@given(data=st.data(), size=st.tuples(st.integers(1, 12), st.integers(1, 12)))
def test_any_input_gives_alpha_that_is_exact_where_it_is_known(name, data, size):
    trimap = data.draw(arrays.arrays(np.uint8, size, elements=st.sampled_from((BACKGROUND, UNKNOWN, FOREGROUND))))
    numbers = st.floats(-0.5, 1.5, width=32) | st.just(float("nan"))
    picture = data.draw(arrays.arrays(np.float32, (*size, 3), elements=numbers))
    guide = data.draw(arrays.arrays(np.float32, size, elements=numbers))
    alpha = methods.WITHOUT_WEIGHTS[name].alpha(picture, trimap, guide)
    assert alpha.dtype == np.float32 and alpha.shape == size
    assert np.isfinite(alpha).all() and (alpha >= 0).all() and (alpha <= 1).all()
    assert (alpha[trimap == FOREGROUND] == 1).all() and (alpha[trimap == BACKGROUND] == 0).all()


@EVERY
@pytest.mark.parametrize("value", [BACKGROUND, UNKNOWN, FOREGROUND])
def test_all_known_and_all_unknown(name, value):
    picture, alpha = disk_scene(30, 40, radius=10)
    found = methods.WITHOUT_WEIGHTS[name].alpha(picture, np.full((30, 40), value, np.uint8), alpha)
    if value == UNKNOWN:
        assert np.abs(found - alpha).mean() < 0.1  # what the guide says
    else:
        assert (found == (value == FOREGROUND)).all()


@EVERY
def test_a_soft_edge_comes_out_better_than_the_mask(name):
    picture, alpha = disk_scene()
    guide = cv2.GaussianBlur(alpha, (0, 0), 2)
    mask = (guide > 0.5).astype(np.float32)
    found = methods.WITHOUT_WEIGHTS[name].alpha(picture, make_trimap(guide, mask, TrimapSettings(width=12)), guide)
    limit = 0.8 if name in ("knn", "guided") else 0.1
    assert np.abs(found - alpha).mean() < limit * np.abs(mask - alpha).mean()


def test_the_band_alone_gives_what_pymattings_whole_picture_does():
    laplacian = part("laplacian.cf_laplacian", "cf_laplacian")
    rng = np.random.default_rng(5)
    picture = rng.random((24, 32, 3)).astype(np.float32)
    _, alpha = disk_scene(24, 32, radius=8)
    trimap = make_trimap(alpha, (alpha > 0.5).astype(np.float32), TrimapSettings(width=6))
    unknown = (trimap == UNKNOWN).ravel()
    matrix = laplacian(picture.astype(np.float64), epsilon=1e-5).tocsr()
    weight = np.maximum(pull(alpha).ravel()[unknown], 1e-7).astype(np.float64)
    among = matrix[unknown][:, unknown] + scipy.sparse.diags(weight)
    right = weight * alpha.ravel()[unknown] - matrix[unknown][:, ~unknown] @ (trimap.ravel()[~unknown] == FOREGROUND).astype(float)
    expected = np.clip(scipy.sparse.linalg.spsolve(among.tocsc(), right), 0, 1)
    found = CLOSED_FORM.alpha(picture, trimap, alpha).ravel()[unknown]
    assert np.abs(found - expected).max() < 2e-3


@pytest.mark.parametrize("name", ["closed_form", "learning_based"])
def test_tiles_give_what_the_whole_picture_gives(name, monkeypatch):
    method = methods.WITHOUT_WEIGHTS[name]
    picture, alpha = disk_scene(140, 180, radius=50, soft=6)
    picture += np.random.default_rng(1).normal(0, 0.02, picture.shape).astype(np.float32)
    trimap = make_trimap(alpha, (alpha > 0.5).astype(np.float32), TrimapSettings(width=14))
    whole = method.alpha(picture, trimap, alpha)
    monkeypatch.setattr(tiles, "SIDE", 40)
    asked = []
    solved = method.solved

    def counted(problem):
        asked.append(problem.trimap.size)
        return solved(problem)

    tiled = tiles.by_tiles(picture, trimap, alpha, counted, pull, whole=700)
    assert len(asked) > 8 and max(asked[1:]) <= (40 + 2 * (tiles.FADE + tiles.MARGIN)) ** 2
    assert np.abs(tiled - whole).max() < 0.02 and np.abs(tiled - whole)[trimap == UNKNOWN].mean() < 1e-3


def test_only_tiles_with_something_unknown_are_solved(monkeypatch):
    picture, alpha = disk_scene(300, 400, center=(40, 40), radius=15)
    trimap = make_trimap(alpha, (alpha > 0.5).astype(np.float32))
    trimap[290:, 390:] = UNKNOWN
    monkeypatch.setattr(tiles, "SIDE", 64)
    sizes = []

    def solver(problem):
        sizes.append((problem.trimap == UNKNOWN).sum())
        return problem.wanted

    tiles.by_tiles(picture, trimap, alpha, solver, pull, whole=100)
    assert len(sizes) < 12


@pytest.mark.parametrize("wrong", ["picture", "guide", "values", "type"])
def test_what_does_not_fit_is_refused(wrong):
    picture, trimap, guide = np.zeros((4, 5, 3), np.float32), np.zeros((4, 5), np.uint8), np.zeros((4, 5), np.float32)
    if wrong == "picture":
        picture = picture[:3]
    elif wrong == "guide":
        guide = guide[:, :3]
    elif wrong == "values":
        trimap[0, 0] = 7
    else:
        trimap = trimap.astype(np.float32)
    with pytest.raises(ValueError, match="trimap"):
        CLOSED_FORM.alpha(picture, trimap, guide)


def test_auto_is_the_refiner_where_its_weights_are(monkeypatch):
    monkeypatch.setattr(refiner, "available", lambda: False)
    assert methods.choose("auto") == methods.choose("closed_form")
    monkeypatch.setattr(refiner, "available", lambda: True)
    monkeypatch.setattr(refiner, "version", lambda: "refiner 1 0123456789abcdef")
    monkeypatch.setattr(refiner, "needs_features", lambda: True)
    chosen = methods.choose("auto")
    assert (chosen.name, chosen.version, chosen.needs_features) == ("refiner", "refiner 1 0123456789abcdef", True)


def test_an_unknown_name_is_refused_with_those_that_there_are():
    with pytest.raises(MattewrightError, match="closed_form"):
        methods.make("magic")
