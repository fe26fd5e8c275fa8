"""All objects in one EXR file a frame: a channel each, or as a Cryptomatte."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from ...shot import MattewrightError
from ...shot.operations import Parameter
from ...shot.outputs import FormatDeclaration
from .. import exr
from ..context import Context
from ..cryptomatte import header, id_float, layer_names, ranked
from ..format import Exporter, File
from ..reading import check_picture

PATTERN = "{output}/{shot}_{frame}"
LAYER = "Mattewright"


class MultilayerMasks:
    """A channel an object, named after it."""

    version: ClassVar[int] = 1
    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "exr_layers",
        "Multilayer OpenEXR",
        "The masks or alphas of all objects in one EXR file a frame, each as a layer named after its object",
        "Masks",
        "frame",
        ".exr",
        PATTERN,
        "Non-color data: 1 is all of the object; a dot in a name becomes _, for it parts layers from channels",
        (
            Parameter(
                "channel",
                "choice",
                "A",
                "The channel's name after the object's and a dot; none names the channel like the object alone, which Blender can't read",
                choices=("A", "Y", "V", "none"),
            ),
            exr.DEPTH,
            exr.COMPRESSION,
        ),
        bytes_per_pixel=0.8,
    )

    def __init__(self, context: Context) -> None:
        self._context = context
        ending = context.word("channel")
        self._names: dict[str, str] = {}
        for item in context.objects:
            name = item.name.replace(".", "_") + ("" if ending == "none" else f".{ending}")
            if name in self._names.values():
                raise MattewrightError(f"'{item.name}' and another object would be the one channel '{name}': rename one")
            self._names[item.name] = name

    def files(self) -> Sequence[File]:
        return self._context.planned()

    def write(self, file: File, path: Path) -> None:
        context = self._context
        pixels = np.empty((*context.size, len(file.objects)), np.float32)
        for index, name in enumerate(file.objects):
            pixels[..., index] = context.share(name, file.frames[0])
        names = [self._names[name] for name in file.objects]
        exr.write(path, names, pixels, depth=context.word("depth"), compression=context.word("compression"))

    def verify(self, file: File, path: Path) -> None:
        check_picture(path, self._context.size, [self._names[name] for name in file.objects])


class Cryptomatte:
    """Ids and soft coverage, ranked, with the manifest in the header."""

    version: ClassVar[int] = 1
    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "cryptomatte",
        "Cryptomatte",
        "All objects in one EXR file a frame, to be picked by name in a Cryptomatte node",
        "Masks",
        "frame",
        ".exr",
        PATTERN,
        f"Non-color float data: the layer {LAYER}, ids by MurmurHash3; coverage is each object's own alpha, also where objects overlap",
        (
            Parameter("ranks", "int", 6, "How many objects a pixel may hold; those that cover least are left out", 2, 16),
            Parameter("compression", "choice", "zip", "How it is packed; ids must stay exact", choices=("zip", "zips", "none")),
        ),
        bytes_per_pixel=1.5,
    )

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ids = {item.name: id_float(item.name) for item in context.objects}
        if len(set(self._ids.values())) < len(self._ids):
            raise MattewrightError("two objects' names have the same Cryptomatte id: rename one")
        asked = min(context.integer("ranks"), len(context.objects))
        self._ranks = asked + asked % 2

    def files(self) -> Sequence[File]:
        return self._context.planned()

    def write(self, file: File, path: Path) -> None:
        context = self._context
        ids, shares = ranked([(self._ids[name], context.share(name, file.frames[0])) for name in file.objects], self._ranks)
        pixels = np.empty((*context.size, 2 * self._ranks), np.float32)
        pixels[..., 0::2] = np.moveaxis(ids, 0, -1)
        pixels[..., 1::2] = np.moveaxis(shares, 0, -1)
        names = layer_names(LAYER, self._ranks)
        exr.write(path, names, pixels, depth="float", compression=context.word("compression"), said=header(LAYER, file.objects))

    def verify(self, file: File, path: Path) -> None:
        check_picture(path, self._context.size, layer_names(LAYER, self._ranks))


EXPORTERS: tuple[type[Exporter], ...] = (MultilayerMasks, Cryptomatte)
