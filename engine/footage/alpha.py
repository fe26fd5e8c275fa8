"""A picture's own alpha: whether its colours are multiplied by it already, and what is seen of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..shot import SourceAlpha
from .picture import Pixels
from .view import srgb_decoded, srgb_encoded

Held = Literal["straight", "premultiplied", "ignored"]
"""How colours and alpha are stored together, when it is known; ``ignored``: alpha is as if it weren't there."""
Share = npt.NDArray[np.float32]
_AT_ONCE = 1 << 22
"""Pixels that are in floats at once, about: photographs are large."""


def held(said: SourceAlpha, own: Held) -> Held:
    """What the document says, or where it leaves that to the file, what that is of its `own`."""
    return own if said == "auto" else said


def shown(pixels: Pixels, alpha: npt.NDArray[Any] | None, how: Held, linear: bool = False) -> Pixels:
    """What is seen: colours multiplied by alpha, in linear light, as a Movie Clip node shows them.

    `pixels`, (height, width, 3), and `alpha`, (height, width) of the same type, are as the file has them, and `how` says what they mean: of
    `linear` pictures light is multiplied, of others the encoded values.
    """
    if alpha is None or how == "ignored" or (linear and how == "premultiplied"):
        return pixels
    if linear:
        return np.asarray(pixels * shares(alpha)[..., None], np.float32)
    return premultiplied(_divided(pixels, alpha) if how == "premultiplied" else pixels, alpha)


def straight(pixels: Pixels, alpha: npt.NDArray[Any] | None, how: Held) -> tuple[Pixels, Share | None]:
    """Colours that are not multiplied by alpha, and that, (height, width), 0 to 1; None where there is none, or it is ignored.

    Where alpha is 0, a multiplied colour stays what it is. Parameters as of `shown`.
    """
    if alpha is None or how == "ignored":
        return pixels, None
    return _divided(pixels, alpha) if how == "premultiplied" else pixels, shares(alpha)


def shares(alpha: npt.NDArray[Any]) -> Share:
    """A picture's own alpha as float32, 0 to 1; not-a-number is 0."""
    return np.asarray(np.clip(np.nan_to_num(np.asarray(alpha, np.float32)) / _full_scale(alpha), 0, 1), np.float32)


def premultiplied(pixels: Pixels, alpha: npt.NDArray[Any]) -> Pixels:
    """Display-encoded straight RGB (height, width, 3), multiplied by alpha (height, width) of the same type in linear light.

    That is what a Movie Clip node gives for footage with alpha (4.2 to 5.0, colour space sRGB): linear(colour) * alpha. Scene-linear
    files are not passed here: OpenEXR's colours are multiplied already. Not followed: Blender goes by the depth, and takes the colours of
    TIFF files of 16 bits, and from 4.5 on of movies of more than 8, for multiplied ones, linear(colour / alpha) * alpha, all others for
    straight ones, whatever they say of themselves. A shot that says ``premultiplied`` sees such a movie as Blender does.
    """
    full = _full_scale(pixels)
    if alpha.min() >= full:
        return pixels
    made = np.empty_like(pixels)
    for rows in _rows(pixels):
        light = srgb_decoded(np.clip(np.asarray(pixels[rows], np.float32) / full, 0, 1))
        value = srgb_encoded(light * np.asarray(alpha[rows] / full, np.float32)[..., None])
        made[rows] = value if made.dtype.kind == "f" else np.rint(value * full)
    return made


def _divided(pixels: Pixels, alpha: npt.NDArray[Any]) -> Pixels:
    """`pixels` by `alpha`, both as stored; integers no higher than their full scale."""
    full = _full_scale(pixels)
    made = np.empty_like(pixels)
    for rows in _rows(pixels):
        stored, share = np.asarray(pixels[rows], np.float32), shares(alpha[rows])[..., None]
        found = np.divide(stored, share, out=stored.copy(), where=share > 0)
        made[rows] = found if made.dtype.kind == "f" else np.rint(np.minimum(found, full))
    return made


def _rows(pixels: Pixels) -> Iterator[slice]:
    step = max(1, _AT_ONCE // max(1, pixels.shape[1]))
    for top in range(0, len(pixels), step):
        yield slice(top, top + step)


def _full_scale(values: npt.NDArray[Any]) -> np.float32:
    """What 1 is in an array of this type."""
    return np.float32({"uint8": 255, "uint16": 65535}.get(values.dtype.name, 1))
