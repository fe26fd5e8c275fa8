"""Depth: shares out of a network's values, steadied from frame to frame, with the picture's edges."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import own_networks
import pytest

from engine.depth import network, sharpened, steadied
from engine.networks import find_card
from engine.networks.card import parse_card
from engine.shot import DocumentError


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def textured(seed: int = 5, size: tuple[int, int] = (120, 160)) -> np.ndarray:
    import cv2

    rough = np.random.default_rng(seed).random((size[0] // 4, size[1] // 4, 3)).astype(np.float32)
    return np.clip(cv2.resize(rough, (size[1], size[0]), interpolation=cv2.INTER_CUBIC), 0, 1)


def test_relative_values_are_spread_between_far_and_near_with_room_at_both_ends(models: Path) -> None:
    loaded = network.DepthNetwork(find_card(own_networks.bright_is_near(models)))
    picture = np.linspace(0, 255, 128).astype(np.uint8)[None, :, None].repeat(96, 0).repeat(3, 2)
    values = loaded.values(picture)
    assert values.shape == (48, 64) and values[0, 0] < 0.02 and values[0, -1] > 0.98
    found = network.shares(values, loaded.ends(values))
    assert 0.05 < found.min() < 0.1 and 0.9 < found.max() < 0.95 and (np.diff(found[0]) > 0).all()


def test_metres_become_shares_of_one_over_them() -> None:
    ends = network.Ends(1 / 10, 1 / 0.5)
    found = network.shares(1 / np.array([[0.5, 1.0, 10.0, 100.0, 0.1]], np.float32), ends)
    assert found[0] == pytest.approx([1.0, (1 - 0.1) / 1.9, 0.0, 0.0, network.LARGEST], abs=1e-6)


@pytest.mark.parametrize(
    ("output", "field"),
    [({"kind": "depth"}, "near"), ({"kind": "depth", "near": 5, "far": 2}, "near"), ({"kind": "inverse_depth", "near": 2}, "far")],
)
def test_a_card_that_does_not_say_what_its_metres_are_is_refused(output: dict[str, object], field: str) -> None:
    import json

    content = {"name": "x", "label": "x", "task": "depth", "licence": "x", "file": "x.onnx", "input": {"width": 64, "height": 64}}
    with pytest.raises(DocumentError, match=f"output.{field}"):
        parse_card(json.dumps({**content, "output": output}))


def test_scale_and_shift_are_found_though_a_part_says_something_else() -> None:
    values = np.random.default_rng(1).random((40, 50)).astype(np.float32)
    wanted = 1.3 * values - 0.1
    wanted[:8] = 0.9  # something new in a fifth of the picture
    scale, shift = steadied.alike(values, wanted, np.ones_like(values))
    assert scale == pytest.approx(1 + 0.3 * (1 - steadied.RETURN), abs=0.03) and shift == pytest.approx(-0.1, abs=0.03)


def test_depth_that_pumps_and_flickers_over_a_still_picture_is_held() -> None:
    rng = np.random.default_rng(2)
    picture = textured()
    truth = np.linspace(0.2, 0.8, 160, dtype=np.float32)[None].repeat(120, 0)
    said = [np.clip(truth * (1 + 0.2 * (number % 2)) + rng.normal(0, 0.03, truth.shape), 0, 1).astype(np.float32) for number in range(6)]
    held = [said[0]]
    for now in said[1:]:
        held.append(steadied.steadied(now, held[-1], picture, picture, 0.5))
    before = np.mean([np.abs(two - one).mean() for one, two in pairwise(said)])
    after = np.mean([np.abs(two - one).mean() for one, two in pairwise(held)])
    assert after < 0.4 * before


def test_after_a_cut_the_frame_stands_alone() -> None:
    now, before = np.full((120, 160), 0.7, np.float32), np.full((120, 160), 0.2, np.float32)
    found = steadied.steadied(now, before, textured(1), textured(2), 1.0)
    assert np.abs(found - now).mean() < 0.02


def test_what_moves_takes_its_depth_along() -> None:
    pictures, depths = [], []
    for left in (40, 46):
        picture, depth = textured(7) * 0.3, np.full((120, 160), 0.2, np.float32)
        picture[40:80, left : left + 40] = textured(8)[:40, :40] * 0.5 + 0.5
        depth[40:80, left : left + 40] = 0.8
        pictures.append(picture.astype(np.float32))
        depths.append(depth)
    found = steadied.steadied(depths[1], depths[0], pictures[1], pictures[0], 1.0)
    assert np.abs(found - depths[1]).mean() < 0.02 and found[60, 48] > 0.7 and found[60, 38] < 0.35


def test_depth_as_large_as_the_picture_has_its_edges() -> None:
    picture = np.full((300, 400, 3), 0.2, np.float32)
    picture[:, 203:] = 0.9
    coarse = np.full((30, 40), 0.3, np.float32)
    coarse[:, 20:] = 0.7  # whose edge is three pixels away from the picture's
    found = sharpened.sharpened(sharpened.resized(coarse, (150, 200)), picture)
    assert found.shape == (300, 400)
    step = np.diff(found[150])
    assert int(step.argmax()) == 202 and step[202] > 0.2
    assert found[150, 120] == pytest.approx(0.3, abs=0.01) and found[150, 300] == pytest.approx(0.7, abs=0.01)


@pytest.mark.parametrize(("size", "said", "wanted"), [((1080, 1920), (224, 224), (270, 480)), ((100, 50), (518, 518), (100, 50))])
def test_the_size_that_depth_is_worked_on(size: tuple[int, int], said: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert sharpened.working_size(size, said) == wanted


def test_the_shipped_network_knows_a_room(data: Path) -> None:
    """On the cups clip the table in front is nearer than what is behind it."""
    from engine.footage import display_rgb8, open_footage, probe

    loaded = network.DepthNetwork(find_card(own_networks.need("fastdepth")))
    with open_footage(probe(data / "clips" / "02_cups.mp4"), Path()) as reader:
        values = loaded.values(display_rgb8(reader.picture(1)))
    found = network.shares(values, loaded.ends(values))
    assert found.shape == (224, 224) and found[-40:].mean() > 1.15 * found[:40].mean()
