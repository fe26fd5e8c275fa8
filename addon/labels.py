"""What the store holds that is of whole frames, and of no object: the classes' label pictures, and depth. Looked at by threads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import bpy
import numpy as np

from ..engine.shot import MattewrightError
from ..engine.shot.layout import frame_digits
from . import properties, store
from .disk import job_state
from .looking import Looks
from .preview.png import read_grey
from .preview.stored import StoredMask, cut

KEPT = 8
"""Frames whose labels are kept."""
State: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Labels:
    """One frame's."""

    state: State | None
    """The file's time of change and size; None where there is none, or none that can be read."""
    shares: Mapping[int, float] = field(default_factory=dict)
    """How much of the picture has each label, 0 to 1."""
    masks: Mapping[int, StoredMask] = field(default_factory=dict)
    """Where each label is."""


def file(clip: bpy.types.MovieClip, frame: int) -> Path | None:
    """The labels of scene frame `frame` by the clip's network, there or not; None where nothing says where they would be."""
    try:
        return store.layout(clip).labels(properties.of(clip).classes.network, clip.name, frame)
    except MattewrightError:
        return None


def of(clip: bpy.types.MovieClip, frame: int) -> Labels:
    """Of scene frame `frame`, as far as is known by now."""
    path = file(clip, frame)
    return (_read.of(path) if path is not None else None) or NOTHING


def labelled(clip: bpy.types.MovieClip) -> frozenset[int] | None:
    """The scene frames whose labels are there; None where that is not known yet."""
    return _there(_labelled, file(clip, 0))


def with_depth(clip: bpy.types.MovieClip) -> frozenset[int] | None:
    """The scene frames whose depth is there; None where that is not known yet."""
    try:
        return _there(_with_depth, store.layout(clip).depth(properties.of(clip).depth.network, 0))
    except MattewrightError:
        return frozenset()


def _there(looks: Looks[Path, frozenset[int]], first: Path | None) -> frozenset[int] | None:
    return looks.of(first) if first is not None else frozenset()


def frames_beside(first: Path) -> frozenset[int]:
    """The frames of the sequence that `first` is frame 0 of, or would be."""
    start, ending = first.name.removesuffix(f"{frame_digits(0)}{first.suffix}"), first.suffix
    try:
        names = [path.name for path in first.parent.iterdir()]
    except OSError:  # not there, or a network's folder that has gone away
        return frozenset()
    numbers = (name.removeprefix(start).removesuffix(ending) for name in names if name.startswith(start) and name.endswith(ending))
    return frozenset(int(number) for number in numbers if number.isdecimal() and frame_digits(int(number)) == number)


class Reader:
    """Reads label pictures; what has not changed since is not read again."""

    def __init__(self) -> None:
        self._known: OrderedDict[Path, Labels] = OrderedDict()
        self._count = 0

    def read(self, path: Path) -> Labels:
        """The labels in the file `path`. Raises nothing."""
        try:
            found = path.stat()
            state = found.st_mtime_ns, found.st_size
            known = self._known.pop(path, NOTHING)
            self._known[path] = known if known.state == state else self._fresh(path, state)
        except (MattewrightError, OSError):  # not there, or being replaced
            return NOTHING
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return self._known[path]

    def _fresh(self, path: Path, state: State) -> Labels:
        picture = read_grey(path)
        numbers = np.bincount(picture.ravel())
        there = [int(label) for label in np.flatnonzero(numbers)]
        self._count += 1
        masks = {label: cut((picture == label) * np.uint8(255), self._count) for label in there}
        for mask in masks.values():
            _ = mask.tiles  # here, where nobody waits
        return Labels(state, {label: float(numbers[label]) / picture.size for label in there}, masks)


NOTHING = Labels(None)
_read: Looks[Path, Labels] = Looks(Reader().read, job_state, most=KEPT)
_labelled: Looks[Path, frozenset[int]] = Looks(frames_beside, job_state)
_with_depth: Looks[Path, frozenset[int]] = Looks(frames_beside, job_state)


def register() -> None:
    pass


def unregister() -> None:
    for looks in (_read, _labelled, _with_depth):
        looks.end()
