"""Blender's own nodes read our Cryptomatte and our multilayer EXR back, soft coverage and all."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import environments
import export_scene as scene
import numpy as np
import OpenImageIO
import pytest

from engine.shot import Output

NAMES = ("disk", "öther one")


@pytest.mark.parametrize("blender", [pytest.param("4.2", marks=pytest.mark.slow), pytest.param("4.5", marks=pytest.mark.slow), "5.0"])
def test_its_nodes_show_each_objects_alpha(tmp_path: Path, blender: str) -> None:
    folder = scene.make(tmp_path, Output("crypto", "cryptomatte"), Output("layers", "exr_layers", values={"depth": "float"}), names=NAMES)
    scene.export(folder)
    job = {
        "cryptomatte": str(folder / "exports/crypto/a shot_0002.exr"),
        "layers": str(folder / "exports/layers/a shot_0002.exr"),
        "names": NAMES,
        "width": scene.WIDTH,
        "height": scene.HEIGHT,
        "folder": str(tmp_path),
    }
    (tmp_path / "job.json").write_text(json.dumps(job), encoding="utf-8")
    script = Path(__file__).with_name("blender_layers.py")
    command = [str(environments.bpy_environment(blender)), str(script), str(tmp_path / "job.json")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", errors="replace")
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads((tmp_path / "said.json").read_text(encoding="utf-8"))
    assert said["type"] == "MULTILAYER"
    assert set(NAMES) <= set(said["sockets"])
    for index, name in enumerate(NAMES):
        wanted = scene.alpha(name, 2) / 65535
        assert ((wanted > 0.1) & (wanted < 0.9)).any()
        for kind in ("crypto", "layer"):
            found = pixels(tmp_path / f"{index}_{kind}.exr")
            assert np.abs(found - wanted).max() < 1e-5, (name, kind)


def pixels(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """(height, width) of the first channel."""
    source = OpenImageIO.ImageInput.open(str(path))
    assert source is not None
    found: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = source.read_image(0, 0, 0, 1, "float")[..., 0]
    source.close()
    return found
