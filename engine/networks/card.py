"""A network's card: all that has to be known of an ONNX graph to show it pictures and to read what it says. A JSON file.

Shipped cards are in `engine/networks/cards`, those of the user's own networks in the models folder, below ``networks``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from ..shot import DocumentError
from ..shot.fields import Range, Text, load, parse_json

Task = Literal["classes", "people", "depth"]
Byte = Annotated[int, Range(0, 255)]
Side = Annotated[int, Range(8, 8192)]
Count = Annotated[int, Range(0)]
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")


@dataclass(frozen=True)
class NetworkClass:
    """A kind of thing that the network tells from others; its index is its place in the card's list."""

    name: Annotated[str, Text(64)]
    color: tuple[Byte, Byte, Byte]
    """RGB as displayed (sRGB), 0 to 255."""

    @property
    def linear(self) -> tuple[float, float, float]:
        """Its colour as objects have theirs: linear, 0 to 1 (IEC 61966-2-1)."""
        red, green, blue = (value / 255 for value in self.color)
        return _linear(red), _linear(green), _linear(blue)


def _linear(value: float) -> float:
    return round(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4, 6)


@dataclass(frozen=True)
class Input:
    """What the network is shown: (value - mean) * scale, of values from 0 to 255 as displayed (sRGB)."""

    width: Side
    height: Side
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    channels: Literal["RGB", "BGR"] = "RGB"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """In the order of `channels`."""
    scale: tuple[float, float, float] = (1 / 255, 1 / 255, 1 / 255)
    fit: Literal["stretch", "letterbox"] = "stretch"
    """``letterbox``: the picture keeps its shape, in the top left corner; the rest is `padding`."""
    padding: Byte = 114
    name: str = ""
    """The graph's input; empty for its only one."""
    step: Annotated[int, Range(0, 512)] = 0
    """0: the network takes pictures of this size alone. Else also others, whose sides differ from these by multiples of it; of networks for
    classes."""


@dataclass(frozen=True)
class Output:
    """What the network answers."""

    kind: Literal["scores", "probabilities", "labels", "boxes", "yolox", "depth", "inverse_depth"]
    """``scores``: one number a class and pixel, of which softmax makes probabilities. ``probabilities``: these already. ``labels``: the
    index of the class alone. ``boxes``: (1, n, 5), left, top, right, bottom in pixels of the network's picture, and a score. ``yolox``:
    boxes as YOLOX gives them, undecoded. ``depth``: larger is farther; ``inverse_depth``: nearer."""
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    name: str = ""
    """The graph's output; empty for its first."""
    corners: bool = False
    """Where its values are, if there are fewer than pixels: the outermost in the middle of the outermost pixels (``align_corners``),
    instead of each in the middle of as many pixels as any other."""
    near: float | None = None
    far: float | None = None
    """Of ``depth`` and ``inverse_depth``: the values of the nearest and the farthest that there may be; of ``depth`` metres. Without them,
    as of networks that say only what is nearer than what, a shot's first picture says."""


@dataclass(frozen=True)
class Source:
    """The package that the graph comes in; a user's own network has none."""

    registry: Literal["npm", "pypi"]
    package: Annotated[str, Text(128)]
    version: Annotated[str, Text(64)]
    bytes: Count
    sha256: Annotated[str, Text(64)]
    """Of the package's file."""
    member: Annotated[str, Text(512)]
    """The graph's path in the package: .onnx, or .tflite, which is converted once, when it is installed."""
    member_bytes: Count
    member_sha256: Annotated[str, Text(64)]


