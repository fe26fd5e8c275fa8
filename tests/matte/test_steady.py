from __future__ import annotations

import numpy as np
import pytest
from matte_scenes import disk_scene

from engine.matte.steady import REACH, steady


def moving(noise: float, step: float = 3.0):
    """A textured disk that moves `step` pixels a frame; alphas with noise, the pictures and the true alphas by offset."""
    rng = np.random.default_rng(3)
    pictures, alphas, truths = {}, {}, {}
    texture = rng.random((140, 260, 3)).astype(np.float32)
    for offset in range(-REACH, REACH + 1):
        picture, truth = disk_scene(140, 260, (70, 130 + step * offset), 40, 6)
        picture = 0.9 * picture + 0.1 * np.where(truth[..., None] > 0, np.roll(texture, round(step * offset), axis=1), texture)
        soft = (truth > 0) & (truth < 1)
        pictures[offset], truths[offset] = picture.astype(np.float32), truth
        alphas[offset] = np.clip(truth + soft * rng.normal(0, noise, truth.shape), 0, 1).astype(np.float32)
    return alphas, pictures, truths


def test_noise_goes_down_while_the_object_moves():
    alphas, pictures, truths = moving(0.15)
    found = steady(alphas, pictures, 1.0)
    assert np.abs(found - truths[0]).mean() < 0.9 * np.abs(alphas[0] - truths[0]).mean()


def test_a_clean_moving_edge_is_not_smeared():
    alphas, pictures, truths = moving(0.0)
    found = steady(alphas, pictures, 1.0)
    assert np.abs(found - truths[0]).max() < 0.15 and np.abs(found - truths[0])[truths[0] > 0].mean() < 0.01


def test_what_is_known_stays():
    alphas, pictures, _ = moving(0.1)
    found = steady(alphas, pictures, 1.0)
    assert found[70, 130] == 1 and (found[:10] == 0).all()


def test_no_strength_and_no_neighbours_change_nothing():
    alphas, pictures, _ = moving(0.1)
    assert (steady(alphas, pictures, 0.0) == alphas[0]).all()
    assert (steady({0: alphas[0]}, {0: pictures[0]}, 1.0) == alphas[0]).all()


def test_a_cut_leaves_the_frame_alone():
    alphas, pictures, _ = moving(0.1)
    for offset in pictures:
        if offset:
            pictures[offset] = 1 - pictures[offset]
    assert np.abs(steady(alphas, pictures, 1.0) - alphas[0]).max() < 0.02


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (40, 3)])
def test_small_pictures(size):
    alpha = np.full(size, 0.5, np.float32)
    picture = np.full((*size, 3), 0.3, np.float32)
    assert steady({0: alpha, 1: alpha}, {0: picture, 1: picture}, 1.0) == pytest.approx(alpha)


def test_what_does_not_fit_is_refused():
    alpha, picture = np.full((8, 8), 0.5, np.float32), np.zeros((8, 8, 3), np.float32)
    with pytest.raises(ValueError, match="frame 0"):
        steady({1: alpha}, {1: picture}, 1.0)
    with pytest.raises(ValueError, match="size"):
        steady({0: alpha, 1: alpha[:4]}, {0: picture, 1: picture}, 1.0)
    with pytest.raises(ValueError, match="steadiness"):
        steady({0: alpha}, {0: picture}, 2.0)
