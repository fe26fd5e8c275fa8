"""Ops on the picture."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from refine_scenes import AS_IT_IS, Scene, run

from engine.refine import OPS
from engine.refine.equalised import equalised
from engine.refine.op import Picture, PictureOp
from engine.shot import KeyedValue, RefineStep


def made(name: str, picture: npt.NDArray[np.floating], **values: KeyedValue) -> Picture:
    op = OPS[name]
    assert isinstance(op, PictureOp)
    return op.function(np.asarray(picture, np.float32), op.declaration.values_at(values, 1))


def photograph(size: tuple[int, int] = (160, 192)) -> npt.NDArray[np.float32]:
    random = np.random.default_rng(0)
    coarse = cv2.resize(random.random((6, 7, 3)).astype(np.float32), size[::-1], interpolation=cv2.INTER_CUBIC)
    fine = cv2.GaussianBlur(random.normal(0, 0.2, (*size, 3)).astype(np.float32), (0, 0), 3)
    return np.clip(0.2 + 0.3 * coarse + fine, 0, 1)


def test_equalisation_is_opencvs_where_that_has_steps_enough() -> None:
    values = photograph((640, 768))[:, :, 0]
    eight = np.rint(values * 255).astype(np.uint8)
    for limit in (1.5, 3.0, 8.0):
        truth = cv2.createCLAHE(limit, (8, 8)).apply(eight) / 255
        found = equalised(eight / np.float32(255), limit, 8)
        # OpenCV's curve is a stair of 256 steps, each at its upper end, of at most so much.
        assert np.abs(found - truth).max() < limit / 256 + 0.012


def test_equalisation_leaves_no_bands() -> None:
    ramp = np.linspace(0.4, 0.45, 4000, dtype=np.float32)[None].repeat(4, 0)
    steps = np.diff(equalised(ramp, 4.0, 1)[0])
    assert (steps >= 0).all() and (steps > 0).mean() > 0.75 and steps.max() < 0.001


def test_local_contrast_shows_what_is_in_a_shadow() -> None:
    shadow = photograph() * 0.5
    shadow[:, :96] *= 0.2
    found = [made("local_contrast", shadow, limit=limit)[:, :80].std() for limit in (2.0, 8.0)]
    assert found[0] > 1.1 * shadow[:, :80].std() and found[1] > 1.8 * shadow[:, :80].std()
    grey = np.repeat(photograph()[:, :, :1], 3, 2)
    spread = made("local_contrast", grey)
    assert np.abs(spread - spread.mean(axis=2, keepdims=True)).max() < 0.01, "grey stays grey"


@pytest.mark.parametrize("method", ["median", "bilateral", "means"])
def test_noise_goes_and_edges_stay(method: str) -> None:
    clean = np.full((60, 80, 3), 0.3, np.float32)
    clean[:, 40:] = 0.7
    noisy = np.clip(clean + np.random.default_rng(0).normal(0, 0.03, clean.shape), 0, 1)
    found = made("denoise", noisy, method=method, strength=0.6)
    assert np.abs(found - clean)[:, 5:35].mean() < 0.5 * np.abs(noisy - clean)[:, 5:35].mean()
    assert (found[5:-5, 42].mean() - found[5:-5, 37].mean()) > 0.35
    assert np.array_equal(made("denoise", noisy.astype(np.float32), method=method, strength=0.0), noisy.astype(np.float32))


@pytest.mark.parametrize("method", ["median", "bilateral", "means"])
def test_denoising_keeps_sixteen_bits(method: str) -> None:
    ramp = np.linspace(0.4, 0.42, 400, dtype=np.float32)[None, :, None].repeat(20, 0).repeat(3, 2)
    assert len(np.unique(made("denoise", ramp, method=method)[10, :, 0])) > 200


def test_the_ops_after_it_see_the_picture_so_and_those_before_it_do_not() -> None:
    picture = np.zeros((20, 20, 3), np.float32)
    picture[10, 10] = 1  # a dead pixel, that the median takes
    scene = Scene({1: np.ones((20, 20), np.float32)}, {1: picture})
    denoise, bright = RefineStep("denoise"), RefineStep("picture_threshold")
    assert run(scene, AS_IT_IS, bright, denoise).sum() == 1
    assert run(scene, AS_IT_IS, denoise, bright).sum() == 0
