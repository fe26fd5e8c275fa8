"""A lens's blur on flat footage, from depth: every point becomes a disk as large as its circle of confusion, nearer ones over farther ones.

The picture is cut into layers of about one radius each and put together back to front. Under the pixels of a layer the nearest ones behind
it go on, so that what is blurred in front lets the background through, and leaves no dark or bright rim. Light is added up linearly: colour
comes and goes as sRGB, and is blurred as light. Alpha is blurred as one more channel, by the same disks.

Positions and sizes are pixels; depth and focus are metres from the camera, along its axis.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from .drawing import Floats, disc

LAYERS = 48
"""At most; their radii are half a pixel apart where that is enough."""
_FINEST = 0.5
_SHARP = 0.35
"""Radii below this, in pixels, are left sharp."""
_BYTES = 4 * 34
"""Memory that a pixel takes while it is worked on, about."""


@dataclass(frozen=True)
class Lens:
    """A thin lens and the sensor behind it."""

    focus: float
    """The distance that is sharp, metres."""
    f_number: float
    focal_length: float = 50.0
    """Millimetres."""
    sensor: float = 36.0
    """The sensor's width, millimetres."""
    largest: float = 60.0
    """The circle of confusion is no wider than this, pixels."""

    def __post_init__(self) -> None:
        if min(self.f_number, self.focal_length, self.sensor, self.largest) <= 0 or self.focus * 1000 <= self.focal_length:
            raise ValueError(
                f"a lens of {self.focal_length:g} mm, f/{self.f_number:g}, focused at {self.focus:g} m: all must be above 0,"
                " and the focus farther away than the focal length"
            )

    def circles(self, depth: Floats, width: int) -> Floats:
        """Diameters of the circles of confusion in pixels of a picture `width` wide: below 0 nearer than the focus, above 0 farther.

        c = f^2 / (N (s - f)) * (d - s) / d, for focal length f, f-number N, focus s and depth d.
        """
        length, focus = self.focal_length / 1000, self.focus
        whole = length * length / (self.f_number * (focus - length)) / (self.sensor / 1000) * width
        away = np.maximum(np.nan_to_num(depth.astype(np.float64), nan=focus, posinf=1e12), 1e-6)
        return np.asarray(np.clip(whole * (1 - focus / away), -self.largest, self.largest), np.float32)


@dataclass(frozen=True)
class _Layers:
    index: npt.NDArray[np.int32]
    """(h, w): which layer a pixel is in; 0 is the farthest."""
    radii: Floats
    """Of each layer."""


def defocused(picture: Floats, depth: Floats, lens: Lens, *, memory: float = np.inf) -> Floats:
    """`picture` (h, w, c) float32, channels that are light or shares of light (linear, alpha), as `lens` sees it; `depth` (h, w) metres.

    Works in bands that need about `memory` bytes each; the bands' seams can't be seen.
    """
    if picture.shape[:2] != depth.shape:
        raise ValueError(f"a picture of {picture.shape[1::-1]} pixels with a depth of {depth.shape[::-1]}: they must be of one size")
    layers = _layers(lens.circles(depth, depth.shape[1]) / 2)
    reach = int(np.ceil(float(layers.radii.max(initial=0)))) * 2 + 2
    result = np.empty_like(picture, np.float32)
    for top, bottom in bands(depth.shape[0], depth.shape[1], reach, memory):
        low, high = max(0, top - reach), min(depth.shape[0], bottom + reach)
        part = _together(picture[low:high].astype(np.float32), _Layers(layers.index[low:high], layers.radii))
        result[top:bottom] = part[top - low : bottom - low]
    return result


def bands(height: int, width: int, reach: int, memory: float) -> Iterator[tuple[int, int]]:
    """First and last row of each band, so that one with `reach` more rows at both sides takes about `memory` bytes, if it can."""
    fits = memory / (_BYTES * width) - 2 * reach
    rows = height if fits >= height else max(32, reach, int(fits))
    for top in range(0, height, rows):
        yield top, min(height, top + rows)


