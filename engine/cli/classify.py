"""`classify`: labels of a whole clip, classes as objects and as prompts. And `models add`: a network of the user's own."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..shot import Classes, Layout, MattewrightError, Prompts, Shot, ShotObject, document_path, read
from .documents import write_document
from .shots import CANCELLED, job_done, worked_off

if TYPE_CHECKING:
    from ..networks import NetworkCard


def classify(options: argparse.Namespace) -> int:
    """`classify SHOT --network N --add OBJECT=CLASS ...`: these go into the document first."""
    from ..networks import find_card
    from ..networks.known import checksum

    path = document_path(options.shot)
    shot = _with_settings(read(path), options)
    card = find_card(shot.classes.network, "classes")
    if options.list:
        for index, item in enumerate(card.classes):
            print(f"{index:3}  {item.name:20} #{''.join(f'{value:02x}' for value in item.color)}")
        print(f"{card.name}: {card.label}\nlicence: {card.licence}")
        return 0
    for name in options.track:
        shot = _with_object(shot, dataclasses.replace(shot.object(name), classes=()))
    for name, classes in map(_said, options.add):
        for one in classes:
            card.class_index(one)
        known = next((item for item in shot.objects if item.name == name), None)
        if known is not None and known.prompted and not known.classes:
            raise MattewrightError(
                f"{path}: object '{name}' is tracked from its prompts, and what was tracked would be written over: name another one"
            )
        made = dataclasses.replace(known or ShotObject(name, _color(shot, card, classes[0])), classes=classes)
        shot = _with_object(shot, made)
    only_tracked = options.track and not (options.add or options.prompt or _settings(options))
    if not only_tracked:
        checksum(card)  # a network that isn't there changes no document
    if shot != read(path):
        write_document(path, shot)
    if options.prompt:
        return _prompt(options, path, shot)
    if only_tracked:
        return 0
    code = job_done(options, "classify")
    if not code and not options.object:
        place = Layout(path.parent).labels(card.name, shot.name, 0).parent
        print(f"labels: {place}; to have them as pictures or as a movie: `outputs --add class_png` or `class_video`, then `export`")
    return code


def _color(shot: Shot, card: NetworkCard, name: str) -> tuple[float, float, float]:
    """Of a new object made of the class: the class's, or, where an object has it already, or it is black, one unlike all others'."""
    from ..jobs.coloured import unlike

    color, taken = card.classes[card.class_index(name)].linear, [item.color for item in shot.objects]
    return unlike([*taken, (0.0, 0.0, 0.0)]) if color in taken or not any(color) else color


def _prompt(options: argparse.Namespace, path: Path, shot: Shot) -> int:
    from ..jobs import OpenShot, Resources
    from ..jobs.class_prompts import class_prompts_job

    first, last = options.frames or (None, None)
    for name, classes in map(_said, options.prompt):
        item = next((item for item in shot.objects if item.name == name), ShotObject(name))
        if item.classes:
            raise MattewrightError(f"{path}: object '{name}' is made of classes and not tracked: name another one to prompt")
        with OpenShot(path, Resources(options.device), shot) as opened:
            seeded = worked_off(class_prompts_job(opened, name, classes, options.every, first, last))
        if seeded is None:
            return CANCELLED
        said = {prompts.frame: prompts for prompts in item.prompts} | {one.frame: Prompts(one.frame, mask=one.mask) for one in seeded}
        shot = _with_object(shot, dataclasses.replace(item, prompts=tuple(said[frame] for frame in sorted(said))))
        write_document(path, shot)
        print(f"{path}: '{name}' is prompted on {len(seeded)} frames with {', '.join(classes)}: `track` follows it from there")
    return 0


def _said(text: str) -> tuple[str, tuple[str, ...]]:
    """``OBJECT=CLASS,CLASS``, or a class alone, which the object is called after."""
    name, equals, classes = text.partition("=")
    found = tuple(part.strip() for part in (classes if equals else name).split(",") if part.strip())
    if not name.strip() or not found:
        raise MattewrightError(f"'{text}': expected OBJECT=CLASS, or more classes with commas between")
    return name.strip(), found


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """Those that are named."""
    return {name: getattr(options, name) for name in ("network", "steady", "edges", "look") if getattr(options, name) is not None}


def _with_settings(shot: Shot, options: argparse.Namespace) -> Shot:
    changed: Classes = dataclasses.replace(shot.classes, **_settings(options))
    return dataclasses.replace(shot, classes=changed)


def _with_object(shot: Shot, item: ShotObject) -> Shot:
    if all(known.name != item.name for known in shot.objects):
        return dataclasses.replace(shot, objects=(*shot.objects, item))
    return dataclasses.replace(shot, objects=tuple(item if known.name == item.name else known for known in shot.objects))


def add_network(options: argparse.Namespace) -> int:
    """`models add CARD.json`: a card and the graph beside it go into the models folder."""
    from ..networks.adding import add

    card, path = add(options.card)
    print(f"{card.name}: added for {card.task} ({path}): tried once, and it answers as its card says")
    return 0
