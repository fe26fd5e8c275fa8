"""Which drawn clip is which: a clip's number and the seed decide all that is in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from . import layouts
from .drawing import Camera, Canvas, film
from .figures import Figure
from .pelts import Pelt
from .textures import Photographs
from .things import Blob, Lattice, Leaves

VERSION = 3
"""Raised when a clip of the same number and seed would come out another way."""
FRAMES = 3


class Scene(Protocol):
    """What can be filmed."""

    speed: float

    def draw(self, canvas: Canvas, time: float) -> None: ...


Maker = Callable[[np.random.Generator, tuple[int, int], Photographs], Scene]

KINDS: dict[str, tuple[float, Maker]] = {
    "person-full": (0.2, lambda rng, size, photographs: Figure(rng, size, photographs, "full")),
    "person-half": (0.2, lambda rng, size, photographs: Figure(rng, size, photographs, "half")),
    "person-bust": (0.12, lambda rng, size, photographs: Figure(rng, size, photographs, "bust")),
    "fur-ball": (0.14, lambda rng, size, photographs: Pelt(rng, size, photographs, "ball")),
    "fur-lump": (0.08, lambda rng, size, photographs: Pelt(rng, size, photographs, "lump")),
    "fur-animal": (0.1, lambda rng, size, photographs: Pelt(rng, size, photographs, "animal")),
    "leaves": (0.05, Leaves),
    "lattice": (0.04, Lattice),
    "blob": (0.07, Blob),
}
"""How often, and how each is made."""
SIZES = ((640, 480), (720, 480), (768, 512), (640, 640), (854, 480), (960, 540), (540, 720))


def kind_of(seed: int, number: int) -> str:
    """The kind of clip `number`."""
    chances = np.array([chance for chance, _ in KINDS.values()])
    return str(np.random.default_rng([seed, number, 0]).choice(list(KINDS), p=chances / chances.sum()))


def name_of(seed: int, number: int) -> str:
    return f"{seed:02d}_{number:05d}_{kind_of(seed, number)}"


def draw_clip(folder: Path, seed: int, number: int, photographs: Photographs, frames: int = FRAMES) -> bool:
    """Write clip `number` below `folder` unless it is there already, whole; says whether it was written.

    The manifest comes last: a clip without one isn't done.
    """
    clip = folder / name_of(seed, number)
    if (clip / layouts.MANIFEST).is_file():
        return False
    rng = np.random.default_rng([seed, number, 1])
    size = SIZES[int(rng.choice(len(SIZES), p=[0.16, 0.16, 0.16, 0.12, 0.16, 0.16, 0.08]))]
    kind = kind_of(seed, number)
    scene = KINDS[kind][1](rng, size, photographs)
    camera = any_camera(rng)
    for frame in range(frames):
        alpha, colour = film(scene.draw, size, frame, scene.speed, camera)
        layouts.write_alpha(clip / "alpha" / f"{frame + 1:04d}.png", alpha)
        layouts.write_colour(clip / "foreground" / f"{frame + 1:04d}.png", np.rint(colour).astype(np.uint8))
    layouts.write_json(clip / layouts.MANIFEST, _manifest(kind, seed, number, size, frames, camera, scene.speed))
    return True


def any_camera(rng: np.random.Generator) -> Camera:
    """Mostly sharp to a pixel or two, as a camera's pictures are; now and then out of focus."""
    defocus = float(rng.uniform(1.5, 7)) if rng.random() < 0.12 else 0.0
    return Camera(
        float(rng.choice([0.35, 0.6, 0.85, 1.2], p=[0.25, 0.35, 0.25, 0.15])) * float(rng.uniform(0.85, 1.15)),
        defocus,
        float(rng.uniform(0.15, 0.85)),
    )


def _manifest(kind: str, seed: int, number: int, size: tuple[int, int], frames: int, camera: Camera, speed: float) -> dict[str, Any]:
    return {
        "kind": kind,
        "seed": seed,
        "number": number,
        "version": VERSION,
        "size": size,
        "frames": frames,
        "colour": "sRGB, straight",
        "softness": round(camera.softness, 3),
        "defocus": round(camera.defocus, 3),
        "shutter": round(camera.shutter, 3),
        "speed": round(speed, 2),
    }
