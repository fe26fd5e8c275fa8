"""Levels."""

from __future__ import annotations

import numpy as np
import pytest
from refine_scenes import apply

RAMP = np.linspace(0.001, 0.999, 200, dtype=np.float32)[None]


@pytest.mark.parametrize(
    ("values", "truth"),
    [
        ({}, RAMP),
        ({"black": 0.2, "white": 0.6}, ((RAMP - 0.2) / 0.4).clip(0, 1)),
        ({"gamma": 2.0}, np.sqrt(RAMP)),
        ({"gamma": 0.5}, RAMP**2),
        ({"out_black": 0.2, "out_white": 0.7}, 0.2 + 0.5 * RAMP),
        ({"out_black": 1.0, "out_white": 0.0}, 1 - RAMP),
        ({"black": 0.1, "white": 0.9, "gamma": 3.0, "out_white": 0.5}, 0.5 * ((RAMP - 0.1) / 0.8).clip(0, 1) ** (1 / 3)),
    ],
)
def test_levels_by_hand(values: dict[str, float], truth: np.ndarray) -> None:
    assert np.allclose(apply("levels", RAMP, **values), truth, atol=2e-3)  # half floats' logits


@pytest.mark.parametrize("white", [0.3, 0.5])
def test_white_no_higher_than_black_is_a_hard_edge(white: float) -> None:
    assert np.array_equal(apply("levels", RAMP, black=0.5, white=white), (RAMP > 0.5).astype(np.float32))
