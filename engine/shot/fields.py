"""Typed dataclasses from JSON and back, refused with the field's path and what was expected.

A field's type hint is its whole declaration: ``Annotated[float, Range(0, 1, "a share")]``, ``tuple[Point, ...]``,
``Literal["movie", "sequence"]``, ``Box | None``. A field with a default may be left out; an unknown field is refused, so that a
misspelt one is not passed over in silence.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from .errors import DocumentError

T = TypeVar("T")


@dataclass(frozen=True)
class Range:
    """The numbers allowed, both ends included; None leaves an end open."""

    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        low, high = (None if end is None else f"{end:.10g}" for end in (self.low, self.high))
        if low is not None and high is not None:
            return f"from {low} to {high}"
        if low is not None:
            return f"of {low} or more"
        return f"of {high} or less" if high is not None else "of any size"

    def admits(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True)
class Text:
    """Text that must not be empty, and may be limited in length."""

    longest: int = 4096


def load(kind: type[T], value: object, path: str = "") -> T:
    """`value`, as `json.loads` gives it, as a `kind` (a dataclass). Raises DocumentError naming the field below `path`."""
    return cast(T, _read(kind, value, path))


def dump(value: Any) -> Any:
    """What `load` reads back: dataclasses as dicts without the fields that hold their default, tuples as lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: dump(content) for field in dataclasses.fields(value) if (content := getattr(value, field.name)) != _default(field)
        }
    if isinstance(value, tuple | list):
        return [dump(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): dump(item) for key, item in value.items()}
    return value


def parse_json(text: str) -> object:
    """JSON without the extensions that Python allows (NaN, Infinity, a key given twice). Raises DocumentError."""
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique_keys)
    except json.JSONDecodeError as error:
        raise DocumentError("", f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise DocumentError("", "not a document: nested too deeply") from None
    except ValueError:  # Python refuses to read whole numbers of thousands of digits
        raise DocumentError("", "not a document: a number with too many digits") from None


def _no_constant(name: str) -> object:
    raise DocumentError("", f"not JSON: {name} is no number that JSON has")


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise DocumentError(key, "given twice")
        found[key] = value
    return found


def _default(field: dataclasses.Field[Any]) -> object:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return dataclasses.MISSING


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 60 else text[:57] + "..."


@cache
def _taken_apart(kind: Any) -> tuple[Any, tuple[object, ...], object, tuple[Any, ...], bool]:
    """The hint without its limits, its limits, its origin and arguments, and whether it is a dataclass: `typing` is slow at telling."""
    limits: tuple[object, ...] = ()
    if get_origin(kind) is Annotated:
        kind, *rest = get_args(kind)
        limits = tuple(rest)
    return kind, limits, get_origin(kind), get_args(kind), dataclasses.is_dataclass(kind) and isinstance(kind, type)


def _read(kind: Any, value: object, path: str) -> object:
    kind, limits, origin, arguments, is_dataclass = _taken_apart(kind)
    if origin is Literal:
        return _read_choice(arguments, value, path)
    if origin is tuple:
        return _read_tuple(arguments, value, path)
    if origin in (Union, types.UnionType):
        return _read_union(arguments, value, path)
    if origin is dict:
        return _read_dict(arguments, value, path)
    if is_dataclass:
        return _read_dataclass(kind, value, path)
    if kind is bool:
        if not isinstance(value, bool):
            raise DocumentError(path, f"expected true or false, got {_shown(value)}")
        return value
    if kind in (int, float):
        return _read_number(kind, limits, value, path)
    if kind is str:
        return _read_text(limits, value, path)
    if kind is Any or kind is object:
        return value
    raise TypeError(f"{path}: no reader for {kind}")


def _read_number(kind: type, limits: tuple[object, ...], value: object, path: str) -> int | float:
    noun = "a whole number" if kind is int else "a number"
    limit = next((item for item in limits if isinstance(item, Range)), Range())
    if isinstance(value, bool) or not isinstance(value, int | float) or (kind is int and not isinstance(value, int)):
        raise DocumentError(path, f"expected {noun} {limit}, got {_shown(value)}")
    if (isinstance(value, int) and abs(value) >= 2**63) or not math.isfinite(value) or not limit.admits(value):
        raise DocumentError(path, f"expected {noun} {limit}, got {_shown(value)}")
    return value if kind is int else float(value)


def _read_text(limits: tuple[object, ...], value: object, path: str) -> str:
    limit = next((item for item in limits if isinstance(item, Text)), None)
    if not isinstance(value, str):
        raise DocumentError(path, f"expected text, got {_shown(value)}")
    if limit and not value.strip():
        raise DocumentError(path, "expected text, got none")
    if limit and len(value) > limit.longest:
        raise DocumentError(path, f"expected at most {limit.longest} characters, got {len(value)}")
    if "\0" in value:
        raise DocumentError(path, "expected text without a NUL character")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise DocumentError(path, "expected text, got half of a character (a lone surrogate), which no file can hold") from None
    return value


def _read_choice(choices: tuple[object, ...], value: object, path: str) -> object:
    if value not in choices or isinstance(value, bool):
        raise DocumentError(path, f"expected {' or '.join(_shown(choice) for choice in choices)}, got {_shown(value)}")
    return choices[choices.index(value)]  # 512.0 means 512, and is written so


def _read_tuple(kinds: tuple[Any, ...], value: object, path: str) -> tuple[object, ...]:
    if not isinstance(value, list | tuple):
        raise DocumentError(path, f"expected a list, got {_shown(value)}")
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_read(kinds[0], item, f"{path}[{index}]") for index, item in enumerate(value))
    if len(value) != len(kinds):
        raise DocumentError(path, f"expected a list of {len(kinds)}, got one of {len(value)}")
    return tuple(_read(kind, item, f"{path}[{index}]") for index, (kind, item) in enumerate(zip(kinds, value, strict=True)))


