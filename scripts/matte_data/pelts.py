"""Furry things: balls, lumps and animals, covered with strands that grow out over their outlines."""

from __future__ import annotations

import cv2
import numpy as np

from .drawing import FINE, Canvas, Floats, Points, Shape
from .motions import Motion, closed, smooth
from .strands import STEPS, Coat, grown
from .textures import HAIRS, Light, Photographs, any_colour, jittered


class Pelt:
    """Something with fur. `kind`: ``ball``, ``lump`` or ``animal``. `draw` and `speed` as `drawing.film` takes them."""

    def __init__(self, rng: np.random.Generator, size: tuple[int, int], photographs: Photographs, kind: str) -> None:
        width, height = size
        self.motion = Motion.any(rng, size)
        self.light = Light.any(rng)
        self.shape = _animal(rng, size) if kind == "animal" else _round(rng, size, kind)
        base = any_colour(rng) if rng.random() < 0.3 else jittered(rng, HAIRS[int(rng.integers(len(HAIRS)))], 0.2)
        if rng.random() < 0.25:
            base = jittered(rng, np.array([196, 92, 34], np.float32), 0.2)  # red fur
        thickness = _thickness(self.shape, size)
        largest = float(thickness.max())
        length = float(
            np.clip(rng.uniform(0.12, 0.6) * largest, 5, 70) if kind != "animal" else np.clip(rng.uniform(0.15, 0.5) * largest, 4, 40)
        )
        coat = Coat.any(rng, length)
        roots, normals, depth = _roots(rng, thickness, coat)
        crown = np.array([width / 2 + rng.normal(0, 0.06 * width), height / 2 - rng.uniform(0.1, 0.6) * largest])
        away = roots - crown
        flow = away / np.maximum(np.hypot(away[:, 0], away[:, 1]), 1e-6)[:, None] + np.array([0.0, rng.uniform(0.0, 0.9)])
        outward = np.exp(-depth / max(4.0, 0.8 * length))[:, None]
        directions = normals * outward + flow * (1 - 0.6 * outward) * rng.uniform(0.5, 1.2)
        directions /= np.maximum(np.hypot(directions[:, 0], directions[:, 1]), 1e-6)[:, None]
        order = np.argsort(-np.hypot(away[:, 0], away[:, 1]) + rng.normal(0, 0.15 * length, len(roots)))
        roots, directions, normals, depth = roots[order], directions[order], normals[order], depth[order]
        turned = normals * np.exp(-depth / max(6.0, 0.6 * largest))[:, None]
        lit = (0.86 + self.light.strength * 1.1 * (turned @ np.array(self.light.direction))).astype(np.float32)
        colours = _coloured(rng, roots, base, photographs, size)
        self.strands = grown(rng, roots, directions, coat, colours, np.clip(lit, 0.25, 1.5))
        self.under = base * np.float32(rng.uniform(0.35, 0.7))
        self.loose = float(rng.uniform(0, 0.15)) * length
        self.pace = float(rng.uniform(0.1, 0.5))
        self.eyes = _eyes(self.shape) if kind == "animal" else []
        self.speed = self.motion.speed + self.loose * self.pace

    def draw(self, canvas: Canvas, time: float) -> None:
        moved = Shape(
            [self.motion.at(points, time) for points in self.shape.polygons], [(self.motion.at(p, time), r) for p, r in self.shape.tubes]
        )
        canvas.paint(moved, lambda box, covered: np.broadcast_to(self.under, (*covered.shape, 3)).astype(np.float32))
        wave = np.sin(self.pace * time + self.strands.lines[:, :1, 0] * 0.02) - np.sin(self.strands.lines[:, :1, 0] * 0.02)
        lines = self.strands.lines.copy()
        lines[..., 0] += self.loose * wave * np.linspace(0, 1, STEPS) ** 2
        self.strands.draw(canvas, self.motion.at(lines, time))
        for place, radius in self.eyes:
            angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
            ring = place + radius * np.stack([np.cos(angle), np.sin(angle)], -1)
            canvas.fill(self.motion.at(ring, time), (14, 10, 10))


def _thickness(shape: Shape, size: tuple[int, int]) -> Floats:
    """(h, w): how far inside the shape each pixel is."""
    mask = np.zeros((size[1] * FINE, size[0] * FINE), np.uint8)
    shape.draw(mask, (0, 0))
    small = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.distanceTransform((small > 127).astype(np.uint8), cv2.DIST_L2, 5), np.float32)


def _roots(rng: np.random.Generator, thickness: Floats, coat: Coat) -> tuple[Points, Points, Floats]:
    """Where strands grow, the way out from there, and how deep inside that is; denser near the outline."""
    rows, columns = np.nonzero(thickness > 0)
    depth = thickness[rows, columns]
    area = len(rows)
    count = int(np.clip(1.9 * area / (coat.length * coat.width) ** 0.9 * 2.2, 900, 6500))
    weight = 0.35 + np.exp(-depth / (0.6 * coat.length + 2))
    chosen = rng.choice(area, count, p=weight / weight.sum())
    roots = np.stack([columns[chosen], rows[chosen]], -1) + rng.random((count, 2))
    blurred = cv2.GaussianBlur(thickness, (0, 0), max(2.0, 0.12 * float(thickness.max())))
    slope_y, slope_x = np.gradient(blurred)
    normals = -np.stack([slope_x, slope_y], -1)[rows[chosen], columns[chosen]].astype(np.float64)
    normals /= np.maximum(np.hypot(normals[:, 0], normals[:, 1]), 1e-6)[:, None]
    return roots, normals, depth[chosen]


