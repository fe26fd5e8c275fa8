"""Clips with true alpha put over backgrounds that move, with colour and light to match, and a camera's noise.

What is written keeps to ``frame = alpha * F + (1 - alpha) * B`` in sRGB as displayed, rounded to 8 bits, where F is the 8-bit straight
foreground that is written beside it; noise and compression, where a clip has them, come after.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from . import layouts
from .backdrops import Backdrop, any_backdrop
from .drawing import Floats, split
from .layouts import Alpha, Colour, Source
from .textures import Photographs

VERSION = 1
SIZES = ((640, 360), (854, 480), (960, 540), (1280, 720), (640, 480), (720, 720), (480, 640))
_OFTEN = (0.36, 0.16, 0.2, 0.1, 0.08, 0.05, 0.05)


@dataclass(frozen=True)
class Settings:
    """What may differ between clips."""

    frames: int = 3
    every: int = 25
    """A clip begins at every so many frames of a source."""
    variants: int = 1
    """Clips from each such beginning, each over another background."""
    match: float = 1.0
    """How strongly, at most, the foreground's colours are brought near the background's, 0..1."""
    screens: float = 0.1
    """Share of green and blue screens."""
    company: float = 0.15
    """Share of backgrounds in which another foreground stands."""
    noisy: float = 0.5
    """Share of clips with a camera's noise or JPEG compression in the frames."""
    seed: int = 1


@dataclass(frozen=True)
class Task:
    """One clip to be made."""

    name: str
    source: Source
    first: int
    variant: int


def tasks(sources: Sequence[Source], prefix: str, settings: Settings) -> Iterator[Task]:
    """All clips that `sources` give."""
    for source in sources:
        for first in starts(source.count(), settings.frames, settings.every):
            for variant in range(settings.variants):
                yield Task(f"{prefix}_{source.name}_{first + 1:04d}_{variant}", source, first, variant)


def starts(count: int, frames: int, every: int) -> range:
    """The first frames, from 0, of stretches of `frames` out of `count`, every N-th; a source that is shorter is one stretch."""
    return range(0, max(min(1, count), count - frames + 1), max(1, every))


