"""What a threshold is taken of: a channel of the picture, how near things are, or the mask itself."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from ..shot import Parameter
from .op import Context, Mask, Picture, Values, color, word

LUMA = (0.2126, 0.7152, 0.0722)
"""Rec. 709's weights of red, green and blue."""
CHANNELS = ("luma", "red", "green", "blue", "hue", "saturation", "value", "lightness", "a", "b", "distance", "depth")
WITH_MASK = ("mask", *CHANNELS)
COLOR = Parameter("color", "color", (0.0, 1.0, 0.0), "The color that distance is measured from")


def on(choices: tuple[str, ...] = WITH_MASK) -> Parameter:
    """The parameter that says which channel, luma unless told."""
    return Parameter(
        "on", "choice", "luma", "What is measured; distance is from the color given below, depth is 1 for what is near", choices=choices
    )


def reads_picture(values: Values) -> bool:
    """For `Op.reads_picture` of ops that have the parameter `on`."""
    return word(values, "on") not in ("mask", "depth")


def reads_depth(values: Values) -> bool:
    """For `Op.reads_depth` of the same."""
    return word(values, "on") == "depth"


def channel(mask: Mask, context: Context, values: Values) -> Mask:
    """What `on` names, (height, width) float32, 0 to 1, of the context's box; not to be written to.

    luma: 0.2126 R' + 0.7152 G' + 0.0722 B' as displayed. hue, saturation, value: HSV, hue 0 to 1 around the circle from red. lightness,
    a, b: CIE Lab (D65, out of sRGB), as L/100, (a + 128)/255 and (b + 128)/255. distance: Euclidean from `color` in R'G'B', divided
    by the square root of 3, so that black to white is 1. depth: 0 far to 1 near, linear in 1 / distance.
    """
    name = word(values, "on")
    if name == "mask":
        return mask
    if name == "depth":
        return cleaned(context.depth)
    if name == "luma":
        return luma(context.picture)
    if name in ("red", "green", "blue"):
        return cleaned(context.picture[:, :, ("red", "green", "blue").index(name)])
    picture = cleaned(context.picture)
    if name == "distance":
        return distance(picture, color(values, "color"))
    if name in ("hue", "saturation", "value"):
        index = ("hue", "saturation", "value").index(name)
        return hue_saturation_value(picture)[index]
    index = ("lightness", "a", "b").index(name)
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2Lab)[:, :, index]
    scaled = lab / np.float32(100) if index == 0 else (lab + np.float32(128)) / np.float32(255)
    return np.asarray(np.clip(scaled, 0.0, 1.0), np.float32)


def cleaned(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """A copy of a picture or a channel, contiguous, 0 to 1; what is not a number is 0."""
    made: npt.NDArray[np.float32] = np.fmax(values, np.float32(0), order="C")  # of a number and not-a-number, fmax takes the number
    return np.minimum(made, np.float32(1), out=made)


def luma(picture: Picture) -> Mask:
    """(height, width) float32, 0 to 1; a pixel that has a part that is no number is black.

    In steps of numpy's, which round the same wherever in an array a pixel lies.
    """
    with np.errstate(invalid="ignore"):
        found: Mask = picture[:, :, 0] * np.float32(LUMA[0])
        found += picture[:, :, 1] * np.float32(LUMA[1])
        found += picture[:, :, 2] * np.float32(LUMA[2])
    np.fmax(found, np.float32(0), out=found)
    return np.minimum(found, np.float32(1), out=found)


def distance(picture: Picture, to: tuple[float, float, float]) -> Mask:
    """(height, width) float32, 0 to 1: how far each pixel's colour is from `to`."""
    squares = np.zeros(picture.shape[:2], np.float32)
    for index, part in enumerate(to):
        apart = picture[:, :, index] - np.float32(part)
        squares += np.multiply(apart, apart, out=apart)
    np.sqrt(squares, out=squares)
    squares *= np.float32(1 / math.sqrt(3))
    return np.minimum(squares, np.float32(1), out=squares)


def hue_saturation_value(picture: Picture) -> tuple[Mask, Mask, Mask]:
    """Three of (height, width) float32, 0 to 1. Grey has hue 0."""
    made = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
    hue = np.minimum(made[:, :, 0] / np.float32(360), np.float32(1))
    return hue, np.minimum(made[:, :, 1], np.float32(1)), np.ascontiguousarray(made[:, :, 2])
