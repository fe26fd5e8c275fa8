"""Run by Blender's Python: build the clip that a plan (JSON) describes and render its frames as multilayer EXR.

    python -m scripts.matte_data.scenes.in_blender PLAN.json FOLDER COLOUR_SAMPLES ALPHA_SAMPLES THREADS

Leaves FOLDER/colour_####.exr (scene-linear colour, premultiplied), FOLDER/alpha_####.exr (alpha, and depth in metres along the view) and
FOLDER/blender.json.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from . import animals, fabrics, people, plants, stage
from .objects import empty
from .stage import Built


def _portrait(rng: np.random.Generator, parameters: dict[str, Any], subject: Any) -> Built:
    people.portrait(rng, parameters, subject)
    return Built((0, 0, -0.05), 0.52, 0.3)


def _figure(rng: np.random.Generator, parameters: dict[str, Any], subject: Any) -> Built:
    swinging = people.figure(rng, parameters, subject)
    centre, height = {"whole": ((0, 0, -0.08), 1.85), "knees": ((0, 0, 0.2), 1.25), "waist": ((0, 0, 0.45), 0.85)}[parameters["crop"]]
    return Built(centre, height, 0.5, swinging)


def _animal(rng: np.random.Generator, parameters: dict[str, Any], subject: Any) -> Built:
    head = animals.animal(rng, parameters, subject)
    if parameters["crop"] == "whole":
        return stage.fitted(subject)
    return Built(head.tolist(), parameters["girth"] * 3.4, parameters["girth"] * 2)


def _veil(rng: np.random.Generator, parameters: dict[str, Any], subject: Any) -> Built:
    fabrics.veil(rng, parameters, subject)
    return Built((0, 0, -0.08), 0.6, 0.4) if parameters["worn"] == "over head" else stage.fitted(subject)


def _fitted(
    build: Callable[[np.random.Generator, dict[str, Any], Any], None],
) -> Callable[[np.random.Generator, dict[str, Any], Any], Built]:
    def builder(rng: np.random.Generator, parameters: dict[str, Any], subject: Any) -> Built:
        build(rng, parameters, subject)
        return stage.fitted(subject)

    return builder


BUILDERS: dict[str, Callable[[np.random.Generator, dict[str, Any], Any], Built]] = {
    "portrait": _portrait,
    "figure": _figure,
    "animal": _animal,
    "furball": _fitted(animals.furball),
    "foliage": _fitted(plants.foliage),
    "feathers": _fitted(plants.feathers),
    "wire": _fitted(fabrics.wire),
    "veil": _veil,
    "smoke": _fitted(fabrics.smoke),
}


def main() -> None:
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    folder, colour_samples, alpha_samples, threads = Path(sys.argv[2]), *(int(argument) for argument in sys.argv[3:6])
    started = time.process_time()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    subject = empty("subject")
    # The plan has drawn from this seed already: what is built draws from a stream of its own.
    built = BUILDERS[plan["kind"]](np.random.default_rng([plan["seed"], 1]), plan["parameters"], subject)
    stage.shoot(plan, subject, built, threads)
    seconds = {"build": round(time.process_time() - started, 2)}
    for what, prepare, samples in (("colour", stage.for_colour, colour_samples), ("alpha", stage.for_alpha, alpha_samples)):
        before = time.process_time()
        prepare(samples)
        for frame in range(1, plan["frames"] + 1):
            bpy.context.scene.frame_set(frame)
            bpy.context.scene.render.filepath = str(folder / f"{what}_{frame:04d}.exr")
            bpy.ops.render.render(write_still=True)
        seconds[what] = round(time.process_time() - before, 2)
    told = {"blender": bpy.app.version_string, "processor_seconds": seconds}
    (folder / "blender.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
