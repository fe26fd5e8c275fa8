"""Small networks with cards of their own, as a user may have them: graphs made with onnx, in a models folder of the test's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.networks import card, find_card, installed


def need(name: str) -> str:
    """The name of a shipped network that is installed; skips the test where it isn't."""
    if not installed(find_card(name)):
        pytest.skip(f"network {name} is not installed: python -m engine models install {name}")
    return name


def write(
    models: Path,
    content: dict[str, Any],
    nodes: list[onnx.NodeProto],
    constants: dict[str, npt.NDArray[Any]],
    shape: Sequence[int | str],
    takes: Sequence[int | str] = (),
    says: int = TensorProto.FLOAT,
) -> str:
    """The network `content` describes, in `models`: from ``picture`` to ``said``, which has `shape` and the type `says`. Its name.

    ``picture`` is (1, 3, height, width) unless it is said what it `takes`.
    """
    name = content["name"]
    folder = models / "networks"
    folder.mkdir(parents=True, exist_ok=True)
    size = content["input"]["height"], content["input"]["width"]
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, takes or [1, 3, *size])],
        [helper.make_tensor_value_info("said", says, shape)],
        [numpy_helper.from_array(value, key) for key, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, str(folder / f"{name}.onnx"))
    text = json.dumps({"label": "a test's", "licence": "none", "file": f"{name}.onnx", **content})
    card.parse_card(text)
    (folder / f"{name}.json").write_text(text, encoding="utf-8")
    return name


def bright_is_near(models: Path, name: str = "bright", **output: Any) -> str:
    """Depth: the mean of red, green and blue, 0 to 1, of a picture of 64 x 48."""
    content = {"name": name, "task": "depth", "input": {"width": 64, "height": 48}, "output": {"kind": "inverse_depth", **output}}
    return write(models, content, [helper.make_node("ReduceMean", ["picture"], ["said"], axes=[1], keepdims=1)], {}, [1, 1, 48, 64])


def always(models: Path, rows: npt.NDArray[np.float32], name: str = "always", **shown: Any) -> str:
    """People: the boxes and scores `rows`, (n, 5), whatever is shown."""
    shown = {"width": 416, "height": 416, "fit": "letterbox", **shown}
    content = {"name": name, "task": "people", "input": shown, "output": {"kind": "boxes"}}
    nodes = [
        helper.make_node("ReduceMean", ["picture"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "nothing"], ["zero"]),
        helper.make_node("Add", ["rows", "zero"], ["said"]),
    ]
    constants = {"rows": rows[None].astype(np.float32), "nothing": np.zeros((), np.float32)}
    return write(models, content, nodes, constants, [1, *rows.shape])


def warm(models: Path, name: str = "warm", **output: Any) -> str:
    """Classes: ``ground``, the background, and ``warm``, what is more red than blue, of a picture of 64 x 36."""
    classes = [{"name": "ground", "color": [0, 0, 0]}, {"name": "warm", "color": [255, 128, 0]}]
    content = {
        "name": name,
        "task": "classes",
        "input": {"width": 64, "height": 36},
        "output": {"kind": "scores", **output},
        "classes": classes,
    }
    weights = np.zeros((2, 3, 1, 1), np.float32)
    weights[1, :, 0, 0] = 20, 0, -20
    constants = {"weights": weights, "bias": np.array([0, -7], np.float32)}
    return write(models, content, [helper.make_node("Conv", ["picture", "weights", "bias"], ["said"])], constants, [1, 2, 36, 64])
