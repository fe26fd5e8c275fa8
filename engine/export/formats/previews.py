"""Movies to look at, that play everywhere: the objects over a background, and the objects in their colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ...footage.view import srgb_encoded
from ...shot.operations import Parameter
from ...shot.outputs import FormatDeclaration
from ..context import Context
from ..format import Exporter, File
from ..movie_exporter import SHARED, Display, MovieExporter, over
from ..movie_sound import require_encoder
from ..movie_writer import Drawn, Encoding, Made

QUALITY = Parameter("quality", "int", 18, "Smaller is better and larger", low=0, high=51)
LIGHT, DARK = 153, 102
"""The checker's fields, as displayed, of 255."""


class H264(MovieExporter):
    """What these share: the encoder."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        require_encoder("libx264", ": or choose another format")

    def encoding(self, file: File) -> Encoding:
        # Without B-frames times are exact to the last picture's end; a number of threads of its own, because the bytes hang on it.
        options = {"crf": str(self.context.integer("quality")), "preset": "medium", "bf": "0", "threads": "4"}
        return Encoding("libx264", "yuv420p", "mp4", options, even=True)


class Preview(H264):
    """All objects over a colour or a checker."""

    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "h264",
        "H.264 Preview",
        "The objects over a color or a checker, to look at: MP4, 8 bits",
        "Movies",
        "shot",
        ".mp4",
        "{output}",
        "No alpha: mixed in linear light, as Blender's compositor does; limited range",
        (
            Parameter("background", "choice", "checker", "What is behind the objects", choices=("checker", "color")),
            Parameter("fill", "color", (0.0, 0.6, 0.2), "The background's color"),
            QUALITY,
            *SHARED,
        ),
        reads_pictures=True,
        bytes_per_pixel=0.2,
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        height, width = context.size
        if context.word("background") == "checker":
            self._behind = checker(height, width)
        else:
            self._behind = np.broadcast_to(eight(np.array(context.color("fill"), np.float32)), (height, width, 3))

    def draw(self, file: File, frame: int) -> Drawn:
        return over(self.pixels(frame, False), self.context.together(file.objects, frame), self._behind)


class Labels(H264):
    """Every object in its colour."""

    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "labels",
        "Label Video",
        "Every object in its color over or beside the picture: MP4, 8 bits",
        "Movies",
        "shot",
        ".mp4",
        "{output}",
        "No alpha: objects in their colors as the panel shows them; the first of the list lies on top; limited range",
        (
            Parameter(
                "layout", "choice", "over", "Where the colors are: on black for beside and alone", choices=("over", "beside", "alone")
            ),
            Parameter("opacity", "float", 0.6, "How much the colors cover of a picture that they are over", low=0, high=1),
            QUALITY,
            *SHARED,
        ),
        reads_pictures=True,
        bytes_per_pixel=0.25,
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._layout = context.word("layout")

    def size(self) -> tuple[int, int]:
        height, width = self.context.size
        return (height, 2 * width) if self._layout == "beside" else (height, width)

    def files(self) -> Sequence[File]:
        colors = [f"{item.name} {item.color}" for item in self.context.objects]
        return [self.told(file, *colors, pictures=self._layout != "alone") for file in self.context.planned()]

    def draw(self, file: File, frame: int) -> Made:
        labels, share = self._labels(file.objects, frame)
        if self._layout == "alone":
            return eight(labels)
        picture = self.display(frame)
        if self._layout == "beside":
            return eight(np.hstack([picture, labels]))
        # The values as displayed are mixed: a label is to be recognised, not lit.
        opacity = np.float32(self.context.number("opacity"))
        return eight(picture * (1 - opacity * share) + opacity * labels)

    def _labels(self, names: Sequence[str], frame: int) -> tuple[Display, Display]:
        """The objects in their colours on black, and how much of each pixel (height, width, 1) is any of them, 0 to 1."""
        mixed, covered = (np.zeros((*self.context.size, channels), np.float32) for channels in (3, 1))
        for name in reversed(names):
            share = self.context.share(name, frame)[..., None]
            mixed += (srgb_encoded(np.array(self.context.item(name).color, np.float32)) - mixed) * share
            covered += (1 - covered) * share
        return mixed, covered


def eight(display: Display) -> npt.NDArray[np.uint8]:
    """0 to 1 as 0 to 255."""
    return np.rint(display * 255).astype(np.uint8)


def checker(height: int, width: int) -> npt.NDArray[np.uint8]:
    """(height, width, 3): light and dark grey fields, some 30 in the height."""
    field = max(4, height // 30)
    y, x = np.mgrid[:height, :width] // field
    return np.repeat(np.where((x + y) % 2, LIGHT, DARK).astype(np.uint8)[..., None], 3, axis=2)


EXPORTERS: tuple[type[Exporter], ...] = (Preview, Labels)
