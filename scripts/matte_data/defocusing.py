"""A clip's frames, alpha and foreground through `defocus`, a frame at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil  # type: ignore[import-untyped]

from . import depths, layouts
from .defocus import Lens, defocused, from_light, to_light
from .drawing import Floats
from .layouts import Colour

Depth = Callable[[Path, Colour], Floats]
"""From a frame's path and picture to its depth, (h, w) metres."""


@dataclass(frozen=True)
class FlatClip:
    """Frames, and the folders of their alpha and foreground where there are such; or foregrounds alone, with their alpha."""

    frames: list[Path]
    """The pictures; those of the foreground where `cut_out`."""
    alpha: Path | None
    foreground: Path | None
    cut_out: bool = False
    """Whether there is nothing but the foreground: then no frames are written."""

    @classmethod
    def of(cls, folder: Path) -> FlatClip:
        """The clip in `folder`: its frames/, else its foreground/ with alpha/, else the pictures that lie in it."""
        whole, alpha, foreground = (folder / name if (folder / name).is_dir() else None for name in ("frames", "alpha", "foreground"))
        cut_out = whole is None and alpha is not None and foreground is not None
        inside = whole or (foreground if cut_out else None) or folder
        frames = layouts.pictures_in(inside) if inside.is_dir() else []
        if not frames:
            raise layouts.LayoutError(f"{folder}: holds no pictures, nor a folder frames/ of them: name a clip")
        return cls(frames, alpha, foreground, cut_out)


def depth_of(clip: FlatClip, scale: depths.Scale, folder: Path | None, model: Path | None) -> Depth:
    """Where the depth comes from: files in `folder`, or the network in `model`."""
    if model is not None:
        said = depths.by_model(depths.DepthModel(model), scale, layouts.read_colour(clip.frames[0]))
        return lambda path, picture: said(picture)
    if folder is None or not folder.is_dir():
        raise layouts.LayoutError(f"{folder}: no such folder: name one with a depth picture for each frame")
    files = depths.matching(clip.frames, depths.depth_files(folder))
    return lambda path, picture: depths.read_depth(files[path.name], scale)


def defocus_frame(clip: FlatClip, path: Path, depth: Depth, lens: Lens, output: Path, memory: float = 0) -> bool:
    """Write one frame below `output`, unless it is there; says whether it was written. `memory`: bytes; 0 for half of what is free.

    The frame itself (or else the alpha) is written last: where it is, the others are too.
    """
    name = f"{path.stem}.png"
    if (output / ("alpha" if clip.cut_out else "frames") / name).is_file():
        return False
    picture = layouts.read_colour(path)
    away = depth(path, picture)
    if away.shape != picture.shape[:2]:
        raise layouts.LayoutError(
            f"{path}: {picture.shape[1::-1]} pixels, but its depth has {away.shape[::-1]}: give depth of the same size"
        )
    channels = [to_light(picture)]
    if clip.alpha is not None:
        channels.append(layouts.read_alpha(clip.alpha / name)[..., None])
        if clip.foreground is not None:
            channels.append(to_light(layouts.read_colour(clip.foreground / name)) * channels[1])
    budget = memory or psutil.virtual_memory().available / 2
    seen = defocused(np.concatenate(channels, -1), away, lens, memory=budget)
    if clip.alpha is not None:
        if clip.foreground is not None:
            straight = seen[..., 4:] / np.maximum(seen[..., 3:4], 1e-4)
            layouts.write_colour(output / "foreground" / name, from_light(straight))
        layouts.write_alpha(output / "alpha" / name, seen[..., 3])
    if not clip.cut_out:
        layouts.write_colour(output / "frames" / name, from_light(seen[..., :3]))
    return True
