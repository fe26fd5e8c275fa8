"""Chains of refine ops that are kept under a name: plain JSON files, the same in Blender and on the command line."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from .document import Catalogue, RefineStep, check_chain
from .errors import DocumentError, MattewrightError
from .fields import Range, Text, dump, load, parse_json

FOLDER = Path(__file__).with_name("presets")
"""Those that come with Mattewright."""
VERSION = 1
LONGEST_NAME = 63


@dataclass(frozen=True)
class Preset:
    """A chain, and what it is good for."""

    kind: Literal["mattewright chain"]
    name: Annotated[str, Text(LONGEST_NAME)]
    steps: tuple[RefineStep, ...]
    description: str = ""
    version: Annotated[int, Range(1, VERSION)] = VERSION


def shipped() -> dict[str, Path]:
    """The files that come with Mattewright, by their names without the ending."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.json"))}


def read_preset(path: Path, ops: Catalogue) -> Preset:
    """The preset in the file `path`, its steps checked against `ops`; of values by frame, which someone wrote by hand, the first.

    Raises MattewrightError with the file's name in front.
    """
    try:
        preset = load(Preset, parse_json(path.read_text(encoding="utf-8-sig")))
        check_chain(preset.steps, ops)
    except DocumentError as error:
        raise DocumentError(f"{path}", str(error)) from None
    except UnicodeDecodeError:
        raise MattewrightError(f"{path}: not a preset: not UTF-8 text") from None
    except OSError as error:
        raise MattewrightError(f"{path}: can't be read: {error.strerror}") from None
    return replace(preset, steps=tuple(_unkeyed(step) for step in preset.steps))


def to_json(preset: Preset) -> str:
    """The preset's text: stable order, a newline at the end."""
    return json.dumps({"version": preset.version, **dump(preset)}, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def preset_of(name: str, steps: tuple[RefineStep, ...], description: str = "") -> Preset:
    """A chain as a preset. What belongs to one shot alone goes: values by frame become their first. A name that is too long is cut."""
    return Preset("mattewright chain", name[:LONGEST_NAME], tuple(_unkeyed(step) for step in steps), description)


def _unkeyed(step: RefineStep) -> RefineStep:
    first = {name: value[min(value, key=int)] if isinstance(value, dict) else value for name, value in step.values.items()}
    return RefineStep(step.op, dict(first), step.enabled, step.live)
