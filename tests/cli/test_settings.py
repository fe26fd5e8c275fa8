"""`new --overlap` and `set`: what the document says then, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import moving_shape
import pytest

from engine.shot import Rate, View, read

ROOT = Path(__file__).resolve().parents[2]


def engine(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "engine", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return moving_shape.write_sequence(tmp_path_factory.mktemp("clip"), 2)


def test_a_new_shot_may_share_out_the_pixels(clip: Path, tmp_path: Path) -> None:
    assert engine("new", clip, "--store", tmp_path / "a", "--overlap", "winner").returncode == 0
    assert read(tmp_path / "a" / "shot.json").overlap == "winner"
    assert engine("new", clip, "--store", tmp_path / "b").returncode == 0
    assert "overlap" not in (tmp_path / "b" / "shot.json").read_text("utf-8")


def test_a_shot_is_changed_and_the_rest_of_it_stays(clip: Path, tmp_path: Path) -> None:
    engine("new", clip, "--store", tmp_path / "a", "--name", "Küste")
    path = tmp_path / "a" / "shot.json"
    before = path.read_bytes()
    done = engine("set", tmp_path / "a", "--overlap", "winner")
    assert done.returncode == 0 and "overlap is 'winner', was 'union'" in done.stdout
    assert read(path).overlap == "winner" and read(path).name == "Küste"
    assert engine("set", path, "--overlap", "union").returncode == 0
    assert path.read_bytes() == before


def test_how_a_sequence_is_seen_and_how_fast_it_is(clip: Path, tmp_path: Path) -> None:
    assert engine("new", clip, "--store", tmp_path / "a", "--rate", "23.976", "--exposure", "-1.5").returncode == 0
    path = tmp_path / "a" / "shot.json"
    assert read(path).footage.rate == Rate(24000, 1001) and read(path).footage.view == View(-1.5)
    done = engine("set", path, "--rate", "30000/1001", "--transfer", "log", "--exposure", 0)
    assert done.returncode == 0 and "transfer is 'log', was 'srgb'; rate is '30000/1001', was '24000/1001'" in done.stdout
    assert read(path).footage.rate == Rate(30000, 1001) and read(path).footage.view == View(0.0, "log")
    for bad in ("0", "-25", "25/0", "fast"):
        assert engine("set", path, "--rate", bad).returncode == 2
    for bad in ("99", "nan"):
        assert engine("set", path, "--exposure", bad).returncode == 2
    done = engine("set", path, "--alpha", "premultiplied")
    assert "alpha is 'premultiplied', was 'auto'" in done.stdout and read(path).footage.alpha == "premultiplied"


def test_what_is_refused(clip: Path, tmp_path: Path) -> None:
    engine("new", clip, "--store", tmp_path / "a")
    nothing = engine("set", tmp_path / "a")
    assert nothing.returncode == 1 and "nothing to set" in nothing.stderr and nothing.stderr.count("\n") == 1
    assert engine("set", tmp_path / "a", "--overlap", "both").returncode == 2
    assert engine("set", tmp_path / "none", "--overlap", "winner").returncode == 1
    path = tmp_path / "a" / "shot.json"
    path.write_text(path.read_text("utf-8").replace('"version": 1', '"version": 1, "overlap": "both"'), encoding="utf-8")
    bad = engine("plan", tmp_path / "a")
    assert bad.returncode == 1 and "overlap" in bad.stderr and "winner" in bad.stderr and bad.stderr.count("\n") == 1


def test_tracking_is_set_and_what_does_not_go_together_is_refused(clip: Path, tmp_path: Path) -> None:
    engine("new", clip, "--store", tmp_path / "a", "--size", 512)
    path = tmp_path / "a" / "shot.json"
    assert read(path).tracking.size == 512
    done = engine("set", path, "--tracker", "memory", "--model", "sam2.1-hiera-small", "--precision", "bfloat16", "--compiled")
    assert done.returncode == 0 and "tracker is 'memory', was 'auto'" in done.stdout
    tracking = read(path).tracking
    assert (tracking.tracker, tracking.model, tracking.size, tracking.precision) == ("memory", "sam2.1-hiera-small", 512, "bfloat16")
    assert tracking.compiled
    before = path.read_bytes()
    bad = engine("set", path, "--model", "sam2-hiera-tiny")
    assert bad.returncode == 1 and "needs memory weights" in bad.stderr and bad.stderr.count("\n") == 1
    assert path.read_bytes() == before


def test_only_what_was_tracked_can_be_corrected(clip: Path, tmp_path: Path) -> None:
    engine("new", clip, "--store", tmp_path / "a")
    bad = engine("prompt", tmp_path / "a", "--object", "disk", "--frame", 2, "--point", "90,90", "--correct")
    assert bad.returncode == 1 and "not tracked on frame 2" in bad.stderr and bad.stderr.count("\n") == 1
