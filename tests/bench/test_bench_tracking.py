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


def lines_of(path):
    return json.loads(path.read_text("utf-8"))["lines"]


def test_measures_each_object_and_keeps_embeddings(sequences, tmp_path, sam2_tiny):  # noqa: F811
    kept = tmp_path / "embeddings"
    done = bench("--data", sequences, "--device", "cpu", "--json", tmp_path / "one.json", "--embeddings", kept)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "matching, sam2-hiera-tiny at 1024, float32, from mask"
    assert lines[1].split() == ["sequence", "objects", "frames", "J", "F", "J&F", "encoder", "tracker"]
    assert lines[2].split()[:3] == ["disk", "2", str(FRAMES)]
    assert lines[3].startswith("mean")
    (line,) = lines_of(tmp_path / "one.json")
    (disk,) = line["sequences"]
    assert set(disk["objects"]) == {"1", "2"}
    # The first frame is given, the last left out.
    assert all(len(one["by_frame"]) == FRAMES - 2 for one in disk["objects"].values())
    assert all(one["J"] > 0.9 for one in disk["objects"].values())
    assert disk["J&F"] == pytest.approx((disk["J"] + disk["F"]) / 2)
    mean = line["mean"]
    assert mean["J&F"] == disk["J&F"]
    assert disk["encoder"] > 0 and disk["tracker"] > 0 and mean["peak_memory_mib"] > 100
    assert mean["frames_per_second"] == pytest.approx(1 / (disk["encoder"] + disk["tracker"]))

    again = bench("disk", "--data", sequences, "--device", "cpu", "--json", tmp_path / "two.json", "--embeddings", kept)
    assert again.returncode == 0, again.stderr
    (line,) = lines_of(tmp_path / "two.json")
    assert line["sequences"][0]["encoder"] > 0, "some frames are encoded for their speed"
    assert line["sequences"][0]["objects"] == disk["objects"]


@pytest.mark.slow
def test_one_table_for_all_that_was_asked(sequences, tmp_path, sam2_tiny):  # noqa: F811
    """Where embeddings are kept, some frames are encoded again for their speed; the lines share what was measured."""
    done = bench(
        *("disk", "--data", sequences, "--device", "cpu", "--embeddings", tmp_path / "kept"),
        *("--from", "mask", "3", "--tracker", "matching", "--package", "2", "--json", tmp_path / "report.json"),
    )
    assert done.returncode == 0, done.stderr
    table = [[cell.strip() for cell in row.strip("|").split("|")] for row in done.stdout.splitlines() if row.startswith("|")]
    assert table[0] == ["tracker", "model", "size", "precision", "prompts", "J", "F", "J&F", "frames/s", "peak memory MiB", "ratio to sam2"]
    wanted = [["matching", "sam2-hiera-tiny", "1024", "float32", prompts] for prompts in ("mask", "3 clicks")]
    assert [row[:5] for row in table[2:]] == wanted
    assert all(float(row[8]) > 0 and float(row[10]) > 0 for row in table[2:])
    first, second = lines_of(tmp_path / "report.json")
    assert first["mean"]["encoder"] == second["mean"]["encoder"] > 0
    assert second["from"] == "3 clicks" and second["sequences"][0]["objects"]["2"]["J"] > 0.9


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--tracker", "memory"), "'memory' needs memory weights"),
        (("--tracker", "magic"), "no tracker 'magic'; there are matching, memory, auto"),
        (("--model", "sam9"), "no model 'sam9'; there are"),
        (("--from", "mask", "disk"), "expected 'mask' or a number of clicks, got 'disk'"),
    ],
)
def test_says_what_there_is_not(sequences, sam2_tiny, asked, said):  # noqa: F811
    done = bench("--data", sequences, *asked)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_names_the_sequences_that_there_are(sequences, sam2_tiny):  # noqa: F811
    done = bench("nonsense", "--data", sequences)
    assert done.returncode != 0
    assert "no sequence nonsense; there are disk" in done.stderr
    assert "Traceback" not in done.stderr
