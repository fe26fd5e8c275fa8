"""Colours of drawn things: crops of photographs, cloth, skin; shading towards the edge. R'G'B' 0..255 as displayed, float32."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .drawing import Floats
from .layouts import LayoutError, pictures_in, read_colour

TILE = 384
"""Pixels along a side of a texture; it goes on mirrored beyond."""
SKINS = ((241, 206, 180), (224, 177, 144), (198, 146, 110), (160, 110, 78), (117, 76, 52), (84, 55, 40), (214, 160, 138))
HAIRS = ((28, 22, 20), (58, 40, 28), (92, 62, 38), (140, 98, 58), (190, 150, 96), (120, 50, 26), (120, 118, 116), (214, 208, 200))


class Photographs:
    """A folder of photographs to take crops from; without any, coloured noise stands for them."""

    def __init__(self, folder: Path | None) -> None:
        self.paths = pictures_in(folder) if folder is not None and folder.is_dir() else []

    def crop(self, rng: np.random.Generator, side: int = TILE) -> Floats:
        """(side, side, 3): a square piece of a photograph, of any size in it, turned any way."""
        if not self.paths:
            return cloudy(rng, side)
        path = self.paths[int(rng.integers(len(self.paths)))]
        try:
            picture = read_colour(path)
        except LayoutError:
            return cloudy(rng, side)
        largest = min(picture.shape[:2])
        length = int(rng.uniform(min(0.25 * largest, side), largest)) or 1
        y, x = (int(rng.integers(0, extent - length + 1)) for extent in picture.shape[:2])
        piece = cv2.resize(picture[y : y + length, x : x + length], (side, side), interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(np.rot90(piece, int(rng.integers(4))), np.float32)


def cloudy(rng: np.random.Generator, side: int) -> Floats:
    """(side, side, 3): blotches of all sizes around a colour."""
    whole = np.zeros((side, side, 3), np.float32)
    cells, strength = 3, 1.0
    while cells < side:
        patch = rng.standard_normal((cells, cells, 3)).astype(np.float32)
        whole += strength * cv2.resize(patch, (side, side), interpolation=cv2.INTER_CUBIC)
        cells, strength = cells * 2, strength * 0.62
    return np.asarray(np.clip(any_colour(rng) + 28 * whole, 0, 255), np.float32)


def any_colour(rng: np.random.Generator) -> Floats:
    """(3,): a colour as things have them: seldom a vivid one."""
    hue, saturation = rng.random(), min(0.9, rng.exponential(0.28))
    return np.array(colorsys.hsv_to_rgb(hue, saturation, rng.uniform(0.12, 0.95)), np.float32) * 255


def jittered(rng: np.random.Generator, colour: tuple[int, int, int] | Floats, amount: float = 0.08) -> Floats:
    """`colour` a little lighter or darker, a little of another hue."""
    shade = 1 + amount * rng.standard_normal() + 0.3 * amount * rng.standard_normal(3)
    return np.asarray(np.clip(np.asarray(colour, np.float32) * shade, 4, 252), np.float32)


def cloth(rng: np.random.Generator, photographs: Photographs) -> Floats:
    """(TILE, TILE, 3): plain cloth with its weave and creases, striped or printed."""
    base = any_colour(rng)
    kind = rng.random()
    if kind < 0.14:  # printed
        print_ = photographs.crop(rng)
        whole = np.asarray(base + rng.uniform(0.3, 1.0) * (print_ - print_.mean((0, 1))), np.float32)
    elif kind < 0.28:
        line = np.arange(TILE, dtype=np.float32)
        wave = np.sin(line * rng.uniform(0.05, 0.5)) > rng.uniform(-0.7, 0.7)
        whole = np.where(wave[:, None, None] if rng.random() < 0.6 else wave[None, :, None], base, any_colour(rng)).astype(np.float32)
        whole = np.broadcast_to(whole, (TILE, TILE, 3)).copy()
    else:
        whole = np.broadcast_to(base, (TILE, TILE, 3)).astype(np.float32)
    return np.asarray(
        np.clip(whole * creases(rng, rng.uniform(0.05, 0.22))[..., None] + rng.normal(0, rng.uniform(1, 5), (TILE, TILE, 1)), 0, 255),
        np.float32,
    )


def creases(rng: np.random.Generator, strength: float) -> Floats:
    """(TILE, TILE) around 1: light and dark as of folds, longer than wide."""
    whole = np.zeros((TILE, TILE), np.float32)
    for cells, weight in ((4, 0.6), (9, 0.5), (24, 0.25), (60, 0.12)):
        patch = rng.standard_normal((cells, max(2, cells // int(rng.integers(1, 4))))).astype(np.float32)
        whole += weight * cv2.resize(patch, (TILE, TILE), interpolation=cv2.INTER_CUBIC)
    return np.asarray(1 + strength * np.tanh(whole), np.float32)


def skin(rng: np.random.Generator, base: Floats) -> Floats:
    """(TILE, TILE, 3): blotches and pores about a skin's colour."""
    blotches = creases(rng, 0.06)[..., None]
    red = (
        1 + np.array([0.03, -0.02, -0.03], np.float32) * cv2.resize(rng.standard_normal((6, 6)).astype(np.float32), (TILE, TILE))[..., None]
    )
    return np.asarray(np.clip(base * blotches * red + rng.normal(0, 1.5, (TILE, TILE, 1)), 0, 255), np.float32)


