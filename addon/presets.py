"""Chains under a name: those that come with Mattewright, and the user's own in Blender's folder of presets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy

from ..engine.shot import MattewrightError, RefineStep, catalogue, folder_name, presets
from . import properties, whole_file

SUBFOLDER = "presets/mattewright/chain"


def own_folder() -> Path:
    """Where the user's own are; it may not be there yet."""
    return Path(bpy.utils.user_resource("SCRIPTS", path=SUBFOLDER))


def own() -> dict[str, Path]:
    """The user's own, by the file's name without the ending."""
    folder = own_folder()
    return {path.stem: path for path in sorted(folder.glob("*.json"))} if folder.is_dir() else {}


def find(name: str) -> Path:
    """The file of the preset `name`: the user's own, one that came along, or a path. Raises MattewrightError naming what there is."""
    known = {**presets.shipped(), **own()}
    if name in known:
        return known[name]
    path = Path(bpy.path.abspath(name))
    if path.suffix == ".json" and path.is_file():
        return path
    raise MattewrightError(f"preset '{name}': there is none such; there are {', '.join(known)}")


def load(item: properties.MatteObject, name: str, before: Callable[[], None]) -> str:
    """Replace the object's chain by the preset's, after a call of `before`; the preset's description.

    Raises MattewrightError, and then `before` was not called and the chain stays.
    """
    preset = presets.read_preset(find(name), catalogue())
    before()
    item.refine.clear()
    for step in preset.steps:
        values = {key: value for key, value in step.values.items() if not isinstance(value, dict)}
        made = properties.add_refine(item, step.op, **values)
        made.enabled = step.enabled
    for index, step in enumerate(preset.steps):
        if step.live and step.enabled:
            properties.make_live(list(item.refine), index)
    return preset.description


def save(item: properties.MatteObject, name: str) -> Path:
    """Keep the object's chain, with its values on this frame, as the preset `name`. Raises MattewrightError if that is taken."""
    if not name.strip():
        raise MattewrightError("preset: expected a name")
    if not len(item.refine):
        raise MattewrightError(f"object '{item.name}': its chain has no steps that could be kept")
    path = own_folder() / f"{folder_name(name)}.json"
    if path.exists() or path.stem in presets.shipped():
        raise MattewrightError(f"preset '{name}': there is one of that name already")
    steps = tuple(RefineStep(step.op, dict(properties.values_of(step)), step.enabled, step.live) for step in item.refine)
    text = presets.to_json(presets.preset_of(name, steps))
    try:
        whole_file.write(path, text)
    except OSError as error:
        raise MattewrightError(f"{path}: can't be written: {error.strerror or error}") from None
    return path


def remove(name: str) -> None:
    """Delete one of the user's own. Raises MattewrightError for another."""
    if name not in own():
        raise MattewrightError(f"preset '{name}': not one of your own, which are {', '.join(own()) or 'none'}")
    try:
        own()[name].unlink()
    except OSError as error:
        raise MattewrightError(f"{own()[name]}: can't be removed: {error.strerror or error}") from None
