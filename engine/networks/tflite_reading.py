"""What is in a .tflite file: tensors, constants and operators, by the `tflite` package's reader of its FlatBuffers schema."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..shot import MattewrightError

Array = npt.NDArray[Any]
_TYPES: dict[str, type[np.generic]] = {"FLOAT32": np.float32, "INT32": np.int32, "INT64": np.int64}


@dataclass(frozen=True)
class Operator:
    """One operator: its kind as the schema names it, the numbers of its tensors, and its options."""

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Any
    """The schema's table of the kind's options; None where there are none."""

    def option(self, name: str) -> Any:
        """An option's value as the schema has it, or what the schema has for one that is not said."""
        return getattr(self.options, name)()


@dataclass(frozen=True)
class Graph:
    """A file's one subgraph."""

    name: str
    """Of the file."""
    shapes: dict[int, tuple[int, ...]]
    values: dict[int, Array]
    """Of the tensors that are constant."""
    operators: list[Operator]
    inputs: list[int]
    outputs: list[int]


def read(content: bytes, name: str) -> Graph:
    """The graph in `content`. Raises MattewrightError for what is none, or has more to it than these networks have."""
    import tflite

    if content[4:8] != b"TFL3":
        raise MattewrightError(f"{name}: not a TensorFlow Lite file")
    try:
        model = tflite.Model.GetRootAsModel(content, 0)
        if model.SubgraphsLength() != 1:
            raise MattewrightError(f"{name}: {model.SubgraphsLength()} subgraphs: only one can be converted")
        table = model.Subgraphs(0)
        shapes: dict[int, tuple[int, ...]] = {}
        values: dict[int, Array] = {}
        for number in range(table.TensorsLength()):
            tensor = table.Tensors(number)
            shapes[number] = tuple(int(tensor.Shape(axis)) for axis in range(tensor.ShapeLength()))
            buffer = model.Buffers(tensor.Buffer())
            kind = _named(tflite.TensorType, tensor.Type())
            if kind not in _TYPES:
                raise MattewrightError(f"{name}: tensor {tensor.Name().decode()} is {kind}: only float32 graphs can be converted")
            if buffer.DataLength():
                values[number] = np.frombuffer(buffer.DataAsNumpy().tobytes(), _TYPES[kind]).reshape(shapes[number])
        operators = [_operator(model, table.Operators(number)) for number in range(table.OperatorsLength())]
        inputs = [int(table.Inputs(place)) for place in range(table.InputsLength())]
        outputs = [int(table.Outputs(place)) for place in range(table.OutputsLength())]
    except (struct.error, IndexError, ValueError, TypeError, AttributeError) as error:
        raise MattewrightError(f"{name}: a damaged TensorFlow Lite file: {error}") from None
    return Graph(name, shapes, values, operators, inputs, outputs)


def _operator(model: Any, table: Any) -> Operator:
    import tflite

    code = model.OperatorCodes(table.OpcodeIndex())
    # Old files have the kind in the field of one byte alone, new ones in both where it fits.
    kind = _named(tflite.BuiltinOperator, max(code.BuiltinCode(), code.DeprecatedBuiltinCode()))
    if kind == "CUSTOM":
        kind = f"CUSTOM {(code.CustomCode() or b'').decode()}"
    options = None
    if table.BuiltinOptions() is not None:
        known = getattr(tflite, _named(tflite.BuiltinOptions, table.BuiltinOptionsType()), None)
        if known is not None:
            options = known()
            options.Init(table.BuiltinOptions().Bytes, table.BuiltinOptions().Pos)
    inputs = tuple(int(table.Inputs(place)) for place in range(table.InputsLength()))
    outputs = tuple(int(table.Outputs(place)) for place in range(table.OutputsLength()))
    return Operator(kind, inputs, outputs, options)


def _named(enumeration: type, value: int) -> str:
    """The name that the schema has for a value."""
    for name, number in vars(enumeration).items():
        if number == value and not name.startswith("_"):
            return name
    return f"number {value}"


def activation(operator: Operator) -> str:
    """The name of the operator's fused activation."""
    import tflite

    return _named(tflite.ActivationFunctionType, operator.option("FusedActivationFunction"))


def is_same(operator: Operator) -> bool:
    """Whether the picture is padded so that its size stays, but for the stride (SAME), and not left bare (VALID)."""
    import tflite

    return bool(operator.option("Padding") == tflite.Padding.SAME)
