"""What a clip shows: its kind and parameters, drawn from a seed. No Blender here: the same seed and index always give the same plan."""

from __future__ import annotations

import colorsys
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

ORDER = (
    *("portrait", "animal", "figure", "foliage", "portrait", "veil", "figure", "furball", "portrait", "wire"),
    *("figure", "animal", "portrait", "feathers", "figure", "smoke", "portrait", "furball", "figure", "animal"),
)
"""The kinds, clip after clip, over and over: people and animals most, and each kind among the first twenty."""
KINDS = tuple(dict.fromkeys(ORDER))

HAIR = {
    "black": (0.006, 0.005, 0.005),
    "dark brown": (0.022, 0.012, 0.007),
    "brown": (0.07, 0.034, 0.016),
    "auburn": (0.12, 0.032, 0.012),
    "blond": (0.42, 0.26, 0.11),
    "platinum": (0.62, 0.52, 0.38),
    "grey": (0.24, 0.24, 0.25),
    "white": (0.72, 0.71, 0.69),
    "dyed": (0.35, 0.04, 0.22),
}
"""Scene-linear colours of hair and fur."""
SKIN = ((0.62, 0.36, 0.25), (0.52, 0.29, 0.19), (0.38, 0.19, 0.11), (0.22, 0.1, 0.055), (0.1, 0.045, 0.025), (0.7, 0.45, 0.35))
HAIRDOS = ("long", "curly", "afro", "short", "bob", "updo", "bald")
LIGHTS = ("gradient", "city", "courtyard", "forest", "interior", "night", "studio", "sunrise", "sunset")
"""`gradient` is drawn here; the others are panoramas that Blender carries (CC0)."""


@dataclass(frozen=True)
class Plan:
    """One clip. `parameters` depend on the kind; `camera`, `light`, `motion` hold for all kinds. Lengths in metres, angles in degrees."""

    index: int
    seed: int
    kind: str
    size: tuple[int, int]
    frames: int
    camera: dict[str, Any]
    light: dict[str, Any]
    motion: dict[str, Any]
    parameters: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.index:04d}_{self.kind}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def draw(seed: int, index: int, size: tuple[int, int], frames: int) -> Plan:
    """The plan of clip `index` (from 0) of the set `seed`; `size` is width, height in pixels."""
    kind = ORDER[index % len(ORDER)]
    clip_seed = int(np.random.default_rng([seed, index]).integers(1 << 31))
    rng = np.random.default_rng(clip_seed)
    return Plan(index, clip_seed, kind, size, frames, _camera(rng, kind), _light(rng), _motion(rng, kind), _PARAMETERS[kind](rng))


def _uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 4)


def _of(rng: np.random.Generator, choices: Any, weights: Any = None) -> Any:
    share = None if weights is None else np.asarray(weights, float) / np.sum(weights)
    return choices[int(rng.choice(len(choices), p=share))]


def _colour(rng: np.random.Generator, saturation: float = 0.7, value: float = 0.8) -> list[float]:
    """Scene-linear, any hue."""
    colour = colorsys.hsv_to_rgb(rng.uniform(), rng.uniform(0.0, saturation), rng.uniform(0.08, value))
    return [round(channel**1.6, 4) for channel in colour]


def _hair(rng: np.random.Generator) -> list[float]:
    base = np.array(HAIR[_of(rng, list(HAIR), (5, 5, 4, 2, 4, 1, 2, 1, 1))])
    return [round(float(channel), 5) for channel in base * rng.uniform(0.75, 1.3)]


def _camera(rng: np.random.Generator, kind: str) -> dict[str, Any]:
    return {
        "lens": _uniform(rng, 35, 100),
        "height": _uniform(rng, -8, 22),
        "around": _uniform(rng, -180, 180) if kind in ("animal", "foliage", "furball", "feathers", "smoke") else _uniform(rng, -70, 70),
        "fill": _uniform(rng, 0.62, 1.1),
        "shift": [_uniform(rng, -0.16, 0.16), _uniform(rng, -0.1, 0.1)],
        "focus": _of(rng, ("all", "front", "off"), (5, 3, 1)),
        "blur": _uniform(rng, 0.004, 0.028),
        "softness": _uniform(rng, 1.3, 2.8),
    }


def _light(rng: np.random.Generator) -> dict[str, Any]:
    warm = rng.uniform() < 0.5
    return {
        "world": _of(rng, LIGHTS, (5, *(1,) * (len(LIGHTS) - 1))),
        "turn": _uniform(rng, 0, 360),
        "sky": [_colour(rng, 0.6, 1.0), _colour(rng, 0.5, 0.9), _colour(rng, 0.5, 0.5)],
        "sun": [1.0, _uniform(rng, 0.75, 0.95), _uniform(rng, 0.5, 0.85)] if warm else [_uniform(rng, 0.7, 0.9), 0.9, 1.0],
        "sun_strength": _uniform(rng, 0.5, 5.0),
        "sun_angle": [_uniform(rng, 10, 80), _uniform(rng, -160, 160)],
        "rim": _of(rng, (0.0, _uniform(rng, 2, 9))),
        "brightness": _uniform(rng, 0.3, 0.85),
    }


def _motion(rng: np.random.Generator, kind: str) -> dict[str, Any]:
    """`shift`: shares of the frame's height a frame; `turn`: degrees a frame; `swing`: degrees a frame of limbs."""
    speed = _of(rng, ("still", "slow", "quick", "fast"), (3, 6, 4, 2))
    pace = {"still": 0.0, "slow": 0.006, "quick": 0.025, "fast": 0.07}[speed]
    along = rng.uniform(0, 2 * np.pi)
    return {
        "speed": speed,
        "shift": [round(float(pace * np.cos(along)), 4), round(float(pace * 0.5 * np.sin(along)), 4)],
        "turn": round(float(rng.normal() * pace * 90), 3),
        "swing": round(float(rng.normal() * (2 + pace * 150)), 3),
        "of": _of(rng, ("object", "camera"), (3, 1)),
        "shutter": _uniform(rng, 0.3, 0.7),
    }


