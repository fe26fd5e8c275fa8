"""Masks and cut-outs of photographs for photogrammetry and Gaussian splatting, named and laid out as each tool looks for them.

Which way up, EXIF's orientation being what turns a photograph for eyes:

- COLMAP reads pixels as they are stored and takes the orientation for a hint; a mask is black, 0, where no features are wanted, has the
  picture's size, and is called as the picture with ``.png`` after its ending (COLMAP's FAQ, "Mask image regions").
- nerfstudio reads pictures and masks with Pillow, as they are stored; a mask is one channel, black where it is ignored, and must be there
  for every picture. Its COLMAP reader looks for ``masks/<base name>.png`` (``--masks-path masks``).
- 3DGS (graphdeco) reads with Pillow, as stored, and multiplies by alpha; gsplat's examples drop alpha, so that they need the colour behind
  in the picture.
- Postshot's manual doesn't say. "Tagged" fits either way: picture and mask say the same orientation.

Postshot looks for masks by base name in a folder beside the pictures (``masks/image001.png``), of the same size: white is ignored in
its mask mode Remove Occluders, black is left empty in Remove Background; both want white where the objects are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from ...shot.operations import Parameter
from ...shot.outputs import FormatDeclaration
from ..capture import GROW, IMAGES, LEVEL, ORIENTATION, Capture, Shown
from ..context import INVERT, Context
from ..format import Exporter, File
from ..reading import check_picture

SOFT = Parameter("soft", "bool", True, "Keep the shades of edges in the alpha, instead of all or nothing at the level")


class _Captured(ABC):
    """What the exporters here do alike."""

    declaration: ClassVar[FormatDeclaration]
    version: ClassVar[int] = 1

    def __init__(self, context: Context) -> None:
        self._capture = Capture(context)

    def files(self) -> Sequence[File]:
        return [file for shown in self._capture.shown() for file in self.of(shown)]

    @abstractmethod
    def of(self, shown: Shown) -> Iterator[File]:
        """The files of one picture, in the order in which they are made."""

    def masked(self, shown: Shown, name: str) -> Iterator[File]:
        """A mask called `name`, and the picture beside it where those are written."""
        yield self._capture.mask(f"masks/{name}.png", shown)
        if self._capture.writes_images:
            yield self._capture.image(f"images/{shown.stem}.png", shown)

    def write(self, file: File, path: Path) -> None:
        if file.also[0] == "mask":
            self._capture.write_mask(file, path)
        elif file.also[0] == "image":
            self._capture.write_image(file, path)
        else:
            self._capture.write_cutout(file, path, self._capture.context.switch("soft"))

    def verify(self, file: File, path: Path) -> None:
        channels = {"mask": 1, "image": 3}.get(file.also[0], 4 if file.also[-1] == "alpha" else 3)
        check_picture(path, self._capture.size(file), channels)


class Postshot(_Captured):
    """Either of Postshot's ways."""

    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "postshot",
        "Postshot",
        "Cut-outs or masks of photographs for Postshot, with the photographs' names",
        "Captures",
        "frame",
        convention="PNG of 8 bits: alpha, the picture's own color under it; or masks, white where the objects are",
        parameters=(
            Parameter(
                "mode",
                "choice",
                "alpha",
                "Alpha: pictures with alpha, to be imported instead of the photographs. Masks: to be imported beside them, white where the"
                " objects are, which Postshot's Mask Mode keeps alone (Remove Background) or leaves out (Remove Occluders)",
                choices=("alpha", "masks"),
            ),
            SOFT,
            replace(ORIENTATION, default="tagged"),
            INVERT,
            GROW,
            LEVEL,
            IMAGES,
        ),
        bytes_per_pixel=0.05,
    )

    def of(self, shown: Shown) -> Iterator[File]:
        if self._capture.context.word("mode") == "masks":
            yield from self.masked(shown, shown.stem)
        else:
            yield self._capture.cutout(f"{shown.stem}.png", shown)


class Colmap(_Captured):
    """Masks of COLMAP's feature extraction."""

    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "colmap",
        "COLMAP Masks",
        "masks/<image name>.png: where COLMAP looks for features (ImageReader.mask_path)",
        "Captures",
        "frame",
        convention="PNG of 8 bits, no shades: black where features are ignored",
        parameters=(INVERT, GROW, LEVEL, ORIENTATION, IMAGES),
        bytes_per_pixel=0.05,
    )

    def of(self, shown: Shown) -> Iterator[File]:
        return self.masked(shown, self._capture.named(shown))


class Nerfstudio(_Captured):
    """Masks for nerfstudio's methods."""

    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "nerfstudio",
        "nerfstudio Masks",
        "masks/<base name>.png: what nerfstudio learns from (mask_path; ns-train ... colmap --masks-path masks)",
        "Captures",
        "frame",
        convention="PNG of 8 bits, one channel, no shades: black where pixels are ignored",
        parameters=(INVERT, GROW, LEVEL, ORIENTATION, IMAGES),
        bytes_per_pixel=0.05,
    )

    def of(self, shown: Shown) -> Iterator[File]:
        return self.masked(shown, shown.stem)


class GaussianSplatting(_Captured):
    """Pictures for the trainers of 3DGS and gsplat, and masks for the COLMAP run before."""

    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "gaussian_splatting",
        "Gaussian Splatting",
        "images/<base name>.png with alpha, or over a color, for 3DGS and gsplat, with masks/ for COLMAP",
        "Captures",
        "frame",
        convention="PNG of 8 bits: alpha, the picture's own color under it; or over black or white",
        parameters=(
            Parameter(
                "background",
                "choice",
                "alpha",
                "Alpha: for 3DGS, which takes it for a mask. Black or white: for trainers that drop alpha, as gsplat's examples do",
                choices=("alpha", "black", "white"),
            ),
            Parameter("colmap", "bool", True, "Write masks/<image name>.png for COLMAP, too"),
            SOFT,
            INVERT,
            GROW,
            LEVEL,
            ORIENTATION,
        ),
        bytes_per_pixel=0.05,
    )

    def of(self, shown: Shown) -> Iterator[File]:
        context = self._capture.context
        yield self._capture.cutout(f"images/{shown.stem}.png", shown, context.word("background"))
        if context.switch("colmap"):
            yield self._capture.mask(f"masks/{shown.stem}.png.png", shown)


EXPORTERS: tuple[type[Exporter], ...] = (Postshot, Colmap, Nerfstudio, GaussianSplatting)
