"""A tiny clip rendered by real Blender: alpha, straight foreground and depth agree; a clip that is there is not made again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import OpenImageIO
import pytest

from scripts.matte_data import rendering

ROOT = Path(__file__).resolve().parents[2]


def _render(out: Path) -> str:
    command = [sys.executable, "scripts/render_mattes", "--out", str(out), "--clips", "2", "--kinds", "animal", "--size", "64", "64"]
    command += ["--frames", "2", "--colour-samples", "2", "--alpha-samples", "32"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_a_clip_is_rendered_whole_and_a_second_run_goes_on(tmp_path):
    out = tmp_path / "clips ü"
    (out / ".0001_animal.partial" / "raw").mkdir(parents=True)
    _render(out)
    clip = out / "0001_animal"
    assert not (out / ".0001_animal.partial").exists()
    manifest = rendering.clips(out)[0]
    assert manifest["kind"] == "animal" and manifest["blender"].startswith("5.0")
    for frame in ("0001", "0002"):
        alpha = rendering._read(clip / "alpha" / f"{frame}.png")
        assert alpha.dtype == np.uint16 and alpha.shape == (64, 64)
        assert alpha.min() == 0 and alpha.max() == 65535
        assert rendering._read(clip / "foreground" / f"{frame}.png").shape == (64, 64, 3)
        opened = OpenImageIO.ImageInput.open(str(clip / "depth" / f"{frame}.exr"))
        depth = np.asarray(opened.read_image("float")).reshape(64, 64)
        assert (depth[alpha == 0] == rendering.NOTHING).all()
        assert 0.05 < np.median(depth[alpha == 65535]) < 50
    assert (out / "contact-sheet.png").is_file()
    made = (clip / "manifest.json").stat().st_mtime_ns
    before = rendering._read(clip / "alpha" / "0001.png")
    _render(out)
    assert (clip / "manifest.json").stat().st_mtime_ns == made
    # The same seed renders the same frames.
    (clip / "manifest.json").unlink()
    for path in sorted(clip.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    clip.rmdir()
    _render(out)
    after = rendering._read(clip / "alpha" / "0001.png")
    assert np.array_equal(before, after)
