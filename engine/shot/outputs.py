"""What leaves a shot: the document's outputs, and how a format and its options are declared.

The exporters themselves live in `engine.export`; their declarations are plain data in `formats.json`, written from them and tested to be
the same, so that the panel, the command line and the document's validation need no exporter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from .errors import DocumentError
from .fields import Range, Text, load, parse_json
from .layout import folder_name, frame_digits
from .operations import Parameter, Value

Content = Literal["auto", "mask", "alpha"]
"""``auto``: the alpha where the object's matte is enabled, else the mask."""
Family = Literal["Masks", "Cut-outs", "Movies", "Captures", "Archives"]
Spread = Literal["object_frame", "frame", "object", "shot"]
"""What a file holds: one object on one frame; all objects on one frame; one object on all frames; everything."""

FAMILIES: tuple[Family, ...] = ("Masks", "Cut-outs", "Movies", "Captures", "Archives")
"""In the order of menus."""
FILE = Path(__file__).with_name("formats.json")
"""Made anew by ``python -m engine formats --json``."""
FIELDS = ("shot", "output", "object", "frame", "source")
LAST_FRAME = 1_048_574

_FIELD = re.compile(r"\{([^{}]*)\}")
_NUMBERED = re.compile(r"frame(?::([1-9]))?")


@dataclass(frozen=True)
class Output:
    """One deliverable of a shot: what goes where, in which format."""

    name: Annotated[str, Text(63)]
    """Its own in the shot."""
    format: Annotated[str, Text(64)]
    """A format's name (`FormatDeclaration`)."""
    objects: tuple[Annotated[str, Text(63)], ...] = ()
    """Objects' names; empty for all."""
    content: Content = "auto"
    folder: Annotated[str, Text()] = "exports"
    """Absolute, or relative to the document's folder, with forward slashes."""
    pattern: Annotated[str, Text(255)] | None = None
    """The files' names without the ending, `/` between folders; None for the format's usual one. Formats that name their files have
    none. {shot}, {output}, {object}, {frame} (or {frame:6} for six digits) and {source}, the footage's file name without its ending.
    """
    first: Annotated[int, Range(0, LAST_FRAME)] | None = None
    last: Annotated[int, Range(0, LAST_FRAME)] | None = None
    """Scene frames; None for the shot's."""
    enabled: bool = True
    """Whether it is made where none is named."""
    values: dict[str, Value] = field(default_factory=dict)
    """Those of the format's options that differ from their defaults."""
    listed: Literal["document", "blender"] = "document"
    """Where it is said: here alone, as by the command line, or in a .blend's list, whose add-on writes it anew here. The add-on keeps the
    first as they are."""


def usual_folder(format: str, name: str, under: str) -> str:
    """Where the files of a new output called `name` go: below `under`, which has forward slashes; captures, whose files have fixed names,
    each in a folder of its own there."""
    declaration = formats().get(format)
    own = declaration is not None and declaration.family == "Captures"
    return f"{under.rstrip('/')}/{folder_name(name)}" if own else under


@dataclass(frozen=True)
class FormatDeclaration:
    """One format: what the panel shows, the command line takes and the document's validation allows."""

    name: str
    label: str
    """For menus, in Blender's way of writing; the add-on translates it."""
    description: str
    family: Family
    spread: Spread
    extension: str = ""
    """With its dot; empty where the exporter names its files altogether."""
    pattern: str = ""
    """The usual names, as `Output.pattern`; empty where the exporter names its files itself."""
    convention: str = ""
    """In words, what colours and alpha mean in the files: for the docs and tooltips."""
    parameters: tuple[Parameter, ...] = ()
    reads_pictures: bool = False
    """Whether the footage must be there."""
    bytes_per_pixel: float = 1.0
    """About how much a pixel of a frame takes on the disk: for the look at its room beforehand."""
    needs_objects: bool = True
    """Whether there is nothing to write without any object."""
    merged: str = ""
    """The usual names where the option ``merge`` makes one file of all objects; empty where there is no such option."""

    def values(self, given: Mapping[str, Value]) -> dict[str, Value]:
        """Every option's value."""
        return {parameter.name: given.get(parameter.name, parameter.default) for parameter in self.parameters}

    def spread_of(self, given: Mapping[str, Value]) -> Spread:
        """What a file holds, with these options."""
        merged: dict[Spread, Spread] = {"object_frame": "frame", "object": "shot"}
        return merged.get(self.spread, self.spread) if self.merged and given.get("merge") else self.spread

    def pattern_of(self, given: Mapping[str, Value]) -> str:
        """The usual names, with these options."""
        return self.merged if self.merged and given.get("merge") else self.pattern


