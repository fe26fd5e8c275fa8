"""The refiner as an AlphaMethod: known pixels exact, tiles that don't show, the weights' checksum, and the weights that ship."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from engine.matte import refiner as package
from engine.matte.closed_form import CLOSED_FORM
from engine.matte.refiner.inputs import FEATURES, carried, network_inputs, placed_features
from engine.matte.refiner.network import Network, NetworkSettings
from engine.matte.refiner.refiner import Refiner
from engine.matte.refiner.weights import load_network, save_network
from engine.segment.image_model import Embedding
from engine.shot import MattewrightError

TINY = NetworkSettings(channels=(8, 8, 8, 8), blocks=(1, 1, 1, 1))


def network(settings: NetworkSettings = TINY, seed: int = 1) -> Network:
    """With weights as a training would leave them: none is zero."""
    torch.manual_seed(seed)
    made = Network(settings).eval()
    for value in made.parameters():
        value.data.add_(torch.randn_like(value) * 0.05)
    return made.requires_grad_(False)


def scene(height: int = 240, width: int = 330) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A soft disc over noise: picture, trimap, guide, true alpha."""
    rng = np.random.default_rng(3)
    sharp = np.zeros((height, width), np.uint8)
    cv2.circle(sharp, (width // 2, height // 2), min(height, width) // 3, 255, -1)
    alpha = cv2.GaussianBlur(sharp, (0, 0), 2.5).astype(np.float32) / 255
    share = alpha[..., None]
    picture = share * (0.8, 0.4, 0.2) + (1 - share) * (0.2, 0.5, 0.7) + rng.normal(0, 0.02, (height, width, 3))
    guide = cv2.GaussianBlur(sharp, (0, 0), 6).astype(np.float32) / 255
    trimap = np.where(guide > 0.95, 255, np.where(guide < 0.05, 0, 128)).astype(np.uint8)
    return picture.clip(0, 1).astype(np.float32), trimap, guide, alpha


def embedding(size: tuple[int, int]) -> Embedding:
    made = torch.Generator().manual_seed(2)
    shapes = ((1, 256, 64, 64), (1, 32, 256, 256), (1, 64, 128, 128))
    deep, high, middle = (torch.randn(*shape, generator=made) for shape in shapes)
    return Embedding(deep, (high, middle), size)


def test_known_pixels_are_exact_and_others_within_0_and_1() -> None:
    picture, trimap, guide, _ = scene()
    alpha = Refiner(network(), "test").alpha(picture, trimap, guide, embedding(trimap.shape))
    assert alpha.dtype == np.float32 and alpha.shape == trimap.shape
    assert (alpha[trimap == 255] == 1).all() and (alpha[trimap == 0] == 0).all()
    assert alpha.min() >= 0 and alpha.max() <= 1


def test_an_untrained_network_is_better_than_the_guide() -> None:
    picture, trimap, guide, truth = scene()
    torch.manual_seed(1)
    alpha = Refiner(Network(TINY).eval(), "test", features=False).alpha(picture, trimap, guide)
    assert np.abs(alpha - truth).mean() < 0.5 * np.abs(guide - truth).mean()


@pytest.mark.parametrize("wavelet", ["db2", *(pytest.param(name, marks=pytest.mark.slow) for name in ("db1", "strided"))])
def test_tiles_dont_show(wavelet: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = NetworkSettings(wavelet, channels=TINY.channels, blocks=TINY.blocks)
    picture, trimap, guide, _ = scene(400, 500)
    refiner = Refiner(network(settings), "test")
    given = embedding(trimap.shape)
    whole = refiner.alpha(picture, trimap, guide, given)
    monkeypatch.setattr("engine.matte.tiles.SIDE", 96)
    assert np.abs(refiner.alpha(picture, trimap, guide, given) - whole).max() < 0.02


def test_the_same_picture_gives_the_same_bytes() -> None:
    picture, trimap, guide, _ = scene()
    refiner = Refiner(network(), "test")
    given = embedding(trimap.shape)
    first, second = (refiner.alpha(picture, trimap, guide, given).tobytes() for _ in range(2))
    assert first == second


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (17, 5)])
def test_pictures_of_a_few_pixels(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    trimap = rng.choice(np.asarray((0, 128, 255), np.uint8), size)
    trimap.flat[0] = 128
    picture, guide = rng.random((*size, 3), np.float32), rng.random(size, np.float32)
    alpha = Refiner(network(), "test", features=False).alpha(picture, trimap, guide)
    assert np.isfinite(alpha).all() and (alpha[trimap == 255] == 1).all()


def test_nothing_unknown_is_nothing_to_do() -> None:
    trimap = np.full((40, 50), 255, np.uint8)
    alpha = Refiner(network(), "test", features=False).alpha(np.zeros((40, 50, 3), np.float32), trimap, np.zeros((40, 50), np.float32))
    assert (alpha == 1).all()


def test_what_is_not_a_number_does_no_harm() -> None:
    picture, trimap, guide, _ = scene()
    picture[100, 100], guide[50, 50] = np.nan, np.inf
    assert np.isfinite(Refiner(network(), "test", features=False).alpha(picture, trimap, guide)).all()


def test_features_are_asked_for() -> None:
    picture, trimap, guide, _ = scene()
    with pytest.raises(ValueError, match="features"):
        Refiner(network(), "test").alpha(picture, trimap, guide)
    assert not Refiner(network(NetworkSettings(features=False, channels=TINY.channels)), "test").needs_features


def test_features_reach_alpha() -> None:
    picture, trimap, guide, _ = scene()
    one = Refiner(network(), "test").alpha(picture, trimap, guide, embedding(trimap.shape))
    other = Refiner(network(), "test", features=False).alpha(picture, trimap, guide)
    assert np.abs(one - other).max() > 1e-3


def test_features_come_from_the_place_of_the_tile() -> None:
    """A feature that is the place itself: what a tile gets is where it lies."""
    places = {}
    for name, (count, stride) in FEATURES.items():
        side = 1024 // stride
        across = (torch.arange(side) + 0.5) / side
        places[name] = across.expand(1, count, side, side)
    x = (torch.arange(64) + 32 + 0.5) / 200
    where = torch.stack((x.expand(64, 64), torch.full((64, 64), 0.5)), -1)[None]
    for name, values in placed_features(places, where).items():
        stride = FEATURES[name][1]
        wanted = x.reshape(-1, stride).mean(1)
        torch.testing.assert_close(values[0, 0, 0], wanted, atol=1e-4, rtol=0)


def test_colours_are_carried_into_the_band() -> None:
    picture = torch.zeros(1, 3, 64, 64)
    picture[:, 0, :, :24], picture[:, 2, :, 40:] = 0.9, 0.7
    weight = torch.zeros(1, 1, 64, 64)
    weight[..., :24] = 1
    near = carried(picture, weight)
    torch.testing.assert_close(near[0, :, 32, 32], torch.tensor([0.9, 0.0, 0.0]), atol=1e-3, rtol=0)
    # Nothing known at all: no colour, but numbers.
    assert torch.isfinite(carried(picture, torch.zeros_like(weight))).all()


def test_the_candidates_are_exact_between_two_even_colours() -> None:
    picture, trimap, guide, truth = scene()
    tensors = (torch.from_numpy(np.ascontiguousarray(part))[None] for part in (picture.transpose(2, 0, 1), trimap[None], guide[None]))
    candidates = network_inputs(*tensors).candidates[0].numpy()
    band = trimap == 128
    errors = [np.abs(candidate - truth)[band].mean() for candidate in candidates]
    assert max(errors[1:]) < 0.5 * errors[0]


def test_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    made = network(NetworkSettings("db2", recurrent=True, channels=TINY.channels))
    path = tmp_path / "weights é.safetensors"
    checksum = save_network(made, path, {"step": "3"})
    read, found = load_network(path)
    assert found == checksum and read.settings == made.settings
    for name, value in read.state_dict().items():
        torch.testing.assert_close(value, made.state_dict()[name], atol=2e-3, rtol=1e-3)
    assert package.version(path).endswith(checksum[:16])


def test_changed_or_missing_weights_are_told(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    with pytest.raises(MattewrightError, match="missing"):
        load_network(path)
    save_network(network(), path, {})
    path.write_bytes(path.read_bytes()[:-1] + b"\1")
    with pytest.raises(MattewrightError, match=r"not what weights\.sha256 says"):
        load_network(path)


def test_a_network_that_is_given_the_closed_form_begins_with_it_to_the_last_bit() -> None:
    picture, trimap, guide, _ = scene()
    settings = NetworkSettings(features=False, solved=True, channels=TINY.channels, blocks=TINY.blocks)
    alpha = Refiner(Network(settings).eval(), "test").alpha(picture, trimap, guide)
    assert np.array_equal(alpha, CLOSED_FORM.alpha(picture, trimap, guide))
    assert np.abs(Refiner(network(settings), "test").alpha(picture, trimap, guide) - alpha).max() > 1e-2
