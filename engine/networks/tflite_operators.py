"""How each operator of a TensorFlow Lite graph is written in ONNX."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..shot import MattewrightError
from .tflite_reading import Operator, activation, is_same

if TYPE_CHECKING:
    from .tflite import Writer

Array = npt.NDArray[Any]


def _before_and_after(size: int, kernel: int, stride: int, dilation: int, same: bool) -> tuple[int, int]:
    """How many rows (or columns) of nothing go before and after a picture of `size`: what is odd goes after."""
    if not same:
        return 0, 0
    wide = (kernel - 1) * dilation + 1
    missing = max(0, (-(-size // stride) - 1) * stride + wide - size)
    return missing // 2, missing - missing // 2


def _pads(shape: tuple[int, ...], kernel: tuple[int, int], strides: tuple[int, int], dilations: tuple[int, int], same: bool) -> list[int]:
    """ONNX's pads for a picture (n, h, w, c): top, left, bottom, right."""
    top, bottom = _before_and_after(shape[1], kernel[0], strides[0], dilations[0], same)
    left, right = _before_and_after(shape[2], kernel[1], strides[1], dilations[1], same)
    return [top, left, bottom, right]


def _conv(writer: Writer, operator: Operator, depthwise: bool = False) -> None:
    picture, kernel = operator.inputs[:2]
    weights = _constant(writer, kernel, "the kernel")
    # Both kinds' kernels to (out, in / groups, h, w): (out, h, w, in) of one, (1, h, w, out) of the other.
    laid = weights.transpose(3, 0, 1, 2) if depthwise else weights.transpose(0, 3, 1, 2)
    strides = operator.option("StrideH"), operator.option("StrideW")
    dilations = operator.option("DilationHFactor"), operator.option("DilationWFactor")
    shape = writer.graph.shapes[picture]
    side = laid.shape[2], laid.shape[3]
    bias = _constant(writer, operator.inputs[2], "the bias") if _given(operator, 2) else None
    if picture in writer.joined and side == strides == (1, 1):
        made = _conv_of_parts(writer, writer.joined[picture], laid, bias)
        writer.made_first(operator.outputs[0], writer.activated(made, activation(operator)))
        return
    inputs = [writer.channels_first(picture), writer.constant(laid)]
    if bias is not None:
        inputs.append(writer.constant(bias))
    made = writer.node(
        "Conv",
        inputs,
        kernel_shape=list(side),
        strides=list(strides),
        dilations=list(dilations),
        pads=_pads(shape, side, strides, dilations, is_same(operator)),
        group=shape[3] if depthwise else shape[3] // laid.shape[1],
    )
    writer.made_first(operator.outputs[0], writer.activated(made, activation(operator)))


def _conv_of_parts(writer: Writer, parts: tuple[int, ...], kernel: Array, bias: Array | None) -> str:
    """A convolution of single pixels whose input's channels are those of `parts`: the sum of each one's, or of one pixel's."""
    made, begin = "", 0
    for part in parts:
        end = begin + writer.graph.shapes[part][3]
        inputs = [writer.pixel(part) or writer.channels_first(part), writer.constant(kernel[:, begin:end])]
        if bias is not None and not made:
            inputs.append(writer.constant(bias))
        one = writer.node("Conv", inputs, kernel_shape=[1, 1])
        made, begin = writer.node("Add", [made, one]) if made else one, end
    return made


def _depthwise(writer: Writer, operator: Operator) -> None:
    _conv(writer, operator, depthwise=True)


