"""Networks for the tests of the add-on: cards as the engine tells them, and whether the real ones are installed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from addon_fixtures import engine_python, load_clip, save
from mattewright.addon import properties
from mattewright.engine.shot.networks import Network, NetworkClass, NetworksDone

COLORS = ((0.0, 0.0, 0.0), (0.2, 0.3, 0.7), (0.75, 0.1, 0.1))
TOLD = NetworksDone(
    (
        Network(
            "deeplab",
            "DeepLab, for tests: three classes",
            "classes",
            True,
            3_000_000,
            "Apache-2.0",
            tuple(NetworkClass(name, color) for name, color in zip(("background", "sky", "person"), COLORS, strict=True)),
            0,
        ),
        Network(
            "mine", "My own", "classes", True, classes=(NetworkClass("left", COLORS[1]), NetworkClass("right", COLORS[2])), fetched=False
        ),
        Network("yolox_tiny_people", "YOLOX, for tests", "people", False, 20_000_000),
        Network("fastdepth", "FastDepth, for tests", "depth", True),
    )
)


def real(*names: str) -> pytest.MarkDecorator:
    """Skips where the engine or one of these networks isn't installed."""
    folder = Path(os.environ["MATTEWRIGHT_MODELS"])
    missing = [name for name in names if not any((folder / f"{name}{ending}").is_file() for ending in (".onnx", ".safetensors"))]
    there = engine_python().is_file() and not missing
    return pytest.mark.skipif(not there, reason=f"not installed: {', '.join(missing) or 'the engine'}")


def davis(data: Path, name: str, folder: Path, count: int):
    """The first `count` frames of a DAVIS sequence, from scene frame 1 on, in a file that is saved in `folder`."""
    clip = load_clip(sorted((data / "davis" / name / "frames").iterdir())[0])
    save(folder / "Szene ü.blend")
    shot = properties.of(clip)
    shot.use_clip_range, shot.first, shot.last = False, 1, count
    return clip
