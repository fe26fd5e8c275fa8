"""A Blender Mask's outlines, filled, become mask prompts: files in the store, like a picked region's (`pick`)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..refine import Box
from ..refine.polygons import coverage
from ..shot import BlenderMask, Layout, MattewrightError, Polygon
from ..shot.messages import Seeded
from ..store import pictures
from ..store.keys import digest

VERSION = "seed 1"


def seed(folder: Path, name: str, size: tuple[int, int], mask: BlenderMask) -> list[Seeded]:
    """Write `mask`, which gives the outlines on each frame that is meant, as mask prompts of the object `name` into the store `folder`.

    `size` is the picture's, (height, width). Raises MattewrightError, before anything is written, for a frame on which nothing of the
    picture is covered.
    """
    drawn = {int(frame): _filled(outlines, size) for frame, outlines in mask.frames.items()}
    for frame, inside in drawn.items():
        if not inside.any():
            raise MattewrightError(f"Mask '{mask.name}': covers nothing of the picture on frame {frame}: choose another frame")
    return [write_seed(folder, name, frame, inside) for frame, inside in sorted(drawn.items())]


def write_seed(folder: Path, name: str, frame: int, inside: npt.NDArray[np.bool_]) -> Seeded:
    """Write `inside`, (height, width), as a mask prompt of the object `name` into the store `folder`."""
    mark = hashlib.sha256(np.packbits(inside).tobytes()).hexdigest()[:12]
    path = Layout(folder).picked_mask(name, frame, mark)
    pictures.write(path, inside.astype(np.uint8) * 255, key=digest(VERSION, mark))
    return Seeded(frame, path.relative_to(folder).as_posix(), int(np.count_nonzero(inside)))


def _filled(outlines: tuple[Polygon, ...], size: tuple[int, int]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """(height, width), true where the outlines, one after the other, cover more than half."""
    made = np.zeros(size, np.float32)
    for outline in outlines:
        corners = np.array(outline.points, np.float64).reshape(-1, 2)
        if len(corners) >= 3:
            covered = coverage(corners, Box.whole(size)) * np.float32(-outline.opacity if outline.subtract else outline.opacity)
            made = np.clip(made + covered, 0.0, 1.0)
    return np.asarray(made > 0.5)
