"""Between scene-linear light, which Blender's colours are, and what the screen shows, sRGB."""

from __future__ import annotations

from collections.abc import Iterable


def displayed(linear: Iterable[float]) -> tuple[float, float, float]:
    """R'G'B' of linear R, G and B."""
    red, green, blue = (value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055 for value in linear)
    return red, green, blue


def linear(displayed: Iterable[float]) -> tuple[float, float, float]:
    """R, G and B of what is displayed so."""
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in displayed)
    return red, green, blue
