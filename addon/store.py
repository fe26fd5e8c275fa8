"""Where a clip's store is, and what it holds of the masks and mattes that the clip needs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import bpy

from ..engine.shot import STORE_SUFFIX, FrameRange, Layout, MattewrightError, Shot, ShotObject, Stage, folder_name
from . import picture_size, properties


def folder(clip: bpy.types.MovieClip) -> Path:
    """The store's folder, absolute; it may not be there yet. Raises MattewrightError where nothing says where it is."""
    said = properties.of(clip).store.strip() or default_folder(clip)
    if said.startswith("//") and not bpy.data.filepath:
        raise MattewrightError("save the .blend first, or set the store folder: without either there is no place for the masks")
    path = Path(os.path.normpath(bpy.path.abspath(said, library=clip.library)))
    if not path.is_absolute():
        raise MattewrightError(f"store folder '{said}': expected an absolute path, or one that starts with // for beside the .blend")
    return path


def provisional(clip: bpy.types.MovieClip) -> Path:
    """The store's folder, or where a new file has none yet Blender's own for the session: for what is asked and kept nowhere.

    Raises MattewrightError for a folder that can't be.
    """
    if bpy.data.filepath or properties.of(clip).store.strip():
        return folder(clip)
    return Path(bpy.app.tempdir)


def said(path: Path, clip: bpy.types.MovieClip) -> str:
    """`path` as the store is said: from the .blend on where that is, so that a project can be moved as a whole."""
    if properties.of(clip).store.startswith("//") and clip.library is None:
        try:
            return bpy.path.relpath(str(path))
        except ValueError:  # Windows: on another drive
            pass
    return str(path)


def check_unshared(clip: bpy.types.MovieClip) -> None:
    """Raise MattewrightError if another clip of the file has its store in the same folder: each would overwrite the other's masks."""
    place = str(folder(clip)).casefold()  # Windows and macOS don't tell Dog from dog
    for other in bpy.data.movieclips:
        said = properties.of(other)
        if other == clip or not len(said.objects) or not (said.store.strip() or bpy.data.filepath):
            continue
        if str(folder(other)).casefold() == place:
            raise MattewrightError(
                f"clips '{clip.name}' and '{other.name}' have one store folder, {folder(clip)}: set another Store for one of them"
            )


def default_folder(clip: bpy.types.MovieClip) -> str:
    """``//<name of the .blend>.mattewright/<clip>``."""
    return f"//{Path(bpy.data.filepath).stem}{STORE_SUFFIX}/{folder_name(clip.name)}"


def pin(clip: bpy.types.MovieClip) -> None:
    """Write the default folder down, from the first job on.

    Otherwise a .blend that is saved under its next version's name would look for its masks where there are none.
    """
    shot = properties.of(clip)
    if not shot.store.strip() and bpy.data.filepath:
        shot.store = default_folder(clip)


def layout(clip: bpy.types.MovieClip) -> Layout:
    return Layout(folder(clip))


NOUNS: dict[Stage, str] = {"mask": "masks", "alpha": "alphas", "foreground": "foregrounds"}
"""What nodes show of an object, in words."""


@dataclass(frozen=True)
class Coverage:
    """Which files of an object's stage the store holds; Blender is silently transparent where one is missing."""

    object: str
    expected: FrameRange
    missing: tuple[int, ...]
    misfits: tuple[int, ...]
    """Frames whose file is no picture of the clip's size; Blender would centre such a one and not scale it."""
    stage: Stage = "mask"

    @property
    def complete(self) -> bool:
        return not self.missing and not self.misfits

    def __str__(self) -> str:
        """One line for the user."""
        have = len(self.expected) - len(self.missing)
        text = f"{self.object}: {have} of {len(self.expected)} {NOUNS[self.stage]}"
        if self.missing:
            text += f"; none on frames {spans(self.missing)}"
        if self.misfits:
            text += f"; not of the clip's size on frames {spans(self.misfits)}"
        return text


def coverage(clip: bpy.types.MovieClip, shot: Shot, frames: FrameRange | None = None) -> list[Coverage]:
    """For each object of `shot`, the shot of `clip`, what is missing in `frames` (the shot's range by default): of its masks, and of what
    its matte makes if that is switched on.
    """
    place = layout(clip)
    wanted = frames or shot.range
    size = (shot.footage.width, shot.footage.height)
    found = []
    for item in shot.objects:
        for stage in _shown(item):
            files = {frame: path for frame, path in place.files(item.name, stage) if frame in wanted}
            missing = tuple(frame for frame in wanted if frame not in files)
            misfits = tuple(frame for frame, path in files.items() if picture_size.of(path) != size)
            found.append(Coverage(item.name, wanted, missing, misfits, stage))
    return found


def keyed_by(item: ShotObject, count: int) -> tuple[Stage, ...]:
    """The files that the clip is keyed with by one of `count` objects."""
    if not item.matte.enabled:
        return ("mask",)
    return ("alpha", "foreground") if has_own_color(item, count) else ("alpha",)


def has_own_color(item: ShotObject | properties.MatteObject, count: int) -> bool:
    """Whether what is keyed by one of `count` objects has the object's foreground's colour: where there are several, the clip's."""
    return bool(item.matte.enabled and item.matte.foreground) and count == 1


def _shown(item: ShotObject) -> tuple[Stage, ...]:
    if not item.matte.enabled:
        return ("mask",)
    return ("mask", "alpha", "foreground") if item.matte.foreground else ("mask", "alpha")


def spans(frames: Iterable[int]) -> str:
    """``3, 5-9, 12``; the first few of many."""
    runs: list[list[int]] = []
    for frame in sorted(frames):
        if runs and frame == runs[-1][1] + 1:
            runs[-1][1] = frame
        else:
            runs.append([frame, frame])
    shown = [f"{first}" if first == last else f"{first}-{last}" for first, last in runs[:8]]
    return ", ".join(shown) + (f" and {len(runs) - 8} more" if len(runs) > 8 else "")
