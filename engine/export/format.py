"""What an exporter is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from ..shot.outputs import FormatDeclaration

if TYPE_CHECKING:
    from .context import Context

__all__ = ["Exporter", "File", "FormatDeclaration"]


@dataclass(frozen=True)
class File:
    """One file that an output consists of, and all that it is made from: it is fresh as long as that stays the same.

    The job's key takes in the format's name and version, all its options, the picture's size, the object's masks or alphas (and foregrounds
    and pictures, where these are read) on the frames, and `also`.
    """

    path: str
    """Relative to the output's folder, with forward slashes and the ending; `..` never."""
    frames: tuple[int, ...]
    """Scene frames, in rising order."""
    objects: tuple[str, ...]
    """Names, in the document's order."""
    also: tuple[str, ...] = ()
    """What else it hangs on, said in words or digests."""
    pictures: bool | None = None
    """Whether it hangs on the footage's pictures; None for what the declaration says."""
    foregrounds: bool = False
    """Whether it hangs on the objects' own colours."""
    bytes: int = 0
    """About how large it may become, for the look at the disk's room; 0 for what the declaration says of a pixel."""


class Exporter(Protocol):
    """One output's writer. One instance is made a job; `write` is called from several threads at once, each with another file."""

    declaration: ClassVar[FormatDeclaration]
    version: ClassVar[int]
    """Part of every key: raised when the same input gives other bytes."""

    def __init__(self, context: Context) -> None:
        """Nothing is read or written yet. Raises MattewrightError for what can't be exported so."""

    def files(self) -> Sequence[File]:
        """All files of this output, in the order in which they are to be made; no two with the same path. Cheap: reads no pixels."""

    def write(self, file: File, path: Path) -> None:
        """Make `file` as the file `path`, a temporary name with the same ending, which doesn't exist yet: the job moves it into its place.

        The same input must give the same bytes: no dates, no random numbers, no order of threads. A file of many frames calls
        `context.tick(frame)` after each, which says how far it is and raises where it is to stop; then whatever is at `path` is removed by
        the job. Raises MattewrightError or OSError.
        """

    def verify(self, file: File, path: Path) -> None:
        """Read `path` back by another reader than wrote it: that it is whole, has the right size, and as many frames as it should.

        Whether its bytes are those that were written the job has seen before. Raises MattewrightError saying what is wrong, and what to do.
        """
