"""Cut-outs: the picture with the object's alpha, a file an object and frame, each format by its own convention.

PNG holds straight colours, encoded as displayed; where alpha is 0 they are the picture's own, or those of the object's edge. EXR holds
scene-linear colours multiplied by alpha. Where the footage's files have an alpha of their own, the object's is multiplied by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from ...shot.operations import Parameter
from ...shot.outputs import FormatDeclaration
from .. import exr, png, tiff
from ..context import INVERT, MERGE, Context
from ..cut import ALPHA, COLORS, Cut, with_alpha
from ..format import Exporter, File
from ..pixels import bled
from ..profile import primaries_of, profile_of
from ..reading import check_picture

PATTERN, MERGED = "{output}/{object}/{object}_{frame}", "{output}/{output}_{frame}"
DEPTH = Parameter("depth", "choice", "8", "Bits of a channel", choices=("8", "16"))
HIDDEN = Parameter(
    "hidden",
    "choice",
    "keep",
    "Colors where alpha is 0: the picture's own, or those of the object's nearest pixels",
    choices=("keep", "bleed"),
)
SHARED = (COLORS, MERGE, INVERT)


class Cutouts:
    """What they have in common."""

    version: ClassVar[int] = 1

    def __init__(self, context: Context) -> None:
        self.context = context
        self.cut = Cut(context)

    def files(self) -> Sequence[File]:
        found = self.context.planned()
        return [replace(file, foregrounds=True, pictures=False) for file in found] if self.cut.own else found

    def profile(self, file: File) -> bytes:
        """What the footage's colours go by; the objects' own are sRGB."""
        return b"" if self.cut.own else profile_of(self.context.source(file.frames[0]))

    def primaries(self, file: File) -> tuple[float, ...]:
        """Of scene-linear colours: what the footage's files say, else Rec.709's."""
        return primaries_of(self.context.source(file.frames[0])) or exr.REC709

    def verify(self, file: File, path: Path) -> None:
        check_picture(path, self.context.size, ("R", "G", "B", "A"))


class PngCutouts(Cutouts):
    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "png_cutout",
        "PNG Cut-outs",
        "The picture with the alpha of each object as RGBA pictures",
        "Cut-outs",
        "object_frame",
        ".png",
        PATTERN,
        "Straight: colors are as displayed and not multiplied by alpha; an ICC profile of the footage's files is passed on",
        (DEPTH, HIDDEN, *SHARED),
        merged=MERGED,
        reads_pictures=True,
        bytes_per_pixel=2.5,
    )

    def write(self, file: File, path: Path) -> None:
        colours, coverage = self.cut.shown(file.objects, file.frames[0], self.context.word("depth") == "16")
        if self.context.word("hidden") == "bleed":
            colours = bled(colours, coverage)
        path.write_bytes(png.encode(with_alpha(colours, coverage), self.profile(file)))


class TiffCutouts(Cutouts):
    version: ClassVar[int] = 2
    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "tiff_cutout",
        "TIFF Cut-outs",
        "The picture with the alpha of each object as RGBA TIFF files of 16 bits",
        "Cut-outs",
        "object_frame",
        ".tif",
        PATTERN,
        "Straight, or premultiplied as displayed (option), which Blender takes it for; the file says which; an ICC profile is passed on",
        (ALPHA, tiff.COMPRESSION, *SHARED),
        merged=MERGED,
        reads_pictures=True,
        bytes_per_pixel=5.0,
    )

    def write(self, file: File, path: Path) -> None:
        pixels = self.cut.rgba(file.objects, file.frames[0], True)
        tiff.write(path, pixels, self.context.word("compression"), straight=not self.cut.multiplied, profile=self.profile(file))


class ExrCutouts(Cutouts):
    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "exr_cutout",
        "OpenEXR Cut-outs",
        "The picture with the alpha of each object as RGBA EXR files",
        "Cut-outs",
        "object_frame",
        ".exr",
        PATTERN,
        "Premultiplied: scene-linear colors, multiplied by alpha; EXR footage's own values and primaries, else Rec.709 by sRGB's transfer",
        (exr.DEPTH, exr.COMPRESSION, *SHARED),
        merged=MERGED,
        reads_pictures=True,
        bytes_per_pixel=5.0,
    )

    def write(self, file: File, path: Path) -> None:
        context = self.context
        found, share = self.cut.light(file.objects, file.frames[0])
        pixels = np.empty((*context.size, 4), np.float32)
        np.multiply(found, share[..., None], out=pixels[..., :3])
        pixels[..., 3] = share
        if context.word("depth") == "half":
            np.clip(pixels, -65504.0, 65504.0, out=pixels)
        depth, compression = context.word("depth"), context.word("compression")
        exr.write(path, ("R", "G", "B", "A"), pixels, depth=depth, compression=compression, primaries=self.primaries(file))


EXPORTERS: tuple[type[Exporter], ...] = (PngCutouts, TiffCutouts, ExrCutouts)
