"""Contact sheets: many clips in one picture, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from . import layouts
from .layouts import Colour

TILE = (256, 160)
"""Width and height of one picture in a sheet."""
_CHECKED = (120, 170)


def foregrounds(path: Path, clips: Sequence[Path], columns: int = 8) -> None:
    """The first frame of each clip's foreground over a chequerboard."""
    tiles = []
    for clip in clips:
        if not (clip / layouts.MANIFEST).is_file():
            continue
        alpha = layouts.read_alpha(layouts.pictures_in(clip / "alpha")[0])[..., None]
        colour = layouts.read_colour(layouts.pictures_in(clip / "foreground")[0])
        y, x = np.indices(alpha.shape[:2]) // 24
        board = np.where((x + y) % 2, *_CHECKED)[..., None]
        tiles.append(labelled((alpha * colour + (1 - alpha) * board).astype(np.uint8), clip.name))
    layouts.write_colour(path, grid(tiles, columns))


def labelled(picture: Colour, text: str, colour: tuple[int, int, int] = (255, 255, 255)) -> Colour:
    """`picture`, as large as a tile with its shape kept, and its name."""
    scale = min(TILE[0] / picture.shape[1], TILE[1] / picture.shape[0])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.zeros((TILE[1], TILE[0], 3), np.uint8)
    tile[: small.shape[0], : small.shape[1]] = small[: TILE[1], : TILE[0]]
    for shade, thick in (((0, 0, 0), 3), (colour, 1)):
        cv2.putText(tile, text, (3, TILE[1] - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.38, shade, thick, cv2.LINE_AA)
    return tile


def grid(tiles: Sequence[Colour], columns: int) -> Colour:
    """Tiles of one size side by side, in rows of `columns`."""
    if not tiles:
        return np.zeros((TILE[1], TILE[0], 3), np.uint8)
    blank = np.zeros_like(tiles[0])
    filled = [*tiles, *[blank] * (-len(tiles) % columns)]
    return np.vstack([np.hstack(filled[start : start + columns]) for start in range(0, len(filled), columns)])


def composites(path: Path, clips: Sequence[Path], columns: int = 6) -> None:
    """The first frame of each composited clip, and its alpha beside it."""
    tiles = []
    for clip in clips:
        if (clip / layouts.MANIFEST).is_file():
            first = layouts.pictures_in(clip / "frames")[0]
            alpha = np.rint(layouts.read_alpha(clip / "alpha" / first.name) * 255).astype(np.uint8)
            tiles.append(np.hstack([labelled(layouts.read_colour(first), clip.name), labelled(np.repeat(alpha[..., None], 3, -1), "")]))
    layouts.write_colour(path, grid(tiles, max(1, columns // 2)) if tiles else grid([], 1))
