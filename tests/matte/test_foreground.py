from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from matte_scenes import disk_scene

from engine.matte import foreground as module
from engine.matte.despill import despill
from engine.matte.foreground import BEYOND, foreground

ROOT = Path(__file__).parents[2]


def test_an_edge_carries_nothing_of_the_old_background():
    picture, alpha = disk_scene(soft=10)
    found = foreground(picture, alpha)
    edge = (alpha > 0.1) & (alpha < 1)
    assert np.abs(found[edge] - (0.9, 0.55, 0.1)).max() < 0.12  # straight: not multiplied by alpha
    assert picture[edge, 2].max() > 0.5 > 0.2 > found[edge, 2].max()
    assert (found[alpha == 1] == picture[alpha == 1]).all()


def test_beyond_the_edge_there_is_colour_for_filters_and_then_nothing():
    picture, alpha = disk_scene(soft=4)
    found = foreground(picture, alpha)
    row = np.flatnonzero(alpha[48])
    assert (found[48, row[-1] + 1 : row[-1] + BEYOND].max(axis=1) > 0).all()
    assert (found[48, row[-1] + BEYOND + 2 :] == 0).all()


def test_tiles_have_no_seams(monkeypatch):
    picture, alpha = disk_scene(130, 170, radius=45, soft=8)
    whole = foreground(picture, alpha)
    monkeypatch.setattr(module, "WHOLE", 0)
    monkeypatch.setattr("engine.matte.tiles.SIDE", 50)
    tiled = foreground(picture, alpha)
    share = alpha[..., None]
    assert np.abs((tiled - whole) * share).max() < 0.03 and np.abs((tiled - whole) * share).mean() < 1e-3


@settings(max_examples=8, deadline=None)
@given(data=st.data(), size=st.tuples(st.integers(1, 10), st.integers(1, 10)))
def test_any_input_gives_colours(data, size):
    numbers = st.floats(-0.5, 1.5, width=32) | st.just(float("nan"))
    found = foreground(
        data.draw(arrays.arrays(np.float32, (*size, 3), elements=numbers)), data.draw(arrays.arrays(np.float32, size, elements=numbers))
    )
    assert found.shape == (*size, 3) and (found >= 0).all() and (found <= 1).all()


def test_sizes_that_differ_are_refused():
    with pytest.raises(ValueError, match="alpha"):
        foreground(np.zeros((4, 4, 3), np.float32), np.zeros((4, 5), np.float32))


@pytest.mark.parametrize(("screen", "channel"), [("green", 1), ("blue", 2)])
@settings(max_examples=40, deadline=None)
@given(color=st.tuples(*[st.floats(0, 1, width=32)] * 3), strength=st.floats(0, 1))
def test_despill_lowers_the_screen_alone_and_keeps_luminance_in_bounds(screen, channel, color, strength):
    given = np.asarray(color, np.float32).reshape(1, 1, 3)
    made = despill(given, screen, strength)
    weights = np.asarray((0.2126, 0.7152, 0.0722))
    over = given[0, 0, channel] - np.delete(given[0, 0], channel).max()
    if over <= 0:
        assert (made == given).all()
    else:
        left = made[0, 0, channel] - np.delete(made[0, 0], channel).max()
        assert left == pytest.approx((1 - strength) * over, abs=1e-5)
        assert (made @ weights).item() <= (given @ weights).item() + 1e-5
    assert (made >= 0).all() and (made <= 1 + 1e-6).all()


def test_greys_and_skin_stay_as_they_are():
    kept = np.asarray([[[0.5, 0.5, 0.5], [0.8, 0.6, 0.5], [0.9, 0.9, 0.1]]], np.float32)
    assert (despill(kept, "green") == kept).all()


def test_another_screen_is_refused():
    with pytest.raises(ValueError, match="red"):
        despill(np.zeros((1, 1, 3), np.float32), "red")


def test_torch_keeps_its_threads():
    """numba's own number of threads, told to OpenMP, would make torch's sums come to other last bits."""
    code = (
        "import torch; torch.set_num_threads(1); from engine.matte.foreground import foreground; import numpy;"
        "foreground(numpy.full((8, 8, 3), 0.5, 'f4'), numpy.linspace(0, 1, 64, dtype='f4').reshape(8, 8)); print(torch.get_num_threads())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"]
