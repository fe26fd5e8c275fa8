"""Masks and alphas as numbered grey pictures, a file an object and frame. They are data: no format's colour transfer touches them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from ...shot.operations import Parameter
from ...shot.outputs import FormatDeclaration
from .. import exr, tiff
from ..context import INVERT, MERGE, Context, Coverage
from ..format import Exporter, File
from ..pixels import eight_bits
from ..reading import check_picture

PATTERN, MERGED = "{output}/{object}/{object}_{frame}", "{output}/{output}_{frame}"


class Masks:
    """What they have in common."""

    version: ClassVar[int] = 1

    def __init__(self, context: Context) -> None:
        self._context = context

    def files(self) -> Sequence[File]:
        return self._context.planned()

    def coverage(self, file: File) -> Coverage:
        return self._context.matte(file.objects, file.frames[0])

    def verify(self, file: File, path: Path) -> None:
        check_picture(path, self._context.size, 1)


class PngMasks(Masks):
    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "png",
        "PNG Masks",
        "The mask or alpha of each object as grey pictures",
        "Masks",
        "object_frame",
        ".png",
        PATTERN,
        "Non-color data: 255 or 65535 is all of the object",
        (Parameter("depth", "choice", "16", "Bits of a pixel", choices=("8", "16")), MERGE, INVERT),
        merged=MERGED,
        bytes_per_pixel=0.2,
    )

    def write(self, file: File, path: Path) -> None:
        from ...store import png

        found = self.coverage(file)
        path.write_bytes(png.encode(found if self._context.word("depth") == "16" else eight_bits(found), {}))


class ExrMasks(Masks):
    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "exr",
        "OpenEXR Masks",
        "The mask or alpha of each object as EXR files with the one channel Y",
        "Masks",
        "object_frame",
        ".exr",
        PATTERN,
        "Non-color data: 1 is all of the object; half holds 11 bits, float all of them",
        (exr.DEPTH, exr.COMPRESSION, MERGE, INVERT),
        merged=MERGED,
        bytes_per_pixel=0.4,
    )

    def write(self, file: File, path: Path) -> None:
        share = np.multiply(self.coverage(file), np.float32(1 / 65535), dtype=np.float32)[..., None]
        exr.write(path, ("Y",), share, depth=self._context.word("depth"), compression=self._context.word("compression"))


class TiffMasks(Masks):
    version: ClassVar[int] = 3
    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "tiff",
        "TIFF Masks",
        "The mask or alpha of each object as grey 16-bit TIFF files",
        "Masks",
        "object_frame",
        ".tif",
        PATTERN,
        "Non-color data: 65535 is all of the object",
        (tiff.COMPRESSION, MERGE, INVERT),
        merged=MERGED,
        bytes_per_pixel=0.4,
    )

    def write(self, file: File, path: Path) -> None:
        tiff.write(path, self.coverage(file), self._context.word("compression"))


EXPORTERS: tuple[type[Exporter], ...] = (PngMasks, ExrMasks, TiffMasks)