def _coloured(rng: np.random.Generator, roots: Points, base: Floats, photographs: Photographs, size: tuple[int, int]) -> Floats:
    """(n, 3): the coat's pattern at the roots: plain, spotted, or out of a photograph."""
    kind = rng.random()
    if kind < 0.55:
        return np.broadcast_to(base, (len(roots), 3)).astype(np.float32)
    where = (roots / max(size)).astype(np.float64)
    if kind < 0.85:
        waves = sum(np.sin(where @ rng.normal(0, 14, 2) + rng.uniform(0, 6.3)) for _ in range(4))
        other = any_colour(rng)
        share = (1 / (1 + np.exp(-3 * np.asarray(waves))))[:, None]
        return np.asarray(base * share + other * (1 - share), np.float32)
    picture = cv2.GaussianBlur(photographs.crop(rng), (0, 0), 2)
    at = np.clip((where * picture.shape[0]).astype(int), 0, picture.shape[0] - 1)
    return np.asarray(0.3 * base + 0.7 * picture[at[:, 1], at[:, 0]], np.float32)


def _round(rng: np.random.Generator, size: tuple[int, int], kind: str) -> Shape:
    width, height = size
    radius = rng.uniform(0.2, 0.34) * min(size)
    angle = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    uneven = 0.04 if kind == "ball" else 0.22
    reach = radius * (1 + uneven * rng.standard_normal(10)).clip(0.5, 1.5)
    stretch = np.array([rng.uniform(0.75, 1.3), rng.uniform(0.8, 1.25)])
    outline = np.stack([np.cos(angle), np.sin(angle)], -1) * reach[:, None] * stretch + [width / 2, height / 2]
    return Shape([closed(outline, 140)], [])


def _animal(rng: np.random.Generator, size: tuple[int, int]) -> Shape:
    """Four legs, a head, ears and a tail, seen from the side, either way."""
    width, height = size
    unit = rng.uniform(0.22, 0.36) * min(width * 0.75, height)
    way = 1 if rng.random() < 0.5 else -1
    middle = np.array([width / 2, height * 0.48])

    def tube(corners: list[tuple[float, float]], radii: list[float], count: int = 18) -> tuple[Points, Floats]:
        points = smooth(np.array(corners) * [way * unit, unit], count) + middle
        wide = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(radii)), radii) * unit
        return points, wide.astype(np.float32)

    thick = rng.uniform(0.3, 0.5)
    neck = rng.uniform(0.2, 0.8)
    leg = rng.uniform(0.45, 0.95)
    head = np.array([1.0 + 0.35, -neck])
    tubes = [tube([(-0.8, 0.0), (0, rng.uniform(-0.08, 0.1)), (0.85, -0.05)], [thick * 0.85, thick, thick * 0.95])]
    for x in (-0.85, -0.68, 0.62, 0.84):
        step = rng.uniform(-0.25, 0.25)
        tubes.append(
            tube([(x, 0.1), (x + 0.5 * step, 0.1 + thick * 0.6 + leg * 0.5), (x + step * 0.6, 0.1 + thick * 0.6 + leg)], [0.2, 0.12, 0.09])
        )
    tubes.append(tube([(0.8, -0.05), ((0.8 + head[0]) / 2, -0.6 * neck), (float(head[0]), float(head[1]))], [thick * 0.75, 0.28, 0.26]))
    tubes.append(
        tube(
            [
                (float(head[0]), float(head[1])),
                (float(head[0]) + 0.25, float(head[1]) + 0.06),
                (float(head[0]) + 0.5, float(head[1]) + 0.12),
            ],
            [0.27, 0.2, 0.12],
        )
    )
    for x in (-0.12, 0.06):
        lift = rng.uniform(0.2, 0.55)
        tubes.append(
            tube([(float(head[0]) + x, float(head[1]) - 0.12), (float(head[0]) + x - 0.05, float(head[1]) - 0.2 - lift)], [0.1, 0.03], 8)
        )
    lift = rng.uniform(-0.6, 0.6)
    tubes.append(tube([(-0.85, -0.1), (-1.2, -0.1 - 0.5 * lift), (-1.5 - rng.uniform(0, 0.4), -lift)], [0.12, 0.1, 0.06]))
    return Shape([], tubes)


def _eyes(shape: Shape) -> list[tuple[Points, float]]:
    points, radii = shape.tubes[6]
    return [(points[5] - [0, 0.3 * float(radii[5])], 0.16 * float(radii[0]))]
