"""Colours as the screen shows them."""

from __future__ import annotations

from collections.abc import Iterable


def displayed(linear: Iterable[float]) -> tuple[float, float, float]:
    """R'G'B' of a colour property, which is linear."""
    red, green, blue = (value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055 for value in linear)
    return red, green, blue
