"""Foliage and feathers: thin things in front of one another, with holes between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import materials
from .objects import mesh, strands
from .strands import Floats, Style, grow, tapering, unit


def foliage(rng: np.random.Generator, parameters: dict[str, Any], subject: Any) -> None:
    """A branch, a bush, a tuft of grass, or a fern."""
    plant, many = parameters["plant"], parameters["many"]
    green = np.array(parameters["leaf"])
    if plant == "grass":
        count = int(900 * many)
        roots = np.concatenate([rng.normal(size=(count, 2)) * 0.13, np.full((count, 1), -0.45)], axis=1)
        style = Style(1.0, points=9, stiff=0.9, droop=0.35, clump=0, frizz=0.05, uneven=0.6)
        points = grow(rng, roots, unit(np.array([0, 0, 1.0]) + rng.normal(size=(count, 3)) * 0.25), style)
        tint = np.clip(green * rng.uniform(0.5, 1.8, (count, 1)), 0, 1)
        strands("grass", points, tapering(points, 0.004, rng, 0.1), materials.thin("grass", None), subject, tint)
        return
    stems = {"branch": 9, "bush": 34, "fern": 11}[plant]
    start = np.array([-0.55, 0, -0.25]) if plant == "branch" else np.array([0, 0, -0.45])
    aim = np.array([1.0, 0, 0.45]) if plant == "branch" else np.array([0, 0, 1.0])
    spread = {"branch": 0.45, "bush": 0.75, "fern": 0.7}[plant]
    style = Style(1.0, points=14, stiff=0.6, droop=0.25 if plant != "fern" else 0.7, clump=0, frizz=0.1, uneven=0.45)
    roots = np.repeat(start[None], stems, axis=0) + rng.normal(size=(stems, 3)) * 0.03
    points = grow(rng, roots, unit(aim + rng.normal(size=(stems, 3)) * spread), style)
    strands("stems", points, tapering(points, 0.007, rng, 0.3), materials.surface("bark", (0.09, 0.06, 0.035), 0.9), subject)
    _leaves(rng, parameters, points, 26 if plant == "fern" else int(30 * many), plant == "fern", green, subject)


def _leaves(
    rng: np.random.Generator, parameters: dict[str, Any], stems: Floats, each: int, paired: bool, green: Floats, subject: Any
) -> None:
    """Bent leaves along stems, in three greens."""
    outline = np.array([(0, 0), (0.25, 0.8), (0.5, 1.0), (0.75, 0.7), (1.0, 0.0)])
    vertices: list[list[Floats]] = [[], [], []]
    for stem in stems:
        for number in range(each):
            along = (number + 0.5 * rng.uniform()) / each * 0.9 + 0.1
            place = along * (len(stem) - 1)
            low = min(int(place), len(stem) - 2)
            root = stem[low] + (stem[low + 1] - stem[low]) * (place - low)
            heading = unit(stem[low + 1] - stem[low])
            side = (
                unit(np.cross(heading, unit(rng.normal(size=3))))
                if not paired
                else unit(np.cross(heading, [0.2, 1, 0.1])) * (1 - 2 * (number % 2))
            )
            way = unit(heading * 0.6 + side * 0.9 + np.array([0, 0, -0.15]))
            across = unit(np.cross(way, unit(rng.normal(size=3) * (0.3 if paired else 1.0) + [0, 1, 0.3])))
            up = np.cross(way, across)
            size = parameters["long"] * rng.uniform(0.6, 1.2) * (1.1 - along * 0.7 if paired else 1.0)
            middle = root + outline[:, :1] * way * size - up * (outline[:, :1] ** 2 * 0.25 * size)
            wide = outline[:, 1:] * across * size * parameters["slender"] / 2
            fold = up * outline[:, 1:] * size * 0.06
            vertices[int(rng.integers(3))].append(np.stack([middle + wide + fold, middle, middle - wide + fold], axis=1).reshape(-1, 3))
    faces = np.array([[r * 3 + c, r * 3 + c + 1, r * 3 + c + 4, r * 3 + c + 3] for r in range(len(outline) - 1) for c in range(2)])
    for number, leaves in enumerate(vertices):
        if leaves:
            joined = np.concatenate(leaves)
            sides = np.concatenate([faces + i * 3 * len(outline) for i in range(len(leaves))])
            shade = np.clip(green * (0.6, 1.0, 1.6)[number], 0, 1).tolist()
            mesh("leaves", joined, sides, materials.thin("leaf", shade), subject)


def feathers(rng: np.random.Generator, parameters: dict[str, Any], subject: Any) -> None:
    """A plume, a wing, a fan, or a boa: shafts with hundreds of barbs each."""
    form, many = parameters["form"], parameters["many"]
    first, second = (np.array(colour) for colour in parameters["colours"])
    barbs, tints = [], []
    shafts = []
    for number in range(many):
        share = number / max(1, many - 1)
        shaft, wide = _shaft(rng, form, share)
        shafts.append(shaft)
        count = 620 if form != "boa" else 420
        along = rng.uniform(0.06, 1.0, count)
        place = along * (len(shaft) - 1)
        low = np.minimum(place.astype(int), len(shaft) - 2)
        roots = shaft[low] + (shaft[low + 1] - shaft[low]) * (place - low)[:, None]
        heading = unit(shaft[low + 1] - shaft[low])
        side = unit(np.cross(heading, [0.05, 1, 0.1])) * np.where(rng.uniform(size=(count, 1)) < 0.5, 1, -1)
        loose = parameters["fluff"] * np.where(along < 0.35, 1.0, 0.35)
        normals = unit(heading * 0.9 + side + rng.normal(size=(count, 3)) * (0.08 + 0.5 * loose[:, None]))
        length = wide * np.sqrt(np.clip(1.02 - along, 0, 1)) * np.minimum(1, along * 6)
        points = grow(
            rng,
            roots,
            normals,
            Style(
                1.0, points=7, stiff=0.9, droop=0.1, clump=0.5, clumps=60, frizz=0.12 + 0.3 * parameters["fluff"], flyaway=0.02, uneven=0.15
            ),
            heading * 0.5,
        )
        barbs.append(roots[:, None] + (points - roots[:, None]) * length[:, None, None])
        mixed = first + (second - first) * np.clip((along - 0.6) * 3 + rng.normal() * 0.3, 0, 1)[:, None]
        tints.append(np.clip(mixed * rng.uniform(0.75, 1.2, (count, 1)), 0, 1))
    points = np.concatenate(barbs)
    strands("barbs", points, tapering(points, 0.0015, rng, 0.3), materials.thin("barb", None, 0.3), subject, np.concatenate(tints))
    stems = np.stack(shafts)
    strands("shafts", stems, tapering(stems, 0.005, rng, 0.2), materials.surface("shaft", (0.6, 0.52, 0.4), 0.5), subject)


def _shaft(rng: np.random.Generator, form: str, share: float) -> tuple[Floats, float]:
    """A shaft's 16 points, and how wide its feather is."""
    along = np.linspace(0, 1, 16)[:, None]
    if form == "boa":
        turn = share * 2 * np.pi * 1.7
        root = np.array([0.35 * np.cos(turn), 0.1 * np.sin(turn * 2), 0.35 * np.sin(turn)])
        return root + along * unit(rng.normal(size=3)) * 0.3, 0.09
    if form == "plume":
        way = unit(np.array([rng.normal() * 0.35, rng.normal() * 0.2, 1.0]))
        bend = np.array([rng.normal() * 0.5, 0, -0.15])
        return np.array([0, 0, -0.5]) + along * way + along**2.5 * bend, 0.16
    open_by, length = (np.radians(100), 0.85) if form == "fan" else (np.radians(75), 0.6 + 0.5 * share)
    angle = (share - 0.5) * open_by + (0 if form == "fan" else 0.6)
    way = np.array([np.sin(angle), 0.03 * share, np.cos(angle)])
    return np.array([0, 0.05 * share, -0.4]) + along * way * length + along**2 * np.array([0.08, rng.normal() * 0.03, 0]), 0.11
