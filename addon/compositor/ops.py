"""Refine ops as compositor nodes: one small function an op, and which can't be had so.

What they make is what the engine makes (tests/addon/test_live.py measures it), but for one thing: the distances of `feather` and of
`grow` and `shrink` (method distance) take the mask as hard, above a half or not. On a mask with soft edges their outline may lie up to half
a pixel beside the engine's; put a `threshold` before them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ...engine.shot import Value
from .. import properties
from . import versions
from .graph import Nodes, Number, Socket

LUMA = (0.2126, 0.7152, 0.0722)
CHANNELS = ("mask", "luma", "red", "green", "blue", "hue", "saturation", "value", "distance")
"""Those that the nodes can measure."""
EXPOSED = ("float", "int", "bool", "color")
"""Parameters that are sockets of the group; the others decide which nodes there are."""
LONGEST_EDGE = 96.0
"""Pixels that the ramp of `feather` may be wide before 4.5."""


class Step(Protocol):
    """What an op's function may ask for."""

    @property
    def nodes(self) -> Nodes: ...

    def number(self, name: str) -> Number:
        """A parameter's value: a socket of the group's, or a keyed one; before 4.5 a size is a constant."""

    def color(self, name: str) -> tuple[Number, Number, Number]:
        """Red, green and blue as displayed."""

    def word(self, name: str) -> str:
        """The name of an object."""

    def either(self, name: str, made: Callable[[str], Number]) -> Number:
        """What `made` makes of a choice; where that is keyed, what it makes of the frame's, of all that it ever is."""

    def switch(self, name: str) -> Number:
        """1 where it is on, 0 where it is off."""

    def picture(self) -> Socket:
        """The clip's picture as displayed, 0 to 1."""

    def other(self, name: str) -> Number:
        """The finished mask of the object of that name."""


Function = Callable[[Step, Number], Number]
Refusal = Callable[[dict[str, Value]], str]


def _never(values: dict[str, Value]) -> str:
    return ""


@dataclass(frozen=True)
class Compiled:
    function: Function
    refusal: Refusal = _never
    """Why an op with such values has no nodes; empty if it has."""
    sizes: Sequence[str] = ()
    """Parameters that before 4.5 are settings of a node, which no socket can change."""


def _ramp(nodes: Nodes, values: Number, level: Number, softness: Number) -> Number:
    soft = nodes.add(nodes.divide(nodes.subtract(values, level), softness), 0.5, clamp=True)
    hard = nodes.above(values, level)
    return nodes.choose(nodes.above(softness, 0.0), soft, hard)


def _combined(step: Step, mask: Number, made: Number) -> Number:
    return step.either("combine", lambda how: _combined_as(step.nodes, how, mask, made))


def _combined_as(nodes: Nodes, how: str, mask: Number, made: Number) -> Number:
    match how:
        case "replace":
            return made
        case "union":
            return nodes.subtract(nodes.add(mask, made), nodes.multiply(mask, made), clamp=True)
        case "subtract":
            return nodes.multiply(mask, nodes.inverse(made))
        case "intersect":
            return nodes.lower(mask, made)
        case "maximum":
            return nodes.higher(mask, made)
        case _:
            return nodes.multiply(mask, made)


def _inverted_if(step: Step, switch: str, made: Number) -> Number:
    """`made`, or where the parameter is on, what is not it."""
    return step.nodes.choose(step.switch(switch), step.nodes.inverse(made), made)


def _luma(nodes: Nodes, parts: Sequence[Number]) -> Number:
    red, green, blue = (nodes.multiply(part, weight) for part, weight in zip(parts, LUMA, strict=True))
    return nodes.add(nodes.add(red, green), blue)


def _length(nodes: Nodes, parts: Sequence[Number]) -> Number:
    squares = [nodes.multiply(part, part) for part in parts]
    total = squares[0]
    for square in squares[1:]:
        total = nodes.add(total, square)
    return nodes.math("SQRT", total)


def _channel(step: Step, mask: Number) -> Number:
    return step.either("on", lambda name: _channel_of(step, mask, name))


def _channel_of(step: Step, mask: Number, name: str) -> Number:
    nodes = step.nodes
    if name == "mask":
        return mask
    if name in ("hue", "saturation", "value"):
        return nodes.separate(step.picture(), "HSV")[("hue", "saturation", "value").index(name)]
    parts = nodes.separate(step.picture())
    if name == "luma":
        return _luma(nodes, parts)
    if name == "distance":
        apart = [nodes.subtract(part, to) for part, to in zip(parts, step.color("color"), strict=True)]
        return nodes.multiply(_length(nodes, apart), 3**-0.5)
    return parts[("red", "green", "blue").index(name)]


def _threshold(step: Step, mask: Number) -> Number:
    return _ramp(step.nodes, mask, step.number("level"), step.number("softness"))


def _picture_threshold(step: Step, mask: Number) -> Number:
    made = _ramp(step.nodes, _channel(step, mask), step.number("level"), step.number("softness"))
    return _combined(step, mask, _inverted_if(step, "below", made))


