"""A small sequence whose mask is known: a patterned disk that moves over a patterned ground. Made, not shipped."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

WIDTH, HEIGHT, RADIUS = 320, 180, 34
FIRST = 1001


def centre(index: int) -> tuple[float, float]:
    """(x, y) in pixels of the disk on picture `index`, from 0."""
    return 90.0 + 12.0 * index, 90.0 + 4.0 * index


def truth(index: int) -> npt.NDArray[np.bool_]:
    """(HEIGHT, WIDTH): where the disk is."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    cx, cy = centre(index)
    return np.asarray(np.hypot(x + 0.5 - cx, y + 0.5 - cy) < RADIUS)


def picture(index: int) -> npt.NDArray[np.uint8]:
    """(HEIGHT, WIDTH, 3) RGB."""
    random = np.random.default_rng(7)
    ground = cv2.GaussianBlur(random.integers(40, 120, (HEIGHT, WIDTH, 3), np.uint8), (0, 0), 3).astype(np.float32)
    ground = (ground - 80) * 4 + np.array([60, 90, 70])
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    cx, cy = centre(index)
    spokes = np.sin(6 * np.arctan2(y - cy, x - cx)) * 25
    disk = np.stack([225 + spokes, 120 + spokes, 40 + spokes], axis=-1)
    pixels = np.where(truth(index)[..., None], disk, ground)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def write_sequence(folder: Path, count: int, first: int = FIRST) -> Path:
    """`count` PNGs in `folder`; the path of the first."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        ok, data = cv2.imencode(".png", picture(index)[..., ::-1])
        assert ok
        (folder / f"disk_{first + index}.png").write_bytes(data.tobytes())
    return folder / f"disk_{first}.png"
