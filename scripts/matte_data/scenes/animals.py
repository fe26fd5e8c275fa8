"""Furry things: four-legged animals and balls of fur. An animal looks along -y; the middle of its body is the origin."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import materials
from .objects import Capsule, solid, strands, triangles
from .strands import Floats, Style, grow, on_triangles, tapering, unit


def animal(rng: np.random.Generator, parameters: dict[str, Any], subject: Any) -> Floats:
    """The middle of the head, at which a close picture looks."""
    long, girth, legs, muzzle = parameters["body"] / 2, parameters["girth"], parameters["legs"], parameters["muzzle"]
    skull = girth * 0.66
    nape = np.array([0, -long * 0.9, girth * 0.35])
    head: Floats = nape + np.array([0, -0.75, 0.75]) * (parameters["neck"] + skull * 0.5)
    nose = head + np.array([0, -skull * 0.6 - muzzle, -skull * 0.35])
    shape: list[Capsule] = [
        ((0, long, 0), (0, -long * 0.6, 0.02), girth * 0.85, girth),
        (nape, head, girth * 0.62, skull * 0.8),
        (head, head, skull, skull),
        (head + np.array([0, -skull * 0.5, -skull * 0.2]), nose, skull * 0.6, skull * 0.36),
        (
            (0, long, girth * 0.3),
            (0, long + parameters["tail"] * 0.75, girth * 0.3 + parameters["tail"] * float(rng.uniform(-0.5, 0.6))),
            girth * 0.25,
            girth * 0.12,
        ),
    ]
    for side in (-1, 1):
        for at in (-long * 0.7, long * 0.85):
            foot = at + float(rng.uniform(-0.1, 0.1))
            shape.append(((side * girth * 0.5, at, -girth * 0.4), (side * girth * 0.5, foot, -girth - legs), girth * 0.42, girth * 0.22))
            shape.append(
                (
                    (side * girth * 0.5, foot, -girth - legs),
                    (side * girth * 0.5, foot - girth * 0.25, -girth - legs),
                    girth * 0.23,
                    girth * 0.2,
                )
            )
        shape.append(_ear(parameters["ears"], head, skull, side))
    under = materials.surface("skin", [channel * 0.5 for channel in parameters["colours"][0]], 0.9)
    body = solid("body", shape, under, subject, voxel=0.014, smooth=5)
    for side in (-1, 1):
        eye = head + np.array([side * 0.5, -0.83, 0.25]) * skull
        solid(
            "eye",
            [(eye, eye, skull * 0.16, skull * 0.16)],
            materials.surface("eye", (0.02, 0.012, 0.008), 0.08),
            subject,
            voxel=skull * 0.03,
            smooth=1,
        )
    tip = nose + np.array([0, -skull * 0.33, 0.01])
    solid(
        "nose",
        [(tip, tip, skull * 0.17, skull * 0.17)],
        materials.surface("nose", (0.02, 0.015, 0.015), 0.25),
        subject,
        voxel=skull * 0.03,
        smooth=1,
    )
    _fur(rng, parameters, body, subject, 15000, bare=(nose, skull * 0.5), short=(head, skull * 1.6))
    return head


def _ear(kind: str, head: Floats, skull: float, side: int) -> Capsule:
    root = head + np.array([side * 0.6, 0.15, 0.6]) * skull
    if kind == "hanging":
        return root, root + np.array([side * 0.5, 0.1, -1.1]) * skull, skull * 0.22, skull * 0.3
    if kind == "round":
        return root, root + np.array([side * 0.3, 0, 0.3]) * skull, skull * 0.3, skull * 0.32
    return root, root + np.array([side * 0.35, 0.1, 0.95]) * skull, skull * 0.28, skull * 0.05


def furball(rng: np.random.Generator, parameters: dict[str, Any], subject: Any) -> None:
    """A ball, an egg, a ring, a bear's head and body, or a lump, under fur."""
    shapes: dict[str, list[Capsule]] = {
        "ball": [((0, 0, 0), (0, 0, 0), 0.4, 0.4)],
        "egg": [((0, 0, -0.2), (0, 0, 0.2), 0.36, 0.26)],
        "ring": [
            ((0.4 * np.cos(a), 0, 0.4 * np.sin(a)), (0.4 * np.cos(a + 0.55), 0, 0.4 * np.sin(a + 0.55)), 0.12, 0.12)
            for a in np.arange(0, 6.2, 0.52)
        ],
        "bear": [
            ((0, 0, -0.3), (0, 0, -0.1), 0.34, 0.3),
            ((0, 0, 0.3), (0, 0, 0.3), 0.26, 0.26),
            ((0, -0.2, 0.25), (0, -0.28, 0.24), 0.12, 0.1),
            *(((x, 0, 0.52), (x, 0, 0.54), 0.09, 0.09) for x in (-0.19, 0.19)),
            *(((x, -0.1, -0.08), (x * 1.9, -0.25, -0.25), 0.11, 0.09) for x in (-0.27, 0.27)),
            *(((x, -0.2, -0.5), (x * 1.3, -0.45, -0.5), 0.13, 0.12) for x in (-0.2, 0.2)),
        ],
        "lump": [
            (rng.uniform(-0.3, 0.3, 3), rng.uniform(-0.3, 0.3, 3), float(rng.uniform(0.1, 0.3)), float(rng.uniform(0.1, 0.3)))
            for _ in range(5)
        ],
    }
    under = materials.surface("skin", [channel * 0.5 for channel in parameters["colours"][0]], 0.9)
    body = solid("body", shapes[parameters["shape"]], under, subject, voxel=0.02, smooth=4)
    if parameters["shape"] == "bear":
        dark = materials.surface("button", (0.01, 0.01, 0.01), 0.1)
        for place in ((-0.09, -0.265, 0.37), (0.09, -0.265, 0.37), (0, -0.4, 0.27)):
            solid("button", [(place, place, 0.035, 0.035)], dark, subject, voxel=0.006, smooth=1)
    _fur(rng, parameters, body, subject, 13000)


