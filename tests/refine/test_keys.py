"""Keys by colour."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
from refine_scenes import apply


def wheel(saturation: float = 1.0, value: float = 1.0) -> np.ndarray:
    return np.array([[colorsys.hsv_to_rgb(hue / 360, saturation, value) for hue in range(360)]], np.float32)


ALL = np.ones((1, 360), np.float32)


@pytest.mark.parametrize("hue", [0, 10, 120, 345, 359])
def test_a_hue_and_its_neighbours_around_the_circle(hue: int) -> None:
    found = apply("hue_key", ALL, wheel(), hue=hue / 360, width=41 / 360, softness=0.0)[0] > 0
    away = np.abs((np.arange(360) - hue + 180) % 360 - 180)
    assert np.array_equal(found, away <= 20)


def test_the_soft_end_of_a_hue_is_half_at_its_width() -> None:
    found = apply("hue_key", ALL, wheel(), hue=0.5, width=60 / 360, softness=20 / 360)[0]
    assert abs(found[180 + 30] - 0.5) < 0.01 and found[180 + 19] > 0.99 and found[180 + 41] < 0.01


def test_grey_and_dark_have_no_hue() -> None:
    for color in (wheel(saturation=0.1), wheel(value=0.05)):
        assert not apply("hue_key", ALL, color, width=1.0).any()
    assert apply("hue_key", ALL, wheel(0.1, 0.05), width=1.0, least_saturation=0.0, least_value=0.0).all()


def test_chroma_does_not_care_how_bright_grey_is() -> None:
    ramp = np.linspace(0, 1, 360, dtype=np.float32)[None, :, None].repeat(3, 2)
    assert apply("chroma_key", ALL, ramp, color=(0.5, 0.5, 0.5), tolerance=0.01, softness=0.0).all()
    assert not apply("chroma_key", ALL, ramp, color=(0.1, 0.8, 0.2), tolerance=0.2).any()


def test_a_green_screen_with_a_shadow_on_it_goes() -> None:
    green, skin = np.array([0.15, 0.7, 0.2]), np.array([0.8, 0.6, 0.5])
    picture = np.empty((20, 40, 3), np.float32)
    picture[:, :20] = green * np.linspace(0.7, 1.1, 20)[None, :, None]
    picture[:, 20:] = skin
    kept = apply("chroma_key", np.ones((20, 40)), picture, color=tuple(green), tolerance=0.15, combine="subtract")
    assert not kept[:, :20].any() and kept[:, 20:].all()


def test_chroma_by_hand() -> None:
    color, key = np.array([0.2, 0.6, 0.4]), np.array([0.1, 0.8, 0.3])
    weights = np.array([0.2126, 0.7152, 0.0722])

    def chroma(rgb: np.ndarray) -> np.ndarray:
        bright = rgb @ weights
        return np.array([(rgb[2] - bright) / 1.8556, (rgb[0] - bright) / 1.5748])

    apart = float(np.linalg.norm(chroma(color) - chroma(key)))
    picture = np.broadcast_to(color, (2, 2, 3))
    found = apply("chroma_key", np.ones((2, 2)), picture, color=tuple(key), tolerance=apart + 0.1, softness=1.0)
    assert np.allclose(found, 0.6, atol=1e-4)
