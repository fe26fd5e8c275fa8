"""Hair and fur: thousands of tapered lines, each of one's own colour, that lie over one another like roof tiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .drawing import Canvas, Floats, Points, ribbons

STEPS = 7
"""Points of a strand."""


@dataclass(frozen=True)
class Strands:
    """Strands at rest, in the order in which they are drawn."""

    lines: Points
    """(n, STEPS, 2): from the root to the tip."""
    widths: Floats
    """(n,): pixels at the root; the tip comes to a point."""
    colours: Floats
    """(n, 3)."""
    tip: float
    """How much lighter the outer half is, a factor."""

    def draw(self, canvas: Canvas, lines: Points | None = None) -> None:
        """Onto `canvas`; `lines` where they have moved to, if they have."""
        moved = self.lines if lines is None else lines
        taper = np.clip(1.15 - np.linspace(0, 1, STEPS) ** 1.5, 0.12, 1)
        widths = self.widths[:, None] * taper
        half = STEPS // 2 + 1
        whole = ribbons(moved, widths)
        outer = ribbons(moved[:, half - 1 :], widths[:, half - 1 :])
        for start in range(0, len(moved), 64):  # so that a strand's tip lies under the later ones' roots
            some = slice(start, start + 64)
            canvas.fill_many(whole[some], self.colours[some])
            canvas.fill_many(outer[some], self.colours[some] * self.tip)


@dataclass(frozen=True)
class Coat:
    """What a coat of strands is like."""

    length: float
    """Pixels."""
    width: float
    """Pixels at the root."""
    curl: float
    """How far a strand winds to the sides, a share of its length."""
    mess: float
    """How far directions differ, radians."""
    droop: float
    """How much the tips turn down, a share of the length."""
    clumps: float
    """How much neighbours lean to one another, 0..1."""

    @classmethod
    def any(cls, rng: np.random.Generator, length: float) -> Coat:
        return cls(
            length,
            float(rng.uniform(0.4, 1.3)),
            float(rng.choice([0.01, 0.06, 0.2], p=[0.5, 0.3, 0.2])),
            float(rng.uniform(0.03, 0.16) if rng.random() < 0.6 else rng.uniform(0.16, 0.5)),
            float(rng.uniform(-0.1, 0.5)),
            float(rng.uniform(0, 0.7)),
        )


def grown(rng: np.random.Generator, roots: Points, directions: Points, coat: Coat, base: Floats, light: Floats) -> Strands:
    """Strands from `roots` (n, 2) along `directions` (n, 2, unit vectors); `light` (n,) multiplies each one's colour, which is `base` (3,)
    or (n, 3). Drawn in the order of the roots."""
    count = len(roots)
    along = np.linspace(0, 1, STEPS)
    if coat.clumps > 0 and count > 40:
        heads = rng.integers(0, count, max(8, count // 25))
        nearest = _nearest(roots, roots[heads])
        lean = roots[heads][nearest] + directions[heads][nearest] * coat.length - roots
        lean /= np.maximum(np.hypot(lean[:, 0], lean[:, 1]), 1e-6)[:, None]
        directions = directions * (1 - 0.6 * coat.clumps) + lean * 0.6 * coat.clumps
    angle = np.arctan2(directions[:, 1], directions[:, 0]) + coat.mess * rng.standard_normal(count)
    length = coat.length * rng.uniform(0.55, 1.15, count)
    stray = rng.random(count) < 0.03
    length = np.where(stray, length * rng.uniform(1.0, 1.7, count), length)
    angle = np.where(stray, angle + rng.normal(0, 0.5, count), angle)
    bend = rng.normal(0, 0.35, count)[:, None] * along**2
    wind = coat.curl * np.sin(rng.uniform(0, 6.3, count)[:, None] + along * rng.uniform(3, 9, count)[:, None])
    heading = angle[:, None] + bend
    forward = np.stack([np.cos(heading), np.sin(heading)], -1) * (along * length[:, None])[..., None]
    aside = np.stack([-np.sin(heading), np.cos(heading)], -1) * (wind * along * length[:, None])[..., None]
    lines = roots[:, None] + forward + aside
    lines[..., 1] += coat.droop * length[:, None] * along**2
    colours = np.asarray(base, np.float32) * (light * (1 + 0.16 * rng.standard_normal(count)))[:, None]
    colours = colours * (1 + 0.04 * rng.standard_normal((count, 3)))
    widths = (coat.width * rng.uniform(0.5, 1.3, count)).astype(np.float32)
    return Strands(lines, widths, np.clip(colours, 0, 255).astype(np.float32), float(rng.uniform(1.0, 1.45)))


def _nearest(points: Points, others: Points) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    result = np.empty(len(points), np.intp)
    for start in range(0, len(points), 1024):
        away = points[start : start + 1024, None] - others[None]
        result[start : start + 1024] = (away**2).sum(-1).argmin(1)
    return result
