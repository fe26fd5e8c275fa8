"""The bench as a user runs it, without a window: that everything is measured, not how fast it is."""

from __future__ import annotations

import json
import subprocess
import sys

import environments


def bench(*arguments):
    command = [sys.executable, str(environments.ROOT / "scripts" / "bench_preview"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


def test_measures_the_engine_alone(tmp_path):
    done = bench("--engine-only", "--changes", 2, "--json", tmp_path / "preview.json")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "preview.json").read_text("utf-8"))["engine"]
    assert list(found) == ["first", "threshold.level", "close.pixels", "feather.outside"]
    assert all(row["median"] > 0 for row in found.values())
    assert "engine alone, close.pixels" in done.stdout
