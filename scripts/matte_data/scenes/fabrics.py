"""Veils, wire and nets, mist: what one sees through."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from . import materials, people
from .objects import empty, mesh, solid, strands
from .strands import Floats


def veil(rng: np.random.Generator, parameters: dict[str, Any], subject: Any) -> None:
    """Gauze: over a head and shoulders, or hanging in folds."""
    cloth = materials.gauze("gauze", parameters["cloth"], parameters["opacity"], parameters["weave"])
    rows, columns = 90, 110
    down, round_ = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    phase = rng.uniform(0, 6, 3)
    if parameters["worn"] == "over head":
        people.portrait(rng, parameters, subject)
        angle = np.radians(-20) + round_ * np.radians(220)
        folds = parameters["folds"] * np.clip(down * 1.6 - 0.3, 0, 1)
        ripple = 1 + folds * (1.6 * np.sin(angle * 9 + phase[0]) + np.sin(angle * 17 + phase[1] + down * 3))
        radius = (0.02 + 0.3 * np.sqrt(down)) * ripple * np.where(down < 0.12, 0.9, 1.0)
        radius = np.minimum(radius, 0.13 + 0.28 * down**1.5 + 0.02 * np.sin(angle * 9))
        points = np.stack([radius * np.cos(angle), 0.02 + radius * 1.05 * np.sin(angle), 0.165 - 0.65 * down**1.35], axis=-1)
    else:
        x = (round_ - 0.5) * 0.9
        y = parameters["folds"] * (np.sin(x * 16 + phase[0] + down) + 0.5 * np.sin(x * 31 + phase[1])) * (0.4 + down)
        z = 0.5 - down + 0.06 * np.sin(x * 8 + phase[2]) * down
        points = np.stack([x + 0.07 * np.sin(down * 4 + phase[1]), y, z], axis=-1)
    made = mesh("veil", points.reshape(-1, 3), _grid(rows, columns), cloth, subject)
    where = made.data.uv_layers.new(name="uv")
    flat = np.stack([round_, down], axis=-1).reshape(-1, 2)
    corners = np.empty(len(made.data.loops), np.int32)
    made.data.loops.foreach_get("vertex_index", corners)
    where.data.foreach_set("uv", flat[corners].astype(np.float32).ravel())


def _grid(rows: int, columns: int) -> list[list[int]]:
    return [
        [r * columns + c, r * columns + c + 1, (r + 1) * columns + c + 1, (r + 1) * columns + c]
        for r in range(rows - 1)
        for c in range(columns - 1)
    ]


def wire(rng: np.random.Generator, parameters: dict[str, Any], subject: Any) -> None:
    """A net, a wire fence, a cage, cables, or a racket, all out of strands."""
    metal = materials.surface("wire", parameters["colour"], 0.35, parameters["metal"])
    thick, gap, form = parameters["thickness"], parameters["mesh"], parameters["form"]
    steps = np.linspace(0, 1, 24)
    lines: list[Floats] = []
    if form == "cables":
        for _ in range(int(rng.integers(4, 12))):
            start, end = (
                np.array([-0.8, rng.uniform(-0.2, 0.2), rng.uniform(-0.4, 0.5)]),
                np.array([0.8, rng.uniform(-0.2, 0.2), rng.uniform(-0.4, 0.5)]),
            )
            lines.append(start + (end - start) * steps[:, None] - np.outer(4 * steps * (1 - steps), [0, 0, rng.uniform(0, 0.4)]))
    elif form == "cage":
        out = 0.4 * np.sin(np.pi * steps) ** 0.5
        lines += [np.stack([out * np.cos(turn), out * np.sin(turn), steps - 0.5], axis=1) for turn in np.arange(0, 2 * np.pi, gap * 2.2)]
        for height in np.arange(-0.4, 0.41, 0.2):
            around = 0.4 * np.sin(np.pi * (height + 0.5)) ** 0.5
            lines.append(np.stack([around * np.cos(steps * 2 * np.pi), around * np.sin(steps * 2 * np.pi), np.full(24, height)], axis=1))
    else:
        slanted = form == "fence"
        for at in np.arange(-0.5, 0.501, gap):
            lines += [
                np.stack([np.full(24, at), np.zeros(24), steps - 0.5], axis=1),
                np.stack([steps - 0.5, np.zeros(24), np.full(24, at)], axis=1),
            ]
        lines = [_slack(line, parameters["slack"], slanted) for line in lines]
        if form == "racket":
            lines = [line[np.hypot(line[:, 0], line[:, 2] * 0.8) < 0.4] for line in lines]
            lines = [_resampled(line) for line in lines if len(line) > 2]
            frame = np.stack([0.4 * np.cos(steps * 6.3), 0 * steps, 0.5 * np.sin(steps * 6.3)], axis=1)
            rim = np.stack([frame, np.stack([0 * steps, 0 * steps, -0.5 - 0.5 * steps], axis=1)])
            strands("rim", rim, np.full(rim.shape[:2], 0.022), materials.surface("rim", parameters["colour"][::-1], 0.3), subject)
    points = np.stack(lines)
    strands("wire", points, np.full(points.shape[:2], thick), metal, subject)


def _slack(line: Floats, slack: float, slanted: bool) -> Floats:
    moved = line.copy()
    if slanted:
        moved[:, 0], moved[:, 2] = (line[:, 0] + line[:, 2]) * 0.75, (line[:, 2] - line[:, 0]) * 0.75
    moved[:, 1] += slack * np.sin(moved[:, 0] * 7 + 1) * np.cos(moved[:, 2] * 6)
    moved[:, 2] -= slack * (0.25 - line[:, 0] ** 2) * 2
    return moved


def _resampled(line: Floats) -> Floats:
    at = np.linspace(0, len(line) - 1, 24)
    return np.stack([np.interp(at, np.arange(len(line)), line[:, axis]) for axis in range(3)], axis=1)


def smoke(rng: np.random.Generator, parameters: dict[str, Any], subject: Any) -> None:
    """A cloud of soft puffs, perhaps with something solid in it."""
    mist = materials.puff("mist", parameters["colour"], parameters["density"])
    rise = rng.uniform(-0.5, 0.5, 3)
    for _ in range(parameters["puffs"]):
        share = rng.uniform()
        place = rise * (share - 0.5) + rng.normal(size=3) * (0.08 + 0.16 * share) + [0, 0, 0.8 * (share - 0.5)]
        data = bpy.data.meshes.new("puff")
        made = bpy.data.objects.new("puff", data)
        ball = _ball()
        data.from_pydata(ball[0].tolist(), [], ball[1])
        data.materials.append(mist)
        data.shade_smooth()
        bpy.context.scene.collection.objects.link(made)
        made.parent = subject
        made.location = place
        made.scale = (0.11 + 0.17 * share) * rng.uniform(0.7, 1.3, 3)
        made.rotation_euler = rng.uniform(0, 6, 3)
    if parameters["with_ball"]:
        solid(
            "thing",
            [((0, 0.05, -0.2), (0, 0.05, 0.0), 0.16, 0.1)],
            materials.surface("thing", parameters["colour"][::-1], 0.4, pattern="stripes"),
            empty("inside", subject),
            voxel=0.01,
        )


def _ball(around: int = 32, rings: int = 16) -> tuple[Floats, list[list[int]]]:
    up, turn = np.meshgrid(np.linspace(-np.pi / 2, np.pi / 2, rings), np.linspace(0, 2 * np.pi, around, endpoint=False), indexing="ij")
    points = np.stack([np.cos(up) * np.cos(turn), np.cos(up) * np.sin(turn), np.sin(up)], axis=-1).reshape(-1, 3)
    faces = [
        [r * around + i, r * around + (i + 1) % around, (r + 1) * around + (i + 1) % around, (r + 1) * around + i]
        for r in range(rings - 1)
        for i in range(around)
    ]
    return points, faces
