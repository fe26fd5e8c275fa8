"""Regions of a frame become objects: what was picked is kept as a mask prompt's file, like a correction's (`correct`)."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..shot import Layout, MattewrightError, Prompts, Shot, ShotObject, check
from ..shot.regions import Choice, Picked, RegionList
from ..store import pictures
from ..store.regions import Labels, read_labels
from .coloured import linear_color_of
from .opened import read_prompt_mask


def pick(folder: Path, shot: Shot, frame: int, choice: Choice) -> tuple[Shot, list[Picked]]:
    """What `choice` says of the regions at scene frame `frame`, in the store `folder`: the shot with it, and each object's new mask prompt.

    The masks' files are written; the document is not. Prompts on other frames stay. Raises MattewrightError, before anything is written,
    for a region that there is not, for an object that has prompts on the frame unless `choice` says what becomes of them, and for
    regions that were made of footage of another size.
    """
    labels, listed = read_labels(Layout(folder), frame)
    if (listed.width, listed.height) != (shot.footage.width, shot.footage.height):
        raise MattewrightError(
            f"{Layout(folder).regions(frame, 'list')}: of pictures {listed.width} x {listed.height}, the footage is"
            f" {shot.footage.width} x {shot.footage.height}: make the frame's regions anew"
        )
    numbers = _numbers(labels, listed, choice)
    groups = [(number,) for number in numbers] if choice.each else [tuple(numbers)]
    if choice.each and (choice.object or choice.extend):
        raise MattewrightError("each region as an object of its own: they have names of their own: leave out the object, or make them one")
    if choice.extend and not choice.object:
        raise MattewrightError("extend: say which object")
    changed, picked, files = shot, [], []
    for group in groups:
        name = choice.object or _free_name(changed, frame, group)
        members = sorted({part for number in group for part in listed.parts(number)}) if choice.with_parts else group
        mask = np.isin(labels, members)
        old = next((item for item in changed.objects if item.name == name), None)
        said = next((prompts for prompts in old.prompts if prompts.frame == frame), None) if old else None
        if said is not None and not (choice.replace or choice.extend):
            raise MattewrightError(
                f"object '{name}' has prompts on frame {frame} already: replace them, extend its mask, or name another object"
            )
        if said is not None and choice.extend and said.mask is not None:
            mask |= read_prompt_mask(folder / said.mask, (listed.height, listed.width))[1]
        path = Layout(folder).picked_mask(name, frame, hashlib.sha256(np.packbits(mask).tobytes()).hexdigest()[:12])
        written = path.relative_to(folder).as_posix()
        kept = said if said is not None and choice.extend else Prompts(frame)
        color = linear_color_of(group[0])
        changed = _with_prompts(changed, old or ShotObject(name, color), dataclasses.replace(kept, mask=written))
        picked.append(Picked(name, color, written, tuple(members), int(np.count_nonzero(mask))))
        files.append((path, mask))
    check(changed)
    for path, mask in files:
        pictures.write(path, mask.astype(np.uint8) * 255, key=listed.key)
    return changed, picked


def _numbers(labels: Labels, listed: RegionList, choice: Choice) -> list[int]:
    """The numbers that are meant, each once, in the order in which they were said."""
    where = f"frame {listed.frame}"
    count = len(listed.regions)
    if not count:
        raise MattewrightError(f"{where}: has no regions: make them anew with a lower least score or least stability")
    numbers = list(choice.regions)
    for number in numbers:
        if not 1 <= number <= count:
            raise MattewrightError(f"{where}: no region {number}: they are numbered from 1 to {count}")
    for x, y in choice.places:
        if not (0 <= x <= listed.width and 0 <= y <= listed.height):
            raise MattewrightError(f"({x:g}, {y:g}) is outside the picture, which is {listed.width} x {listed.height} pixels")
        number = int(labels[min(int(y), listed.height - 1), min(int(x), listed.width - 1)])
        if not number:
            raise MattewrightError(f"{where}: no region at ({x:g}, {y:g}): pick another place, or prompt the object with a point")
        numbers.append(number)
    if not numbers:
        raise MattewrightError(f"{where}: nothing was picked: name a region or a place")
    return list(dict.fromkeys(numbers))


def _free_name(shot: Shot, frame: int, group: Sequence[int]) -> str:
    """A name after the regions. One that an object prompted on other frames has is another thing's: region 3 is not the same everywhere."""
    shown = "+".join(str(number) for number in group[:4]) + ("+..." if len(group) > 4 else "")
    name = f"region{'s' if len(group) > 1 else ''} {shown}"
    other = next((item for item in shot.objects if item.name == name), None)
    if other is None or any(prompts.frame == frame for prompts in other.prompts):
        return name
    return f"{name} of frame {frame}"


def _with_prompts(shot: Shot, item: ShotObject, said: Prompts) -> Shot:
    others = tuple(prompts for prompts in item.prompts if prompts.frame != said.frame)
    changed = dataclasses.replace(item, prompts=tuple(sorted((*others, said), key=lambda prompts: prompts.frame)))
    objects = tuple(changed if known.name == item.name else known for known in shot.objects)
    if all(known.name != item.name for known in shot.objects):
        objects = (*objects, changed)
    return dataclasses.replace(shot, objects=objects)
