"""Networks' cards: shipped ones, the user's own, and what is wrong with one said in a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import own_networks
import pytest

from engine.cli.main import main
from engine.networks import cards, find_card
from engine.networks.card import parse_card
from engine.networks.facts import networks
from engine.networks.session import Session, blob, pick_provider, providers
from engine.shot import DocumentError, MattewrightError


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path / "modèles"))
    return tmp_path / "modèles"


def test_each_shipped_card_says_where_its_network_comes_from_and_under_what_licence(models: Path) -> None:
    for card in cards().values():
        assert card.source is not None and card.sha256 and card.bytes and len(card.licence) > 5, card.name
    told = {one.name: one for one in networks().networks}
    assert told["deeplab"].classes[15].name == "person" and told["deeplab"].background == 0 and not told["deeplab"].installed
    assert told["selfie"].classes[1].name == "hair"
    assert all(0 <= value <= 1 for one in told.values() for item in one.classes for value in item.color)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"task": "colours"}, 'task: expected "classes" or "people" or "depth"'),
        ({"input": {"width": 0, "height": 48}}, "input.width: expected a whole number from 8 to 8192"),
        ({"classes": [{"name": "a", "color": [0, 0, 0]}]}, "classes: expected 2 to 256 classes, got 1"),
        ({"classes": [{"name": "a", "color": [0, 0, 0]}] * 2}, "classes\\[1\\].name: 'a' is the name of classes\\[0\\], too"),
        ({"classes": [{"name": "a", "color": [0, 0, 300]}]}, "classes\\[0\\].color\\[2\\]: expected a whole number from 0 to 255"),
        ({"output": {"kind": "depth"}}, "output.kind: expected scores or probabilities or labels of a network for classes"),
        ({"file": "../there.onnx"}, "file: expected the name of an .onnx file, without a folder"),
        ({"name": "My Own"}, "name: expected lower case letters"),
        ({"sha256": "abc"}, "sha256: expected 64 hexadecimal digits"),
        ({"colour": 1}, "colour: unknown field"),
    ],
)
def test_what_is_wrong_with_a_card_is_named(change: dict[str, Any], problem: str, models: Path) -> None:
    content = json.loads((models / "networks" / f"{own_networks.warm(models)}.json").read_text("utf-8"))
    with pytest.raises(DocumentError, match=problem):
        parse_card(json.dumps({**content, **change}))


def test_a_network_of_ones_own_is_taken_in_tried_and_listed(tmp_path: Path, models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = own_networks.warm(tmp_path / "mine")
    card = tmp_path / "mine" / "networks" / f"{name}.json"
    assert main(["models", "add", str(card)]) == 0 and "added for classes" in capsys.readouterr().out
    assert find_card(name).name == name
    assert main(["models", "list"]) == 0 and "your own" in capsys.readouterr().out
    assert next(one for one in networks().networks if one.name == name).fetched is False
    (models / "networks" / "torn.json").write_text("{", encoding="utf-8")
    assert "torn.json: not JSON" in networks().problems[0] and name in cards()
    with pytest.raises(MattewrightError, match=r"torn.json: not JSON"):
        find_card("torn")
    (models / "networks" / f"{name}.onnx").unlink()
    with pytest.raises(MattewrightError, match="the graph of your network 'warm' is missing: put it there"):
        Session(find_card(name))


def test_what_would_not_work_is_not_taken_in(tmp_path: Path, models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "mine" / "networks"
    card = folder / f"{own_networks.warm(tmp_path / 'mine')}.json"
    content = json.loads(card.read_text("utf-8"))
    for change, problem in (
        ({"name": "deeplab"}, "'deeplab' comes with Mattewright"),
        (
            {"input": {**content["input"], "width": 80}},
            "the graph takes tensor(float) [1, 3, 36, 64], its card says tensor(float) [1, 3, 36, 80]",
        ),
        ({"input": {**content["input"], "name": "image"}}, "the graph has no input 'image': say one of picture"),
        ({"classes": [*content["classes"], {"name": "more", "color": [1, 2, 3]}]}, "its card says 3 classes as NCHW"),
        ({"file": "gone.onnx"}, "gone.onnx: no such file: put the graph beside its card"),
    ):
        card.write_text(json.dumps({**content, **change}), encoding="utf-8")
        assert main(["models", "add", str(card)]) == 1
        said = capsys.readouterr().err
        assert problem in said and said.count("\n") == 1
    (folder / "warm.onnx").write_bytes(b"no graph")
    card.write_text(json.dumps(content), encoding="utf-8")
    assert main(["models", "add", str(card)]) == 1 and "onnxruntime can't load it" in capsys.readouterr().err
    assert not (models / "networks").exists()
    with pytest.raises(
        MattewrightError,
        match=r"network 'nobody': not known: .* `models add nobody.json`; known for classes: deeplab, selfie",
    ):
        find_card("nobody", "classes")


def test_the_best_provider_is_taken_unless_another_is_named() -> None:
    assert pick_provider(None) == providers()[0] and pick_provider("cpu") == "cpu"
    assert pick_provider("cuda:1") == ("cuda" if "cuda" in providers() else "cpu")


def test_a_picture_is_shown_as_the_card_says(models: Path) -> None:
    picture = np.zeros((40, 80, 3), np.uint8)
    picture[..., 0] = 255
    card = find_card(own_networks.warm(models))
    shown = parse_card(
        (models / "networks" / "warm.json").read_text("utf-8").replace('"width"', '"fit": "letterbox", "channels": "BGR", "width"')
    ).input
    stretched, boxed = blob(picture, card.input), blob(picture, shown)
    assert stretched.shape == boxed.shape == (1, 3, 36, 64) and stretched[0, 0].min() == 1 and stretched[0, 1:].max() == 0
    assert boxed[0, 2, :32].min() == 1 and boxed[0, 0, :32].max() == 0 and np.allclose(boxed[0, :, 32:], 114 / 255)
