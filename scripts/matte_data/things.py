"""Things that aren't people or fur: leaves on twigs, nets and wheels, smooth bodies with holes."""

from __future__ import annotations

import numpy as np

from .drawing import Canvas, Floats, Points, Shape, ribbons
from .motions import Motion, closed, smooth
from .textures import Light, Photographs, any_colour, jittered, laid


class Leaves:
    """A plant: twigs that branch, each with leaves. `draw` and `speed` as `drawing.film` takes them."""

    def __init__(self, rng: np.random.Generator, size: tuple[int, int], photographs: Photographs) -> None:
        width, height = size
        self.motion = Motion.any(rng, size)
        self.twigs: list[tuple[Points, float]] = []
        start = np.array([width * rng.uniform(0.35, 0.65), height * rng.uniform(0.9, 1.05)])
        self._branch(rng, start, -np.pi / 2 + rng.normal(0, 0.25), height * rng.uniform(0.45, 0.75), height * rng.uniform(0.008, 0.02), 0)
        self.bark = jittered(rng, np.array([96, 74, 52], np.float32), 0.3)
        base = any_colour(rng) if rng.random() < 0.25 else jittered(rng, np.array([86, 118, 48], np.float32), 0.25)
        long, slim = rng.uniform(0.03, 0.1) * height, rng.uniform(0.25, 0.6)
        roots, angles = [], []
        for points, _ in self.twigs:
            for _ in range(int(rng.integers(5, 14))):
                index = int(len(points) * rng.beta(2, 1) * 0.999)
                ahead = points[min(index + 1, len(points) - 1)] - points[max(0, index - 1)]
                roots.append(points[index])
                angles.append(np.arctan2(ahead[1], ahead[0]) + rng.choice([-1, 1]) * rng.uniform(0.3, 1.3))
        count = min(len(roots), 500)
        chosen = rng.permutation(len(roots))[:count]
        roots_at, heading = np.array(roots)[chosen], np.array(angles)[chosen]
        along = np.linspace(0, 1, 9)
        bend = heading[:, None] + rng.normal(0, 0.4, count)[:, None] * along
        length = long * rng.uniform(0.5, 1.2, count)
        self.middles = roots_at[:, None] + np.stack([np.cos(bend), np.sin(bend)], -1) * (along * length[:, None])[..., None]
        self.widths = np.sin(np.pi * along**0.8) * (length * slim * rng.uniform(0.4, 1.1, count))[:, None]
        light = 1 + 0.25 * rng.standard_normal(count)
        self.colours = np.clip(base * light[:, None] * (1 + 0.06 * rng.standard_normal((count, 3))), 3, 252).astype(np.float32)
        self.speed = self.motion.speed

    def _branch(self, rng: np.random.Generator, start: Points, angle: float, length: float, radius: float, depth: int) -> None:
        bend = rng.normal(0, 0.35)
        corners = [start]
        for step in range(3):
            heading = angle + bend * (step + 1) / 3
            corners.append(corners[-1] + np.array([np.cos(heading), np.sin(heading)]) * length / 3)
        points = smooth(np.array(corners), 16)
        self.twigs.append((points, radius))
        if depth < 3:
            for _ in range(int(rng.integers(2, 5 if depth else 6))):
                where = points[int(rng.integers(4, 16))]
                self._branch(rng, where, angle + rng.normal(0, 0.75), length * rng.uniform(0.3, 0.65), max(0.5, radius * 0.55), depth + 1)

    def draw(self, canvas: Canvas, time: float) -> None:
        for points, radius in self.twigs:
            canvas.fill(ribbons(self.motion.at(points, time)[None], np.linspace(2 * radius, radius, len(points)))[0], self.bark)
        middles = self.motion.at(self.middles, time)
        canvas.fill_many(ribbons(middles, self.widths), self.colours)
        sides = ribbons(middles, self.widths)
        halves = np.concatenate([sides[:, :9], middles[:, ::-1]], 1)
        canvas.fill_many(halves, self.colours * np.float32(1.14))


class Lattice:
    """Thin structure: a net, a wheel or hanging lines, with a body that carries it."""

    def __init__(self, rng: np.random.Generator, size: tuple[int, int], photographs: Photographs) -> None:
        width, height = size
        self.motion = Motion.any(rng, size)
        self.light = Light.any(rng)
        self.kind = str(rng.choice(["net", "wheel", "lines"]))
        self.thick = float(np.exp(rng.uniform(np.log(0.7), np.log(5))))
        reach = rng.uniform(0.28, 0.42) * height
        middle = np.array([width / 2, height / 2])
        self.lines = {"net": _net, "wheel": _wheel, "lines": _hanging}[self.kind](rng, middle, reach)
        self.colours = np.array([jittered(rng, any_colour(rng), 0.1)] * len(self.lines))
        frame = rng.uniform(2, 5) * self.thick
        angle = np.linspace(0, 2 * np.pi, 40)
        ring = np.stack([np.cos(angle), np.sin(angle)], -1) * reach
        if self.kind == "net":
            ring = np.clip(ring * 1.5, -reach, reach)
        if self.kind == "lines":
            ring = np.stack([np.linspace(-1.1, 1.1, 40), np.full(40, -1.0)], -1) * reach
        self.rim = ring + middle, np.full(40, max(1.5, frame), np.float32)
        self.texture = photographs.crop(rng)
        self.speed = self.motion.speed

    def draw(self, canvas: Canvas, time: float) -> None:
        for line, colour in zip(self.lines, self.colours, strict=True):
            canvas.fill(ribbons(self.motion.at(line, time)[None], np.full(len(line), self.thick))[0], colour)
        points, radii = self.rim
        _textured(canvas, Shape([], [(self.motion.at(points, time), radii)]), self.texture, self.motion, time, self.light)


