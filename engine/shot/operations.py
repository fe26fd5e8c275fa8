"""How a refine op is declared: its parameters' types, ranges, units and defaults.

The ops themselves live in `engine.refine`, each declared once in its own file. The declaration is plain data, so that the engine can
send it to the add-on's panel and the document's validation can use it on either side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from .errors import DocumentError
from .fields import Range, _read_number

ParameterKind = Literal["float", "int", "bool", "choice", "color", "object", "mask"]
"""``color``: red, green and blue as displayed, 0 to 1; ``object``: the name of another object of the shot; ``mask``: a Blender Mask's."""
Color = tuple[float, float, float]
Value = float | bool | str | Color
KeyedValue = float | bool | str | Color | dict[str, float | bool | str | Color]
"""One value for the whole shot, or ``{"frame": value}``, each holding until the next frame that is given."""


T = TypeVar("T")
NAMED = {"object": "an object", "mask": "a Blender Mask"}


@dataclass(frozen=True)
class Parameter:
    """One knob of an op."""

    name: str
    kind: ParameterKind
    default: Value
    description: str
    low: float | None = None
    high: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()

    def check(self, value: object, path: str) -> Value:
        """`value` as this parameter's type. Raises DocumentError naming `path`."""
        if self.kind == "bool":
            if not isinstance(value, bool):
                raise DocumentError(path, f"expected true or false, got {value!r}")
            return value
        if self.kind == "choice":
            if value not in self.choices:
                raise DocumentError(path, f"expected one of {', '.join(self.choices)}, got {value!r}")
            return str(value)
        if self.kind in ("object", "mask"):
            if not isinstance(value, str) or len(value) > 255:
                raise DocumentError(path, f"expected the name of {NAMED[self.kind]}, got {value!r}")
            return value
        if self.kind == "color":
            if not isinstance(value, tuple | list) or len(value) != 3:
                raise DocumentError(path, f"expected red, green and blue, got {value!r}")
            red, green, blue = (float(_read_number(float, (Range(0, 1),), part, f"{path}[{index}]")) for index, part in enumerate(value))
            return red, green, blue
        if self.kind == "int" and isinstance(value, float) and value.is_integer():
            value = int(value)
        return _read_number(int if self.kind == "int" else float, (Range(self.low, self.high),), value, path)


@dataclass(frozen=True)
class Declaration:
    """One op: what the panel shows, the command line takes and the document's validation allows."""

    name: str
    description: str
    parameters: tuple[Parameter, ...] = ()
    family: str = ""
    """The heading under which menus list it."""

    def values_at(self, values: Mapping[str, KeyedValue], frame: int) -> dict[str, Value]:
        """Every parameter's value at Blender frame `frame`; the default where the document is silent."""
        found: dict[str, Value] = {}
        for parameter in self.parameters:
            value = values.get(parameter.name, parameter.default)
            found[parameter.name] = at_frame(value, frame)
        return found


def at_frame(value: KeyedValue, frame: int) -> Value:
    """A keyed value at `frame`: that of the last key at or before it, or of the first key."""
    if not isinstance(value, dict):
        return value
    return held(value, frame)


def held(values: Mapping[str, T], frame: int) -> T:
    """Of `values` by frame, of which there is at least one, the last at or before `frame`, or the first."""
    keys = sorted(int(key) for key in values)
    found = [key for key in keys if key <= frame] or keys[:1]
    return values[str(found[-1])]
