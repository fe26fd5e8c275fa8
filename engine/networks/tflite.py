"""A TensorFlow Lite graph as ONNX, done once, when a network is installed.

TensorFlow Lite's pictures are (n, h, w, c), ONNX's convolutions want (n, c, h, w): a tensor of four axes is made in whichever of both
its maker has, and turned only where somebody wants the other. The graph's own inputs and outputs of four axes are (n, c, h, w) then.

What a picture has as a whole (one pixel that is spread over it) stays one pixel, and what would only enlarge the answer at the end is left
out: a network of nothing but convolutions then takes pictures of any size, and answers in few pixels.

Only what the networks of `cards` have: float32, one subgraph, the operators of `tflite_operators`. Sources of the operators' meaning:
TensorFlow Lite's schema.fbs and the ONNX operators' specification, opset 13.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..shot import MattewrightError
from .tflite_operators import OPERATORS
from .tflite_reading import Graph, read

OPSET = 13
IR_VERSION = 8
"""Old enough for every onnxruntime that the engine may meet."""
Array = npt.NDArray[Any]


def convert(content: bytes, name: str = "the graph") -> bytes:
    """The .onnx file of the .tflite file `content`. The same input gives the same bytes.

    Raises MattewrightError for what is no such file, or has an operator that isn't known.
    """
    from onnx import TensorProto, helper

    graph = read(content, name)
    writer = Writer(graph)
    outputs = [_not_enlarged(graph, tensor) for tensor in graph.outputs]
    for operator in graph.operators:
        if set(operator.outputs) & set(graph.outputs) - set(outputs):
            continue
        write = OPERATORS.get(operator.kind)
        if write is None:
            raise MattewrightError(
                f"{name}: operator {operator.kind}: not one that can be converted; known: {', '.join(sorted(OPERATORS))}"
            )
        write(writer, operator)
    for place, tensor in enumerate(outputs):
        writer.node("Identity", [writer.channels_first(tensor)], f"output{place}")
    ends = {}
    for where, tensors in (("input", graph.inputs), ("output", outputs)):
        sides: list[tuple[int | str, ...]] = [turned(graph.shapes[tensor]) for tensor in tensors]
        if not writer.is_of_one_size:
            sides = [(*shape[:2], f"{where}_height", f"{where}_width") if len(shape) == 4 else shape for shape in sides]
        ends[where] = [helper.make_tensor_value_info(f"{where}{place}", TensorProto.FLOAT, shape) for place, shape in enumerate(sides)]
    made = helper.make_graph(writer.nodes, "converted", ends["input"], ends["output"], writer.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="mattewright")
    model.ir_version = IR_VERSION
    found: bytes = model.SerializeToString(deterministic=True)
    return found


def _not_enlarged(graph: Graph, tensor: int) -> int:
    """The graph's output `tensor` as it was before its last operator, where that only enlarges it."""
    for operator in graph.operators:
        if tensor in operator.outputs and operator.kind == "RESIZE_BILINEAR":
            source, target = graph.shapes[operator.inputs[0]], graph.shapes[tensor]
            if source[1] <= target[1] and source[2] <= target[2]:
                return operator.inputs[0]
    return tensor


def turned(shape: tuple[int, ...]) -> tuple[int, ...]:
    """(n, h, w, c) as (n, c, h, w); others as they are."""
    return (shape[0], shape[3], shape[1], shape[2]) if len(shape) == 4 else shape


class Writer:
    """The ONNX graph as it grows. Tensors of the source are known by number, those of the target by name."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._first: dict[int, str] = {}
        """Tensors that are there with the channels first; of fewer than four axes, as they are."""
        self._last: dict[int, str] = {}
        """Tensors that are there as TensorFlow Lite has them."""
        self._pixel: dict[int, str] = {}
        """Tensors that are the same all over the picture: one pixel of them."""
        self.joined: dict[int, tuple[int, ...]] = {}
        """Tensors whose channels are those of others, one after the other, some of these one pixel: written where somebody wants them."""
        self.is_of_one_size = False
        """Whether something in the graph hangs on the picture's size."""
        for place, tensor in enumerate(graph.inputs):
            self._first[tensor] = f"input{place}"

    def node(self, kind: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        """Append a node of one output; its name."""
        from onnx import helper

        output = output or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, values: Array) -> str:
        from onnx import numpy_helper

        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def channels_first(self, tensor: int) -> str:
        """The tensor's name with its channels first."""
        if tensor not in self._first:
            values = self.graph.values.get(tensor)
            if tensor in self._pixel:
                self._first[tensor] = self.node("Expand", [self._pixel[tensor], self._size(tensor)])
            elif tensor in self.joined:
                self._first[tensor] = self.node("Concat", [self.channels_first(part) for part in self.joined[tensor]], axis=1)
            elif values is not None:
                self._first[tensor] = self.constant(values.transpose(0, 3, 1, 2) if values.ndim == 4 else values)
            else:
                self._first[tensor] = self._turn(self._last[tensor], tensor, [0, 3, 1, 2])
        return self._first[tensor]

    def channels_last(self, tensor: int) -> str:
        """The tensor's name as TensorFlow Lite has it."""
        self.is_of_one_size = True
        if tensor not in self._last:
            values = self.graph.values.get(tensor)
            self._last[tensor] = (
                self.constant(values) if values is not None else self._turn(self.channels_first(tensor), tensor, [0, 2, 3, 1])
            )
        return self._last[tensor]

    def _turn(self, name: str, tensor: int, order: list[int]) -> str:
        return self.node("Transpose", [name], perm=order) if len(self.graph.shapes[tensor]) == 4 else name

    def beside(self, tensor: int) -> str:
        """An operand of an operator on each value, with its channels first: constants of one axis go along the channels."""
        values = self.graph.values.get(tensor)
        if values is not None and values.ndim == 1:
            return self.constant(values[:, None, None])
        return self.channels_first(tensor)

    def pixel(self, tensor: int) -> str | None:
        """The name of one pixel of a tensor that is the same all over the picture; None of others."""
        return self._pixel.get(tensor)

    def _size(self, tensor: int) -> str:
        self.is_of_one_size = True
        return self.constant(np.array(turned(self.graph.shapes[tensor]), np.int64))

    def made_pixel(self, tensor: int, name: str) -> None:
        self._pixel[tensor] = name

    def made_first(self, tensor: int, name: str) -> None:
        self._first[tensor] = name

    def made_last(self, tensor: int, name: str) -> None:
        self._last[tensor] = name

    def activated(self, name: str, activation: str) -> str:
        """`name` after the operator's fused activation."""
        if activation == "NONE":
            return name
        if activation == "RELU":
            return self.node("Relu", [name])
        if activation == "RELU6":
            return self.node("Clip", [name, self.constant(np.array(0, np.float32)), self.constant(np.array(6, np.float32))])
        raise MattewrightError(f"{self.graph.name}: activation {activation}: not one that can be converted")
