"""The bench as a user runs it: a process, over a small sequence of two objects whose masks are known."""

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

FRAMES = 4


@pytest.fixture(scope="module")
def sequences(tmp_path_factory):
    """One sequence: the moving disk is object 1, a still square of another colour object 2; masks are palette pictures."""
    folder = tmp_path_factory.mktemp("sequences")
    (folder / "disk" / "frames").mkdir(parents=True)
    (folder / "disk" / "masks").mkdir()
    for index in range(FRAMES):
        picture, ids = moving_shape.picture(index), moving_shape.truth(index).astype(np.uint8)
        picture[20:70, 240:290] = (30, 60, 230)
        ids[20:70, 240:290] = 2
        Image.fromarray(picture).save(folder / "disk" / "frames" / f"{index:05d}.png")
        mask = Image.fromarray(ids).convert("P")
        mask.putpalette([0, 0, 0, 200, 0, 0, 0, 200, 0])
        mask.save(folder / "disk" / "masks" / f"{index:05d}.png")
    return folder


def bench(*arguments):
    command = [sys.executable, str(environments.ROOT / "scripts" / "bench_tracking"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


def test_measures_each_object_and_keeps_embeddings(sequences, tmp_path, sam2_tiny):  # noqa: F811
    kept = tmp_path / "embeddings"
    done = bench("--data", sequences, "--device", "cpu", "--json", tmp_path / "one.json", "--embeddings", kept)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["sequence", "objects", "frames", "J", "F", "J&F", "encoder", "tracker"]
    assert lines[1].split()[:3] == ["disk", "2", str(FRAMES)]
    assert lines[2].startswith("mean")
    report = json.loads((tmp_path / "one.json").read_text("utf-8"))
    (disk,) = report["sequences"]
    assert set(disk["objects"]) == {"1", "2"}
    # The first frame is given, the last left out.
    assert all(len(one["by_frame"]) == FRAMES - 2 for one in disk["objects"].values())
    assert all(one["J"] > 0.9 for one in disk["objects"].values())
    assert disk["J&F"] == pytest.approx((disk["J"] + disk["F"]) / 2)
    assert report["mean"]["J&F"] == disk["J&F"]
    assert disk["encoder"] > 0 and disk["tracker"] > 0 and report["mean"]["peak_memory_mib"] > 100

    again = bench("disk", "--data", sequences, "--device", "cpu", "--json", tmp_path / "two.json", "--embeddings", kept)
    assert again.returncode == 0, again.stderr
    (same,) = json.loads((tmp_path / "two.json").read_text("utf-8"))["sequences"]
    assert same["encoder"] is None
    assert same["objects"] == disk["objects"]

    clicked = bench("--data", sequences, "--device", "cpu", "--from", "clicks", "--json", tmp_path / "three.json", "--embeddings", kept)
    assert clicked.returncode == 0, clicked.stderr
    report = json.loads((tmp_path / "three.json").read_text("utf-8"))
    assert report["settings"]["from"] == "clicks" and report["settings"]["clicks"] == 3
    assert report["sequences"][0]["objects"]["2"]["J"] > 0.9


def test_names_the_sequences_that_there_are(sequences, sam2_tiny):  # noqa: F811
    done = bench("nonsense", "--data", sequences)
    assert done.returncode != 0
    assert "no sequence nonsense; there are disk" in done.stderr
    assert "Traceback" not in done.stderr
