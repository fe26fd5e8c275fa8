"""The bench of `review` as a user runs it: a process, over a small sequence whose masks are known."""

from __future__ import annotations

import json
import subprocess
import sys

import environments
import moving_shape
import numpy as np
import pytest
from PIL import Image
from weights import sam2_tiny  # noqa: F401

FRAMES = 6


@pytest.fixture
def sequences(tmp_path):
    folder = tmp_path / "sequences" / "disk"
    (folder / "frames").mkdir(parents=True)
    (folder / "masks").mkdir()
    for index in range(FRAMES):
        Image.fromarray(moving_shape.picture(index)).save(folder / "frames" / f"{index:05d}.png")
        Image.fromarray(moving_shape.truth(index).astype(np.uint8)).save(folder / "masks" / f"{index:05d}.png")
    return folder.parent


def bench(*arguments):
    command = [sys.executable, str(environments.ROOT / "scripts" / "bench_review"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


@pytest.mark.slow
def test_says_how_many_bad_frames_are_found_and_how_many_chance_would_find(sequences, tmp_path, sam2_tiny):  # noqa: F811
    report = tmp_path / "report.json"
    done = bench("--data", sequences, "--trouble", "none", "astray", "--shares", 0.4, 1.0, "--json", report, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].split() == ["sequence", "object", "trouble", "J", "worst", "J", "in", "40%", "in", "100%"]
    told = json.loads(report.read_text("utf-8"))
    assert [track["trouble"] for track in told["tracks"]] == ["none", "astray"]
    plain, astray = told["tracks"]
    assert plain["J"] > 0.9 and astray["worst J"] < 0.5
    assert 0 <= astray["found"]["0.4"] <= 1
    assert all(track["found"]["1.0"] == 1.0 for track in told["tracks"])
    assert {line["trouble"]: line["tracks"] for line in told["mean"]} == {"none": 1, "astray": 1, "all": 2}
    assert all(line["chance"] == {"0.4": 0.4, "1.0": 1.0} for line in told["mean"])


def test_names_the_sequences_that_there_are(sequences, sam2_tiny):  # noqa: F811
    done = bench("nonsense", "--data", sequences)
    assert done.returncode != 0
    assert "no sequence nonsense; there are disk" in done.stderr and "Traceback" not in done.stderr
