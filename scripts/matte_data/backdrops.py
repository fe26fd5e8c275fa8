"""Backgrounds that move: photographs under a slow pan and zoom, and green and blue screens. (h, w, 3) uint8 sRGB."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .drawing import Floats, disc
from .layouts import Colour, LayoutError, read_colour
from .textures import Photographs, any_colour, cloudy, creases

_MARGIN = 0.06
"""How far, as a share of the picture, a background is larger than what is seen of it, on each side."""


@dataclass(frozen=True)
class Backdrop:
    """The pictures behind a clip."""

    kind: str
    """``photograph``, ``screen`` or ``plain``."""
    name: str
    pictures: list[Colour]
    pace: float
    """Pixels a frame that it moves."""
    blur: float
    """Radius of the lens's blur, pixels."""
    screen: Floats | None = None
    """The colour of a screen, (3,)."""


def any_backdrop(rng: np.random.Generator, size: tuple[int, int], frames: int, photographs: Photographs, screens: float) -> Backdrop:
    """A background for `frames` frames of `size` (width, height); `screens` is the share of green and blue ones."""
    kind = "screen" if rng.random() < screens else "photograph" if rng.random() < 0.96 else "plain"
    large = round(size[0] * (1 + 2 * _MARGIN)), round(size[1] * (1 + 2 * _MARGIN))
    screen, name = None, kind
    if kind == "photograph":
        name, whole = _photograph(rng, large, photographs)
    else:
        screen = _screen_colour(rng) if kind == "screen" else None
        whole = _wall(rng, large, any_colour(rng) if screen is None else screen)
    blur = float(rng.choice([0.0, 1.5, 4.0, 8.0], p=[0.55, 0.2, 0.15, 0.1])) * size[1] / 540 * float(rng.uniform(0.7, 1.3))
    if blur > 0.5:
        whole = np.rint(cv2.filter2D(whole.astype(np.float32), -1, disc(blur), borderType=cv2.BORDER_REFLECT)).astype(np.uint8)
    pace = float(rng.choice([0.0, 0.5, 2.5, 8.0], p=[0.35, 0.3, 0.25, 0.1])) * float(rng.uniform(0.6, 1.2))
    pace = min(pace, _MARGIN * min(size) / max(1, frames))
    return Backdrop(kind, name, _panned(rng, whole, size, frames, pace), pace, blur, screen)


def _photograph(rng: np.random.Generator, size: tuple[int, int], photographs: Photographs) -> tuple[str, Colour]:
    """Part of a photograph, as large as `size`."""
    if not photographs.paths:
        return "cloudy", np.rint(cv2.resize(cloudy(rng, 512), size)).astype(np.uint8)
    path = photographs.paths[int(rng.integers(len(photographs.paths)))]
    picture = read_colour(path)
    if min(picture.shape[:2]) < 64:
        raise LayoutError(f"{path}: a photograph of {picture.shape[1]}x{picture.shape[0]} is too small: take it away")
    largest = min(picture.shape[1] / size[0], picture.shape[0] / size[1])
    share = max(rng.uniform(0.5, 1.0) * largest, min(largest, 0.6))
    width, height = max(1, int(size[0] * share)), max(1, int(size[1] * share))
    x, y = int(rng.integers(0, picture.shape[1] - width + 1)), int(rng.integers(0, picture.shape[0] - height + 1))
    part = picture[y : y + height, x : x + width]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    how = cv2.INTER_AREA if share > 1 else cv2.INTER_CUBIC
    part = np.asarray(cv2.resize(np.ascontiguousarray(part), size, interpolation=how), np.uint8)
    if rng.random() < 0.4:
        part = np.clip(255 * (part / np.float32(255)) ** rng.uniform(0.75, 1.4) * rng.uniform(0.8, 1.1), 0, 255).astype(np.uint8)
    return path.name, np.asarray(part, np.uint8)


def _screen_colour(rng: np.random.Generator) -> Floats:
    if rng.random() < 0.7:
        colour = np.array([rng.uniform(15, 90), rng.uniform(120, 215), rng.uniform(20, 100)])
    else:
        colour = np.array([rng.uniform(10, 70), rng.uniform(40, 120), rng.uniform(130, 220)])
    return np.asarray(colour, np.float32)


def _wall(rng: np.random.Generator, size: tuple[int, int], colour: Floats) -> Colour:
    """One colour, unevenly lit; smooth, creased or grainy."""
    width, height = size
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    centre = rng.uniform(-0.7, 0.7, 2)
    light = 1.08 - rng.uniform(0, 0.35) * ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / 2
    kind = rng.random()
    if kind < 0.35:
        patch = creases(rng, rng.uniform(0.03, 0.15))
        light = light * cv2.resize(patch, size, interpolation=cv2.INTER_CUBIC)
    whole = colour * light[..., None]
    if kind > 0.5:
        whole = whole + rng.normal(0, rng.uniform(2, 9), (height, width, 1))
    return np.asarray(np.rint(np.clip(whole, 0, 255)), np.uint8)


def _panned(rng: np.random.Generator, whole: Colour, size: tuple[int, int], frames: int, pace: float) -> list[Colour]:
    """What a camera that pans and zooms over `whole` sees, blurred along its way as an open shutter does."""
    angle, zoom = rng.uniform(0, 2 * np.pi), float(rng.normal(0, 0.0015)) * min(2.0, pace)
    shutter = rng.uniform(0.2, 0.8)
    moments = int(np.clip(np.ceil(pace * shutter), 1, 8))
    middle = np.array([whole.shape[1], whole.shape[0]]) / 2 - 0.5
    pictures = []
    for frame in range(frames):
        total = np.zeros((size[1], size[0], 3), np.float32)
        for moment in range(moments):
            time = frame - (frames - 1) / 2 + ((moment + 0.5) / moments - 0.5) * shutter
            scale = 1 + zoom * time
            start = middle + np.array([np.cos(angle), 0.5 * np.sin(angle)]) * pace * time - scale * (np.array(size) / 2 - 0.5)
            back = np.array([[scale, 0, start[0]], [0, scale, start[1]]])
            flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
            total += cv2.warpAffine(whole, back, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101)
        pictures.append(np.rint(total / moments).astype(np.uint8))
    return pictures
