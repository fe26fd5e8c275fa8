"""Masks and alphas as numbered grey pictures, a file an object and frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from ...shot.operations import Parameter
from ...shot.outputs import FormatDeclaration
from ..context import Context
from ..format import Exporter, File
from ..pixels import eight_bits
from ..reading import check_picture

DEPTH = Parameter("depth", "choice", "16", "Bits of a channel", choices=("8", "16"))


class PngMasks:
    """Grey PNG."""

    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "png",
        "PNG",
        "The mask or alpha of each object as grey pictures",
        "Masks",
        "object_frame",
        ".png",
        "{output}/{object}/{object}_{frame}",
        "Non-color data: 255 or 65535 where the object is",
        (DEPTH,),
    )
    version: ClassVar[int] = 1

    def __init__(self, context: Context) -> None:
        self._context = context
        self._deep = context.word("depth") == "16"

    def files(self) -> Sequence[File]:
        return self._context.planned()

    def write(self, file: File, path: Path) -> None:
        from ...store import png

        found = self._context.coverage(file.objects[0], file.frames[0])
        path.write_bytes(png.encode(found if self._deep else eight_bits(found), {}))

    def verify(self, file: File, path: Path) -> None:
        check_picture(path, self._context.size, 1)


EXPORTERS: tuple[type[Exporter], ...] = (PngMasks,)
