"""The bench as a user runs it: that every way is measured, not how fast any is."""

from __future__ import annotations

import json
import subprocess
import sys

import environments
import pytest
from weights import sam2_tiny  # noqa: F401


def bench(*arguments):
    command = [sys.executable, str(environments.ROOT / "scripts" / "bench_speed"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


@pytest.mark.slow
def test_measures_every_way(tmp_path, sam2_tiny):  # noqa: F811
    done = bench("--rounds", 1, "--json", tmp_path / "speed.json")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "speed.json").read_text("utf-8"))
    assert list(report["encoders"]) == ["package", "1024", "896", "512"]
    assert report["encoders"]["package"]["times_faster"] == 1
    assert all(row["ms"] > 0 and row["peak_memory_mib"] > 200 for row in report["encoders"].values())
    assert 0 < report["click"]["ours_ms"] < report["click"]["ms"] <= report["click"]["worst_ms"]
    assert len(done.stdout.splitlines()) == 7


def test_names_the_picture_that_is_missing(tmp_path, sam2_tiny):  # noqa: F811
    done = bench(tmp_path / "none.jpg")
    assert done.returncode != 0 and "none.jpg: no such picture" in done.stderr and "Traceback" not in done.stderr
