"""Commands on an object's refine chain: its steps, their values, and presets."""

from __future__ import annotations

import argparse
import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path

from ..refine import CATALOGUE
from ..refine.chain import DEFAULT
from ..shot import (
    Declaration,
    DocumentError,
    KeyedValue,
    MattewrightError,
    Parameter,
    RefineStep,
    Shot,
    ShotObject,
    Value,
    check_chain,
    document_path,
    lacking,
    presets,
    read,
)
from .documents import write_document
from .options import switch

Steps = tuple[RefineStep, ...]
_KEYED = re.compile(r"\d+:")


def chain(options: argparse.Namespace) -> int:
    """`chain SHOT --object NAME ...`: change the chain if that is asked for, and say what it is then."""
    path = document_path(options.shot)
    shot = read(path, CATALOGUE)
    item = shot.object(options.object)
    steps = item.refine
    if options.clear:
        steps = ()
    if options.preset:
        steps = presets.read_preset(_preset_file(options.preset), CATALOGUE).steps
    for number in sorted({_number(text, steps) for text in options.remove}, reverse=True):
        steps = steps[:number] + steps[number + 1 :]
    for name in options.add:
        if not steps and name not in {step.op for step in DEFAULT}:
            steps = DEFAULT  # what an empty chain means: without it, the op would get shades of grey
        steps = (*steps, RefineStep(_op(name).name))
    for place, name in options.insert:
        steps = _placed(steps, place, RefineStep(_op(name).name), len(steps) + 1)
    for text, place in options.move:
        number = _number(text, steps)
        steps = _placed(steps[:number] + steps[number + 1 :], place, steps[number], len(steps))
    for numbers, live in ((options.live, True), (options.bake, False)):
        for number in (_number(text, steps) for text in numbers):
            steps = _replaced(steps, number, dataclasses.replace(steps[number], live=live))
    for text in options.set:
        steps = _with_value(steps, *_assignment(text, 1))
    changed = _with_chain(shot, item, steps)
    if steps != item.refine:
        write_document(path, changed, CATALOGUE)
    if options.save:
        save_preset(options.save, item.name, steps)
    print("\n".join(_shown(steps)))
    keyed = (
        [f"{step.op}.{name}" for step in steps for name, value in step.values.items() if isinstance(value, dict)] if options.save else []
    )
    if keyed:
        print(f"{options.save}: a preset has no values by frame; it was given the first ones of {', '.join(keyed)}")
    if item.name in (without := lacking(changed, CATALOGUE)):
        print(f"no masks can be made of '{item.name}' yet: {without[item.name]}")
    return 0


def set_values(path: Path, assignments: Sequence[str]) -> None:
    """`refine SHOT --set OBJECT.OP.PARAMETER=VALUE`: write the values into the document at `path`. Raises MattewrightError."""
    shot = read(path, CATALOGUE)
    for text in assignments:
        name, *rest = _assignment(text, 2)
        item = shot.object(name)
        shot = _with_chain(shot, item, _with_value(item.refine, *rest))
    write_document(path, shot, CATALOGUE)


def save_preset(path: Path, name: str, steps: Steps) -> None:
    """Write a chain to the file `path`, which must not be there yet."""
    from ..store import atomic_path

    if path.exists():
        raise MattewrightError(f"{path}: is there already; choose another name")
    text = presets.to_json(presets.preset_of(path.stem.replace("_", " ") or name, steps))
    with atomic_path(path.resolve()) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def list_presets(options: argparse.Namespace) -> int:
    """`presets`: those that come with Mattewright."""
    for name, path in presets.shipped().items():
        preset = presets.read_preset(path, CATALOGUE)
        print(f"{name}: {preset.description} ({', '.join(step.op for step in preset.steps)})")
    return 0


def _with_chain(shot: Shot, item: ShotObject, steps: Steps) -> Shot:
    check_chain(steps, CATALOGUE, f"'{item.name}' step ")
    changed = dataclasses.replace(item, refine=steps)
    return dataclasses.replace(shot, objects=tuple(changed if other.name == item.name else other for other in shot.objects))


def _preset_file(word: str) -> Path:
    """The file of a preset that comes with Mattewright, or one that the user names."""
    known = presets.shipped()
    if word in known:
        return known[word]
    if not Path(word).is_file():
        raise MattewrightError(f"preset '{word}': no such file, nor one of {', '.join(known)}")
    return Path(word)


def _op(name: str) -> Declaration:
    if name not in CATALOGUE:
        raise MattewrightError(f"op '{name}': unknown; there are {', '.join(CATALOGUE)}")
    return CATALOGUE[name]