def _net(rng: np.random.Generator, middle: Points, reach: float) -> list[Points]:
    count = int(rng.integers(4, 14))
    wave, phase = rng.uniform(0, 0.06) * reach, rng.uniform(0, 6.3)
    lines: list[Points] = []
    along = np.linspace(-1, 1, 30) * reach
    for place in np.linspace(-1, 1, count) * reach:
        wobble = wave * np.sin(along / reach * 5 + place * 0.1 + phase)
        lines += [np.stack([along, place + wobble], -1) + middle, np.stack([place + wobble, along], -1) + middle]
    if rng.random() < 0.5:
        turn = np.array([[0.7071, -0.7071], [0.7071, 0.7071]])
        lines = [np.clip((line - middle) @ turn.T, -reach, reach) + middle for line in lines]
    return lines


def _wheel(rng: np.random.Generator, middle: Points, reach: float) -> list[Points]:
    count = int(rng.integers(8, 36))
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False) + rng.uniform(0, 1)
    inner = rng.uniform(0.04, 0.15) * reach
    skew = rng.uniform(0, 0.6)
    lines: list[Points] = []
    for angle in angles:
        hub = np.array([np.cos(angle + skew), np.sin(angle + skew)]) * inner
        lines.append(np.stack([hub, np.array([np.cos(angle), np.sin(angle)]) * reach]) + middle)
    return lines


def _hanging(rng: np.random.Generator, middle: Points, reach: float) -> list[Points]:
    lines: list[Points] = []
    for _ in range(int(rng.integers(5, 30))):
        top = np.array([rng.uniform(-1.05, 1.05) * reach, -reach])
        corners = [top]
        for _ in range(4):
            corners.append(corners[-1] + np.array([rng.normal(0, 0.12), rng.uniform(0.15, 0.5)]) * reach)
        lines.append(smooth(np.array(corners), 24) + middle)
    return lines


class Blob:
    """One or a few smooth bodies out of photographs, some with holes through them."""

    def __init__(self, rng: np.random.Generator, size: tuple[int, int], photographs: Photographs) -> None:
        width, height = size
        self.motion = Motion.any(rng, size)
        self.light = Light.any(rng)
        self.bodies: list[tuple[Points, Floats]] = []
        self.holes: list[Points] = []
        for number in range(int(rng.integers(1, 4))):
            middle = np.array([width / 2, height / 2]) + (rng.normal(0, 0.12, 2) * height if number else 0)
            outline = _lumpy(rng, rng.uniform(0.14, 0.34) * height, rng.uniform(0.05, 0.4)) + middle
            self.bodies.append((outline, photographs.crop(rng)))
            for _ in range(int(rng.integers(0, 4))):
                place = middle + rng.normal(0, 0.1, 2) * height
                self.holes.append(_lumpy(rng, rng.uniform(0.01, 0.07) * height, 0.3) + place)
        self.speed = self.motion.speed

    def draw(self, canvas: Canvas, time: float) -> None:
        for outline, texture in self.bodies:
            _textured(canvas, Shape([self.motion.at(outline, time)], []), texture, self.motion, time, self.light)
        for hole in self.holes:
            canvas.cut(self.motion.at(hole, time))


def _lumpy(rng: np.random.Generator, radius: float, uneven: float) -> Points:
    count = int(rng.integers(5, 16))
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False) + rng.uniform(0, 1)
    reach = radius * (1 + uneven * rng.standard_normal(count)).clip(0.25, 1.9)
    corners = np.stack([np.cos(angle) * rng.uniform(0.7, 1.3), np.sin(angle)], -1) * reach[:, None]
    return corners.repeat(1, 0) if rng.random() < 0.15 else closed(corners, 160)


def _textured(canvas: Canvas, shape: Shape, texture: Floats, motion: Motion, time: float, light: Light) -> None:
    centre = np.array(motion.centre)
    origin, ahead = motion.at(np.stack([centre, centre + np.array([10.0, 0])]), time)
    angle = float(np.arctan2(ahead[1] - origin[1], ahead[0] - origin[0]))
    scale = float(np.hypot(*(ahead - origin)) / 10)

    def colours(box: tuple[int, int, int, int], covered: Floats) -> Floats:
        return laid(texture, box, (float(origin[0]), float(origin[1])), angle, scale) * light.shade(covered)[..., None]

    canvas.paint(shape, colours)
