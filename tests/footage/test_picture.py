"""What a model is shown."""

from __future__ import annotations

import numpy as np
import pytest

from engine.footage import Picture, display_rgb8
from engine.footage.alpha import premultiplied
from engine.footage.view import srgb_decoded, srgb_encoded


def test_8_bits_stay() -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(-1, 1, 1).repeat(3, axis=-1)
    assert np.array_equal(display_rgb8(Picture(1, pixels, "display")), pixels)


def test_16_bits_are_rounded() -> None:
    pixels = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1).repeat(3, axis=-1)
    shown = display_rgb8(Picture(1, pixels, "display"))
    assert shown.dtype == np.uint8
    assert np.array_equal(shown, np.rint(pixels.astype(np.float64) / 257).astype(np.uint8))


@pytest.mark.filterwarnings("error")
def test_linear_light_is_encoded_and_clipped() -> None:
    values = np.float32([0, 0.0031308, 0.18, 0.5, 1, 7, -3, np.inf, -np.inf, np.nan])
    pixels = values.reshape(1, -1, 1).repeat(3, axis=-1)
    shown = display_rgb8(Picture(1, pixels, "linear"))
    assert shown[0, :, 1].tolist() == [0, 10, 118, 188, 255, 255, 0, 255, 0, 0]
    assert np.isnan(pixels[0, -1, 0]), "the picture itself is left alone"


def test_display_float_is_only_clipped() -> None:
    pixels = np.float32([0, 0.5, 1.5]).reshape(1, 3, 1).repeat(3, axis=-1)
    assert display_rgb8(Picture(1, pixels, "display"))[0, :, 0].tolist() == [0, 128, 255]


def test_srgb_there_and_back() -> None:
    linear = np.linspace(0, 1, 5001, dtype=np.float32)
    assert np.abs(srgb_decoded(srgb_encoded(linear)) - linear).max() < 2e-6


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_alpha_multiplies_light(dtype: type) -> None:
    full = np.iinfo(dtype).max
    pixels = np.full((1, 3, 3), full, dtype)
    alpha = np.array([[0, full // 2, full]], dtype)
    out = premultiplied(pixels, alpha)
    assert out.dtype == dtype
    assert out[0, 0, 0] == 0
    assert out[0, 2, 0] == full
    assert out[0, 1, 0] / full == pytest.approx(0.735, abs=0.004)
