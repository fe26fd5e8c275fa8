"""Who was found on a frame, on disk: what a search that was cut off goes on from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from ..shot import Box, DocumentError
from ..shot.fields import Range, Text, dump, load, parse_json
from .atomic import atomic_path


@dataclass(frozen=True)
class Seen:
    """A person on the frame."""

    box: Box
    score: float
    """The detector's, 0 to 1."""
    who: Annotated[int, Range(0)] | None = None
    """The number of the person, the same on all frames; None where it is an object already."""
    classed: str = ""
    """The object that it is already, where that is made of classes."""


@dataclass(frozen=True)
class SeenPeople:
    """All people on one frame."""

    key: Annotated[str, Text(64)]
    """The digest of all that they were found by."""
    people: tuple[Seen, ...] = ()
    mask: str = ""
    """The file of the mask of all of them together, relative to the store; empty where that isn't wanted, or there is none."""


def write_people(path: Path, seen: SeenPeople) -> None:
    """Raises MattewrightError for a full disk and the like."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(dump(seen), ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8", newline="\n")


def fresh_people(path: Path, key: str) -> SeenPeople | None:
    """What the file says, if it is there and was made from what `key` says; otherwise None."""
    try:
        found = load(SeenPeople, parse_json(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, DocumentError):
        return None
    if found.key != key or (found.mask and not (path.parents[2] / found.mask).is_file()):
        return None
    return found
