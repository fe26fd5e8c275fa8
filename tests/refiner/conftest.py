"""A few tiny composited clips: soft shapes with strands over noise, one of them with logits and features as the tracker leaves them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from safetensors.numpy import save_file

SIZE = (96, 128)


def _write_clip(folder: Path, seed: int, *, guided: bool = False, frames: int = 2) -> None:
    """A disc with strands that moves by a pixel or two a frame."""
    rng = np.random.default_rng(seed)
    height, width = SIZE
    colours = rng.integers(0, 256, (2, 3))
    background, foreground = (np.clip(colour + rng.normal(0, 12, (height, width, 3)), 0, 255).astype(np.uint8) for colour in colours)
    angles, lengths = rng.uniform(0, 2 * np.pi, 12), rng.uniform(24, 36, 12)
    for part in ("frames", "alpha", "foreground", *(("guide",) if guided else ())):
        (folder / part).mkdir(parents=True)
    for number in range(1, frames + 1):
        shape = np.zeros((height, width), np.uint8)
        centre = (60 + 2 * number, 48)
        cv2.circle(shape, centre, 22, 255, -1, cv2.LINE_AA)
        for angle, length in zip(angles, lengths, strict=True):
            end = (int(centre[0] + length * np.cos(angle)), int(centre[1] + length * np.sin(angle)))
            cv2.line(shape, centre, end, 255, 1, cv2.LINE_AA)
        alpha = cv2.GaussianBlur(shape, (0, 0), 0.8).astype(np.float32)[..., None] / 255
        frame = np.rint(alpha * foreground + (1 - alpha) * background).astype(np.uint8)
        cv2.imwrite(str(folder / f"frames/{number:04d}.png"), frame)
        cv2.imwrite(str(folder / f"alpha/{number:04d}.png"), np.rint(alpha * 65535).astype(np.uint16))
        cv2.imwrite(str(folder / f"foreground/{number:04d}.png"), foreground)
        if guided:
            logits = (cv2.resize(alpha, (256, 256)) * 16 - 8).astype(np.float16)
            tensors = {"logits": logits, "high": rng.standard_normal((32, 256, 256), np.float32).astype(np.float16)}
            tensors["middle"] = rng.standard_normal((64, 128, 128), np.float32).astype(np.float16)
            tensors["image_embed"] = rng.standard_normal((256, 64, 64), np.float32).astype(np.float16)
            save_file(tensors, folder / f"guide/{number:04d}.safetensors")
    if guided:
        (folder / "guide/guide.json").write_text(json.dumps({"verdict": "kept"}), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps({"source": f"source {seed}"}), encoding="utf-8")


@pytest.fixture
def write_clip() -> Callable[..., None]:
    return _write_clip


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("composited")
    for number in range(3):
        _write_clip(folder / f"clip{number}", number, guided=number == 0)
    return folder