def stretch(rng: np.random.Generator, task: Task, frames: int) -> list[tuple[Alpha, Colour]]:
    """The frames of a clip: at most `frames` of the source. A still is moved a little for a second one, as a hand or a wind would."""
    pictures = task.source.read(task.first, min(frames, task.source.count() - task.first))
    if len(pictures) > 1 or frames == 1:
        return pictures
    alpha, colour = pictures[0]
    size = alpha.shape[1], alpha.shape[0]
    drift = rng.normal(0, 1.2, 2) * rng.choice([0.3, 1.0, 3.0])
    way = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), float(rng.normal(0, 0.4)), float(1 + rng.normal(0, 0.003)))
    way[:, 2] += drift
    picture = np.dstack([colour.astype(np.float32) * alpha[..., None], alpha])
    moved = cv2.warpAffine(picture, way, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    moved[..., :3] = np.clip(moved[..., :3], 0, 255 * np.clip(moved[..., 3:], 0, 1))
    later, straight = split(np.asarray(moved, np.float32))
    return [(alpha, colour), (np.asarray(later, np.float32), np.rint(straight).astype(np.uint8))]


def composite_clip(folder: Path, task: Task, others: Sequence[Source], photographs: Photographs, settings: Settings) -> bool:
    """Write one clip below `folder` unless it is there; says whether it was written. `others`: who may stand in the background."""
    clip = folder / task.name
    if (clip / layouts.MANIFEST).is_file():
        return False
    rng = np.random.default_rng([settings.seed, int.from_bytes(hashlib.sha256(task.name.encode()).digest()[:6], "big")])
    pictures = stretch(rng, task, settings.frames)
    size = fitting(SIZES[int(rng.choice(len(SIZES), p=_OFTEN))], [alpha for alpha, _ in pictures])
    alphas, colours, place = placed(rng, pictures, size)
    backdrop = any_backdrop(rng, size, len(pictures), photographs, settings.screens)
    behind = backdrop.pictures
    guest = None
    if others and backdrop.kind == "photograph" and rng.random() < settings.company:
        guest = others[int(rng.integers(len(others)))]
        behind = with_guest(rng, behind, guest, size)
    strength = settings.match * float(rng.choice([0.0, 0.35, 0.7, 1.0], p=[0.35, 0.35, 0.2, 0.1]))
    colours = matched(rng, alphas, colours, behind[0], strength)
    if backdrop.screen is not None and rng.random() < 0.5:
        colours = [spilled(colour, alpha, backdrop.screen, 0.25) for alpha, colour in zip(alphas, colours, strict=True)]
    grain = Grain.any(rng, settings.noisy)
    for index, (alpha, colour, picture) in enumerate(zip(alphas, colours, behind, strict=True), 1):
        foreground = np.rint(np.clip(colour, 0, 255)).astype(np.uint8)
        name = f"{index:04d}.png"
        layouts.write_alpha(clip / "alpha" / name, alpha)
        layouts.write_colour(clip / "foreground" / name, foreground)
        layouts.write_colour(clip / "frames" / name, grain.on(over(stored(alpha), foreground, picture), rng))
    layouts.write_json(clip / layouts.MANIFEST, _manifest(task, settings, size, backdrop, guest, strength, grain, place, alphas))
    return True


def fitting(size: tuple[int, int], alphas: list[Alpha]) -> tuple[int, int]:
    """`size`, or another of `SIZES` where what is cut off at both sides of its own picture would have to be cut off on top as well."""
    seen = np.max(alphas, 0) > 0.02
    if seen[:, 0].sum() <= 3 or seen[:, -1].sum() <= 3 or seen[0].sum() > 3:
        return size
    rows = np.flatnonzero(seen.any(1))
    shape = (rows[-1] + 1 - rows[0]) / seen.shape[1]
    return size if shape * size[0] <= size[1] else min(SIZES, key=lambda other: shape * other[0] / other[1])


def stored(alpha: Alpha) -> Alpha:
    """`alpha` as it comes back from its 16 bits."""
    return np.asarray(np.rint(np.clip(alpha, 0, 1) * 65535) / 65535, np.float32)


def over(alpha: Alpha, foreground: Colour, background: Colour) -> Colour:
    """alpha * F + (1 - alpha) * B, rounded."""
    share = alpha[..., None].astype(np.float64)
    return np.rint(share * foreground + (1 - share) * background).astype(np.uint8)


def placed(
    rng: np.random.Generator, frames: list[tuple[Alpha, Colour]], size: tuple[int, int]
) -> tuple[list[Alpha], list[Floats], dict[str, Any]]:
    """The object in a picture of `size` (width, height): somewhere, 5 to 60 % of it where it can be. What is cut off by its own picture's
    edge is so by the new one's too. Alphas, straight colours 0..255, and what was done."""
    width, height = size
    flip = bool(rng.random() < 0.5)
    pictures = [np.dstack([colour.astype(np.float32) * alpha[..., None], alpha]) for alpha, colour in frames]
    if flip:
        pictures = [np.ascontiguousarray(picture[:, ::-1]) for picture in pictures]
    seen = np.max([picture[..., 3] for picture in pictures], 0) > 0.02
    if not seen.any():
        raise layouts.LayoutError("the alpha is empty")
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    cut = {"top": seen[0].sum() > 3, "bottom": seen[-1].sum() > 3, "left": seen[:, 0].sum() > 3, "right": seen[:, -1].sum() > 3}
    area = float(np.mean([picture[..., 3].sum() for picture in pictures]))
    wanted = float(np.exp(rng.uniform(np.log(0.05), np.log(0.6))))
    scale = np.sqrt(wanted * width * height / area)
    room = 1.12 if rng.random() < 0.2 else 0.96
    scale = min(scale, room * width / (right - left), (room if not cut["bottom"] else 1.1) * height / (bottom - top), 1.5)
    scale = max(scale, 0.25)
    if cut["left"] and cut["right"]:
        scale = max(scale, width / (right - left))
    if cut["top"] and cut["bottom"]:
        scale = max(scale, height / (bottom - top))
    x = _offset(rng, left * scale, right * scale, width, cut["left"], cut["right"])
    y = _offset(rng, top * scale, bottom * scale, height, cut["top"], cut["bottom"])
    moved = [_moved(picture, float(scale), x, y, size) for picture in pictures]
    alphas, colours = zip(*(split(picture) for picture in moved), strict=True)
    return list(alphas), list(colours), {"flip": flip, "scale": round(float(scale), 3), "x": x, "y": y}


def _offset(rng: np.random.Generator, low: float, high: float, room: int, cut_low: bool, cut_high: bool) -> int:
    """How far to move a stretch low..high along an axis of `room` pixels."""
    if cut_low and not cut_high:
        return int(np.floor(-low))
    if cut_high and not cut_low:
        return int(np.ceil(room - high))
    return round(float(rng.uniform(min(-low, room - high), max(-low, room - high))))


def _moved(picture: Floats, scale: float, x: int, y: int, size: tuple[int, int]) -> Floats:
    height, width = (max(1, round(extent * scale)) for extent in picture.shape[:2])
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    result = np.zeros((size[1], size[0], 4), np.float32)
    left, top, right, bottom = max(0, x), max(0, y), min(size[0], x + width), min(size[1], y + height)
    if right > left and bottom > top:
        result[top:bottom, left:right] = small[top - y : bottom - y, left - x : right - x]
    return result


def with_guest(rng: np.random.Generator, behind: list[Colour], guest: Source, size: tuple[int, int]) -> list[Colour]:
    """Another foreground in the background, softened a little as if farther away."""
    count = min(len(behind), guest.count())
    alphas, colours, _ = placed(rng, guest.read(0, count), size)
    blur = float(rng.choice([0.0, 1.0, 2.5]))
    result = []
    for index, picture in enumerate(behind):
        alpha, colour = alphas[min(index, count - 1)], colours[min(index, count - 1)]
        if blur:
            alpha, colour = (np.asarray(cv2.GaussianBlur(plane, (0, 0), blur), np.float32) for plane in (alpha, colour))
        result.append(over(alpha, np.rint(colour).astype(np.uint8), picture))
    return result


def matched(rng: np.random.Generator, alphas: list[Alpha], colours: list[Floats], behind: Colour, strength: float) -> list[Floats]:
    """The foregrounds with lightness, contrast and tint brought near the background's by `strength` 0..1, and lit from one side.

    The same for all frames.
    """
    if strength <= 0:
        return colours
    inside = alphas[0] > 0.5
    if not inside.any():
        return colours
    ours, theirs = _lab(colours[0])[inside], _lab(behind.astype(np.float32)).reshape(-1, 3)
    shift = (theirs.mean(0) - ours.mean(0)) * np.array([0.35, 0.55, 0.55], np.float32) * strength
    gain = 1 + strength * 0.6 * (np.clip(theirs[:, 0].std() / max(1.0, float(ours[:, 0].std())), 0.6, 1.4) - 1)
    height, width = inside.shape
    angle, slope = rng.uniform(0, 2 * np.pi), strength * rng.uniform(0, 0.35)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    light = (1 + slope * (x * np.cos(angle) + y * np.sin(angle))).astype(np.float32)
    result = []
    for colour in colours:
        lab = _lab(colour)
        middle = ours[:, 0].mean()
        lab[..., 0] = (middle + (lab[..., 0] - middle) * gain + shift[0]) * light
        lab[..., 1:] += shift[1:]
        lab[..., 0] = np.clip(lab[..., 0], 0, 100)
        result.append(np.asarray(np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1) * 255, np.float32))
    return result