def _band(step: Step, mask: Number) -> Number:
    nodes, of, softness = step.nodes, _channel(step, mask), step.number("softness")
    low, high = step.number("low"), step.number("high")
    soft = nodes.lower(_ramp(nodes, of, low, softness), nodes.inverse(_ramp(nodes, of, high, softness)))
    hard = nodes.multiply(nodes.inverse(nodes.below(of, low)), nodes.inverse(nodes.above(of, high)))
    return _combined(step, mask, nodes.choose(nodes.above(softness, 0.0), soft, hard))


def _levels(step: Step, mask: Number) -> Number:
    nodes, black, white = step.nodes, step.number("black"), step.number("white")
    spread = nodes.add(nodes.divide(nodes.subtract(mask, black), nodes.subtract(white, black)), 0.0, clamp=True)
    lifted = nodes.math("POWER", spread, nodes.divide(1.0, step.number("gamma")))
    lifted = nodes.choose(nodes.above(white, black), lifted, nodes.above(mask, black))
    low, high = step.number("out_black"), step.number("out_white")
    return nodes.add(low, nodes.multiply(lifted, nodes.subtract(high, low)), clamp=True)


def _invert(step: Step, mask: Number) -> Number:
    return step.nodes.inverse(mask)


def _combine_object(step: Step, mask: Number) -> Number:
    other = step.other(step.word("object"))
    return _combined(step, mask, _inverted_if(step, "invert", other))


def _hue_key(step: Step, mask: Number) -> Number:
    nodes = step.nodes
    hue, saturation, value = nodes.separate(step.picture(), "HSV")
    apart = nodes.math("ABSOLUTE", nodes.subtract(hue, step.number("hue")))
    apart = nodes.lower(apart, nodes.inverse(apart))
    made = nodes.inverse(_ramp(nodes, apart, nodes.multiply(step.number("width"), 0.5), step.number("softness")))
    grey = nodes.higher(nodes.below(saturation, step.number("least_saturation")), nodes.below(value, step.number("least_value")))
    return _combined(step, mask, nodes.multiply(made, nodes.inverse(grey)))


def _chroma(nodes: Nodes, parts: Sequence[Number]) -> tuple[Number, Number]:
    bright = _luma(nodes, parts)
    blue = nodes.multiply(nodes.subtract(parts[2], bright), 1 / (2 * (1 - LUMA[2])))
    red = nodes.multiply(nodes.subtract(parts[0], bright), 1 / (2 * (1 - LUMA[0])))
    return blue, red


def _chroma_key(step: Step, mask: Number) -> Number:
    nodes = step.nodes
    here, there = _chroma(nodes, nodes.separate(step.picture())), _chroma(nodes, step.color("color"))
    apart = _length(nodes, [nodes.subtract(one, other) for one, other in zip(here, there, strict=True)])
    return _combined(step, mask, nodes.inverse(_ramp(nodes, apart, step.number("tolerance"), step.number("softness"))))


