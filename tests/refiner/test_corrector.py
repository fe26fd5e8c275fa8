"""What corrects the closed form: begins with it, leaves what is known alone, shows no tiles; its training; and what ships."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from matte_training.clips import find_clips
from matte_training.correction import CorrectionSettings, CorrectionTrainer, Pixels, pixels
from matte_training.samples import BatchSettings, Sampler

from engine.matte import methods
from engine.matte import refiner as package
from engine.matte.closed_form import CLOSED_FORM
from engine.matte.refiner import corrector
from engine.matte.refiner.corrector import Corrector, Weights
from engine.matte.refiner.evidence import COUNT, evidence
from engine.shot import MattewrightError

SHORT = CorrectionSettings(steps=60, width=16, pixels=512, rate=3e-3, validate_every=20)


def weights(size: float = 0.1) -> Weights:
    """By chance; with a `size` of 0, untrained ones."""
    rng = np.random.default_rng(5)
    widths = (COUNT, 8, 1)
    layers = [(rng.normal(0, size, pair).astype(np.float32), np.zeros(pair[1], np.float32)) for pair in itertools.pairwise(widths)]
    return Weights(np.zeros(COUNT, np.float32), np.ones(COUNT, np.float32), tuple(layers))


def scene(height: int = 200, width: int = 264) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A ball with strands whose rim has the light of what is behind: picture, trimap, guide, true alpha."""
    rng = np.random.default_rng(8)
    shape = np.zeros((height, width), np.uint8)
    centre, radius = (width // 2, height // 2), height // 4
    cv2.circle(shape, centre, radius, 255, -1, cv2.LINE_AA)
    for angle in rng.uniform(0, 2 * np.pi, 60):
        length = radius + rng.uniform(2, 7)
        end = (int(centre[0] + length * np.cos(angle)), int(centre[1] + length * np.sin(angle)))
        cv2.line(shape, centre, end, 255, 1, cv2.LINE_AA)
    alpha = cv2.GaussianBlur(shape, (0, 0), 0.9).astype(np.float32) / 255
    behind = cv2.GaussianBlur(rng.random((height, width, 3), np.float32), (0, 0), 6)
    behind = np.asarray((0.25, 0.5, 0.3), np.float32) + 2 * (behind - behind.mean())
    own = np.asarray((0.6, 0.42, 0.3), np.float32) + rng.normal(0, 0.03, (height, width, 3)).astype(np.float32)
    wrap = 0.4 * np.clip(2 * cv2.GaussianBlur(1 - alpha, (0, 0), 2.5), 0, 1)[..., None]
    own = own + wrap * (behind - own)
    share = alpha[..., None]
    picture = share * own + (1 - share) * behind + rng.normal(0, 0.01, (height, width, 3))
    guide = cv2.GaussianBlur((alpha > 0.5).astype(np.float32), (0, 0), 4)
    trimap = np.where(guide > 0.95, 255, np.where(guide < 0.03, 0, 128)).astype(np.uint8)
    return picture.clip(0, 1).astype(np.float32), trimap, guide, alpha


def test_untrained_it_is_the_closed_form_to_the_last_bit() -> None:
    picture, trimap, guide, _ = scene()
    alpha = Corrector(weights(0), "test").alpha(picture, trimap, guide)
    assert np.array_equal(alpha, CLOSED_FORM.alpha(picture, trimap, guide))


def test_what_is_known_stays_and_the_rest_is_within_0_and_1() -> None:
    picture, trimap, guide, _ = scene()
    alpha = Corrector(weights(), "test").alpha(picture, trimap, guide)
    assert alpha.dtype == np.float32 and alpha.min() >= 0 and alpha.max() <= 1
    assert (alpha[trimap == 255] == 1).all() and (alpha[trimap == 0] == 0).all()
    assert np.abs(alpha - CLOSED_FORM.alpha(picture, trimap, guide)).max() > 0.05


def test_tiles_dont_show(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, trimap, guide, _ = scene(328, 400)
    solved, method = CLOSED_FORM.alpha(picture, trimap, guide), Corrector(weights(), "test")
    whole = method.corrected(picture, trimap, guide, solved.copy())
    monkeypatch.setattr("engine.matte.tiles.SIDE", 96)
    assert np.abs(method.corrected(picture, trimap, guide, solved.copy()) - whole).max() < 1e-4


def test_evidence_stays_when_the_picture_is_turned_or_its_colours_change_places() -> None:
    picture, trimap, guide, _ = scene()
    solved = CLOSED_FORM.alpha(picture, trimap, guide)
    found = evidence(picture, trimap, guide, solved)
    assert found.shape == (np.count_nonzero(trimap == 128), COUNT) and np.isfinite(found).all()
    places = np.zeros(trimap.shape, np.int64)
    places[trimap == 128] = np.arange(len(found))
    mirrored, colour, known, said, share = (np.ascontiguousarray(values[:, ::-1]) for values in (places, picture, trimap, guide, solved))
    other = evidence(np.ascontiguousarray(colour[..., [2, 0, 1]]), known, said, share)
    assert np.abs(found[mirrored[known == 128]] - other).max() < 2e-2


def test_a_large_picture_is_corrected_by_a_smaller_one(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, trimap, guide, _ = scene()
    method = Corrector(weights(), "test")
    small = method.alpha(picture, trimap, guide)
    large = [np.repeat(np.repeat(values, 2, 0), 2, 1) for values in (picture, trimap, guide)]
    monkeypatch.setattr(corrector, "SIDE", trimap.shape[1])
    solved = np.repeat(np.repeat(CLOSED_FORM.alpha(picture, trimap, guide), 2, 0), 2, 1)
    found = method.corrected(*large, solved)
    assert found.shape == large[1].shape and (found[large[1] == 0] == 0).all()
    assert np.abs(cv2.resize(found, trimap.shape[::-1], interpolation=cv2.INTER_AREA) - small).mean() < 5e-3


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (17, 5)])
def test_pictures_of_a_few_pixels_and_what_is_not_a_number(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    trimap = rng.choice(np.asarray((0, 128, 255), np.uint8), size)
    trimap.flat[0] = 128
    picture, guide = rng.random((*size, 3), np.float32), rng.random(size, np.float32)
    picture.flat[0], guide.flat[0] = np.nan, np.inf
    alpha = Corrector(weights(), "test").alpha(picture, trimap, guide)
    assert np.isfinite(alpha).all() and (alpha[trimap == 255] == 1).all()


def test_weights_are_read_as_they_were_written_and_others_are_told(tmp_path: Path) -> None:
    path, made = tmp_path / "weights é.safetensors", weights()
    checksum = made.save(path, {"step": "3"})
    read = Weights.load(path)
    for one, other in zip(read.layers, made.layers, strict=True):
        assert all(np.array_equal(*pair) for pair in zip(one, other, strict=True))
    method = package.load("cpu", path)
    assert isinstance(method, Corrector) and method.version == package.version(path) and checksum[:16] in method.version
    assert CLOSED_FORM.version in method.version and not package.needs_features(path)
    replace(made, usual=made.usual[:-1]).save(path, {})
    with pytest.raises(MattewrightError, match="another version"):
        Weights.load(path)


def _learnt(clips: Path) -> Pixels:
    sampler = Sampler(find_clips(clips), BatchSettings(64, 2, solved=True), 1)
    return pixels((sampler.batch(step) for step in range(4)), 200, 1)


def test_training_falls_and_a_run_that_was_cut_goes_on_to_the_same_bytes(clips: Path, tmp_path: Path) -> None:
    learnt = _learnt(clips)
    rows = list(CorrectionTrainer(tmp_path / "whole", SHORT, learnt, learnt).go())
    assert rows[-1]["mad"] < 0.97 * rows[-1]["solved"]
    steps = CorrectionTrainer(tmp_path / "cut", SHORT, learnt, learnt).go()
    next(steps)
    steps.send(None)
    steps.close()
    again = CorrectionTrainer(tmp_path / "cut", SHORT, learnt, learnt)
    assert again.resume() and again.step == 20
    assert list(again.go()) == rows[1:]
    assert (tmp_path / "whole/latest.safetensors").read_bytes() == (tmp_path / "cut/latest.safetensors").read_bytes()


def test_what_ships_is_small_and_better_than_the_closed_form_on_a_drawn_edge() -> None:
    picture, trimap, guide, truth = scene()
    shipped = methods.make("auto")
    assert isinstance(shipped, Corrector) and methods.choose("auto").version == shipped.version
    ours, theirs = (np.abs(method.alpha(picture, trimap, guide) - truth)[trimap == 128].mean() for method in (shipped, CLOSED_FORM))
    assert ours < 0.92 * theirs
    assert corrector.SHIPPED.stat().st_size <= 12 << 20
    card = corrector.SHIPPED.with_name("MODEL_CARD.md").read_text(encoding="utf-8")
    assert f"{1e3 * ours:.1f} for the closed form's {1e3 * theirs:.1f}" in card, (ours, theirs)