def _transpose_conv(writer: Writer, operator: Operator) -> None:
    _, kernel, picture = operator.inputs[:3]
    weights = _constant(writer, kernel, "the kernel").transpose(3, 0, 1, 2)  # (out, h, w, in) to (in, out, h, w)
    strides = operator.option("StrideH"), operator.option("StrideW")
    small, large = writer.graph.shapes[picture], writer.graph.shapes[operator.outputs[0]]
    over = [max(0, (small[axis + 1] - 1) * strides[axis] + weights.shape[axis + 2] - large[axis + 1]) for axis in (0, 1)]
    inputs = [writer.channels_first(picture), writer.constant(weights)]
    writer.is_of_one_size = True  # its pads
    if _given(operator, 3):
        inputs.append(writer.constant(_constant(writer, operator.inputs[3], "the bias")))
    made = writer.node(
        "ConvTranspose",
        inputs,
        kernel_shape=list(weights.shape[2:]),
        strides=list(strides),
        pads=[over[0] // 2, over[1] // 2, over[0] - over[0] // 2, over[1] - over[1] // 2],
    )
    writer.made_first(operator.outputs[0], writer.activated(made, activation(operator)))


def _average(writer: Writer, operator: Operator) -> None:
    picture = operator.inputs[0]
    side = operator.option("FilterHeight"), operator.option("FilterWidth")
    strides = operator.option("StrideH"), operator.option("StrideW")
    if side == writer.graph.shapes[picture][1:3] and not is_same(operator):
        made = writer.node("GlobalAveragePool", [writer.channels_first(picture)])
        writer.made_first(operator.outputs[0], writer.activated(made, activation(operator)))
        return
    made = writer.node(
        "AveragePool",
        [writer.channels_first(picture)],
        kernel_shape=list(side),
        strides=list(strides),
        pads=_pads(writer.graph.shapes[picture], side, strides, (1, 1), is_same(operator)),
        count_include_pad=0,
    )
    writer.made_first(operator.outputs[0], writer.activated(made, activation(operator)))


def _each(kind: str) -> Callable[[Writer, Operator], None]:
    """An operator on each value of two tensors."""

    def write(writer: Writer, operator: Operator) -> None:
        if len(writer.graph.shapes[operator.outputs[0]]) != 4:
            raise MattewrightError(f"{writer.graph.name}: {operator.kind} of tensors without four axes: can't be converted")
        made = writer.node(kind, [writer.beside(tensor) for tensor in operator.inputs])
        writer.made_first(operator.outputs[0], writer.activated(made, activation(operator)))

    return write


def _concatenation(writer: Writer, operator: Operator) -> None:
    axis = operator.option("Axis") % 4
    if axis == 3 and activation(operator) == "NONE" and any(writer.pixel(tensor) for tensor in operator.inputs):
        writer.joined[operator.outputs[0]] = operator.inputs
        return
    made = writer.node("Concat", [writer.channels_first(tensor) for tensor in operator.inputs], axis=(0, 2, 3, 1)[axis])
    writer.made_first(operator.outputs[0], writer.activated(made, activation(operator)))


def _reshape(writer: Writer, operator: Operator) -> None:
    shape = np.array(writer.graph.shapes[operator.outputs[0]], np.int64)
    writer.made_last(operator.outputs[0], writer.node("Reshape", [writer.channels_last(operator.inputs[0]), writer.constant(shape)]))


def _transpose(writer: Writer, operator: Operator) -> None:
    order = _constant(writer, operator.inputs[1], "the order").astype(int).tolist()
    writer.made_last(operator.outputs[0], writer.node("Transpose", [writer.channels_last(operator.inputs[0])], perm=order))


def _softmax(writer: Writer, operator: Operator) -> None:
    if operator.option("Beta") != 1.0:
        raise MattewrightError(f"{writer.graph.name}: SOFTMAX with beta {operator.option('Beta')}: can't be converted")
    writer.made_last(operator.outputs[0], writer.node("Softmax", [writer.channels_last(operator.inputs[0])], axis=-1))


def _sum(writer: Writer, operator: Operator) -> None:
    axes = np.atleast_1d(_constant(writer, operator.inputs[1], "the axes")).astype(np.int64)
    made = writer.node(
        "ReduceSum", [writer.channels_last(operator.inputs[0]), writer.constant(axes)], keepdims=int(operator.option("KeepDims"))
    )
    writer.made_last(operator.outputs[0], made)


def _resize(mode: str) -> Callable[[Writer, Operator], None]:
    def write(writer: Writer, operator: Operator) -> None:
        source, target = writer.graph.shapes[operator.inputs[0]], writer.graph.shapes[operator.outputs[0]]
        name = writer.channels_first(operator.inputs[0])
        if source[1:3] == (1, 1):
            writer.made_pixel(operator.outputs[0], name)
            return
        if source != target:
            writer.is_of_one_size = True
            sizes = writer.constant(np.array([target[0], target[3], target[1], target[2]], np.int64))
            how: dict[str, Any] = {"mode": mode, "coordinate_transformation_mode": _places(operator)}
            if mode == "nearest":
                if not operator.option("HalfPixelCenters"):
                    raise MattewrightError(f"{writer.graph.name}: {operator.kind} without half pixel centres: can't be converted")
                how["nearest_mode"] = "round_prefer_ceil"
            name = writer.node("Resize", [name, "", "", sizes], **how)
        writer.made_first(operator.outputs[0], name)

    return write


def _places(operator: Operator) -> str:
    if operator.option("AlignCorners"):
        return "align_corners"
    return "half_pixel" if operator.option("HalfPixelCenters") else "asymmetric"


def _given(operator: Operator, place: int) -> bool:
    """Whether the operator has an input there: some may be left out."""
    return len(operator.inputs) > place and operator.inputs[place] >= 0


def _constant(writer: Writer, tensor: int, what: str) -> Any:
    values = writer.graph.values.get(tensor)
    if values is None:
        raise MattewrightError(f"{writer.graph.name}: {what} of an operator is not constant: can't be converted")
    return values


OPERATORS: dict[str, Callable[[Writer, Operator], None]] = {
    "ADD": _each("Add"),
    "AVERAGE_POOL_2D": _average,
    "CONCATENATION": _concatenation,
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "MUL": _each("Mul"),
    "RESHAPE": _reshape,
    "RESIZE_BILINEAR": _resize("linear"),
    "RESIZE_NEAREST_NEIGHBOR": _resize("nearest"),
    "SOFTMAX": _softmax,
    "SUM": _sum,
    "TRANSPOSE": _transpose,
    "TRANSPOSE_CONV": _transpose_conv,
}
