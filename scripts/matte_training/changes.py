"""What is done to a sample so that no two are the same: where its pixels are taken from, and what light, lens and codec made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .damage import noise_field

__all__ = ["Dye", "LooseKey", "Places", "Wrap", "changed_colours", "evened", "places", "screen", "taken"]

Places = npt.NDArray[np.float32]
"""(h, w, 2): the x and y, as indices of the picture's pixels, from which each pixel of a sample is taken."""


def places(corner: tuple[int, int], side: int, rng: np.random.Generator) -> tuple[Places, bool]:
    """A square of `side` pixels whose middle is that of the square at `corner` (x, y); and whether its pixels fall between the picture's.

    Flipped in half of the cases; turned, scaled, as through a homography and elastically deformed in half.
    """
    at: npt.NDArray[Any] = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).astype(np.float32)
    middle = np.float32((side - 1) / 2)
    if rng.random() < 0.5:
        at[..., 0] = side - 1 - at[..., 0]
    warped = bool(rng.random() < 0.5)
    if warped:
        turn, scale = rng.normal(0, 0.4), np.exp(rng.uniform(-0.6, 0.5))
        cosine, sine = np.cos(turn) * scale, np.sin(turn) * scale
        aspect = np.exp(rng.normal(0, 0.08))
        matrix = np.asarray(((cosine * aspect, -sine), (sine, cosine / aspect)), np.float32)
        from_middle = (at - middle) @ matrix.T
        tilt = 1 + (from_middle @ rng.normal(0, 0.15, 2).astype(np.float32))[..., None] / side
        at = from_middle / np.clip(tilt, 0.6, 1.6) + middle
        if rng.random() < 0.5:
            reach, cells = rng.uniform(1, 5), rng.uniform(24, 80)
            at = at + np.stack([noise_field(rng, side, cells) for _ in range(2)], -1) * np.float32(reach)
    return (at + np.asarray(corner, np.float32)).astype(np.float32), warped