def _layers(radii: Floats) -> _Layers:
    """Pixels by their signed radius, which grows with depth."""
    low, high = float(radii.min()), float(radii.max())
    step = max(_FINEST, (high - low) / (LAYERS - 1))
    number = np.rint((high - radii) / step).astype(np.int32)
    present, index = np.unique(number, return_inverse=True)
    index = index.reshape(radii.shape)
    count = np.maximum(np.bincount(index.ravel(), minlength=len(present)), 1)
    means = np.bincount(index.ravel(), np.abs(radii).ravel().astype(np.float64), len(present)) / count
    return _Layers(np.asarray(index, np.int32), means.astype(np.float32))


def _together(picture: Floats, layers: _Layers) -> Floats:
    """The layers, blurred, from the farthest to the nearest."""
    hidden, source = _behind(layers)
    total = np.zeros((*picture.shape[:2], picture.shape[2] + 1), np.float32)
    height, width = layers.index.shape
    for layer, radius in enumerate(layers.radii):
        shown, under = layers.index == layer, hidden == layer
        mask = shown | under
        if not mask.any():
            continue
        grow = int(np.ceil(radius)) + 1
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        box = (
            slice(max(0, rows[0] - grow), min(height, rows[-1] + 1 + grow)),
            slice(max(0, columns[0] - grow), min(width, columns[-1] + 1 + grow)),
        )
        flat = source[box][under[box]]
        piece = np.zeros((*mask[box].shape, total.shape[2]), np.float32)
        piece[..., :-1][shown[box]] = picture[box][shown[box]]
        piece[..., :-1][under[box]] = picture.reshape(-1, picture.shape[2])[flat]
        piece[..., -1] = mask[box]
        if radius > _SHARP:
            piece = np.asarray(cv2.filter2D(piece, -1, disc(float(radius)), borderType=cv2.BORDER_REPLICATE), np.float32)
        total[box] = piece + (1 - np.clip(piece[..., -1:], 0, 1)) * total[box]
    return np.asarray(total[..., :-1] / np.maximum(total[..., -1:], 1e-6), np.float32)


def _behind(layers: _Layers) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """What goes on behind each pixel: the layer of the nearest pixel that is farther from the camera, -1 for none, and where in the
    picture, as a flat index, that is."""
    index = layers.index
    hidden = np.full(index.shape, -1, np.int32)
    source = np.zeros(index.shape, np.int64)
    for layer in range(1, len(layers.radii)):
        here = index == layer
        if not here.any():
            continue
        farther = index < layer
        if not farther.any():
            continue
        reach = int(np.ceil(float(layers.radii.max()))) + 1
        rows, columns = np.flatnonzero(here.any(1)), np.flatnonzero(here.any(0))
        top, left = max(0, rows[0] - reach), max(0, columns[0] - reach)
        box = slice(top, rows[-1] + 1 + reach), slice(left, columns[-1] + 1 + reach)
        part = farther[box]
        if not part.any():
            continue
        _, labels = cv2.distanceTransformWithLabels((~part).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
        known_rows, known_columns = np.nonzero(part)
        places = np.zeros(int(labels.max()) + 1, np.int64)
        places[labels[part]] = (known_rows + top) * index.shape[1] + known_columns + left
        wanted = here[box]
        found = places[labels[wanted]]
        hidden[box][wanted] = index.reshape(-1)[found]
        source[box][wanted] = found
    return hidden, source


def to_light(colour: npt.NDArray[np.uint8]) -> Floats:
    """(h, w, 3) uint8 sRGB as linear light 0..1."""
    return np.asarray(_LIGHT[colour], np.float32)


def from_light(light: Floats) -> npt.NDArray[np.uint8]:
    """Linear light as (h, w, 3) uint8 sRGB."""
    share = np.clip(light, 0, 1)
    shown = np.where(share <= 0.0031308, 12.92 * share, 1.055 * share ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(shown * 255), np.uint8)


_CODES = np.arange(256) / 255
_LIGHT = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(np.float32)
