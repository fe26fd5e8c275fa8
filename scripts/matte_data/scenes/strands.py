"""Strands as arrays: hair, fur, barbs of feathers. Numpy only. Points are (strands, points, 3) float64 in metres, z upwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
DOWN = np.array([0.0, 0.0, -1.0])


@dataclass(frozen=True)
class Style:
    """How strands grow. `length`: metres; `stiff`: how long the root's direction is kept, 0..1; `droop`: how much gravity pulls, 0..1+;
    `clump`: how far tips gather, 0..1; `clumps`: how many tufts; `curl`: radius of the helix in metres, `turns` along a
    strand; `frizz`: share of the length that a strand strays; `flyaway`: share of strands that leave the rest;
    `uneven`: share that lengths vary."""

    length: float
    points: int = 12
    stiff: float = 0.4
    droop: float = 0.6
    clump: float = 0.5
    clumps: int = 80
    curl: float = 0.0
    turns: float = 3.0
    frizz: float = 0.05
    flyaway: float = 0.05
    uneven: float = 0.25


def unit(vectors: Floats) -> Floats:
    scaled: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return scaled


def grow(rng: np.random.Generator, roots: Floats, normals: Floats, style: Style, comb: Floats | None = None) -> Floats:
    """Strands from `roots` (n, 3) along `normals`, combed towards `comb` ((3,) or (n, 3)) and pulled down."""
    count = len(roots)
    combed = np.broadcast_to(np.zeros(3) if comb is None else comb, (count, 3))
    fly = rng.uniform(size=count) < style.flyaway
    length = style.length * (1 - style.uneven * rng.uniform(size=count)) * np.where(fly, rng.uniform(0.6, 1.05, count), 1.0)
    step = (length / (style.points - 1))[:, None]
    heading = unit(normals * (0.4 + style.stiff) + combed + rng.normal(size=(count, 3)) * np.where(fly, 0.3, 0.12)[:, None])
    pull = style.droop * np.where(fly, 0.7, 1.0)[:, None] * (1.6 / style.points)
    strands = np.empty((count, style.points, 3))
    strands[:, 0] = roots
    stray = rng.normal(size=(count, 3))
    for i in range(1, style.points):
        stray = 0.7 * stray + 0.7 * rng.normal(size=(count, 3))
        heading = unit(heading + DOWN * pull + combed * 0.06 + stray * (style.frizz * np.where(fly, 1.8, 1.0))[:, None] * 0.35)
        strands[:, i] = strands[:, i - 1] + heading * step
    along = np.linspace(0, 1, style.points)
    if style.clump > 0 and count > style.clumps:
        guides = rng.choice(count, style.clumps, replace=False)
        nearest = _nearest(roots, roots[guides])
        offset = strands[guides][nearest] - roots[guides][nearest][:, None] + roots[:, None]
        towards = strands[guides][nearest] * 0.8 + offset * 0.2
        weight = (style.clump * rng.uniform(0.4, 1.0, count) * ~fly)[:, None] * along**1.3
        strands += (towards - strands) * weight[..., None]
    if style.curl > 0:
        strands += _helix(rng, strands, style, along)
    return strands


def _nearest(points: Floats, centres: Floats) -> npt.NDArray[np.intp]:
    chosen = np.empty(len(points), np.intp)
    for start in range(0, len(points), 2000):
        part = points[start : start + 2000]
        chosen[start : start + 2000] = np.argmin(((part[:, None] - centres[None]) ** 2).sum(-1), axis=1)
    return chosen


def _helix(rng: np.random.Generator, strands: Floats, style: Style, along: Floats) -> Floats:
    heading = unit(np.gradient(strands, axis=1))
    side = unit(np.cross(heading, np.array([0.31, 0.87, 0.38])))
    other = np.cross(heading, side)
    # Neighbours curl together: the phase follows the root's place.
    phase = (strands[:, :1] @ np.array([41.0, 57.0, 23.0])) + rng.normal(size=(len(strands), 1)) * 0.7
    angle = phase + 2 * np.pi * style.turns * along * rng.uniform(0.8, 1.2, (len(strands), 1))
    radius = style.curl * np.minimum(1.0, along * 3)
    curled: Floats = (np.cos(angle) * radius)[..., None] * side + (np.sin(angle) * radius)[..., None] * other
    return curled


def push_out(strands: Floats, centre: Floats, radii: Floats, margin: float = 1.015) -> Floats:
    """`strands` with every point outside of the ellipsoid at `centre` with `radii` (3,)."""
    away = (strands - centre) / radii
    distance = np.linalg.norm(away, axis=-1, keepdims=True)
    outside: Floats = np.where(distance < margin, centre + away / np.maximum(distance, 1e-6) * margin * radii, strands)
    return outside


def on_triangles(rng: np.random.Generator, corners: Floats, count: int, weights: Floats | None = None) -> tuple[Floats, Floats]:
    """`count` points spread evenly over triangles (m, 3, 3), and their normals; `weights` (m,) thins or thickens."""
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(across, axis=1)
    share = area if weights is None else area * weights
    chosen = rng.choice(len(corners), count, p=share / share.sum())
    u, v = rng.uniform(size=(2, count, 1))
    flip = u + v > 1
    u, v = np.where(flip, 1 - u, u), np.where(flip, 1 - v, v)
    triangle = corners[chosen]
    points = triangle[:, 0] + u * (triangle[:, 1] - triangle[:, 0]) + v * (triangle[:, 2] - triangle[:, 0])
    return points, unit(across[chosen])


def tapering(strands: Floats, radius: float, rng: np.random.Generator, tip: float = 0.25) -> Floats:
    """Radii (strands, points): `radius` at roots, narrower at tips."""
    shape = 1 - (1 - tip) * np.linspace(0, 1, strands.shape[1]) ** 2
    tapered: Floats = radius * shape[None] * rng.uniform(0.7, 1.3, (len(strands), 1))
    return tapered