Formats = Mapping[str, FormatDeclaration]


@cache
def formats() -> Formats:
    """The declarations by name, in the order of menus."""
    content = parse_json(FILE.read_text(encoding="utf-8"))
    assert isinstance(content, list)
    found = (load(FormatDeclaration, item, f"formats[{number}]") for number, item in enumerate(content))
    return {declaration.name: declaration for declaration in found}


def file_name(pattern: str, said: Mapping[str, str], frame: int | None) -> str:
    """`pattern` filled in: a path with forward slashes, without the ending. `said` gives the fields but ``frame``; it raises KeyError
    where the pattern asks for one that is not there. What a name may not have on Windows becomes ``_``."""

    def filled(match: re.Match[str]) -> str:
        numbered = _NUMBERED.fullmatch(match[1])
        if numbered is None:
            return said[match[1]]
        if frame is None:
            raise KeyError("frame")
        return f"{frame:0{numbered[1]}d}" if numbered[1] else frame_digits(frame)

    # A field's own slashes make no folder.
    return "/".join(folder_name(_FIELD.sub(filled, part)) for part in pattern.split("/"))


def asks_for(pattern: str, name: str) -> bool:
    """Whether the pattern has the field `name`."""
    return any(match.partition(":")[0] == name for match in _FIELD.findall(pattern))


def check_pattern(pattern: str, path: str) -> None:
    """Raises DocumentError for one that names no file that Windows, macOS and Linux all take, or one outside the folder."""
    if "\\" in pattern:
        raise DocumentError(path, "expected forward slashes between folders")
    for part in pattern.split("/"):
        for name in _FIELD.findall(part):
            if name not in FIELDS and not _NUMBERED.fullmatch(name):
                raise DocumentError(path, f"unknown field {{{name}}}; known: {', '.join(f'{{{known}}}' for known in FIELDS)}, {{frame:6}}")
        plain = _FIELD.sub("x", part)
        if "{" in plain or "}" in plain:
            raise DocumentError(path, f"a brace without its other one in '{part}'")
        if plain in ("", ".", ".."):
            raise DocumentError(path, f"expected a name within the output's folder, got '{pattern}'")
        if folder_name(plain) != plain:
            raise DocumentError(
                path, f"'{part}' has what no file name may have on Windows: one of : * ? \" < > | # %, a name like CON, a dot last"
            )


def check_outputs(outputs: Iterable[Output], known: Formats) -> None:
    """A document's outputs. Raises DocumentError.

    Whether their objects and frames are in the shot is left to the export: who makes the range shorter must still be able to track.
    """
    names: dict[str, int] = {}
    for index, output in enumerate(outputs):
        path = f"outputs[{index}]"
        key = folder_name(output.name).casefold()
        if key in names:
            raise DocumentError(f"{path}.name", f"'{output.name}' is the same file name as that of outputs[{names[key]}]: rename one")
        names[key] = index
        check_output(output, known, path)


def check_output(output: Output, known: Formats, path: str) -> None:
    """One output by its format's declaration alone. Raises DocumentError."""
    if output.format not in known:
        raise DocumentError(f"{path}.format", f"unknown format '{output.format}'; known: {', '.join(known)}")
    declaration = known[output.format]
    if "\\" in output.folder:
        raise DocumentError(f"{path}.folder", "expected forward slashes between folders")
    if output.first is not None and output.last is not None and output.last < output.first:
        raise DocumentError(f"{path}.last", f"expected frame {output.first} or later, got {output.last}")
    if output.pattern is not None:
        if not declaration.pattern:
            raise DocumentError(f"{path}.pattern", f"'{output.format}' names its files itself: leave the pattern out")
        check_pattern(output.pattern, f"{path}.pattern")
        if declaration.spread in ("object_frame", "frame") and not (
            asks_for(output.pattern, "frame") or asks_for(output.pattern, "source")
        ):
            raise DocumentError(f"{path}.pattern", "every frame would be the same file: put {frame} into it")
    parameters = {parameter.name: parameter for parameter in declaration.parameters}
    for name, value in output.values.items():
        if name not in parameters:
            raise DocumentError(f"{path}.values.{name}", f"unknown option of '{output.format}'; known: {', '.join(parameters) or 'none'}")
        parameters[name].check(value, f"{path}.values.{name}")