@dataclass(frozen=True)
class NetworkCard:
    """One network."""

    name: Annotated[str, Text(63)]
    """Lower case; what shots and commands call it."""
    label: Annotated[str, Text(200)]
    """One line, for people."""
    task: Task
    licence: Annotated[str, Text(500)]
    file: Annotated[str, Text(255)]
    """The .onnx file's name: in the models folder, or of a user's own network beside its card."""
    input: Input
    output: Output
    bytes: Count = 0
    """Of the .onnx file; 0 where it isn't known."""
    sha256: str = ""
    """Of the .onnx file; empty where it isn't known, as may be of a user's own."""
    classes: tuple[NetworkClass, ...] = ()
    background: Annotated[int, Range(0)] | None = 0
    """Of ``classes``: which one is nothing in particular; null for none."""
    source: Source | None = None

    def class_index(self, name: str) -> int:
        """Of the class called `name`. Raises DocumentError naming those that there are."""
        for index, item in enumerate(self.classes):
            if item.name == name:
                return index
        known = ", ".join(item.name for item in self.classes)
        raise DocumentError("", f"network '{self.name}' has no class '{name}'; its classes: {known}")


def parse_card(text: str) -> NetworkCard:
    """The card in `text`. Raises DocumentError naming the field and what was expected."""
    card = load(NetworkCard, parse_json(text))
    if not _NAME.fullmatch(card.name):
        raise DocumentError("name", f"expected lower case letters, digits, '-', '_' and '.', got '{card.name}'")
    if Path(card.file).name != card.file or not card.file.endswith(".onnx") or "\\" in card.file:
        raise DocumentError("file", f"expected the name of an .onnx file, without a folder, got '{card.file}'")
    digests = [("sha256", card.sha256)]
    if card.source is not None:
        digests += [("source.sha256", card.source.sha256), ("source.member_sha256", card.source.member_sha256)]
    for field, digest in digests:
        if digest and not _SHA256.fullmatch(digest):
            raise DocumentError(field, f"expected 64 hexadecimal digits in lower case, got '{digest}'")
    kinds = {"classes": ("scores", "probabilities", "labels"), "people": ("boxes", "yolox"), "depth": ("depth", "inverse_depth")}[card.task]
    if card.output.kind not in kinds:
        raise DocumentError("output.kind", f"expected {' or '.join(kinds)} of a network for {card.task}, got '{card.output.kind}'")
    if card.task == "classes":
        _check_classes(card)
    if card.input.step and (card.task != "classes" or card.input.fit == "letterbox"):
        raise DocumentError("input.step", "expected 0, or a network for classes that is shown pictures without padding (fit stretch)")
    _check_range(card.output)
    return card


def _check_classes(card: NetworkCard) -> None:
    if not 2 <= len(card.classes) <= 256:
        raise DocumentError("classes", f"expected 2 to 256 classes, got {len(card.classes)}")
    seen: dict[str, int] = {}
    for index, item in enumerate(card.classes):
        if item.name in seen:
            raise DocumentError(f"classes[{index}].name", f"'{item.name}' is the name of classes[{seen[item.name]}], too")
        seen[item.name] = index
    if card.background is not None and card.background >= len(card.classes):
        raise DocumentError("background", f"expected the index of a class, below {len(card.classes)}, got {card.background}")


def _check_range(output: Output) -> None:
    near, far = output.near, output.far
    if (near is None) != (far is None):
        raise DocumentError("output.far" if far is None else "output.near", "expected near and far, or neither")
    if output.kind == "depth" and (near is None or far is None or not 0 < near < far):
        raise DocumentError("output.near", f"expected metres above 0, below far, got near {near} and far {far}")
    if output.kind == "inverse_depth" and near is not None and far is not None and near <= far:
        raise DocumentError("output.near", f"expected more than far, as larger is nearer, got near {near:g} and far {far:g}")


def read_card(path: Path) -> NetworkCard:
    """The card in the file `path`. Raises DocumentError with the file's name in front."""
    try:
        return parse_card(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DocumentError(f"{path}", "no such network card") from None
    except UnicodeDecodeError:
        raise DocumentError(f"{path}", "not a network card: not UTF-8 text") from None
    except OSError as error:
        raise DocumentError(f"{path}", f"can't be read: {error.strerror}") from None
    except DocumentError as error:
        raise DocumentError(f"{path}", str(error)) from None