def _read_dict(kinds: tuple[Any, ...], value: object, path: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise DocumentError(path, f"expected an object, got {_shown(value)}")
    return {str(key): _read(kinds[1], item, _below(path, str(key))) for key, item in value.items()}


def _read_union(kinds: tuple[Any, ...], value: object, path: str) -> object:
    if value is None and types.NoneType in kinds:
        return None
    rest = [kind for kind in kinds if kind is not types.NoneType]
    if len(rest) == 1:
        return _read(rest[0], value, path)
    for kind in rest:  # a union of JSON's own kinds: the one that the value has
        base = get_origin(kind) or kind
        if base is dict and isinstance(value, dict):
            return _read(kind, value, path)
        if base is bool and isinstance(value, bool):
            return value
        if base is float and isinstance(value, int | float) and not isinstance(value, bool):
            return _read(kind, value, path)
        if base is str and isinstance(value, str):
            return _read(kind, value, path)
        if base is tuple and isinstance(value, list | tuple):
            return _read(kind, value, path)
    names = {float: "a number", bool: "true or false", str: "text", tuple: "a list", dict: "an object"}
    raise DocumentError(path, f"expected {' or '.join(names[get_origin(kind) or kind] for kind in rest)}, got {_shown(value)}")


def _read_dataclass(kind: type, value: object, path: str) -> object:
    if not isinstance(value, dict):
        raise DocumentError(path, f"expected an object, got {_shown(value)}")
    hints = _hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for key in value:
        if key not in fields:
            hint = f" (an option goes into {_below(path, 'values')})" if "values" in fields else ""
            raise DocumentError(_below(path, str(key)), f"unknown field{hint}; known here: {', '.join(fields)}")
    content: dict[str, object] = {}
    for name, field in fields.items():
        if name in value:
            content[name] = _read(hints[name], value[name], _below(path, name))
        elif _default(field) is dataclasses.MISSING:
            raise DocumentError(_below(path, name), "missing")
    return kind(**content)
