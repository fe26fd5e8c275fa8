"""What the store holds that is of whole frames, and of no object: the classes' label pictures, and depth. Looked at by threads."""

from __future__ import annotations

from collections.abc import Mapping
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

Shares: TypeAlias = Mapping[int, float]
"""How much of a picture has each label, 0 to 1."""


def file(clip: bpy.types.MovieClip, frame: int) -> Path | None:
    """The labels of scene frame `frame` by the clip's network, there or not; None where nothing says where they would be."""
    try:
        return store.layout(clip).labels(properties.of(clip).classes.network, clip.name, frame)
    except MattewrightError:
        return None


def shares(clip: bpy.types.MovieClip, frame: int) -> Shares:
    """Of scene frame `frame`, as far as it is known by now."""
    path = file(clip, frame)
    return (_shares.of(path) or {}) if path is not None else {}


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


def count(path: Path) -> Shares:
    """Of the label picture in the file `path`; nothing where it can't be read."""
    try:
        labels = read_grey(path)
    except (MattewrightError, OSError):
        return {}
    numbers = np.bincount(labels.ravel(), minlength=1)
    return {int(label): float(numbers[label]) / labels.size for label in np.flatnonzero(numbers)}


_shares: Looks[Path, Shares] = Looks(count, job_state)
_labelled: Looks[Path, frozenset[int]] = Looks(frames_beside, job_state)
_with_depth: Looks[Path, frozenset[int]] = Looks(frames_beside, job_state)


def register() -> None:
    pass


def unregister() -> None:
    for looks in (_shares, _labelled, _with_depth):
        looks.end()
