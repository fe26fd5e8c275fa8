"""Measuring: folders of mattes, and a method over clips."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matte_training import evaluation

from engine.matte.guided import Guided


def test_the_truth_has_no_error(clips: Path) -> None:
    figures = evaluation.compared(clips / "clip0/alpha", clips / "clip0/alpha")
    assert figures.mad == 0 and figures.dtssd == 0


def test_a_method_over_clips_with_guides(clips: Path, tmp_path: Path) -> None:
    (shot,) = evaluation.shots(clips, None)
    assert shot.name == "clip0" and len(shot.frames) == 2
    made = [alpha for alpha, _ in evaluation.run(shot, Guided(), evaluation.Features(tmp_path))]
    truth = evaluation.read_matte(shot.alphas[0])
    assert made[0].shape == truth.shape and np.abs(made[0] - truth).mean() < 0.05


def test_logits_of_some_frames(clips: Path, tmp_path: Path) -> None:
    (tmp_path / "clip1").mkdir()
    np.save(tmp_path / "clip1/logits_0001.npy", np.zeros((256, 256), np.float32))
    (shot,) = evaluation.shots(clips, tmp_path)
    assert [path.stem for path in shot.frames] == ["0002"]


@pytest.mark.slow
def test_the_script_prints_a_table(clips: Path) -> None:
    script = Path(__file__).resolve().parents[2] / "scripts/eval_matte"
    command = [sys.executable, str(script), "clips", str(clips), "--method", "guided"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "dtSSD" in printed and "guided clip0" in printed