def _person(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "skin": list(_of(rng, SKIN)),
        "hair": _hair(rng),
        "hairdo": _of(rng, HAIRDOS, (5, 4, 2, 4, 3, 2, 1)),
        "beard": bool(rng.uniform() < 0.22),
        "shirt": _colour(rng),
        "trousers": _colour(rng, 0.5, 0.5),
        "pattern": _of(rng, ("plain", "noise", "stripes", "checks"), (4, 2, 3, 2)),
        "sleeves": _of(rng, ("long", "short", "none"), (4, 3, 1)),
        "build": _uniform(rng, 0.85, 1.25),
        "curl": _uniform(rng, 0.2, 1.0),
        "flyaway": _uniform(rng, 0.03, 0.2),
        "length": _uniform(rng, 0.6, 1.25),
    }


def _figure(rng: np.random.Generator) -> dict[str, Any]:
    """Angles of joints, left and right: arms away from the body, elbows, legs apart."""
    pose = _of(rng, ("akimbo", "walking", "raised", "reaching", "dancing"))
    reach = {"akimbo": (35, 60), "walking": (8, 30), "raised": (120, 165), "reaching": (60, 100), "dancing": (20, 150)}[pose]
    bend = {"akimbo": (95, 125), "walking": (10, 50), "raised": (5, 70), "reaching": (0, 40), "dancing": (0, 110)}[pose]
    return {
        **_person(rng),
        "pose": pose,
        "arms": [_uniform(rng, *reach), _uniform(rng, *reach)],
        "elbows": [_uniform(rng, *bend), _uniform(rng, *bend)],
        "legs": [_uniform(rng, 3, 26), _uniform(rng, 3, 26)],
        "stride": _uniform(rng, -28, 28),
        "crop": _of(rng, ("whole", "knees", "waist"), (2, 2, 3)),
        "skirt": bool(rng.uniform() < 0.3),
    }


def _fur(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "colours": [_hair(rng), _hair(rng)],
        "marking": _of(rng, ("plain", "patches", "stripes", "tips"), (3, 2, 1, 2)),
        "fur": _uniform(rng, 0.03, 0.13),
        "clumps": _uniform(rng, 0.1, 0.9),
        "frizz": _uniform(rng, 0.05, 0.6),
        "droop": _uniform(rng, 0.1, 1.0),
    }


def _animal(rng: np.random.Generator) -> dict[str, Any]:
    return {
        **_fur(rng),
        "legs": _uniform(rng, 0.22, 0.6),
        "body": _uniform(rng, 0.5, 0.9),
        "girth": _uniform(rng, 0.17, 0.28),
        "neck": _uniform(rng, 0.12, 0.4),
        "muzzle": _uniform(rng, 0.08, 0.24),
        "ears": _of(rng, ("pointed", "round", "hanging")),
        "tail": _uniform(rng, 0.15, 0.7),
        "crop": _of(rng, ("whole", "head"), (3, 2)),
    }


def _furball(rng: np.random.Generator) -> dict[str, Any]:
    return {**_fur(rng), "shape": _of(rng, ("ball", "egg", "ring", "bear", "lump")), "fur": _uniform(rng, 0.06, 0.4)}


def _foliage(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "leaf": [_uniform(rng, 0.03, 0.2), _uniform(rng, 0.25, 0.5), _uniform(rng, 0.02, 0.09)],
        "plant": _of(rng, ("branch", "bush", "grass", "fern")),
        "long": _uniform(rng, 0.06, 0.2),
        "slender": _uniform(rng, 0.12, 0.6),
        "many": _uniform(rng, 0.4, 1.0),
    }


def _wire(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "form": _of(rng, ("net", "fence", "cage", "cables", "racket")),
        "thickness": _uniform(rng, 0.0025, 0.011),
        "mesh": _uniform(rng, 0.05, 0.16),
        "slack": _uniform(rng, 0.0, 0.14),
        "colour": _colour(rng, 0.5, 0.9),
        "metal": _uniform(rng, 0, 1),
    }


def _veil(rng: np.random.Generator) -> dict[str, Any]:
    return {
        **_person(rng),
        "cloth": _colour(rng, 0.4, 1.0),
        "opacity": _uniform(rng, 0.12, 0.6),
        "weave": _uniform(rng, 60, 260),
        "folds": _uniform(rng, 0.03, 0.12),
        "worn": _of(rng, ("over head", "banner")),
    }


def _feathers(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "colours": [_colour(rng, 0.9, 1.0), _hair(rng)],
        "form": _of(rng, ("plume", "wing", "fan", "boa")),
        "fluff": _uniform(rng, 0.1, 1.0),
        "many": int(rng.integers(7, 16)),
    }


def _smoke(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "colour": _colour(rng, 0.25, 1.0),
        "density": _uniform(rng, 0.3, 0.95),
        "puffs": int(rng.integers(14, 30)),
        "with_ball": bool(rng.uniform() < 0.5),
    }


_PARAMETERS = {
    "portrait": _person,
    "figure": _figure,
    "animal": _animal,
    "furball": _furball,
    "foliage": _foliage,
    "wire": _wire,
    "veil": _veil,
    "feathers": _feathers,
    "smoke": _smoke,
}
