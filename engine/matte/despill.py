"""Takes a green or blue screen's light out of the object's colour."""

from __future__ import annotations

from typing import Literal

import numpy as np

from .method import Picture

Screen = Literal["green", "blue"]
VERSION = "despill-1"
CHANNELS = {"green": 1, "blue": 2}
LUMINANCE = (0.2126, 0.7152, 0.0722)
"""Rec. 709's, of red, green and blue."""
RESTORED = 0.5
"""How much of the lost luminance comes back, without colour: all would turn what the screen lit up grey, none leaves it dark."""


def despill(color: Picture, screen: Screen, strength: float = 1.0) -> Picture:
    """`color`, (height, width, 3) float32 RGB, straight, with the screen's channel at most as high as the higher of the two others.

    Neutral colours, and all whose screen channel isn't the highest, stay as they are. `strength`, 0 to 1, is how much of what
    is above goes. Raises ValueError for another screen or strength.
    """
    if screen not in CHANNELS:
        raise ValueError(f"despill: expected 'green' or 'blue', got '{screen}'")
    if not 0.0 <= strength <= 1.0:
        raise ValueError(f"despill's strength: expected 0 to 1, got {strength}")
    channel = CHANNELS[screen]
    first, second = (index for index in range(3) if index != channel)
    spill = np.float32(strength) * np.maximum(color[..., channel] - np.maximum(color[..., first], color[..., second]), np.float32(0))
    made: Picture = color.astype(np.float32, copy=True)
    made[..., channel] -= spill
    made += (np.float32(RESTORED * LUMINANCE[channel]) * spill)[..., None]
    return made
