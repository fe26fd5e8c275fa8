"""Panoramas: what an op makes of an object across the picture's edges is what it makes of the same object amid the picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from engine.refine import Box, Chain, Region
from engine.refine.around import Turn
from engine.refine.still import Still
from engine.shot import Polygon, RefineStep

SIZE = 60, 120
LOGITS = np.zeros((1, 1), np.float16)
PICTURE = np.random.default_rng(2).random((*SIZE, 3), np.float32)
STEPS = {
    "grow": {"pixels": 7.0},
    "shrink": {"pixels": 3.0},
    "open": {},
    "close": {"pixels": 6.0},
    "fill_holes": {},
    "remove_specks": {"smallest": 120},
    "keep_largest": {},
    "convex_hull": {},
    "smooth_contour": {},
    "feather": {},
    "blur": {},
    "guided": {},
    "bilateral": {},
    "outline": {},
    "hysteresis": {},
    "garbage_matte": {"mask": "m"},
}


def thing() -> npt.NDArray[np.float32]:
    """Two disks with a gap and a hole, and a speck: amid the picture."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    one, two = np.hypot(x - 50, y - 30) < 12, np.hypot(x - 72, y - 30) < 8
    return ((one | two | (np.hypot(x - 60, y - 50) < 3)) & (np.hypot(x - 52, y - 30) > 3)).astype(np.float32)


def made(name: str, mask: npt.NDArray[np.float32], shift: int, wraps: bool) -> npt.NDArray[np.float32]:
    outline = Polygon(tuple((x + shift, y) for x, y in ((45.0, 20.0), (70.0, 20.0), (60.0, 45.0))))
    picture = np.ascontiguousarray(np.roll(PICTURE, shift, axis=1))
    still = Still(LOGITS, SIZE, 1, picture, outlines={"m": (outline,)})
    chain = Chain([RefineStep(name, dict(STEPS[name]))], still, wraps=wraps)  # type: ignore[arg-type]
    return chain.over(Region(Box.whole(SIZE), mask).trimmed(), 1).over(Box.whole(SIZE))


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("shift", [60, 55, -44])
def test_an_op_goes_around(name: str, shift: int) -> None:
    amid = made(name, thing(), 0, False)
    across = made(name, np.ascontiguousarray(np.roll(thing(), shift, axis=1)), shift, True)
    assert amid.any()
    assert np.allclose(np.roll(amid, shift, axis=1), across, atol=2e-6)


def test_what_comes_to_no_edge_is_not_turned() -> None:
    assert Turn.away([Region(Box.whole(SIZE), thing()).trimmed()], SIZE, 10).shift == 0


def test_an_object_all_around_is_cut_where_there_is_least_of_it() -> None:
    mask = np.ones(SIZE, np.float32)
    mask[:50, 77] = 0
    assert Turn.away([Region(Box.whole(SIZE), mask)], SIZE, 3).shift == SIZE[1] - 77


def test_there_and_back_is_the_same() -> None:
    mask = Region(Box.whole(SIZE), np.ascontiguousarray(np.roll(thing(), 60, axis=1)))
    turn = Turn.away([mask], SIZE, None)
    assert turn.shift
    assert np.array_equal(turn.back.region(turn.region(mask)).over(Box.whole(SIZE)), mask.values)
