"""Commands on an object's matte: its settings, and its trimap for a look. `matte` itself is a job like the others (`shots`)."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import get_type_hints

from ..shot import DocumentError, Matte, MattewrightError, Shot, document_path, read
from ..shot.fields import load
from .documents import write_document
from .options import switch


def settings(options: argparse.Namespace) -> int:
    """`matte-settings SHOT --object NAME --set NAME=VALUE`: change them if that is asked for, and say what they are then."""
    path = document_path(options.shot)
    shot = read(path)
    item = shot.object(options.object)
    changed = shot
    for text in options.set:
        changed = _changed(changed, item.name, *_assignment(text))
    if changed != shot:
        write_document(path, changed)
    matte = changed.object(item.name).matte
    for field in dataclasses.fields(Matte):
        print(f"{field.name}={as_text(getattr(matte, field.name))}")
    return 0


def set_values(path: Path, objects: Sequence[str], method: str | None, assignments: Sequence[str]) -> None:
    """`matte SHOT --method METHOD --set OBJECT.NAME=VALUE`: write the values into the document at `path` first. Raises MattewrightError.

    The method is that of `objects`, or else of all whose mattes are enabled.
    """
    before = shot = read(path)
    for text in assignments:
        target, value = _assignment(text)
        name, dot, field = target.rpartition(".")
        if not dot or not name:
            raise MattewrightError(f"--set {text}: expected OBJECT.NAME=VALUE")
        shot = _changed(shot, name, field, value)
    if method is not None:
        for name in objects or [item.name for item in shot.objects if item.matte.enabled]:
            shot = _changed(shot, name, "method", method)
    if shot != before:
        write_document(path, shot)


def trimap(options: argparse.Namespace) -> int:
    """`trimap SHOT FRAME --save FILE`: black, grey and white as a PNG, for eyes."""
    from ..jobs import OpenShot
    from ..jobs.alpha_maker import band
    from ..jobs.masks import MaskSources
    from ..matte.method import UNKNOWN
    from ..store import atomic_path, png

    if options.save.suffix.lower() != ".png" or options.save.is_dir():
        raise MattewrightError(f"{options.save}: name a file that ends in .png")
    with OpenShot(options.shot) as opened:
        name = options.object or _only(opened.shot, opened.path)
        item = opened.shot.object(name)
        if opened.store.key(name, "logits", options.frame) is None and not opened.store.layout.file(name, "mask", options.frame).is_file():
            raise MattewrightError(f"{opened.path}: object '{name}' is not tracked on frame {options.frame}: track first")
        found = band(MaskSources(opened), item, options.frame).trimap
    with atomic_path(options.save.resolve()) as temporary:
        temporary.write_bytes(png.encode(found, {}))
    share = 100 * float((found == UNKNOWN).mean())
    print(f"{options.save}: {found.shape[1]} x {found.shape[0]}, {share:.2g} % unknown (grey); white is the object")
    return 0


def _only(shot: Shot, path: Path) -> str:
    names = [item.name for item in shot.objects]
    if len(names) != 1:
        known = ", ".join(f"'{name}'" for name in names) or "none"
        raise MattewrightError(f"{path}: say which object with --object; there are {known}")
    return names[0]


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise MattewrightError(f"--set {text}: expected NAME=VALUE")
    return name, value


def _changed(shot: Shot, name: str, field: str, text: str) -> Shot:
    """`shot` with one setting of the object's matte. Raises MattewrightError with what was expected."""
    item = shot.object(name)
    hints = get_type_hints(Matte)
    if field not in hints:
        raise MattewrightError(f"a matte has no '{field}'; it has {', '.join(hints)}")
    value: object = text
    if hints[field] is bool:
        value = switch(text, field)
    elif hints[field] is float:
        with contextlib.suppress(ValueError):  # the reader says what was expected
            value = float(text)
    try:
        read_back = load(Matte, {field: value})
    except DocumentError as error:
        raise MattewrightError(f"'{name}' matte.{error}") from None
    matte = dataclasses.replace(item.matte, **{field: getattr(read_back, field)})
    changed = dataclasses.replace(item, matte=matte)
    return dataclasses.replace(shot, objects=tuple(changed if other.name == name else other for other in shot.objects))


def as_text(value: object) -> str:
    """A setting as `--set` takes it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)
