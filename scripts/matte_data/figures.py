"""People, more or less: a body on joints that swing, clothes, a head with hair, framed as a camera would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .drawing import Canvas, Floats, Points, Shape
from .motions import Motion, Swing, closed, rough, smooth
from .strands import STEPS, Coat, Strands, grown
from .textures import HAIRS, SKINS, Light, Photographs, cloth, jittered, laid, skin

FRAMINGS = ("full", "half", "bust")
_Place = Callable[[Points], Points]
"""From points at rest to where they are."""
_TALL = {"full": (0.72, 0.98), "half": (1.35, 2.1), "bust": (2.3, 3.6)}
"""The whole figure's height as a share of the picture's."""


@dataclass(frozen=True)
class _Limb:
    angles: tuple[Swing, Swing]
    """Of the upper part from straight down, outwards; and of the lower part from the upper one."""
    lengths: tuple[float, float]
    radii: Floats
    """(24,) along it, pixels, with the cloth's unevenness."""
    lower_from: int
    """Where the bare or other part begins, an index into the radii."""
    upper: Floats
    lower: Floats
    """Textures."""
    side: int


class Figure:
    """A drawn person. `draw` and `speed` as `drawing.film` takes them."""

    def __init__(self, rng: np.random.Generator, size: tuple[int, int], photographs: Photographs, framing: str) -> None:
        width, height = size
        self.tall = float(rng.uniform(*_TALL[framing])) * height
        top = rng.uniform(0.02, 0.05) * height if framing == "full" else rng.uniform(0.04, 0.22) * height
        self.hip = np.array([width * rng.uniform(0.38, 0.62), top + 0.5 * self.tall])
        self.motion = Motion.any(rng, size)
        self.light = Light.any(rng)
        self.broad = float(rng.uniform(0.85, 1.3))
        self.lean = Swing.any(rng, rng.normal(0, 0.06), 0.04)
        self.nod = Swing.any(rng, rng.normal(0, 0.12), 0.06)
        complexion = jittered(rng, SKINS[int(rng.integers(len(SKINS)))])
        self.skin = skin(rng, complexion)
        self.shirt = cloth(rng, photographs)
        self.trousers = cloth(rng, photographs)
        self.shoes = cloth(rng, photographs)
        self.skirt = float(rng.uniform(0.12, 0.36)) if rng.random() < 0.2 else 0.0
        self.before = bool(rng.random() < 0.6)
        """Whether the arms are in front of the body."""
        self.arms = [self._arm(rng, side) for side in (-1, 1)]
        self.legs = [self._leg(rng, side) for side in (-1, 1)]
        self.fingers = rng.uniform(0.5, 1.1, (2, 4))
        self.torso = self._torso(rng)
        self._head(rng, complexion)
        joints = [swing for limb in (*self.arms, *self.legs) for swing in limb.angles]
        self.speed = self.motion.speed + max(swing.speed for swing in joints) * 0.3 * self.tall + self.nod.speed * 0.1 * self.tall

    def _uneven(self, rng: np.random.Generator, radii: list[float], amount: float) -> Floats:
        whole = np.interp(np.linspace(0, len(radii) - 1, 24), np.arange(len(radii)), radii) * self.tall * self.broad
        return np.asarray(
            whole * (1 + amount * np.convolve(rng.standard_normal(28), np.ones(5) / 5, "valid") + 0.25 * amount * rng.standard_normal(24)),
            np.float32,
        )

    def _arm(self, rng: np.random.Generator, side: int) -> _Limb:
        raised = rng.random()
        upper = np.radians(rng.uniform(8, 38) if raised < 0.7 else rng.uniform(38, 150))
        akimbo = raised < 0.25
        lower = np.radians(rng.uniform(-110, -55) if akimbo else rng.uniform(-45, 70))
        if akimbo:
            upper = np.radians(rng.uniform(28, 55))
        sleeve = int(rng.choice([6, 9, 12, 22]))
        radii = self._uneven(rng, [0.036, 0.031, 0.027, 0.025, 0.018], 0.08)
        radii[:sleeve] *= rng.uniform(1.0, 1.2)
        swings = Swing.any(rng, upper, 0.15), Swing.any(rng, lower, 0.25)
        return _Limb(swings, (0.17 * self.tall, 0.15 * self.tall), radii, sleeve, self.shirt, self.skin, side)

    def _leg(self, rng: np.random.Generator, side: int) -> _Limb:
        apart = np.radians(rng.uniform(-2, 22))
        radii = self._uneven(rng, [0.062, 0.055, 0.045, 0.04, 0.032], 0.06) * np.float32(rng.uniform(0.9, 1.15))
        bare = 24 if rng.random() < 0.75 else int(rng.integers(6, 14))
        swings = Swing.any(rng, apart, 0.1), Swing.any(rng, np.radians(rng.normal(-4, 10)), 0.1)
        return _Limb(swings, (0.245 * self.tall, 0.235 * self.tall), radii, bare, self.trousers, self.skin, side)

    def _torso(self, rng: np.random.Generator) -> Points:
        """Around the trunk from the left of the neck, the hip at (0, 0)."""
        shoulder, waist, hip = 0.115 * self.broad, 0.085 * self.broad * rng.uniform(0.85, 1.25), 0.09 * self.broad
        right = [
            (0.03, -0.325),
            (0.075, -0.308),
            (shoulder, -0.285),
            (shoulder * 0.93, -0.2),
            (waist, -0.1),
            (hip, -0.02),
            (hip * 0.95, 0.03),
        ]
        outline = np.array([*right, *((-x, y) for x, y in reversed(right))]) * self.tall
        return rough(rng, closed(outline + rng.normal(0, 0.004 * self.tall, outline.shape), 240), 0.0022 * self.tall)

    def _head(self, rng: np.random.Generator, complexion: Floats) -> None:
        radius = 0.07 * self.tall * rng.uniform(0.92, 1.08)
        self.radius = float(radius)
        face = [(0, -1.02), (0.55, -0.86), (0.8, -0.3), (0.78, 0.2), (0.55, 0.75), (0.2, 1.02), (0, 1.06)]
        outline = np.array([*face, *((-x, y) for x, y in reversed(face[1:-1]))])
        self.face = closed(outline * rng.uniform(0.96, 1.04, outline.shape), 90) * radius
        self.features = complexion * np.float32(0.45), complexion * np.array([0.85, 0.55, 0.55], np.float32)
        self.turned = float(rng.uniform(-0.35, 0.35))
        colour = jittered(rng, HAIRS[int(rng.integers(len(HAIRS)))], 0.15)
        style = str(rng.choice(["cropped", "short", "curly", "long", "wild", "bald", "hat"], p=[0.24, 0.2, 0.14, 0.18, 0.1, 0.06, 0.08]))
        self.style, self.hair_colour = style, colour
        cap = np.array(
            [
                (-0.9, 0.25),
                (-1.02, -0.3),
                (-0.75, -0.92),
                (0, -1.2),
                (0.75, -0.92),
                (1.02, -0.3),
                (0.9, 0.25),
                (0.62, -0.42),
                (0, -0.62),
                (-0.62, -0.42),
            ]
        )
        self.cap = (
            closed(cap * rng.uniform(0.95, 1.06, cap.shape), 90) * radius * (0.94 if style == "cropped" else 1.0)
            if style != "bald"
            else None
        )
        self.hat = None
        if style == "hat":
            brim = rng.uniform(1.0, 1.6)
            hat = np.array([(-brim, -0.35), (-0.9, -0.5), (-0.8, -1.25), (0, -1.5), (0.8, -1.25), (0.9, -0.5), (brim, -0.35), (0, -0.28)])
            self.hat = closed(hat, 90) * radius
        self.hair_behind, self.hair_before = self._hair(rng, colour, style)
        self.flow = float(rng.normal(0, 0.12)) * radius

    def _hair(self, rng: np.random.Generator, colour: Floats, style: str) -> tuple[Strands | None, Strands | None]:
        """Strands behind the body and on the head, in radii of the head turned to pixels, its middle at (0, 0)."""
        if style in ("bald", "hat"):
            return None, None
        radius = self.radius
        thick = float(np.clip(radius / 45, 0.45, 1.6))
        lengths = {
            "cropped": rng.uniform(0.05, 0.15),
            "short": rng.uniform(0.15, 0.4),
            "curly": rng.uniform(0.25, 0.6),
            "long": rng.uniform(0.4, 0.8),
            "wild": rng.uniform(0.4, 1.0),
        }
        count = int(np.clip(14 * radius, 250, 1500))
        around = rng.uniform(np.radians(-205), np.radians(25), count)
        out = np.sqrt(rng.uniform(0.3, 1.1, count))
        roots = np.stack([0.95 * np.cos(around) * out, 1.08 * np.sin(around) * out - 0.05], -1)
        roots = roots[(roots[:, 1] < -0.5) | (np.abs(roots[:, 0]) > 0.74)]
        order = np.argsort(-np.hypot(roots[:, 0], roots[:, 1] + 0.6) + rng.normal(0, 0.1, len(roots)))
        roots = roots[order] * radius
        away = roots - np.array([rng.uniform(-0.3, 0.3), -0.45]) * radius
        down = {"cropped": 0.1, "short": 0.25, "curly": 0.0, "long": 0.9, "wild": 0.0}[style]
        directions = away / np.maximum(np.hypot(away[:, 0], away[:, 1]), 1e-6)[:, None] * (1 - 0.5 * down) + np.array([0, down])
        curl = {"cropped": 0.3, "short": 0.05, "curly": 0.3, "long": 0.06, "wild": 0.12}[style]
        mess = {"cropped": 0.6, "short": 0.35, "curly": 0.8, "long": 0.2, "wild": 0.4}[style]
        coat = Coat(lengths[style] * radius, rng.uniform(1.0, 2.0) * thick, curl, mess, 0.3 * down, rng.uniform(0, 0.7))
        lit = 1 + 0.3 * (roots @ np.array(self.light.direction)) / radius
        front = grown(rng, roots, directions, coat, colour, lit.astype(np.float32))
        if style != "long":
            return None, front
        count = int(np.clip(16 * radius, 300, 1600))
        roots = np.stack([rng.uniform(-1.02, 1.02, count), rng.uniform(-0.9, 0.5, count)], -1) * radius
        roots = roots[np.hypot(roots[:, 0] / 1.0, roots[:, 1] / 1.1) < radius]
        fall = np.stack([0.25 * roots[:, 0] / radius, np.ones(len(roots))], -1)
        long = Coat(rng.uniform(1.3, 3.6) * radius, rng.uniform(0.9, 1.8) * thick, rng.uniform(0.02, 0.1), 0.1, 0.2, rng.uniform(0, 0.6))
        return grown(rng, roots, fall, long, colour, rng.uniform(0.6, 1.0, len(roots)).astype(np.float32)), front

    def draw(self, canvas: Canvas, time: float) -> None:
        lean = self.lean.at(time)
        turn = np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]])

        def placed(points: Points) -> Points:
            return self.motion.at(np.asarray(points) @ turn.T + self.hip, time)

        nod = self.nod.at(time)
        tilt = np.array([[np.cos(nod), -np.sin(nod)], [np.sin(nod), np.cos(nod)]])
        head_at = np.array([0.0, -0.415 * self.tall])

        def on_head(points: Points) -> Points:
            return placed(np.asarray(points) @ tilt.T + head_at)

        def hair(strands: Strands | None) -> None:
            if strands is not None:
                loose = np.linspace(0, 1, STEPS)[:, None] ** 2 * np.array([self.flow, 0]) * np.sin(0.4 * time + 1)
                strands.draw(canvas, on_head(strands.lines + loose))

        hair(self.hair_behind)
        for limb in self.legs:
            self._limb(canvas, limb, np.array([limb.side * 0.05 * self.broad * self.tall, 0.0]), placed, time)
        if self.skirt:
            hem = self.skirt * self.tall
            skirt = np.array([(-0.08, -0.06), (0.08, -0.06), (0.13, 0.5), (0.05, 1.0), (-0.05, 1.0), (-0.13, 0.5)]) * [
                self.tall * self.broad,
                hem,
            ]
            self._part(canvas, Shape([placed(closed(skirt, 80))], []), self.trousers, placed)
        if not self.before:
            self._arms(canvas, placed, time)
        neck = np.array([[0, -0.35], [0, -0.29]]) * self.tall
        self._part(canvas, Shape([], [(placed(smooth(neck, 6)), np.full(6, 0.034 * self.tall, np.float32))]), self.skin, placed)
        self._part(canvas, Shape([placed(self.torso)], []), self.shirt, placed)
        collar = np.array([(-0.03, -0.327), (0, -0.3 - 0.02 * self.broad), (0.03, -0.327), (0, -0.335)]) * self.tall
        self._part(canvas, Shape([placed(closed(collar, 30))], []), self.skin, placed)
        self._part(canvas, Shape([on_head(self.face)], []), self.skin, on_head)
        self._face(canvas, on_head)
        if self.cap is not None and self.hat is None:
            canvas.fill(on_head(self.cap), self.hair_colour * np.float32(0.75))
        hair(self.hair_before)
        if self.hat is not None:
            self._part(canvas, Shape([on_head(self.hat)], []), self.shoes, on_head)
        if self.before:
            self._arms(canvas, placed, time)

    def _arms(self, canvas: Canvas, placed: _Place, time: float) -> None:
        for limb in self.arms:
            shoulder = np.array([limb.side * 0.094 * self.broad * self.tall, -0.268 * self.tall])
            self._limb(canvas, limb, shoulder, placed, time)

    def _limb(self, canvas: Canvas, limb: _Limb, start: Points, placed: _Place, time: float) -> None:
        first = limb.angles[0].at(time)
        second = first + limb.angles[1].at(time)

        def way(angle: float) -> Points:
            return np.array([limb.side * np.sin(angle), np.cos(angle)])

        joint = start + way(first) * limb.lengths[0]
        end = joint + way(second) * limb.lengths[1]
        line = smooth(np.array([start, (start + joint) / 2, joint, (joint + end) / 2, end]), 24)
        leg = limb.upper is self.trousers
        tip = self._foot(canvas, end, way(second), limb.side, placed) if leg else self._hand(end, way(second), limb.side, placed)
        cut = limb.lower_from
        if not leg:
            self._part(canvas, tip, self.skin, placed, end)
        if cut < 24:
            self._part(canvas, Shape([], [(placed(line[cut - 1 :]), limb.radii[cut - 1 :] * np.float32(0.88))]), limb.lower, placed, joint)
        self._part(canvas, Shape([], [(placed(line[:cut]), limb.radii[:cut])]), limb.upper, placed, start)
        if leg:
            self._part(canvas, tip, self.shoes, placed, end)

    def _foot(self, canvas: Canvas, end: Points, way: Points, side: int, placed: _Place) -> Shape:
        out = np.array([side * 0.8, 0.35])
        line = np.stack([end, end + out * 0.025 * self.tall, end + out * 0.055 * self.tall])
        return Shape([], [(placed(smooth(line, 8)), np.linspace(0.027, 0.019, 8).astype(np.float32) * np.float32(self.tall * self.broad))])

    def _hand(self, end: Points, way: Points, side: int, placed: _Place) -> Shape:
        aside = np.array([-way[1], way[0]])
        reach = 0.045 * self.tall
        tubes = [(placed(smooth(np.stack([end, end + way * reach]), 6)), np.full(6, 0.02 * self.tall, np.float32))]
        for index, spread in enumerate((-0.5, -0.15, 0.2, 0.55)):
            long = self.fingers[(side + 1) // 2][index] * 0.036 * self.tall
            root = end + way * reach + aside * spread * 0.028 * self.tall
            finger = smooth(np.stack([root, root + (way + aside * spread * 0.7) * long]), 5)
            tubes.append((placed(finger), np.linspace(0.008, 0.006, 5).astype(np.float32) * np.float32(self.tall)))
        return Shape([], tubes)

    def _face(self, canvas: Canvas, on_head: _Place) -> None:
        dark, red = self.features
        for x, y, wide, high, colour in (
            (-0.33, -0.12, 0.14, 0.06, dark * np.float32(0.5)),
            (0.33, -0.12, 0.14, 0.06, dark * np.float32(0.5)),
            (-0.34, -0.3, 0.22, 0.05, self.hair_colour * np.float32(0.7)),
            (0.34, -0.3, 0.22, 0.05, self.hair_colour * np.float32(0.7)),
            (0.0, 0.28, 0.13, 0.06, dark * np.float32(1.5)),
            (0.0, 0.58, 0.27, 0.07, red),
        ):
            angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
            spot = np.stack([x + self.turned + wide * np.cos(angle), y + high * np.sin(angle)], -1) * self.radius
            canvas.fill(on_head(spot), colour)

    def _part(self, canvas: Canvas, shape: Shape, texture: Floats, placed: _Place, at: Points | None = None) -> None:
        """One part with its texture fixed to a place of the body, and the scene's light."""
        middle = np.zeros(2) if at is None else at
        origin, ahead = placed(np.stack([middle, middle + np.array([0, 10.0])]))
        angle = float(np.arctan2(ahead[1] - origin[1], ahead[0] - origin[0]) - np.pi / 2)
        scale = float(np.clip(self.tall / 900, 0.5, 2.5))

        def colours(box: tuple[int, int, int, int], covered: Floats) -> Floats:
            return laid(texture, box, (float(origin[0]), float(origin[1])), angle, scale) * self.light.shade(covered)[..., None]

        canvas.paint(shape, colours)
