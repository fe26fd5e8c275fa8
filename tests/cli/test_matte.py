"""Mattes on the command line: made, set, planned, and a trimap for a look."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import ROOT
from matted import FIRST, LAST, SIZE, disk, tracked, write

from engine import shot
from engine.cli.main import main
from engine.shot import MattewrightError
from engine.store import Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tracked(tmp_path, "my disk")
    write(made, disk("my disk", enabled=False))
    return made


def test_a_matte_is_made_and_says_how(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["matte", str(folder)]) == 1
    assert "no object is to have a matte" in capsys.readouterr().err
    assert main(["matte", str(folder), "--object", "my disk", "--method", "guided", "--frames", "2-3"]) == 0
    said = capsys.readouterr().out
    assert "matte 2/2  'my disk' frame 3 by guided" in said and "wrote 2 files" in said
    alpha = cv2.imread(str(Store(folder).layout.file("my disk", "alpha", 2)), cv2.IMREAD_UNCHANGED)
    assert alpha.dtype == np.uint16 and alpha.shape == SIZE


def test_values_are_set_first_and_only_then_it_is_made(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["matte", str(folder), "--set", "my disk.enabled=on", "--set", "my disk.width=6", "--frames", "2"]) == 0
    assert "wrote 1 file" in capsys.readouterr().out
    assert main(["matte-settings", str(folder), "--object", "my disk", "--set", "steady=0.5", "--set", "despill=green"]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[:3] == ["enabled=on", "method=guided", "width=6"] and "steady=0.5\n" in said and "despill=green\n" in said
    matte = shot.read(folder / "shot.json").object("my disk").matte
    assert (matte.enabled, matte.width, matte.steady, matte.despill) == (True, 6.0, 0.5, "green")
    before = (folder / "shot.json").read_bytes()
    for said, expected in (
        ("width=wide", "'my disk' matte.width: expected a number from 0 to 512"),
        ("steady=2", "'my disk' matte.steady: expected a number from 0 to 1"),
        ("method=magic", "'my disk' matte.method: expected"),
        ("enabled=perhaps", "enabled: expected on or off"),
        ("colour=red", "a matte has no 'colour'; it has enabled, method"),
        ("steady", "expected NAME=VALUE"),
    ):
        assert main(["matte-settings", str(folder), "--object", "my disk", "--set", said]) == 1
        assert expected in capsys.readouterr().err
    assert main(["matte", str(folder), "--set", "width=6"]) == 1
    assert "expected OBJECT.NAME=VALUE" in capsys.readouterr().err
    assert (folder / "shot.json").read_bytes() == before


def test_a_trimap_is_saved(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "trimap of disk.png"
    assert main(["trimap", str(folder), "3", "--save", str(file)]) == 0
    assert "320 x 180" in capsys.readouterr().out
    assert set(np.unique(cv2.imread(str(file), cv2.IMREAD_UNCHANGED))) == {0, 128, 255}
    assert main(["trimap", str(folder), str(LAST + 1), "--save", str(file)]) == 1
    assert "is not tracked on frame 6: track first" in capsys.readouterr().err
    assert main(["trimap", str(folder), "3", "--save", str(tmp_path / "trimap.exr")]) == 1
    assert "name a file that ends in .png" in capsys.readouterr().err


def test_the_plan_counts_mattes(folder: Path) -> None:
    from engine.jobs import OpenShot
    from engine.jobs.plan import plan_mattes_only

    write(folder, disk("my disk"))
    assert main(["matte", str(folder), "--frames", f"{FIRST}-2"]) == 0
    with OpenShot(folder) as opened:
        plan = plan_mattes_only(opened, opened.objects(), opened.frames())
    assert (plan.alphas.count, plan.alphas.fresh) == (3, 2)
    with OpenShot(folder) as opened, pytest.raises(MattewrightError, match="no tracked frames in 6 to 6: track first"):
        plan_mattes_only(opened, opened.objects(), opened.frames(6, 6))


def test_help_and_doctor_load_none_of_it() -> None:
    names = ("torch", "numba", "scipy", "cv2")
    code = f"import sys, engine.cli.main, engine.cli.doctor; print([name for name in {names} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
