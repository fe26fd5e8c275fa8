"""How drawn things move: as a whole, swaying, and about joints. Time is in frames; all is a function of it: any moment can be drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .drawing import Points


@dataclass(frozen=True)
class Motion:
    """A drift, a turn and a growth about a place, and a wave through what is moved."""

    centre: tuple[float, float]
    velocity: tuple[float, float]
    """Pixels a frame."""
    spin: float
    """Radians a frame."""
    growth: float
    """Share a frame."""
    sway: float
    """How far the wave moves things, pixels."""
    length: float
    """Of the wave, pixels."""
    rate: float
    """Radians a frame."""
    phase: float

    @classmethod
    def any(cls, rng: np.random.Generator, size: tuple[int, int]) -> Motion:
        """Mostly slow, sometimes fast enough to blur by ten pixels."""
        width, height = size
        pace = float(rng.choice([0.0, 0.6, 2.0, 6.0, 16.0], p=[0.1, 0.35, 0.3, 0.17, 0.08])) * float(rng.uniform(0.5, 1.5))
        angle = rng.uniform(0, 2 * np.pi)
        calm = float(rng.choice([0.2, 1.0, 3.0], p=[0.4, 0.45, 0.15]))
        return cls(
            (width / 2, height / 2),
            (pace * float(np.cos(angle)), 0.6 * pace * float(np.sin(angle))),
            float(rng.normal(0, 0.004)) * calm,
            float(rng.normal(0, 0.003)) * calm,
            float(rng.uniform(0.5, 4)) * calm,
            float(rng.uniform(0.3, 1.2)) * height,
            float(rng.uniform(0.05, 0.35)),
            float(rng.uniform(0, 2 * np.pi)),
        )

    def at(self, points: Points, time: float) -> Points:
        """Where points (..., 2) of frame 0 are at `time`."""
        middle = np.array(self.centre)
        away = np.asarray(points, np.float64) - middle
        angle, scale = self.spin * time, 1 + self.growth * time
        cosine, sine = np.cos(angle) * scale, np.sin(angle) * scale
        turned = np.stack([cosine * away[..., 0] - sine * away[..., 1], sine * away[..., 0] + cosine * away[..., 1]], -1)
        moved = turned + middle + np.array(self.velocity) * time
        wave = 2 * np.pi * away[..., 1] / self.length + self.phase
        moved[..., 0] += self.sway * (np.sin(wave + self.rate * time) - np.sin(wave))
        return np.asarray(moved)

    @property
    def speed(self) -> float:
        """About the fastest that anything moves, pixels a frame."""
        reach = np.hypot(*self.centre)
        return float(np.hypot(*self.velocity) + (abs(self.spin) + abs(self.growth)) * reach * 0.7 + self.sway * self.rate)


@dataclass(frozen=True)
class Swing:
    """An angle that swings to and fro about its middle."""

    middle: float
    reach: float
    rate: float
    phase: float

    @classmethod
    def any(cls, rng: np.random.Generator, middle: float, reach: float) -> Swing:
        return cls(float(middle), float(rng.normal(0, reach)), float(rng.uniform(0.05, 0.4)), float(rng.uniform(0, 2 * np.pi)))

    def at(self, time: float) -> float:
        """Radians."""
        return self.middle + self.reach * float(np.sin(self.rate * time + self.phase))

    @property
    def speed(self) -> float:
        """Radians a frame at most."""
        return abs(self.reach) * self.rate


def smooth(corners: Points, count: int) -> Points:
    """`count` points along a smooth line through `corners` (n, 2): Catmull-Rom, evenly in the corners' numbers."""
    padded = np.concatenate([corners[:1] * 2 - corners[1:2], corners, corners[-1:] * 2 - corners[-2:-1]]).astype(np.float64)
    where = np.linspace(0, len(corners) - 1, count)
    index = np.minimum(where.astype(int), len(corners) - 2)
    t = (where - index)[:, None]
    a, b, c, d = (padded[index + step] for step in range(4))
    return np.asarray(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))


def closed(corners: Points, count: int) -> Points:
    """`count` points around a smooth closed line through `corners` (n, 2)."""
    around = np.concatenate([corners[-2:], corners, corners[:2]])
    whole = smooth(around, count + 3 * count // len(corners) + 1)
    share = len(whole) / (len(around) - 1)
    return whole[int(2 * share) : int((2 + len(corners)) * share)]


def rough(rng: np.random.Generator, outline: Points, amount: float) -> Points:
    """A closed outline (n, 2) with the unevenness of cloth: some `amount` pixels, over stretches of a few points."""
    count = len(outline)
    noise = sum(
        weight * np.repeat(rng.standard_normal(count // step + 1), step)[:count] for step, weight in ((3, 0.5), (8, 1.0), (20, 1.0))
    )
    soft = np.convolve(np.pad(np.asarray(noise), 2, mode="wrap"), np.ones(5) / 5, "valid")
    around = np.concatenate([outline[-1:], outline, outline[:1]])
    along = around[2:] - around[:-2]
    out = np.stack([along[:, 1], -along[:, 0]], -1) / np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-6)[:, None]
    return np.asarray(outline + out * (amount * soft)[:, None])