def _fur(
    rng: np.random.Generator,
    parameters: dict[str, Any],
    body: Any,
    subject: Any,
    count: int,
    bare: tuple[Floats, float] | None = None,
    short: tuple[Floats, float] | None = None,
) -> None:
    """Fur over `body`: none within `bare` (centre, radius), a third as long within `short`."""
    corners = triangles(body)
    if bare:
        corners = corners[np.linalg.norm(corners.mean(axis=1) - bare[0], axis=1) > bare[1] * 0.75]
    roots, normals = on_triangles(rng, corners, count)
    combed = unit(np.array([0, 0.8, -0.35]) + rng.normal(size=3) * 0.25) * 0.7
    style = Style(
        parameters["fur"],
        points=8,
        stiff=0.25,
        droop=parameters["droop"] * 0.7,
        clump=parameters["clumps"],
        clumps=count // 18,
        frizz=parameters["frizz"],
        flyaway=0.04,
    )
    points = grow(rng, roots, normals, style, comb=combed)
    if short:
        near = np.linalg.norm(roots - short[0], axis=1) < short[1]
        points[near] = points[near][:, :1] + (points[near] - points[near][:, :1]) * 0.35
    tint = _tint(rng, parameters, roots)
    # Some strands stand for several real ones: a fixed share of the surface is covered whatever its size.
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
    radius = float(np.clip(1.4 * area / count / max(parameters["fur"], 0.04) / 2, 0.0006, 0.0024))
    strands("fur", points, tapering(points, radius, rng, tip=0.12), materials.strand("fur", None, 0.35), subject, tint)


def _tint(rng: np.random.Generator, parameters: dict[str, Any], roots: Floats) -> Floats:
    first, second = (np.array(colour) for colour in parameters["colours"])
    if parameters["marking"] == "plain":
        share = np.zeros(len(roots))
    elif parameters["marking"] == "tips":
        share = (rng.uniform(size=len(roots)) < 0.3).astype(float)
    else:
        waves = rng.normal(size=(3, 5)) * (7 if parameters["marking"] == "patches" else 3)
        if parameters["marking"] == "stripes":
            waves[1] += 30
        field = np.sin(roots @ waves + rng.uniform(0, 6, 5)).sum(axis=1)
        share = 1 / (1 + np.exp(-4 * field))
    colour = first + (second - first) * share[:, None]
    varied: Floats = np.clip(colour * rng.uniform(0.7, 1.3, (len(roots), 1)), 0.003, 0.9)
    return varied
