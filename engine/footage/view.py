"""The stated view (`engine.shot.View`): from scene-linear light to what is seen, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..shot.view import USUAL_VIEW, View

Values = npt.NDArray[np.float32]

_KNEE = np.float32(0.6)
"""Where highlights begin to roll off, in linear light: slope and value are the same on both sides."""
_LOG_CUT = np.float32(0.0078125)
_LOG_CUT_SEEN = np.float32(0.155251141552511)
_LOG_SLOPE, _LOG_BASE = np.float32(10.5402377416545), np.float32(0.0729055341958355)


def seen(linear: npt.NDArray[Any], view: View = USUAL_VIEW) -> Values:
    """Scene-linear light of any range as it is seen: 0 to 1, float32. Infinity is white, minus infinity and not-a-number are black."""
    light = np.nan_to_num(np.asarray(linear, np.float32), nan=0.0, posinf=65504.0, neginf=0.0)
    if view.exposure:
        light *= np.float32(2.0**view.exposure)
    if view.transfer == "log":
        bright = (np.log2(np.maximum(light, _LOG_CUT)) + np.float32(9.72)) / np.float32(17.52)
        return np.asarray(np.clip(np.where(light <= _LOG_CUT, _LOG_SLOPE * light + _LOG_BASE, bright), 0.0, 1.0), np.float32)
    if view.transfer == "rolloff":
        room = 1 - _KNEE
        light = np.where(light > _KNEE, 1 - room * np.exp(np.minimum((_KNEE - light) / room, 0)), light)
    return srgb_encoded(np.clip(light, 0.0, 1.0))


def light_of(shown: npt.NDArray[Any], view: View = USUAL_VIEW) -> Values:
    """The scene-linear light that is seen as `shown`, 0 to 1: what `seen` takes back, up to what it has cut off."""
    values = np.asarray(shown, np.float32)
    if view.transfer == "log":
        bright = np.exp2(values * np.float32(17.52) - np.float32(9.72))
        light = np.where(values <= _LOG_CUT_SEEN, (values - _LOG_BASE) / _LOG_SLOPE, bright)
    else:
        light = srgb_decoded(values)
        if view.transfer == "rolloff":
            room = 1 - _KNEE
            left = np.maximum(1 - light, np.float32(2**-17)) / room
            light = np.where(light > _KNEE, _KNEE - room * np.log(left), light)
    found: Values = np.asarray(light, np.float32)
    return found * np.float32(2.0**-view.exposure) if view.exposure else found


def srgb_encoded(linear: Values) -> Values:
    """Linear light 0..1 to sRGB's non-linear 0..1 (IEC 61966-2-1), float32."""
    encoded: Values = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.power(linear, 1 / 2.4) - 0.055).astype(np.float32)
    return encoded


def srgb_decoded(encoded: Values) -> Values:
    """sRGB's non-linear 0..1 to linear light 0..1, float32."""
    linear: Values = np.where(encoded <= 0.04045, encoded / 12.92, np.power((encoded + 0.055) / 1.055, 2.4)).astype(np.float32)
    return linear
