"""A clip's outputs as the document has them, what hinders them, and how their files are called; nothing here waits for the engine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import bpy

from ..engine.shot import DocumentError, FormatDeclaration, FrameRange, MattewrightError, Output, Stage, folder_name, formats, read
from ..engine.shot.fields import dump, load
from ..engine.shot.outputs import check_output, file_name
from . import paths, properties

_LAST_DIGITS = re.compile(r"(.*?)(\d+)(\D*)", re.DOTALL)
UNSAVED = "Save the .blend first, or set an absolute folder: the output needs a place"


def sound(clip: bpy.types.MovieClip, place: Path) -> tuple[Output, ...]:
    """The outputs of the document in the folder `place`, but those that are set wrongly: they hinder nobody from tracking.

    The panel says what is wrong with them, and an export of them is refused.
    """
    return tuple(output_of(clip, item, place) for index, item in enumerate(properties.of(clip).outputs) if not wrong(clip, index))


def output_of(clip: bpy.types.MovieClip, item: properties.MatteOutput, place: Path | None = None) -> Output:
    """As a document in the folder `place` has it; without one its folder is as the user has it, and no disk is looked at."""
    said = item.folder.strip()
    return Output(
        name=item.name,
        format=item.format,
        objects=() if item.all_objects else tuple(chosen.name for chosen in item.objects),
        content=item.content,
        folder=said.replace("\\", "/") if place is None else paths.for_document(said, place, clip),
        pattern=item.pattern or None,
        first=item.first if item.use_range else None,
        last=item.last if item.use_range else None,
        enabled=item.enabled,
        values=properties.options_of(item),
        listed="blender",
    )


def kept(document: Path, own: Sequence[Output]) -> tuple[Output, ...]:
    """The outputs that the file `document` has from others, the command line above all, but those that are called like one of `own`."""
    return without_own(of_others(document), [output.name for output in own])


def of_others(document: Path) -> tuple[Output, ...]:
    """The outputs that the file `document` has from others. A look at the disk; any thread may ask."""
    try:
        there = read(document).outputs
    except MattewrightError:  # there is none yet, or nobody could work with it
        return ()
    return tuple(output for output in there if output.listed == "document")


def without_own(found: Iterable[Output], own: Iterable[str]) -> tuple[Output, ...]:
    """Of the outputs `found` those that are not called like one of `own`."""
    taken = {_file_name(name) for name in own}
    return tuple(output for output in found if _file_name(output.name) not in taken)


def wrong(clip: bpy.types.MovieClip, index: int) -> str:
    """What is set wrongly of the clip's output at `index`, the document's field first; empty if nothing is. No disk is looked at."""
    items = properties.of(clip).outputs
    item, path = items[index], f"outputs[{index}]"
    if item.format not in formats():
        return f"{path}.format: this version of Mattewright has no format '{item.format}': update it, or choose another one"
    said = item.folder.strip()
    if not said:
        return f"{path}.folder: expected a folder"
    if not said.startswith("//") and not Path(said).is_absolute():
        return f"{path}.folder: expected an absolute folder, or one that starts with // for beside the .blend, got '{said}'"
    if not item.all_objects and not len(item.objects):
        return f"{path}.objects: no object is chosen: choose one, or all"
    try:
        output = output_of(clip, item)
        load(Output, dump(output), path)
        check_output(output, formats(), path)
    except DocumentError as error:
        return str(error)
    if any(_file_name(other.name) == _file_name(item.name) for other in items[:index]):
        return f"{path}.name: there is another output of that name, or of the same file name: rename one"
    return ""


@lru_cache(256)
def _file_name(name: str) -> str:
    """By which outputs are told from each other on every system's disks."""
    return folder_name(name).casefold()


def chosen(clip: bpy.types.MovieClip, names: Sequence[str] = ()) -> list[int]:
    """The places of the outputs called `names`, or of all that are enabled. Raises MattewrightError where there are none."""
    items = properties.of(clip).outputs
    known = [item.name for item in items]
    for name in names:
        if name not in known:
            there = ", ".join(f"'{other}'" for other in known) or "none"
            raise MattewrightError(f"output '{name}': not in this shot; its outputs: {there}")
    found = [index for index, item in enumerate(items) if (item.name in names if names else item.enabled)]
    if not found:
        raise MattewrightError(f"clip '{clip.name}': no output to export: {'enable' if len(items) else 'add'} one")
    return found


def check(clip: bpy.types.MovieClip, names: Sequence[str] = ()) -> None:
    """Raises MattewrightError for what is set wrongly of the outputs called `names`, or of all that are enabled."""
    for index in chosen(clip, names):
        reason = wrong(clip, index)
        if reason:
            raise MattewrightError(reason)
        item = properties.of(clip).outputs[index]
        if item.folder.startswith("//") and not bpy.data.filepath:
            raise MattewrightError(f"output '{item.name}': {UNSAVED[:1].lower()}{UNSAVED[1:]}")
        gone = missing_objects(clip, item)
        if gone:
            raise MattewrightError(f"output '{item.name}': there is no object {listed(gone)} any more: choose others")


def listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def missing_objects(clip: bpy.types.MovieClip, item: properties.MatteOutput) -> list[str]:
    """Objects that were chosen for the output, and that are gone."""
    there = {known.name for known in properties.of(clip).objects}
    return [] if item.all_objects else [one.name for one in item.objects if one.name not in there]


def objects_of(clip: bpy.types.MovieClip, item: properties.MatteOutput) -> list[properties.MatteObject]:
    """The objects that the output is of, in their order."""
    meant = {one.name for one in item.objects}
    return [known for known in properties.of(clip).objects if item.all_objects or known.name in meant]


def stage_of(item: properties.MatteOutput, of: properties.MatteObject) -> Stage:
    """Which of the object's files is exported."""
    if item.content == "auto":
        return "alpha" if of.matte.enabled else "mask"
    return "alpha" if item.content == "alpha" else "mask"


def example(clip: bpy.types.MovieClip, item: properties.MatteOutput) -> str:
    """The path, within the output's folder, of one of its files; empty where the format names its files itself.

    Raises MattewrightError for a pattern that asks for what isn't there.
    """
    declaration = formats().get(item.format)
    pattern = item.pattern or (declaration.pattern_of(properties.options_of(item)) if declaration else "")
    if declaration is None or not pattern:
        return ""
    return _filled(clip, item, declaration, pattern) + declaration.extension


def _filled(
    clip: bpy.types.MovieClip,
    item: properties.MatteOutput,
    declaration: FormatDeclaration,
    pattern: str,
    place: int = 0,
    at: int | None = None,
) -> str:
    """The pattern of the object at `place` among the output's, on scene frame `at`, or on the first."""
    meant = objects_of(clip, item)
    said = {"shot": clip.name, "output": item.name}
    spread = declaration.spread_of(properties.options_of(item))
    each = spread in ("object", "object_frame")
    if each or len(meant) == 1:
        said["object"] = meant[place].name if meant else "object"
    framed = spread in ("frame", "object_frame")
    at = first_frame(clip, item) if at is None else at
    frame = at if framed else None
    if framed or clip.source == "MOVIE":
        said["source"] = source_name(clip, at)
    try:
        return file_name(pattern, said, frame)
    except KeyError as error:
        field = error.args[0]
        raise MattewrightError(f"its files hold more than one {field}: take {{{field}}} out of '{pattern}'") from None


def clash(clip: bpy.types.MovieClip, index: int) -> str:
    """The name of an output whose files the one at `index` would write, too, if both are enabled; empty for none. The engine, which knows
    all files, refuses to export these: here one frame's are compared, and no disk is looked at."""
    items = properties.of(clip).outputs
    item = items[index]
    if item.enabled and not wrong(clip, index):
        for number, other in enumerate(items):
            if number != index and other.enabled and not wrong(clip, number) and _same_folder(item, other):
                at = max(first_frame(clip, item), first_frame(clip, other))
                if _names(clip, item, at) & _names(clip, other, at):
                    return str(other.name)
    return ""


def _same_folder(item: properties.MatteOutput, other: properties.MatteOutput) -> bool:
    one, two = (str(said.folder).strip().replace("\\", "/").rstrip("/").casefold() for said in (item, other))
    return one == two


def _names(clip: bpy.types.MovieClip, item: properties.MatteOutput, at: int) -> set[str]:
    """How the output's files are called, on frame `at` if they are of frames; of a format that names its files itself, the format."""
    declaration = formats().get(item.format)
    pattern = item.pattern or (declaration.pattern_of(properties.options_of(item)) if declaration else "")
    if declaration is None or not pattern:
        return {item.format}
    each = declaration.spread_of(properties.options_of(item)) in ("object", "object_frame")
    places = range(len(objects_of(clip, item))) if each else (0,)
    try:
        return {f"{_filled(clip, item, declaration, pattern, place, at)}{declaration.extension}".casefold() for place in places}
    except MattewrightError:  # its name is drawn with what is wrong about it
        return set()


def first_frame(clip: bpy.types.MovieClip, item: properties.MatteOutput) -> int:
    return int(item.first) if item.use_range else shot_range(clip).first


def shot_range(clip: bpy.types.MovieClip) -> FrameRange:
    """The shot's scene frames, without a look at the footage."""
    shot = properties.of(clip)
    if not shot.use_clip_range:
        return FrameRange(shot.first, shot.last)
    first = max(0, clip.frame_start - clip.frame_offset)
    return FrameRange(first, first + max(clip.frame_duration, 1) - 1)


def source_name(clip: bpy.types.MovieClip, frame: int) -> str:
    """The footage's file name without its ending; of a sequence, that of scene frame `frame`."""
    stem = Path(clip.filepath.replace("\\", "/")).stem
    found = _LAST_DIGITS.fullmatch(stem)
    if clip.source == "MOVIE" or not found:
        return stem
    head, digits, rest = found.groups()
    number = max(0, int(digits) + frame - clip.frame_start + clip.frame_offset)
    return f"{head}{number:0{len(digits)}d}{rest}"


def folder_of(clip: bpy.types.MovieClip, item: properties.MatteOutput) -> Path | None:
    """The output's folder; None where nothing says yet where it is."""
    said = item.folder.strip()
    if not said or (said.startswith("//") and not bpy.data.filepath):
        return None
    return paths.absolute(said, clip)
