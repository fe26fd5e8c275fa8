"""`regions` and `pick` as they are typed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import moving_shape
import pytest
from weights import sam2_tiny  # noqa: F401 - a fixture

from engine import shot
from engine.shot import Layout

ROOT = Path(__file__).resolve().parents[2]


def engine(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "engine", *(str(word) for word in words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)


def refused(result: subprocess.CompletedProcess[str], says: str, code: int = 1) -> None:
    assert result.returncode == code, result.stdout + result.stderr
    assert says in result.stderr.splitlines()[-1]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shot")
    clip = moving_shape.write_sequence(folder / "Bilder é", 2)
    done = engine("new", clip, "--store", folder / "disk.mattewright", "--frame-start", 1001)
    assert done.returncode == 0, done.stderr
    return folder / "disk.mattewright"


@pytest.mark.parametrize("words", [["regions", "--help"], ["pick", "--help"]])
def test_help_imports_no_torch(words: list[str]) -> None:
    code = (
        "import sys; from engine.cli import main\n"
        f"try: main({words!r})\nexcept SystemExit: pass\n"
        "print('imported:', [name for name in ('torch', 'sam2', 'cv2', 'numpy') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True, encoding="utf-8")
    assert found.stdout.splitlines()[-1] == "imported: []"


def test_find_and_pick(store: Path, sam2_tiny: str) -> None:  # noqa: F811
    """The whole way, with what a user sees at each step."""
    x, y = moving_shape.centre(0)
    refused(engine("pick", store, "--frame", 1001, "--at", f"{x},{y}"), "frame 1001 has no regions yet")
    first = engine("regions", store, "--frame", 1001, "--grid", 5, "--device", "cpu")
    assert first.returncode == 0, first.stderr
    assert "regions 7/7  frame 1001" in first.stdout
    assert f"regions, written: {Layout(store).regions(1001, 'colours')}" in first.stdout
    again = engine("regions", store, "--frame", 1001, "--grid", 5, "--json")
    listed = json.loads(again.stdout)
    assert [one["number"] for one in listed] == list(range(1, len(listed) + 1))
    assert set(listed[0]) == {"number", "area", "box", "score", "stability", "point", "within"}
    assert "fresh already" in engine("regions", store, "--frame", 1001, "--grid", 5).stdout

    picked = engine("pick", store, "--frame", 1001, "--at", f"{x},{y}", "--object", "disk")
    assert picked.returncode == 0, picked.stderr
    assert "'disk' is prompted on frame 1001 by region" in picked.stdout
    assert engine("check", store).returncode == 0
    before = (store / "shot.json").read_bytes()
    refused(engine("pick", store, "--frame", 1001, "--region", 1, "--object", "disk"), "has prompts on frame 1001 already")
    refused(engine("pick", store, "--frame", 1001, "--region", 99, "--object", "other"), "no region 99")
    refused(engine("pick", store, "--frame", 1001), "nothing was picked")
    assert (store / "shot.json").read_bytes() == before
    assert engine("pick", store, "--frame", 1001, "--region", 1, "--object", "disk", "--replace").returncode == 0
    assert engine("pick", store, "--frame", 1001, "--region", 1, "--each").returncode == 0
    assert [item.name for item in shot.read(store / "shot.json").objects] == ["disk", "region 1"]


@pytest.mark.slow
def test_where_nothing_is_found_it_says_what_to_do(store: Path, sam2_tiny: str) -> None:  # noqa: F811
    done = engine("regions", store, "--frame", 1002, "--grid", 1, "--least-score", 1)
    assert done.returncode == 0, done.stderr
    assert "nothing was found on frame 1002: lower --least-score" in done.stdout
    assert engine("regions", store, "--frame", 1002, "--grid", 1, "--least-score", 1, "--json").stdout == "[]\n"


@pytest.mark.parametrize(
    ("words", "says", "code"),
    [
        (["--frame", 7], "no picture on frame 7: the clip is frames 1001 to 1002", 1),
        (["--frame", 1001, "--grid", 0], "expected a whole number from 1 on", 2),
        (["--frame", 1001, "--grid", 999], "expected at most 128 points a side", 2),
        (["--frame", 1001, "--least-score", 1.5], "expected a number from 0 to 1", 2),
        (["--frame", 1001, "--least-area", "few"], "expected a whole number", 2),
    ],
)
def test_what_can_not_be_asked_is_refused(store: Path, words: list[object], says: str, code: int) -> None:
    refused(engine("regions", store, *words), says, code)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C can't be sent to one process of a test on Windows")
def test_ctrl_c_stops_between_two_batches(store: Path, sam2_tiny: str) -> None:  # noqa: F811
    command = [sys.executable, "-u", "-m", "engine", "regions", str(store), "--frame", "1002", "--grid", "64"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("regions 1/1024")
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate()
    assert process.returncode == 130
    assert "cancelled; nothing was written" in rest
