"""Cut-outs: the picture with the object's alpha, a file an object and frame, each format by its own convention.

PNG holds straight colours, encoded as displayed; where alpha is 0 they are the picture's own, or those of the object's edge. EXR holds
scene-linear colours multiplied by alpha. Where the footage's files have an alpha of their own, the object's is multiplied by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ...shot import MattewrightError
from ...shot.operations import Parameter
from ...shot.outputs import FormatDeclaration
from .. import exr, png
from ..context import Context, Coverage
from ..format import Exporter, File
from ..pixels import bled, display_pixels, eight_bits, encoded, lessened, scene_linear
from ..profile import profile_of
from ..reading import check_picture

PATTERN = "{output}/{object}/{object}_{frame}"
COLORS = Parameter(
    "colors",
    "choice",
    "picture",
    "Whose colors: the picture's, or the object's own without what shines through its edges (the matte's foreground)",
    choices=("picture", "foreground"),
)


class Cutouts:
    """What they have in common."""

    version: ClassVar[int] = 1

    def __init__(self, context: Context) -> None:
        self.context = context
        self.own = context.word("colors") == "foreground"

    def files(self) -> Sequence[File]:
        found = self.context.planned()
        if not self.own:
            return found
        lacking = [item.name for item in self.context.objects if not item.matte.foreground]
        if lacking:
            raise MattewrightError(f"'{lacking[0]}' has no foreground colors: turn them on in its matte, or take the picture's")
        return [replace(file, foregrounds=True, pictures=False) for file in found]

    def foreground(self, file: File) -> npt.NDArray[np.float16]:
        """The object's own colours, scene-linear, straight. Raises MattewrightError where they were not made."""
        found = self.context.foreground(file.objects[0], file.frames[0])
        if found is None:
            raise MattewrightError(f"'{file.objects[0]}' has no foreground on frame {file.frames[0]}: run first")
        return found

    def coverage(self, file: File) -> Coverage:
        return self.context.coverage(file.objects[0], file.frames[0])

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
        (
            Parameter("depth", "choice", "8", "Bits of a channel", choices=("8", "16")),
            Parameter(
                "hidden",
                "choice",
                "keep",
                "Colors where alpha is 0: the picture's own, or those of the object's nearest pixels",
                choices=("keep", "bleed"),
            ),
            COLORS,
        ),
        reads_pictures=True,
        bytes_per_pixel=2.5,
    )

    def write(self, file: File, path: Path) -> None:
        import cv2

        context, deep = self.context, self.context.word("depth") == "16"
        coverage = self.coverage(file)
        colours: npt.NDArray[Any]
        if self.own:
            colours = encoded(self.foreground(file), deep)
        else:
            picture, alpha = context.straight(file.frames[0])
            colours = display_pixels(picture, deep)
            coverage = lessened(coverage, alpha)
        if context.word("hidden") == "bleed":
            colours = bled(colours, coverage)
        pixels: npt.NDArray[Any] = cv2.cvtColor(colours, cv2.COLOR_RGB2RGBA)
        pixels[..., 3] = coverage if deep else eight_bits(coverage)
        profile = b"" if self.own else profile_of(context.source(file.frames[0]))
        path.write_bytes(png.encode(pixels, profile))


class ExrCutouts(Cutouts):
    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "exr_cutout",
        "OpenEXR Cut-outs",
        "The picture with the alpha of each object as RGBA EXR files",
        "Cut-outs",
        "object_frame",
        ".exr",
        PATTERN,
        "Premultiplied: scene-linear Rec.709 colors, multiplied by alpha; EXR footage's own values, others by the sRGB transfer",
        (exr.DEPTH, exr.COMPRESSION, COLORS),
        reads_pictures=True,
        bytes_per_pixel=5.0,
    )

    def write(self, file: File, path: Path) -> None:
        context = self.context
        share = context.share(file.objects[0], file.frames[0])
        if self.own:
            found = np.asarray(self.foreground(file), np.float32)
        else:
            picture, alpha = context.straight(file.frames[0])
            found = scene_linear(picture)
            if alpha is not None:
                share *= alpha
        pixels = np.empty((*context.size, 4), np.float32)
        np.multiply(found, share[..., None], out=pixels[..., :3])
        pixels[..., 3] = share
        if context.word("depth") == "half":
            np.clip(pixels, -65504.0, 65504.0, out=pixels)
        depth, compression = context.word("depth"), context.word("compression")
        exr.write(path, ("R", "G", "B", "A"), pixels, depth=depth, compression=compression, colours=True)


EXPORTERS: tuple[type[Exporter], ...] = (PngCutouts, ExrCutouts)
