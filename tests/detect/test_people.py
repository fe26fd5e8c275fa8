"""Boxes out of a detector's output, and who is who."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import own_networks
import pytest

from engine.detect import same, yolox
from engine.detect.detector import Detector
from engine.networks import find_card
from engine.networks.known import graph_path
from engine.shot import MattewrightError


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def test_a_cell_says_its_box_in_cells() -> None:
    said = np.zeros((8 * 16 + 4 * 8 + 2 * 4, 7), np.float32)
    row, column, place = 3, 5, 3 * 16 + 5  # of the finest grid, 8 pixels a cell
    said[place] = [0.5, 0.25, np.log(2), np.log(4), 0.9, 0.1, 0.5]
    coarse = 8 * 16 + 4 * 8 + 1 * 4 + 2  # second row, third column of 32 pixels a cell
    said[coarse] = [0, 0, 0, 0, 1, 1, 0]
    boxes, scores = yolox.decoded(said, (64, 128), index=1)
    x, y = (column + 0.5) * 8, (row + 0.25) * 8
    assert boxes[place] == pytest.approx([x - 8, y - 16, x + 8, y + 16])
    assert scores[place] == pytest.approx(0.45)
    assert yolox.decoded(said, (64, 128))[0][coarse] == pytest.approx([64 - 16, 32 - 16, 64 + 16, 32 + 16])
    with pytest.raises(ValueError, match="expected"):
        yolox.decoded(said[:-1], (64, 128))


def test_doubles_and_what_is_unsure_are_left_out() -> None:
    boxes = np.array([[0, 0, 10, 20], [1, 0, 11, 20], [30, 0, 40, 20], [60, 0, 70, 20]], np.float32)
    scores = np.array([0.6, 0.9, 0.5, 0.4999], np.float32)
    assert yolox.best(boxes, scores, 0.5).tolist() == [1, 2]
    assert yolox.best(boxes[:0], scores[:0], 0.5).tolist() == []


def test_our_decoding_is_the_graphs_own() -> None:
    """The shipped graph decodes for itself: what comes before that, decoded here, is what it has after it."""
    import onnx
    import onnxruntime

    model = onnx.load(str(graph_path(find_card(own_networks.need("yolox_tiny_people")))))
    wanted = ["1118", "1120", "1122", "1189", "1191"]  # classes, whether there is anything (before the sigmoids), boxes; decoded, scores
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in wanted)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    shown = np.random.default_rng(1).uniform(0, 255, (1, 3, 416, 416)).astype(np.float32)
    classes, there, rough, boxes, scores = session.run(wanted, {"input": shown})
    raw = np.concatenate([rough[0], 1 / (1 + np.exp(-there[0, :, None])), 1 / (1 + np.exp(-classes[0]))], axis=1)
    ours, sure = yolox.decoded(raw.astype(np.float32), (416, 416))
    assert np.abs(ours - boxes[0]).max() < 1e-2 and np.abs(sure - scores[0, :, 0]).max() < 1e-5


@pytest.mark.parametrize(("size", "fit"), [((480, 854), "letterbox"), ((854, 480), "letterbox"), ((300, 400), "stretch")])
def test_boxes_are_in_pixels_of_the_picture_and_within_it(models: Path, size: tuple[int, int], fit: str) -> None:
    times = np.array([416 / max(size)] * 2 if fit == "letterbox" else [416 / size[1], 416 / size[0]])
    wanted = np.array([[20.0, 30.0, 120.0, 290.0], [-15.0, 10.0, 60.0, size[0] + 20.0]])
    rows = np.concatenate([wanted * np.tile(times, 2), [[0.9], [0.6]]], axis=1)
    rows = np.concatenate([rows, np.zeros((3, 5))])  # padding
    found = Detector(find_card(own_networks.always(models, rows, fit=fit))).find(np.zeros((*size, 3), np.uint8), 0.5)
    sides = [(one.box.left, one.box.top, one.box.right, one.box.bottom) for one in found]
    assert sides[0] == pytest.approx((20, 30, 120, 290), abs=0.02) and sides[1] == pytest.approx((0, 10, 60, size[0]), abs=0.02)
    assert [one.score for one in found] == pytest.approx([0.9, 0.6])


def test_an_output_that_is_no_boxes_is_said(models: Path) -> None:
    name = own_networks.always(models, np.zeros((4, 6), np.float32))
    with pytest.raises(MattewrightError, match=r"network 'always': its output isn't what its card says: expected \(1, n, 5\)"):
        Detector(find_card(name)).find(np.zeros((60, 80, 3), np.uint8), 0.5)


def disks(*centres: int) -> list[np.ndarray]:
    y, x = np.mgrid[:64, :128]
    return [np.hypot(x - centre, y - 32) < 14 for centre in centres]


def test_everyone_is_where_they_are_expected_as_well_as_can_be() -> None:
    found, expected = disks(20, 34, 100), disks(32, 26, 60)
    # By itself the second is nearest to the first expected one, and the first to the second: nobody gets two, the third is new.
    assert same.matched(found, expected) == {0: 1, 1: 0}
    assert same.matched(found, []) == {} and same.matched([], expected) == {}


def test_much_the_same_masks_are_one_person() -> None:
    assert same.distinct([*disks(20, 21, 60), np.zeros((64, 128), bool)]) == [0, 2]