def _rounded_up(nodes: Nodes, value: Number) -> Number:
    """The next whole number of pixels, at least 0, and one more."""
    if isinstance(value, float):
        return float(max(0, -int(-value // 1))) + 1.0
    return nodes.add(nodes.math("CEIL", nodes.higher(value, 0.0)), 1.0)


def _negative(nodes: Nodes, value: Number) -> Number:
    return -value if isinstance(value, float) else nodes.subtract(0.0, value)


def _signed(nodes: Nodes, mask: Number, out: Number, into: Number) -> Number:
    """The engine's signed distance of a hard mask: to the outline, half way between the pixels of either side."""
    apart = nodes.distance(mask, _rounded_up(nodes, out), _rounded_up(nodes, into))
    return nodes.add(nodes.subtract(apart, 0.5), nodes.below(apart, 0.0))


def _moved(nodes: Nodes, mask: Number, pixels: Number) -> Number:
    """The outline moved outward, by method distance."""
    apart = _signed(nodes, mask, pixels, _negative(nodes, pixels))
    return nodes.add(nodes.add(apart, pixels), 0.5, clamp=True)


def _eroded(nodes: Nodes, mask: Number, pixels: Number) -> Number:
    """Method disk inward: what is not the object is dilated."""
    return nodes.inverse(nodes.disk(nodes.inverse(mask), pixels))


def _whole(nodes: Nodes, pixels: Number) -> Number:
    return float(round(pixels)) if isinstance(pixels, float) else nodes.math("ROUND", pixels)


def _unless_zero(nodes: Nodes, pixels: Number, made: Number, mask: Number) -> Number:
    if isinstance(pixels, float):
        return made if pixels else mask
    return nodes.choose(nodes.math("COMPARE", pixels, 0.0, 1e-6), mask, made)


def _grow(step: Step, mask: Number) -> Number:
    return _grown(step, mask, step.number("pixels"))


def _shrink(step: Step, mask: Number) -> Number:
    return _grown(step, mask, _negative(step.nodes, step.number("pixels")))


def _grown(step: Step, mask: Number, pixels: Number) -> Number:
    return step.either("method", lambda method: _grown_by(step.nodes, method, mask, pixels))


def _grown_by(nodes: Nodes, method: str, mask: Number, pixels: Number) -> Number:
    if method == "distance":
        return _unless_zero(nodes, pixels, _moved(nodes, mask, pixels), mask)
    pixels = _whole(nodes, pixels)
    if isinstance(pixels, float):
        return nodes.disk(mask, pixels) if pixels > 0 else _eroded(nodes, mask, -pixels) if pixels < 0 else mask
    outward = nodes.disk(mask, nodes.higher(pixels, 0.0))
    return _eroded(nodes, outward, nodes.higher(_negative(nodes, pixels), 0.0))  # one of them by no pixels


def _open(step: Step, mask: Number) -> Number:
    nodes = step.nodes
    pixels = _whole(nodes, step.number("pixels"))
    return _unless_zero(nodes, pixels, nodes.disk(_eroded(nodes, mask, pixels), pixels), mask)


def _close(step: Step, mask: Number) -> Number:
    nodes = step.nodes
    pixels = _whole(nodes, step.number("pixels"))
    return _unless_zero(nodes, pixels, _eroded(nodes, nodes.disk(mask, pixels), pixels), mask)


def _feather(step: Step, mask: Number) -> Number:
    nodes, inside, outside = step.nodes, step.number("inside"), step.number("outside")
    apart = _signed(nodes, mask, outside, inside)
    middle = nodes.multiply(nodes.subtract(inside, outside), 0.5)
    width = nodes.add(inside, outside)
    made = nodes.add(nodes.divide(nodes.subtract(apart, middle), nodes.higher(width, 1.0)), 0.5, clamp=True)
    if isinstance(inside, float) and isinstance(outside, float):
        return made if inside or outside else mask
    return _unless_zero(nodes, width, made, mask)


def _blur(step: Step, mask: Number) -> Number:
    pixels = step.number("pixels")
    return step.either("method", lambda method: _blurred(step.nodes, method, mask, pixels))


def _blurred(nodes: Nodes, method: str, mask: Number, pixels: Number) -> Number:
    if method == "gaussian":
        # Blender's kernel ends at three standard deviations, as the engine's does.
        return _unless_zero(nodes, pixels, nodes.blur(mask, "GAUSS", nodes.multiply(pixels, 3.0)), mask)
    radius = nodes.higher(nodes.math("ROUND", pixels), 1.0)
    return _unless_zero(nodes, pixels, nodes.blur(mask, "FLAT", radius), mask)


def _channel_refusal(values: dict[str, Value]) -> str:
    return "" if values["on"] in CHANNELS else f"the compositor has no nodes for the channel '{values['on']}'"


def _there_and_back_refusal(values: dict[str, Value]) -> str:
    # The second distance would be of a soft mask; measured, that is up to 0.1 beside the engine's.
    return "" if values["method"] == "disk" else "the compositor measures distances of hard masks only: choose the method disk"


def _blur_refusal(values: dict[str, Value]) -> str:
    return "the compositor has no such median" if values["method"] == "median" else ""


def _feather_refusal(values: dict[str, Value]) -> str:
    width = float(str(values["inside"])) + float(str(values["outside"]))
    if not versions.SIZES_ARE_SOCKETS and width > LONGEST_EDGE:
        return f"before 4.5 the compositor's ramps are at most {LONGEST_EDGE:g} pixels wide"
    return ""


COMPILED: dict[str, Compiled] = {
    "threshold": Compiled(_threshold),
    "picture_threshold": Compiled(_picture_threshold, _channel_refusal),
    "band": Compiled(_band, _channel_refusal),
    "levels": Compiled(_levels),
    "invert": Compiled(_invert),
    "combine_object": Compiled(_combine_object),
    "hue_key": Compiled(_hue_key),
    "chroma_key": Compiled(_chroma_key),
    "grow": Compiled(_grow, sizes=("pixels",)),
    "shrink": Compiled(_shrink, sizes=("pixels",)),
    "open": Compiled(_open, _there_and_back_refusal, sizes=("pixels",)),
    "close": Compiled(_close, _there_and_back_refusal, sizes=("pixels",)),
    "feather": Compiled(_feather, _feather_refusal, sizes=("inside", "outside")),
    "blur": Compiled(_blur, _blur_refusal),
}
"""The ops that there are nodes for."""
ALWAYS_PICTURE = ("hue_key", "chroma_key")


def all_values(step: properties.RefineOp) -> dict[str, Value]:
    """Every parameter's value on the frame that Blender is at."""
    return {value.name: properties.content_of(value) for value in step.values}


def fixed_sizes(op: str) -> Sequence[str]:
    """Parameters of `op` that no socket can change in this Blender."""
    return () if versions.SIZES_ARE_SOCKETS else COMPILED[op].sizes
