"""The threshold chain: what it begins with, and its values over time."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.refine import chain_at, refine
from engine.shot import RefineStep


def disk_logits(radius: float = 60.0) -> np.ndarray:
    y, x = np.mgrid[0:256, 0:256]
    return ((radius - np.hypot(x - 128, y - 128)) / 2).astype(np.float16)


def test_an_empty_chain_is_a_hard_edge_where_the_logits_change_sign() -> None:
    mask = refine(disk_logits(), (256, 256), (), 1)
    assert set(np.unique(mask)) == {0, 255}
    assert np.array_equal(mask > 0, disk_logits() > 0)


def test_not_a_number_in_the_logits_counts_as_not_the_object() -> None:
    logits = disk_logits()
    logits[100:120, 100:120] = np.nan
    mask = refine(logits, (256, 256), (), 1)
    assert mask[105:115, 105:115].max() == 0
    assert mask[140, 140] == 255


@settings(deadline=None)
@given(st.integers(-20, 20))
def test_growing_moves_the_outline_by_that_many_pixels(pixels: int) -> None:
    plain = refine(disk_logits(), (256, 256), (), 1) > 0
    steps = (RefineStep("threshold"), RefineStep("grow", {"pixels": pixels}))
    grown = refine(disk_logits(), (256, 256), steps, 1) > 0
    assert abs(np.sqrt(grown.sum() / np.pi) - np.sqrt(plain.sum() / np.pi) - pixels) < 1.0


def test_a_keyframed_value_changes_just_the_frames_after_it() -> None:
    steps = (RefineStep("threshold", {"level": {"1": 0.5, "10": 0.99}}),)
    areas = [int((refine(disk_logits(), (256, 256), steps, frame) > 0).sum()) for frame in (1, 9, 10, 11)]
    assert areas[0] == areas[1] > areas[2] == areas[3]
    assert chain_at(steps, 9) != chain_at(steps, 10)


def test_a_step_that_is_off_does_nothing() -> None:
    off = (RefineStep("threshold"), RefineStep("grow", {"pixels": 9}, enabled=False))
    assert np.array_equal(refine(disk_logits(), (64, 64), off, 1), refine(disk_logits(), (64, 64), (), 1))
