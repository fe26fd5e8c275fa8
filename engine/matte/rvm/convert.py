"""The published weights out of the graph that a package holds, under the names of `network.Network`.

The graph is a PyTorch export in ONNX. Its convolutions stand in the order in which they run, which is the order in which the network
defines them; those with a normalization folded in have lost their names, the others keep them. Both are checked, and every shape.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ...shot import MattewrightError

Array = npt.NDArray[np.float32]
_WHERE = "not the graph that this converter knows"


def from_graph(graph: bytes) -> dict[str, Array]:
    """The state of `network.Network`, float32, by name.

    Raises MattewrightError naming the first tensor that is missing, left over or has another shape than it should.
    """
    found = _in_order(graph)
    wanted = _wanted()
    if len(found) != len(wanted):
        raise MattewrightError(f"rvm graph: {len(found)} parameters of convolutions, expected {len(wanted)}: {_WHERE}")
    state: dict[str, Array] = {}
    for (name, shape), (said, array) in zip(wanted.items(), found, strict=True):
        if not said.isdigit() and said != name:
            raise MattewrightError(f"rvm graph: tensor {said} where {name} should be: {_WHERE}")
        if array.shape != shape:
            raise MattewrightError(f"rvm graph: tensor {said} is {array.shape}, expected {shape} of {name}: {_WHERE}")
        state[name] = array
    return dict(sorted(state.items()))


def _in_order(graph: bytes) -> list[tuple[str, Array]]:
    """The convolutions' parameters and the names that the graph has for them; one that runs several times is there once."""
    import onnx
    import onnx.numpy_helper

    try:
        model = onnx.load_model_from_string(graph).graph
    except Exception as error:  # protobuf's own error class depends on its implementation
        raise MattewrightError(f"rvm graph: not a readable ONNX file: {error}") from None
    tensors = {tensor.name: tensor for tensor in model.initializer}
    names = dict.fromkeys(name for node in model.node if node.op_type == "Conv" for name in node.input[1:])
    missing = next((name for name in names if name not in tensors), None)
    if missing is not None:
        raise MattewrightError(f"rvm graph: tensor {missing} is missing: {_WHERE}")
    return [(name, np.asarray(onnx.numpy_helper.to_array(tensors[name]), np.float32)) for name in names]


def _wanted() -> Mapping[str, tuple[int, ...]]:
    """The network's parameters and their shapes, in the order in which they are used."""
    import torch

    from .network import Network

    with torch.device("meta"):
        network = Network()
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
