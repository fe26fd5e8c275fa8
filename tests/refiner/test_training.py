"""The refiner's training: samples, that the loss falls, and that a run which was cut goes on as if it had not been."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from matte_training.changes import Wrap, screen
from matte_training.clips import Clip, NoClipsError, find_clips, split
from matte_training.loop import RunSettings, Trainer
from matte_training.losses import LossSettings, losses
from matte_training.samples import BatchSettings, Kept, Sampler

from engine.matte.refiner.network import NetworkSettings
from engine.matte.refiner.weights import load_network

TINY = NetworkSettings(channels=(8, 8, 8, 8), blocks=(1, 1, 1, 1))
BATCH = BatchSettings(side=64, clips=2, pairs=0.5)


def trainer(clips: Path, run: Path, network: NetworkSettings = TINY, **settings: object) -> Trainer:
    found = find_clips(clips)
    chosen = RunSettings(**{"steps": 8, "held": 1, "validate_every": 4, "rate": 3e-3, "warmup": 2, **settings})  # type: ignore[arg-type]
    held = Sampler(found, BATCH, 9, plain=True)
    return Trainer(run, network, LossSettings(), chosen, Sampler(found, BATCH, 1), held)


def test_a_batch_is_of_its_step_alone(clips: Path) -> None:
    one, other = (Sampler(find_clips(clips), BATCH, 5) for _ in range(2))
    other.batch(0)
    first, second = one.batch(3), other.batch(3)
    for name in ("picture", "trimap", "guide", "alpha", "foreground"):
        assert torch.equal(getattr(first, name), getattr(second, name))
    assert not torch.equal(first.picture, one.batch(4).picture)


def test_a_batch_shows_the_band(clips: Path) -> None:
    sampler = Sampler(find_clips(clips), BATCH, 1)
    for step in range(6):
        batch = sampler.batch(step)
        assert batch.picture.shape == (2, 3, 64, 64) and batch.picture.min() >= 0 and batch.picture.max() <= 1
        unknown = batch.trimap == 128
        assert unknown.any() and set(batch.trimap.unique().tolist()) <= {0, 128, 255}
        # Most of what is known is known rightly.
        assert (batch.alpha[batch.trimap == 255] > 0.5).float().mean() > 0.9
        assert batch.features["image_embed"].shape == (2, 256, 4, 4)


def test_clips_of_one_source_are_held_back_together(tmp_path: Path) -> None:
    made = [Clip(tmp_path / f"{number}", ("0001",), f"source {number // 3}", True, False) for number in range(90)]
    kept, held = split(made, 0.2)
    assert held and kept and not {clip.source for clip in kept} & {clip.source for clip in held}


def test_a_folder_without_clips_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoClipsError, match="composite_mattes"):
        find_clips(tmp_path)


def test_a_struck_clip_is_left_out(write_clip: Callable[..., None], tmp_path: Path) -> None:
    write_clip(tmp_path / "kept", 1)
    write_clip(tmp_path / "struck", 2, guided=True)
    (tmp_path / "struck/guide/guide.json").write_text(json.dumps({"verdict": "struck"}), encoding="utf-8")
    assert [clip.folder.name for clip in find_clips(tmp_path)] == ["kept"]


def test_the_loss_is_nothing_for_the_truth_and_counts_soft_pixels_more() -> None:
    truth = torch.full((2, 1, 32, 32), 0.5)
    truth[..., :16] = 1.0
    unknown, colour = torch.ones_like(truth), torch.rand(2, 3, 32, 32)
    assert all(float(value) == 0 for value in losses(truth, truth, unknown, colour, 2, LossSettings()).values())
    settings = LossSettings()
    soft, hard = truth.clone(), truth.clone()
    soft[..., 16:] += 0.1
    hard[..., :16] -= 0.1
    terms = [losses(made, truth, unknown, colour, 1, settings)["absolute"] for made in (soft, hard)]
    assert float(terms[0] / terms[1]) == pytest.approx(settings.soft, rel=1e-3)


def test_to_be_worse_than_the_closed_form_costs_more_than_to_be_better_earns() -> None:
    truth, colour = torch.full((1, 1, 32, 32), 0.5), torch.rand(1, 3, 32, 32)
    solved, settings = truth + 0.1, LossSettings(soft=1.0)
    same, better, worse = (losses(truth + off, truth, torch.ones_like(truth), colour, 1, settings, solved) for off in (0.1, 0.05, 0.15))
    assert float(same["harm"]) == float(better["harm"]) == 0 < float(worse["harm"])
    assert worse["total"] - same["total"] > 2 * (same["total"] - better["total"])


def test_a_training_on_the_closed_form_begins_with_it_and_goes_on(clips: Path, tmp_path: Path) -> None:
    found, batch = find_clips(clips), BatchSettings(side=64, clips=2, solved=True)
    network = NetworkSettings(features=False, solved=True, channels=TINY.channels, blocks=TINY.blocks)
    kept = Kept(tmp_path / "batches", 2)
    train, held = Sampler(found, batch, 1, kept=kept), Sampler(found, batch, 9, plain=True)
    run = Trainer(tmp_path, network, LossSettings(), RunSettings(3, held=1, validate_every=1, rate=1e-9, warmup=0), train, held)
    rows = list(run.go())
    assert rows[0]["mad"] == pytest.approx(rows[0]["solved"], rel=1e-3) and rows[0]["solved"] < rows[0]["guide"]
    assert len(list(kept.folder.iterdir())) == 2
    assert torch.equal(train.batch(2).picture, Sampler(found, batch, 1).batch(0).picture), "they come again, the same bytes"


def test_the_loss_falls(clips: Path, tmp_path: Path) -> None:
    rows = list(trainer(clips, tmp_path, steps=30, validate_every=10).go())
    assert rows[-1]["loss_total"] < rows[0]["loss_total"]
    assert rows[-1]["mad"] < rows[-1]["guide"]
    assert {"curves.png", "samples.jpg", "curves.json", "checkpoint.pt"} <= {path.name for path in tmp_path.iterdir()}
    network, _ = load_network(tmp_path / "latest.safetensors")
    assert network.settings == TINY


@pytest.mark.parametrize("recurrent", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_run_that_was_cut_goes_on_to_the_same_bytes(clips: Path, tmp_path: Path, recurrent: bool) -> None:
    network = NetworkSettings(recurrent=recurrent, channels=TINY.channels, blocks=TINY.blocks)
    whole = trainer(clips, tmp_path / "whole", network)
    rows = list(whole.go())
    cut = trainer(clips, tmp_path / "cut", network)
    steps = cut.go()
    next(steps)  # as far as the first validation, in the middle
    cut.save()
    del steps, cut
    again = trainer(clips, tmp_path / "cut", network)
    assert again.resume() and again.step == 4
    assert list(again.go()) == rows[1:]
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, again.network.state_dict()[name]), name
    assert (tmp_path / "whole/latest.safetensors").read_bytes() == (tmp_path / "cut/latest.safetensors").read_bytes()


@pytest.mark.slow
def test_a_run_stops_when_nothing_gets_better(clips: Path, tmp_path: Path) -> None:
    rows = list(trainer(clips, tmp_path, steps=20, rate=0.0, validate_every=2, patience=3).go())
    assert len(rows) == 4  # with a rate of 0 no validation is better than the first


def test_light_from_behind_changes_the_rim_alone() -> None:
    rng = np.random.default_rng(1)
    alpha = np.zeros((48, 64), np.float32)
    alpha[:, 24:] = 1
    alpha[:, 24] = 0.5
    own, behind = np.full((48, 64, 3), (0.8, 0.3, 0.2), np.float32), np.full((48, 64, 3), (0.1, 0.6, 0.4), np.float32)
    picture = alpha[..., None] * own + (1 - alpha[..., None]) * behind
    straight, seen = Wrap.drawn(rng).over(alpha, own, picture)
    assert np.abs(seen[:, :24] - behind[:, :24]).max() < 1e-5 and np.abs(seen[:, -8:] - own[:, -8:]).max() < 1e-3
    assert np.abs(straight[:, 24] - behind[:, 24]).max() < 0.95 * np.abs(own[:, 24] - behind[:, 24]).max()
    assert np.abs(alpha[..., None] * straight + (1 - alpha[..., None]) * behind - seen).max() < 1e-5


def test_a_screen_is_nearly_of_one_colour() -> None:
    made = [screen(64, np.random.default_rng(seed)) for seed in range(8)]
    assert all(part.shape == (64, 64, 3) and part.min() >= 0 and part.max() <= 1 and part.std((0, 1)).max() < 0.2 for part in made)


@pytest.mark.slow
def test_the_correctors_script_trains_and_goes_on(clips: Path, tmp_path: Path) -> None:
    script = Path(__file__).resolve().parents[2] / "scripts/train_corrector"
    command = [sys.executable, str(script), str(clips), "--out", str(tmp_path), "--side", "64", "--batches", "2", "--held", "1"]
    command += ["--backgrounds", str(clips / "clip0/frames"), "--validation", "0.4", "--width", "8", "--hopeless", "0"]
    first = subprocess.run([*command, "--steps", "2"], capture_output=True, text=True, check=True).stdout
    assert "stopped at step 2 of 2" in first
    second = subprocess.run([*command, "--steps", "4", "--resume"], capture_output=True, text=True, check=True).stdout
    assert "goes on at step 2" in second and "stopped at step 4 of 4" in second


@pytest.mark.slow
def test_the_script_trains_and_goes_on(clips: Path, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, str(root / "scripts/train_matte"), str(clips), "--out", str(tmp_path), "--side", "64", "--batch", "2"]
    command += ["--validate-every", "2", "--validation", "0.4"]
    first = subprocess.run([*command, "--steps", "2"], capture_output=True, text=True, check=True).stdout
    assert "stopped at step 2 of 2" in first
    second = subprocess.run([*command, "--steps", "4", "--resume"], capture_output=True, text=True, check=True).stdout
    assert "goes on at step 2" in second and "stopped at step 4 of 4" in second


def test_real_logits_are_the_guide_where_there_are_some(clips: Path) -> None:
    guided = [clip for clip in find_clips(clips) if clip.guided]
    assert len(guided) == 1
    batch = Sampler(guided, BATCH, 1, plain=True).batch(0)
    assert np.any(batch.features["high"].numpy())
