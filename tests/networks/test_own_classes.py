"""Networks for classes as people export them: laid out either way, of one size or any, with scores, probabilities or labels."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import own_networks
import pytest
from onnx import TensorProto, helper

from engine.classify import Answer, read_scores, shown_size
from engine.cli.main import main
from engine.footage import probe
from engine.jobs import OpenShot, classify_job
from engine.networks import find_card
from engine.networks.session import Session, blob
from engine.shot import Classes, FrameRange, MattewrightError, Shot, to_json
from engine.store.labels import read_class_labels

SIZE = 180, 320
SHARES = np.array([[1.0, 0, -1], [0, 1, -1]], np.float32)
"""Of red, green and blue: how much is ``red`` and how much ``green``."""


def network(place: Path, kind: str, layout: str = "NCHW", *, step: int = 0, coarse: int = 1, says: int = TensorProto.FLOAT) -> str:
    """One of three classes, ground, red and green, in `place`; it answers in `coarse` times fewer pixels. Its name."""
    first = layout == "NCHW"
    classes = [{"name": name, "color": [50 * index, 0, 0]} for index, name in enumerate(("ground", "red", "green"))]
    shown = {"width": 64, "height": 32, "layout": layout, "step": step}
    content: dict[str, Any] = {
        "name": "mine",
        "task": "classes",
        "input": shown,
        "output": {"kind": kind, "layout": layout},
        "classes": classes,
    }
    weights = np.zeros((3, 3, coarse, coarse), np.float32)
    weights[1:] = 30 * SHARES[..., None, None] / coarse**2
    nodes = [] if first else [helper.make_node("Transpose", ["picture"], ["turned"], perm=[0, 3, 1, 2])]
    nodes.append(helper.make_node("Conv", ["picture" if first else "turned", "weights", "bias"], ["scores"], strides=[coarse, coarse]))
    if kind == "labels":
        axes: list[int | str] = [1, "h", "w"]
        nodes.append(helper.make_node("ArgMax", ["scores"], ["chosen"], axis=1, keepdims=0))
        nodes.append(helper.make_node("Cast", ["chosen"], ["said"], to=says))
    else:
        axes = [1, 3, "h", "w"] if first else [1, "h", "w", 3]
        nodes.append(
            helper.make_node(
                "Softmax" if kind == "probabilities" else "Identity",
                ["scores"],
                ["made"],
                **({"axis": 1} if kind == "probabilities" else {}),
            )
        )
        nodes.append(helper.make_node("Transpose", ["made"], ["said"], perm=[0, 1, 2, 3] if first else [0, 2, 3, 1]))
    sides: list[int | str] = ["height", "width"] if step else [32, 64]
    takes = [1, 3, *sides] if first else [1, *sides, 3]
    constants = {"weights": weights, "bias": np.array([0, -9, -9], np.float32)}
    return own_networks.write(place, content, nodes, constants, axes, takes, says)


def scene() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """A picture, (height, width, 3) RGB, and its labels."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    labels = np.where(np.hypot(x - 90, y - 90) < 50, 1, np.where(np.hypot(x - 230, y - 80) < 60, 2, 0)).astype(np.uint8)
    return np.array([[60, 60, 60], [220, 30, 30], [30, 220, 30]], np.uint8)[labels], labels


@pytest.mark.parametrize("step", [0, 4])
@pytest.mark.parametrize(
    ("kind", "layout", "coarse", "says"),
    [
        ("scores", "NCHW", 4, TensorProto.FLOAT),
        ("scores", "NHWC", 1, TensorProto.FLOAT),
        ("probabilities", "NHWC", 2, TensorProto.FLOAT),
        ("labels", "NCHW", 1, TensorProto.INT64),
        ("labels", "NHWC", 1, TensorProto.UINT8),
        ("labels", "NCHW", 1, TensorProto.FLOAT),
    ],
)
def test_each_kind_of_graph_finds_what_is_there(
    kind: str,
    layout: str,
    coarse: int,
    says: int,
    step: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path / "models"))
    name = network(tmp_path / "mine", kind, layout, step=step, coarse=coarse, says=says)
    assert main(["models", "add", str(tmp_path / "mine" / "networks" / f"{name}.json")]) == 0, capsys.readouterr().err
    card, (picture, labels) = find_card(name), scene()
    shown = shown_size(SIZE, card.input, "parts")
    assert shown == ((36, 64) if step else (32, 64))
    small = cv2.resize(picture, shown[::-1], interpolation=cv2.INTER_AREA)
    answer = Answer(read_scores(Session(card, "cpu").run(blob(small, card.input)), card, shown), shown)
    assert answer.scores.shape == (3, shown[0] // coarse, shown[1] // coarse)
    assert (answer.labels(SIZE) == labels).mean() > (0.9 if coarse == 4 else 0.95)


def test_every_look_finds_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path / "models"))
    network(tmp_path / "models", "scores", step=4, coarse=2)
    picture, labels = scene()
    cv2.imwrite(str(tmp_path / "scene_0001.png"), picture[..., ::-1])
    footage = replace(probe(tmp_path / "scene_0001.png"), path="scene_0001.png")
    for look in ("parts", "whole", "both", "fine"):
        said = Shot("scene", footage, FrameRange(1, 1), classes=Classes("mine", look=look))  # type: ignore[arg-type]
        (tmp_path / "shot.json").write_text(to_json(said), encoding="utf-8")
        with OpenShot(tmp_path) as opened:
            assert [step.done for step in classify_job(opened)] == [1], look  # other looks' labels are stale
            found = read_class_labels(opened.store.layout.labels("mine", "scene", 1))
        assert found.shape == SIZE and (found == labels).mean() > 0.93, look


def test_what_a_card_says_wrongly_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path / "models"))

    def refused(change: dict[str, Any], kind: str = "scores") -> str:
        path = tmp_path / "mine" / "networks" / f"{network(tmp_path / 'mine', kind)}.json"
        content = json.loads(path.read_text("utf-8"))
        for part, values in change.items():
            content[part] = {**content[part], **values}
        path.write_text(json.dumps(content), encoding="utf-8")
        assert main(["models", "add", str(path)]) == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and not (tmp_path / "models" / "networks").exists()
        return said

    takes = "the graph takes tensor(float) [1, 3, 32, 64], its card says tensor(float) [1, 32, 64, 3]: correct the card's input"
    assert takes in refused({"input": {"layout": "NHWC"}})
    assert "its card says 3 classes as NHWC: correct the card's output or classes" in refused({"output": {"layout": "NHWC"}})
    assert "the graph takes pictures of [1, 3, 32, 64] alone: take the step out of the card's input" in refused({"input": {"step": 8}})
    assert "it answers with -9 to 0, its card says probabilities, not scores" in refused({"output": {"kind": "probabilities"}})
    assert "it answers with an array of [1, 3, 32, 64], its card says labels" in refused({"output": {"kind": "labels"}})
    assert "input.step: expected 0, or a network for classes" in refused({"input": {"step": 8, "fit": "letterbox"}})


def test_a_class_beyond_the_cards_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path))
    card = find_card(network(tmp_path, "labels", says=TensorProto.INT64))
    with pytest.raises(
        MattewrightError, match=r"answers with the class 3, its card has 3, from 0 on: correct the card's output or classes"
    ):
        read_scores(np.full((1, 32, 64), 3, np.int64), card, (32, 64))