def _number(word: str, steps: Steps) -> int:
    """The index of the step that `word` says: its number from 1 on, or its op's name if there is one such step."""
    if word.isdecimal():
        if not 1 <= int(word) <= len(steps):
            raise MattewrightError(f"step {word}: the chain has {len(steps)}")
        return int(word) - 1
    found = [number for number, step in enumerate(steps) if step.op == word]
    if len(found) == 1:
        return found[0]
    _op(word)
    if found:
        raise MattewrightError(f"op '{word}': it is in the chain as steps {', '.join(str(n + 1) for n in found)}: say the number")
    raise MattewrightError(f"op '{word}': not in the chain, which is {', '.join(step.op for step in steps) or 'empty'}: add it first")


def _assignment(text: str, dots: int) -> list[str]:
    """``dog.threshold.level=0.4`` as its `dots` + 2 parts; a name may hold dots of its own."""
    target, equals, value = text.partition("=")
    parts = target.rsplit(".", dots)
    if not equals or len(parts) != dots + 1 or not all(parts):
        form = "OBJECT.OP.PARAMETER=VALUE" if dots == 2 else "OP.PARAMETER=VALUE"
        raise MattewrightError(f"--set {text}: expected {form}")
    return [*parts, value]


def _with_value(steps: Steps, word: str, name: str, text: str) -> Steps:
    if not steps and word in {step.op for step in DEFAULT}:
        steps = DEFAULT  # an empty chain means it
    number = _number(word, steps)
    step = steps[number]
    parameters = {parameter.name: parameter for parameter in CATALOGUE[step.op].parameters}
    if name == "enabled":
        return _replaced(steps, number, dataclasses.replace(step, enabled=switch(text, f"{step.op}.enabled")))
    if name not in parameters:
        raise MattewrightError(f"op '{step.op}' has no '{name}'; it has {', '.join([*parameters, 'enabled'])}")
    value = keyed_value(parameters[name], text, f"{step.op}.{name}")
    return _replaced(steps, number, dataclasses.replace(step, values={**step.values, name: value}))


def keyed_value(parameter: Parameter, text: str, where: str = "") -> KeyedValue:
    """``0.4``, or ``1:0.4,20:0.8`` for values by frame. Raises MattewrightError as `single_value` does."""
    if not _KEYED.match(text):
        return single_value(parameter, text, where)
    found: dict[str, Value] = {}
    for part in re.split(r",\s*(?=\d+:)", text):
        frame, single = part.split(":", 1)
        if str(int(frame)) in found:
            raise MattewrightError(f"{where or parameter.name}: frame {int(frame)} is given twice")
        found[str(int(frame))] = single_value(parameter, single, where)
    return found


def single_value(parameter: Parameter, text: str, where: str = "") -> Value:
    """``0.4``, ``on``, ``#ff8000``. Raises MattewrightError with what was expected, and `where`: by default the parameter's name."""
    where = where or parameter.name
    value: object = text
    try:
        if parameter.kind == "bool":
            value = switch(text, where)
        elif parameter.kind == "color":
            value = _color(text)
        elif parameter.kind in ("float", "int"):
            value = float(text)
    except ValueError:
        pass  # the check says what was expected
    try:
        return parameter.check(value, where)
    except DocumentError as error:
        raise MattewrightError(str(error)) from None


def _color(text: str) -> tuple[float, ...]:
    """``#ff8000``, or three numbers from 0 to 1."""
    if re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        return tuple(int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return tuple(float(part) for part in text.split(","))


def _placed(steps: Steps, place: str, step: RefineStep, last: int) -> Steps:
    """`step` put in as step number `place`, counted from 1."""
    if not place.isdecimal() or not 1 <= int(place) <= last:
        raise MattewrightError(f"{step.op}: expected a place from 1 to {last}, got '{place}'")
    return (*steps[: int(place) - 1], step, *steps[int(place) - 1 :])


def _replaced(steps: Steps, number: int, step: RefineStep) -> Steps:
    return (*steps[:number], step, *steps[number + 1 :])


def _shown(steps: Steps) -> list[str]:
    if not steps:
        return ["the chain is empty: white where the object is likelier than not"]
    lines = []
    for number, step in enumerate(steps, 1):
        values = "  ".join(f"{name}={as_text(value)}" for name, value in step.values.items())
        state = "" if step.enabled else "  (off)"
        lines.append(f"{number}. {step.op}{'  ' if values else ''}{values}{state}{'  (live in the compositor)' if step.live else ''}")
    return lines


def as_text(value: KeyedValue) -> str:
    """A value as `--set` takes it."""
    if isinstance(value, dict):
        return ",".join(f"{frame}:{as_text(single)}" for frame, single in value.items())
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple | list):
        return ",".join(f"{part:g}" for part in value)
    return f"{value:g}" if isinstance(value, int | float) else value
