"""The bench of mattes as a user runs it: processes, over a small clip and a still whose alpha is known."""

from __future__ import annotations

import json
import subprocess
import sys

import environments
import matte_shots
import matte_worker
import moving_shape
import numpy as np
import pytest
from PIL import Image
from weights import sam2_tiny  # noqa: F401

FRAMES = 3


@pytest.fixture
def clips(tmp_path):
    folder = tmp_path / "clips é" / "disk"
    for kind in ("frames", "alpha"):
        (folder / kind).mkdir(parents=True)
    for index in range(FRAMES):
        Image.fromarray(moving_shape.picture(index)).save(folder / "frames" / f"{index:05d}.png")
        Image.fromarray(moving_shape.truth(index).astype(np.uint8) * 255).save(folder / "alpha" / f"{index:05d}.png")
    return folder.parent


@pytest.fixture
def stills(tmp_path):
    """A picture that is its own alpha: dark to light across the unknown band."""
    folder = tmp_path / "stills"
    for kind in ("images", "trimap", "alpha"):
        (folder / kind).mkdir(parents=True)
    ramp = np.clip((np.arange(96) - 32) / 32, 0, 1)[None].repeat(48, 0)
    grey = np.round(ramp * 255).astype(np.uint8)
    Image.fromarray(grey[..., None].repeat(3, 2)).save(folder / "images" / "ramp.png")
    Image.fromarray(grey).save(folder / "alpha" / "ramp.png")
    Image.fromarray(np.select([ramp <= 0, ramp >= 1], [0, 255], 128).astype(np.uint8)).save(folder / "trimap" / "ramp.png")
    return folder


def bench(*arguments):
    command = [sys.executable, str(environments.ROOT / "scripts" / "bench_mattes"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


@pytest.mark.slow
def test_every_method_goes_by_the_same_tracked_masks(clips, tmp_path, sam2_tiny):  # noqa: F811
    report, keep = tmp_path / "report.json", tmp_path / "keep"
    asked = ["--data", clips, "--methods", "perfect", "mask", "guided", "--frames", 2, "--keep", keep, "--json", report, "--device", "cpu"]
    done = bench(*asked)
    assert done.returncode == 0, done.stdout + done.stderr
    perfect, mask, guided = json.loads(report.read_text("utf-8"))["clips"]
    assert (perfect["mad"], perfect["dtssd"]) == (0, 0), "a truth of black and white"
    assert 0 <= mask["mad"] < 20 and mask["dtssd"] < 20
    assert 0 < guided["mad"] < 50 and guided["frames_per_second"] > 0 and guided["peak_memory_mib"] > 50
    assert "| disk | guided" in done.stdout
    assert sorted(path.name for path in (keep / "disk").iterdir()) == ["features", "guided", "tracked"]
    logits = next((keep / "disk" / "tracked" / "objects" / matte_shots.OBJECT / "logits").iterdir())
    before = logits.stat().st_mtime_ns
    assert bench(*asked).returncode == 0 and logits.stat().st_mtime_ns == before, "what is tracked stays"


def test_stills_are_measured_where_their_trimaps_do_not_know(stills, tmp_path):
    report = tmp_path / "report.json"
    done = bench("--stills-alone", "--stills", stills, "--methods", "mask", "perfect", "nonsense", "--json", report)
    assert done.returncode == 1
    lines = json.loads(report.read_text("utf-8"))["stills"]
    one, mean = lines[:2]
    assert one["name"] == "ramp" and mean["name"] == "mean" and one["mse"] == mean["mse"]
    shares = np.round(np.arange(1, 32) / 32 * 255) / 255
    assert one["mse"] == pytest.approx(1000 * ((shares - (shares >= 0.5)) ** 2).mean(), rel=0.02)
    assert "no method 'nonsense'" in done.stdout and "Traceback" not in done.stdout + done.stderr


def test_names_the_clips_that_there_are(clips):
    done = bench("--data", clips, "--clips", "nonsense")
    assert done.returncode != 0
    assert "no clip nonsense; there are disk" in done.stderr and "Traceback" not in done.stderr
    assert "expected width, inside, outside or steady" in bench("--set", "method=knn").stderr


def test_what_stands_for_logits_rises_across_the_band():
    trimap = np.full((9, 30), 128, np.uint8)
    trimap[:, :10], trimap[:, 20:] = 0, 255
    guide = matte_worker._between(trimap)
    assert (guide[:, :10] == 0).all() and (guide[:, 20:] == 1).all()
    assert (np.diff(guide[4, 9:21]) > 0).all() and guide[4, 14] + guide[4, 15] == pytest.approx(1)