def _lab(colour: Floats) -> Floats:
    return np.asarray(cv2.cvtColor(colour.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def spilled(colour: Floats, alpha: Alpha, screen: Floats, strength: float) -> Floats:
    """`colour` with the screen's light on the edges."""
    deep = cv2.GaussianBlur((alpha > 0.5).astype(np.float32), (0, 0), max(2.0, 0.012 * alpha.shape[0]))
    share = (strength * np.clip(2 * (1 - deep), 0, 1))[..., None]
    return np.asarray(colour * (1 - share) + screen * share * colour.mean(-1, keepdims=True) / 110, np.float32)


@dataclass(frozen=True)
class Grain:
    """A camera's noise and compression."""

    noise: float
    """Standard deviation, of 255."""
    size: float
    """How far it is spread, pixels."""
    quality: int
    """Of JPEG; 0 for none."""

    @classmethod
    def any(cls, rng: np.random.Generator, share: float) -> Grain:
        if rng.random() >= share:
            return cls(0.0, 0.0, 0)
        noise = float(rng.uniform(0.5, 5)) if rng.random() < 0.65 else 0.0
        return cls(noise, float(rng.uniform(0, 0.8)), int(rng.integers(55, 96)) if noise == 0 or rng.random() < 0.4 else 0)

    def on(self, picture: Colour, rng: np.random.Generator) -> Colour:
        if self.noise:
            field = rng.standard_normal(picture.shape).astype(np.float32)
            if self.size > 0.2:
                field = np.asarray(cv2.GaussianBlur(field, (0, 0), self.size), np.float32)
                field /= max(float(field.std()), 1e-6)
            picture = np.rint(np.clip(picture + self.noise * field, 0, 255)).astype(np.uint8)
        if self.quality:
            packed = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, self.quality])[1]
            picture = np.ascontiguousarray(np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])
        return picture


def _manifest(
    task: Task,
    settings: Settings,
    size: tuple[int, int],
    backdrop: Backdrop,
    guest: Source | None,
    strength: float,
    grain: Grain,
    place: dict[str, Any],
    alphas: list[Alpha],
) -> dict[str, Any]:
    return {
        "version": VERSION,
        "frames": len(alphas),
        "size": size,
        "source": {"set": task.source.alpha.parent.parent.name, "clip": task.source.name, "first": task.first + 1},
        "place": place,
        "share": round(float(np.mean([alpha.mean() for alpha in alphas])), 4),
        "background": {"kind": backdrop.kind, "name": backdrop.name, "pace": round(backdrop.pace, 2), "blur": round(backdrop.blur, 2)},
        "company": guest.name if guest else None,
        "match": strength,
        "grain": asdict(grain),
        "exact": grain.noise == 0 and grain.quality == 0,
        "seed": settings.seed,
    }