@dataclass(frozen=True)
class Light:
    """How a scene is lit: one for all its parts."""

    direction: tuple[float, float]
    """Where it comes from, a unit vector in the picture."""
    strength: float
    """How much lighter what faces it is, 0..1."""
    edge: float
    """How much darker (below 0: lighter, a rim light) the edges are, -0.6..0.6."""
    width: float
    """How far in from the edge that reaches, pixels."""

    @classmethod
    def any(cls, rng: np.random.Generator) -> Light:
        angle = rng.uniform(-np.pi, 0) if rng.random() < 0.85 else rng.uniform(0, np.pi)
        edge = rng.uniform(0.0, 0.35) if rng.random() < 0.75 else rng.uniform(-0.4, 0.0)
        return cls((float(np.cos(angle)), float(np.sin(angle))), float(rng.uniform(0.05, 0.45)), float(edge), float(rng.uniform(3, 22)))

    def shade(self, covered: Floats) -> Floats:
        """(h, w): what a part's colour is multiplied by, from its coverage: rounder than flat, lit from one side."""
        if min(covered.shape) < 2:
            return np.ones_like(covered)
        distance = cv2.distanceTransform((covered > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
        width = max(1.0, min(self.width, float(distance.max())))
        flat = 1 - np.exp(-distance / width)
        blurred = cv2.GaussianBlur(flat.astype(np.float32), (0, 0), max(1.0, width / 3))
        slope_y, slope_x = np.gradient(blurred)
        facing = -(slope_x * self.direction[0] + slope_y * self.direction[1]) * width * 1.5
        return np.asarray((1 - self.edge * (1 - flat)) * (1 + self.strength * np.clip(facing, -1, 1)), np.float32)


def laid(texture: Floats, box: tuple[int, int, int, int], origin: tuple[float, float], angle: float, scale: float) -> Floats:
    """The pixels of `box` (left, top, right, bottom) of a texture whose middle is at `origin`, turned by `angle` radians, `scale` times as
    large: it keeps to the part that it moves with."""
    left, top, right, bottom = box
    cosine, sine = np.cos(-angle) / scale, np.sin(-angle) / scale
    x, y = left + 0.5 - origin[0], top + 0.5 - origin[1]
    half = texture.shape[0] / 2
    back = np.array([[cosine, -sine, cosine * x - sine * y + half], [sine, cosine, sine * x + cosine * y + half]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(texture, back, (right - left, bottom - top), flags=flags, borderMode=cv2.BORDER_REFLECT_101), np.float32
    )
