"""People: heads with hair, beards, clothed bodies with limbs and fingers. A person faces -y; a portrait's origin is its head's centre."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import materials
from .objects import Capsule, empty, solid, strands
from .strands import Floats, Style, grow, push_out, tapering, unit

HEAD = np.array([0.078, 0.1, 0.118])
"""Half the width, depth and height of a skull in metres."""


def portrait(rng: np.random.Generator, parameters: dict[str, Any], subject: Any) -> None:
    """Head and shoulders."""
    torso = empty("torso", subject)
    _torso(torso, parameters, np.array([0.0, 0.02, -0.62]), rng)
    for side in (-1, 1):
        shoulder = np.array([side * 0.17 * parameters["build"], 0.02, -0.24])
        _arm(torso, parameters, shoulder, side, float(rng.uniform(5, 18)), float(rng.uniform(0, 30)), rng)
    head(rng, parameters, empty("head", subject))


def _head_solid(parameters: dict[str, Any], parent: Any) -> None:
    skin = materials.surface("skin", parameters["skin"], 0.55, pattern="noise", second=[c * 0.8 for c in parameters["skin"]], scale=14)
    shape: list[Capsule] = [
        ((0, 0.012, 0.03), (0, 0.002, 0.022), 0.089, 0.086),
        ((0, -0.03, -0.02), (0, -0.035, -0.06), 0.062, 0.048),
        ((0, -0.045, -0.085), (0, -0.05, -0.09), 0.03, 0.027),
        ((0, -0.095, -0.005), (0, -0.112, -0.035), 0.008, 0.014),
        ((0, 0.02, -0.06), (0, 0.03, -0.2), 0.05, 0.055),
    ]
    solid("head", shape, skin, parent, voxel=0.005, smooth=5)
    for side in (-1, 1):
        ear = [
            ((side * 0.083, 0.012, 0.015), (side * 0.09, 0.02, 0.03), 0.014, 0.015),
            ((side * 0.083, 0.012, 0.015), (side * 0.084, 0.008, -0.018), 0.013, 0.008),
        ]
        solid("ear", ear, skin, parent, voxel=0.004, smooth=3)
        eye = (side * 0.031, -0.081, 0.012)
        solid("eye", [(eye, eye, 0.0125, 0.0125)], materials.surface("eye", (0.6, 0.58, 0.56), 0.2), parent, voxel=0.003, smooth=1)
        iris = (side * 0.031, -0.0915, 0.012)
        solid("iris", [(iris, iris, 0.0042, 0.0042)], materials.surface("iris", (0.03, 0.02, 0.015), 0.1), parent, voxel=0.0012, smooth=1)
    lips = materials.surface("lips", [parameters["skin"][0] * 0.8, parameters["skin"][1] * 0.5, parameters["skin"][2] * 0.5], 0.4)
    solid("lips", [((-0.02, -0.083, -0.063), (0.02, -0.083, -0.063), 0.006, 0.006)], lips, parent, voxel=0.003, smooth=3)


def head(rng: np.random.Generator, parameters: dict[str, Any], parent: Any, many: float = 1.0) -> None:
    """A head with neck, face and hair; `many`: share of the usual number of strands."""
    _head_solid(parameters, parent)
    hair = materials.strand("hair", parameters["hair"])
    hairdo = parameters["hairdo"]
    if hairdo != "bald":
        roots, normals = _scalp(rng, int(HAIRDO[hairdo].get("count", 9000) * many))
        points = _hairdo(rng, parameters, roots, normals)
        strands("hair", points, tapering(points, 0.00042 / np.sqrt(many), rng), hair, parent)
    roots, normals = _brows(rng, 500)
    points = grow(
        rng, roots, normals, Style(0.012, points=4, stiff=0.1, droop=0.1, clump=0), comb=np.sign(roots[:, :1]) * np.array([1.5, 0, 0.3])
    )
    strands("brows", points, tapering(points, 0.0005, rng), hair, parent)
    if parameters["beard"]:
        roots, normals = _chin(rng, int(3500 * many))
        style = Style(
            0.015 + 0.1 * parameters["length"] * rng.uniform() ** 1.5,
            points=8,
            stiff=0.35,
            droop=0.9,
            clump=0.4,
            clumps=60,
            frizz=0.25,
            curl=0.003,
        )
        points = grow(rng, roots, normals, style)
        strands("beard", points, tapering(points, 0.00042 / np.sqrt(many), rng), hair, parent)


HAIRDO: dict[str, dict[str, Any]] = {
    "long": {"count": 11000, "length": 0.46, "points": 16, "stiff": 0.05, "droop": 1.1, "clump": 0.6, "clumps": 110, "frizz": 0.05},
    "curly": {
        "count": 9000,
        "length": 0.33,
        "points": 26,
        "stiff": 0.3,
        "droop": 0.6,
        "clump": 0.75,
        "clumps": 170,
        "frizz": 0.12,
        "turns": 5.0,
    },
    "afro": {
        "count": 12000,
        "length": 0.12,
        "points": 22,
        "stiff": 1.2,
        "droop": 0.05,
        "clump": 0.35,
        "clumps": 400,
        "frizz": 0.35,
        "turns": 7.0,
    },
    "short": {"count": 9000, "length": 0.06, "points": 7, "stiff": 0.5, "droop": 0.35, "clump": 0.4, "clumps": 260, "frizz": 0.12},
    "bob": {"count": 11000, "length": 0.25, "points": 14, "stiff": 0.05, "droop": 1.2, "clump": 0.45, "clumps": 160, "frizz": 0.03},
    "updo": {"count": 8000, "length": 0.16, "points": 14, "stiff": 0.0, "droop": -0.2, "clump": 0.6, "clumps": 90, "frizz": 0.06},
}


def _scalp(rng: np.random.Generator, count: int) -> tuple[Floats, Floats]:
    """Roots where hair grows: above a line from the forehead to the nape."""
    found: list[Floats] = []
    while sum(len(part) for part in found) < count:
        way = unit(rng.normal(size=(count, 3)))
        found.append(way[way[:, 2] > 0.18 - 0.75 * way[:, 1] - 0.25 * np.abs(way[:, 0])][:count])
        found[-1] = found[-1][found[-1][:, 2] > -0.45]
    way = np.concatenate(found)[:count]
    return np.array([0, 0.012, 0.03]) + way * 0.0885, way


def _hairdo(rng: np.random.Generator, parameters: dict[str, Any], roots: Floats, normals: Floats) -> Floats:
    shape = {key: value for key, value in HAIRDO[parameters["hairdo"]].items() if key != "count"}
    shape["length"] *= parameters["length"]
    shape["flyaway"] = parameters["flyaway"]
    curl = {"curly": 0.016, "afro": 0.007, "long": 0.006 if parameters["curl"] > 0.55 else 0.0}.get(parameters["hairdo"], 0.0)
    style = Style(**shape, curl=curl * parameters["curl"])
    # From the parting, hair lies to the sides and backwards.
    comb = np.stack([np.sign(roots[:, 0] - 0.015) * 0.7, np.full(len(roots), 0.55), np.full(len(roots), 0.1)], axis=1)
    if parameters["hairdo"] == "updo":
        comb = unit(np.array([0, 0.09, 0.12]) - roots) * 1.6
    if parameters["hairdo"] in ("afro", "short"):
        comb = comb * rng.uniform(0.0, 0.6)
    points = grow(rng, roots, normals, style, comb)
    points = push_out(points, np.array([0, 0.008, 0.025]), np.array([0.093, 0.099, 0.098]))
    return push_out(points, np.array([0, 0.04, -0.42]), np.array([0.2 * parameters["build"], 0.13, 0.24]))


def _brows(rng: np.random.Generator, count: int) -> tuple[Floats, Floats]:
    x = rng.uniform(0.012, 0.05, count)
    roots = np.stack([x * rng.choice([-1, 1], count), -0.084 + 8 * (x - 0.012) ** 2, 0.036 + 0.003 * rng.normal(size=count)], axis=1)
    return roots, unit(np.stack([roots[:, 0] * 3, np.full(count, -0.4), np.full(count, 0.3)], axis=1))


def _chin(rng: np.random.Generator, count: int) -> tuple[Floats, Floats]:
    way = unit(rng.normal(size=(count * 4, 3)))
    way = way[(way[:, 1] < 0.15) & (way[:, 2] < -0.05)]
    near_mouth = (np.abs(way[:, 0]) < 0.33) & (way[:, 2] > -0.42)
    way = way[~near_mouth][:count]
    return np.array([0, -0.028, -0.045]) + way * np.array([0.066, 0.062, 0.06]), way


def _cloth(parameters: dict[str, Any], name: str, which: str) -> Any:
    second = [min(1.0, channel * 0.35 + 0.3) for channel in parameters[which][::-1]]
    return materials.surface(name, parameters[which], 0.85, pattern=parameters["pattern"], second=second)


def _torso(parent: Any, parameters: dict[str, Any], waist: Floats, rng: np.random.Generator) -> None:
    """From the waist (a point) up to the shoulders, 0.4 m above."""
    x, y, z = waist
    wide = parameters["build"]
    shape: list[Capsule] = [
        ((x - 0.07 * wide, y, z), (x + 0.07 * wide, y, z), 0.105 * wide, 0.105 * wide),
        ((x, y, z), (x, y - 0.01, z + 0.24), 0.115 * wide, 0.125 * wide),
        ((x - 0.08 * wide, y - 0.01, z + 0.25), (x + 0.08 * wide, y - 0.01, z + 0.25), 0.105, 0.105),
        ((x - 0.16 * wide, y, z + 0.38), (x + 0.16 * wide, y, z + 0.38), 0.058, 0.058),
        ((x, y, z + 0.36), (x, y, z + 0.43), 0.08, 0.06),
    ]
    solid("torso", shape, _cloth(parameters, "shirt", "shirt"), parent, voxel=0.011, rough=0.012, seed=int(rng.integers(1000)))


def _arm(parent: Any, parameters: dict[str, Any], shoulder: Floats, side: int, lift: float, bend: float, rng: np.random.Generator) -> Any:
    """An arm lifted `lift` degrees sideways from hanging, its elbow bent by `bend` towards the body or the head. Gives its pivot."""
    pivot = empty("arm", parent, shoulder.tolist())
    out = np.radians(lift)
    upper = np.array([side * np.sin(out), -0.1, -np.cos(out)])
    upper = unit(upper) * 0.28
    inwards = np.radians(lift + bend * (1 if lift > 85 else -1))
    lower = unit(np.array([side * np.sin(inwards), -0.25, -np.cos(inwards)])) * 0.25
    skin = materials.surface("skin", parameters["skin"], 0.55)
    sleeve = _cloth(parameters, "sleeve", "shirt")
    long, short = parameters["sleeves"] == "long", parameters["sleeves"] == "short"
    origin = np.zeros(3)
    elbow, wrist = upper, upper + lower
    thick = parameters["build"] ** 0.5
    solid(
        "upper",
        [(origin, elbow, 0.052 * thick, 0.043 * thick)],
        sleeve if long or short else skin,
        pivot,
        voxel=0.009,
        rough=0.007 * (long or short),
        seed=side + 7,
    )
    solid(
        "lower",
        [(elbow, wrist, 0.041 * thick, 0.028 * thick)],
        sleeve if long else skin,
        pivot,
        voxel=0.008,
        rough=0.006 * long,
        seed=side + 3,
    )
    _hand(pivot, skin, wrist, unit(lower), side, rng)
    return pivot


def _hand(parent: Any, skin: Any, wrist: Floats, along: Floats, side: int, rng: np.random.Generator) -> None:
    across = unit(np.cross(along, [0.05, 1, 0.1]))
    out = np.cross(along, across)
    spread, curl = rng.uniform(0.05, 0.3), rng.uniform(-0.1, 0.5)
    palm = wrist + along * 0.05
    shape: list[Capsule] = [(wrist, palm, 0.024, 0.03), (palm - across * 0.018, palm + across * 0.018, 0.018, 0.018)]
    for finger in range(4):
        sideways = (finger - 1.5) / 1.5
        root = palm + across * sideways * 0.028 + along * 0.02
        way = unit(along + across * sideways * spread + out * curl * 0.3)
        tip = root + way * (0.04 - 0.006 * abs(sideways))
        end = tip + unit(way + out * curl) * 0.03
        shape += [(root, tip, 0.0095, 0.0085), (tip, end, 0.0085, 0.0065)]
    thumb = wrist + along * 0.03 + across * side * 0.024
    shape.append((thumb, thumb + unit(along * 0.7 + across * side) * 0.05, 0.012, 0.008))
    solid("hand", shape, skin, parent, voxel=0.0036, smooth=3)


def figure(rng: np.random.Generator, parameters: dict[str, Any], subject: Any) -> list[tuple[Any, int]]:
    """A whole person, the navel at the origin, 1.7 m tall. Gives the pivots of arms (+1, -1: which way they swing)."""
    wide = parameters["build"]
    trousers = _cloth(parameters, "trousers", "trousers")
    _torso(subject, parameters, np.array([0.0, 0.0, 0.02]), rng)
    swinging = []
    for number, side in enumerate((-1, 1)):
        shoulder = np.array([side * 0.185 * wide, 0.0, 0.395])
        swinging.append((_arm(subject, parameters, shoulder, side, parameters["arms"][number], parameters["elbows"][number], rng), side))
        if parameters["crop"] != "waist":
            swinging.append((_leg(subject, parameters, trousers, side, parameters["legs"][number], parameters["stride"] * side), -side))
    hips: list[Capsule] = [
        ((-0.08 * wide, 0, -0.06), (0.08 * wide, 0, -0.06), 0.11 * wide, 0.11 * wide),
        ((0, 0, -0.05), (0, 0, 0.04), 0.12 * wide, 0.11 * wide),
    ]
    if parameters["skirt"]:
        hips = [((0, 0, 0.0), (0, 0, -0.42), 0.13 * wide, 0.27 * wide)]
    solid("hips", hips, trousers, subject, voxel=0.011, rough=0.02 if parameters["skirt"] else 0.01)
    neck = empty("neck", subject, (0, -0.02, 0.62))
    neck.rotation_euler = (float(rng.normal() * 0.12), float(rng.normal() * 0.1), float(rng.normal() * 0.4))
    head(rng, parameters, neck, many=0.6)
    return swinging


def _leg(parent: Any, parameters: dict[str, Any], cloth: Any, side: int, apart: float, stride: float) -> Any:
    pivot = empty("leg", parent, (side * 0.09 * parameters["build"], 0, -0.1))
    out, ahead = np.radians(apart), np.radians(stride)
    way = unit(np.array([side * np.sin(out), -np.sin(ahead), -np.cos(out)]))
    knee = way * 0.4
    shin = unit(way + np.array([0, 0.25 * abs(np.sin(ahead)), 0]))
    ankle = knee + shin * 0.4
    wide = parameters["build"]
    solid(
        "leg",
        [((0, 0, 0), knee, 0.085 * wide, 0.06 * wide), (knee, ankle, 0.058 * wide, 0.045)],
        cloth,
        pivot,
        voxel=0.01,
        rough=0.008,
        seed=side + 5,
    )
    foot = [(ankle, ankle + np.array([0, -0.13, -0.05]), 0.04, 0.035)]
    solid("foot", foot, materials.surface("shoe", [channel * 0.4 for channel in parameters["shirt"]], 0.4), pivot, voxel=0.008)
    return pivot