def taken(picture: npt.NDArray[Any], where: Places) -> npt.NDArray[Any]:
    """The pixels at `where`; edges are continued by mirroring."""
    found: npt.NDArray[Any] = cv2.remap(  # type: ignore[call-overload]
        picture, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return found


@dataclass(frozen=True)
class Dye:
    """Other colours for one layer of a composite alone, so that few clips make many."""

    order: tuple[int, ...]
    gain: npt.NDArray[np.float32]
    gamma: float

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Dye:
        order = tuple(int(channel) for channel in (rng.permutation(3) if rng.random() < 0.5 else range(3)))
        gain = np.exp(rng.normal(0, 0.25) + rng.normal(0, 0.12, 3)).astype(np.float32)
        return cls(order, gain, float(np.exp(rng.normal(0, 0.25))))

    def on(self, colour: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(h, w, 3), 0 to 1."""
        return np.asarray(np.clip(colour[..., self.order] * self.gain, 0, 1) ** np.float32(self.gamma), np.float32)


@dataclass(frozen=True)
class LooseKey:
    """A matte as a key of a screen leaves it: a little too large, with the screen's colour at its rim, which so belongs to the foreground.

    Much footage that is matted today was keyed before: its dark or green rim goes along with what it surrounds.
    """

    screen: tuple[float, float, float]
    """RGB, 0 to 1."""
    gain: float
    """What alpha is multiplied by."""
    grown: int
    """Pixels by which it is grown first."""

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> LooseKey:
        """Mostly of a green or blue screen, in its own shadow."""
        dark, screen = rng.uniform(0.3, 1.0), rng.uniform(0.05, 0.4, 3)
        kind = rng.random()
        if kind < 0.8:
            screen[1 if kind < 0.6 else 2] = rng.uniform(0.45, 0.85)
        return cls(tuple(float(value * dark) for value in screen), float(rng.uniform(1.1, 2.5)), int(rng.choice((0, 0, 0, 1, 1))))  # type: ignore[arg-type]

    def like(self, background: npt.NDArray[np.float32]) -> bool:
        """Whether the screen is there still: `background` is (n, 3), 0 to 1. Then its colour says what is background."""
        return bool(len(background)) and bool(np.abs(background.mean(0) - np.asarray(self.screen)).max() < 0.35)

    def over(
        self, alpha: npt.NDArray[np.float32], foreground: npt.NDArray[np.float32], picture: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """The larger alpha (h, w), its straight foreground and the picture (h, w, 3), over the same background; all 0 to 1."""
        larger = cv2.dilate(alpha, np.ones((3, 3), np.uint8), iterations=self.grown) if self.grown else alpha
        if self.grown:
            larger = cv2.GaussianBlur(larger, (0, 0), 0.6 * self.grown)
        larger = np.maximum(alpha, np.clip(larger * np.float32(self.gain), 0, 1))
        rest = 1 - alpha
        share = np.where(rest > 1e-3, (larger - alpha) / np.maximum(rest, 1e-3), 0)[..., None]
        screen, own = np.asarray(self.screen, np.float32), alpha[..., None] * foreground
        picture = picture + share * (rest[..., None] * screen - (picture - own))
        straight = (own + (larger - alpha)[..., None] * screen) / np.maximum(larger, 1e-3)[..., None]
        straight = np.where(larger[..., None] > 1e-3, straight, foreground)
        return larger.astype(np.float32), straight.astype(np.float32), picture.astype(np.float32)


@dataclass(frozen=True)
class Wrap:
    """Light from behind on the foreground's rim, as lenses and the world give it: its straight colours there go to the background's."""

    amount: float
    """Of the background's colour at the rim."""
    reach: float
    """Pixels, of the Gaussian with which it fades into the foreground."""

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Wrap:
        return cls(float(rng.uniform(0.15, 0.9)), float(np.exp(rng.uniform(-0.2, 1.6))))

    def over(
        self, alpha: npt.NDArray[np.float32], foreground: npt.NDArray[np.float32], picture: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """The straight foreground and the picture, (h, w, 3), with the same alpha (h, w); all 0 to 1."""
        behind = evened(picture, np.asarray((1 - alpha) ** 4, np.float32), 2 * self.reach + 1)
        share = cv2.GaussianBlur(np.asarray(1 - alpha, np.float32), (0, 0), self.reach, borderType=cv2.BORDER_REFLECT_101)
        straight = foreground + (np.clip(2 * share, 0, 1) * np.float32(self.amount))[..., None] * (behind - foreground)
        return straight.astype(np.float32), (picture + alpha[..., None] * (straight - foreground)).astype(np.float32)


def evened(colour: npt.NDArray[np.float32], alpha: npt.NDArray[np.float32], reach: float) -> npt.NDArray[np.float32]:
    """(h, w, 3): a straight foreground whose colours change slowly, over `reach` pixels, as hair's and fur's do from strand to strand."""
    weight = np.asarray(alpha, np.float32)[..., None] + np.float32(1e-4)
    around, amount = (cv2.GaussianBlur(part, (0, 0), reach, borderType=cv2.BORDER_REFLECT_101) for part in (colour * weight, weight))
    return np.asarray(around / amount[..., None], np.float32)


def screen(side: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """(side, side, 3), 0 to 1: a background of one colour, mostly green or blue, not quite evenly lit, with some grain."""
    kind = rng.random()
    colour = rng.uniform(0.05, 0.9, 3) if kind > 0.6 else rng.uniform(0.05, 0.4, 3)
    if kind <= 0.6:
        colour[1 if kind < 0.45 else 2] = rng.uniform(0.4, 0.85)
    light = 1 + rng.uniform(0, 0.15) * noise_field(rng, side, rng.uniform(side / 3, 2 * side))
    grain = rng.uniform(0, 0.03) * rng.standard_normal((side, side, 3), np.float32)
    return np.asarray(np.clip(light[..., None] * colour + grain, 0, 1), np.float32)


def changed_colours(frames: list[npt.NDArray[np.float32]], rng: np.random.Generator) -> list[npt.NDArray[np.float32]]:
    """Consecutive pictures (h, w, 3) float32 0 to 1 under one other light, lens and codec; the noise is each one's own."""
    gain = np.float32(np.exp(rng.normal(0, 0.08))) * np.exp(rng.normal(0, 0.05, 3)).astype(np.float32)
    gamma, grey = np.float32(np.exp(rng.normal(0, 0.12))), np.float32(rng.choice((0.0, 0.0, rng.uniform(-0.3, 1.0))))
    blur = float(rng.uniform(0.3, 1.1)) if rng.random() < 0.25 else 0.0
    noise = float(rng.uniform(0.002, 0.03)) if rng.random() < 0.5 else 0.0
    grain = float(rng.choice((0.0, rng.uniform(0.4, 0.9))))
    quality = int(rng.integers(45, 97)) if rng.random() < 0.5 else 0
    made = []
    for frame in frames:
        picture: npt.NDArray[Any] = np.clip(frame * gain, 0, 1) ** gamma
        if grey:
            picture = picture + grey * (picture.mean(-1, keepdims=True) - picture)
        if blur:
            picture = cv2.GaussianBlur(picture, (0, 0), blur)
        if noise:
            field = rng.standard_normal(picture.shape, np.float32)
            if grain:
                field = cv2.GaussianBlur(field, (0, 0), grain) * np.float32(1 + 2 * grain)
            picture = picture + field * np.float32(noise)
        picture = np.clip(picture, 0, 1)
        if quality:
            coded = cv2.imencode(".jpg", np.rint(picture * 255).astype(np.uint8), (cv2.IMWRITE_JPEG_QUALITY, quality))[1]
            picture = np.asarray(cv2.imdecode(coded, cv2.IMREAD_UNCHANGED), np.float32) / 255
        made.append(picture.astype(np.float32))
    return made
