"""Objects cut out, as movies with alpha, a movie an object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from ...footage.quicktime import PREMULTIPLIED, set_graphics_mode
from ...shot.operations import Parameter
from ...shot.outputs import FormatDeclaration
from ..context import INVERT, MERGE, Context
from ..cut import ALPHA, COLORS, Cut
from ..format import Exporter, File
from ..movie_exporter import SHARED, MovieExporter
from ..movie_sound import require_encoder
from ..movie_writer import Drawn, Encoding
from ..pixels import eight_bits

HOLDS = Parameter(
    "holds",
    "choice",
    "cutout",
    "The object with its colors and alpha, or its matte alone as a grey movie without alpha",
    choices=("cutout", "matte"),
)
STRAIGHT = "Straight alpha: full colors everywhere, as displayed"


class Cutouts(MovieExporter):
    """What the formats below share: their pictures."""

    codec: ClassVar[str]
    other: ClassVar[str] = ": or choose another format"
    deep: ClassVar[bool] = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        require_encoder(self.codec, self.other)
        self.is_matte = context.values.get("holds") == "matte"
        self.cut = Cut(context)

    def files(self) -> Sequence[File]:
        return [self.told(file, pictures=not self.is_matte, foregrounds=self.cut.own) for file in self.context.planned()]

    def draw(self, file: File, frame: int) -> Drawn:
        return self.matte(file, frame) if self.is_matte else self.cut.rgba(file.objects, frame, self.deep)

    def matte(self, file: File, frame: int) -> Drawn:
        """(height, width), in 8 or 16 bits."""
        coverage = self.context.matte(file.objects, frame)
        return coverage if self.deep else eight_bits(coverage)


class ProRes(Cutouts):
    """ProRes 4444 in MOV: what editors and compositing programs take."""

    codec = "prores_ks"
    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "prores",
        "ProRes 4444",
        "The object cut out, for editing and compositing: MOV, 10 bits of color and of alpha",
        "Movies",
        "object",
        ".mov",
        "{output}/{object}",
        "Straight alpha, or premultiplied with black (option), as Blender 4.5 and later take it, and then the file says so; colors as"
        " displayed; limited range",
        (
            HOLDS,
            COLORS,
            MERGE,
            INVERT,
            ALPHA,
            Parameter(
                "profile",
                "choice",
                "4444",
                "XQ keeps more and is larger; both hold 10 bits here, for ffmpeg's encoder has no 12",
                choices=("4444", "4444xq"),
            ),
            *SHARED,
        ),
        merged="{output}",
        reads_pictures=True,
        bytes_per_pixel=2.2,
    )

    def encoding(self, file: File) -> Encoding:
        options = {"profile": self.context.word("profile"), "vendor": "apl0", "alpha_bits": "0" if self.is_matte else "16", "threads": "4"}
        return Encoding(self.codec, "yuv444p10le" if self.is_matte else "yuva444p10le", "mov", options)

    def files(self) -> Sequence[File]:
        said = ("says premultiplied",) if self.cut.multiplied else ()
        return [replace(file, also=(*file.also, *said)) for file in super().files()]

    def write(self, file: File, path: Path) -> None:
        super().write(file, path)
        if self.cut.multiplied and not self.is_matte:
            set_graphics_mode(path, PREMULTIPLIED)


class Ffv1(Cutouts):
    """FFV1 in MKV: nothing is lost."""

    codec = "ffv1"
    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "ffv1",
        "FFV1",
        "The object cut out without any loss, for archives and ffmpeg: MKV, RGBA of 8 or 16 bits",
        "Movies",
        "object",
        ".mkv",
        "{output}/{object}",
        "Straight alpha, or premultiplied with black (option), as Blender 4.5 and later take 16 bits; RGB as displayed; times in ms",
        (HOLDS, COLORS, MERGE, INVERT, ALPHA, Parameter("depth", "choice", "16", "Bits of a channel", choices=("8", "16")), *SHARED),
        merged="{output}",
        reads_pictures=True,
        bytes_per_pixel=4.0,
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.deep = context.word("depth") == "16"  # type: ignore[misc]

    def encoding(self, file: File) -> Encoding:
        cutout, matte = ("gbrap16le", "gray16le") if self.deep else ("bgra", "gray")
        options = {"level": "3", "slicecrc": "1", "slices": "16", "context": "1", "threads": "4"}
        return Encoding(self.codec, matte if self.is_matte else cutout, "matroska", options)


class Vp9(Cutouts):
    """VP9 in WebM: what web pages and OBS play with alpha."""

    codec = "libvpx-vp9"
    deep = False
    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "vp9",
        "VP9 with Alpha",
        "The object cut out, for web pages: WebM, 8 bits",
        "Movies",
        "object",
        ".webm",
        "{output}/{object}",
        f"{STRAIGHT}; limited range, half the resolution of color. WebM has times in whole milliseconds",
        (COLORS, MERGE, INVERT, Parameter("quality", "int", 24, "Smaller is better and larger", low=0, high=63), *SHARED),
        merged="{output}",
        reads_pictures=True,
        bytes_per_pixel=0.3,
    )

    def encoding(self, file: File) -> Encoding:
        options = {
            "crf": str(self.context.integer("quality")),
            "b": "0",
            "auto-alt-ref": "0",  # which alpha excludes
            "deadline": "good",
            "cpu-used": "3",
            "row-mt": "1",
            "threads": "4",
        }
        return Encoding(self.codec, "yuva420p", "webm", options)


class Av1(Cutouts):
    """AV1 in MP4. Neither its encoder nor MP4 and WebM have alpha for it: that is a second movie."""

    codec = "libsvtav1"
    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "av1",
        "AV1 and Matte",
        "The object's picture, and its matte in a movie of its own beside it: MP4, 10 bits. AV1 movies can't hold alpha",
        "Movies",
        "object",
        ".mp4",
        "{output}/{object}",
        "Two movies of the same times: full colors as displayed, and <name>_alpha with the straight alpha as grey; limited range",
        (COLORS, MERGE, INVERT, Parameter("quality", "int", 24, "Smaller is better and larger", low=1, high=63), *SHARED),
        merged="{output}",
        reads_pictures=True,
        bytes_per_pixel=0.2,
    )
    SUFFIX = "_alpha"

    def files(self) -> Sequence[File]:
        found = []
        for file in self.context.planned():
            beside = replace(file, path=file.path.removesuffix(".mp4") + f"{self.SUFFIX}.mp4")
            found += [self.told(file, "colors", foregrounds=self.cut.own), self.told(beside, "alpha", pictures=False)]
        return found

    def draw(self, file: File, frame: int) -> Drawn:
        if file.also[-1] == "alpha":
            return self.matte(file, frame)
        return self.cut.shown(file.objects, frame, self.deep)[0]

    def encoding(self, file: File) -> Encoding:
        options = {"crf": str(self.context.integer("quality")), "preset": "7"}
        return Encoding(self.codec, "yuv420p10le", "mp4", options, even=True)


EXPORTERS: tuple[type[Exporter], ...] = (ProRes, Ffv1, Vp9, Av1)
