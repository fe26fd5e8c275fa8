"""Two-dimensional drawings with exact alpha: opaque shapes on a finely divided canvas, seen through a camera.

Each pixel is `FINE` x `FINE` samples, and a sample is covered or not; alpha is the covered share, and the colour that of the covered
samples alone. The camera averages moments of the open shutter and spreads light (its softness, defocus) over colour and alpha alike, so
that what is composited with this alpha looks as if it had been filmed there.

Positions are pixels, x to the right and y down, a pixel's centre at halves. Colours are R'G'B' 0..255 as displayed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Points = npt.NDArray[np.floating]
"""(n, 2): x, y."""
Rgb = Sequence[float] | npt.NDArray[np.floating]

FINE = 4
_SHIFT = 4
_FULL = 255 // FINE**2 * FINE**2
"""A covered sample's value: one whose share of a pixel is a whole number, so that alpha isn't rounded."""


class Canvas:
    """A picture that is being drawn, later shapes over earlier ones."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.samples = np.zeros((height * FINE, width * FINE, 4), np.uint8)

    def fill(self, outline: Points, colour: Rgb) -> None:
        """A polygon of one colour."""
        red, green, blue = (float(min(255, max(0, value))) for value in colour)
        cv2.fillPoly(self.samples, [_fine(outline)], (red, green, blue, _FULL), shift=_SHIFT)

    def fill_many(self, outlines: Points, colours: Floats) -> None:
        """Polygons (n, k, 2) of one colour each, (n, 3), in their order."""
        places = _fine(outlines)
        inside = _in_view(outlines, self.width, self.height)
        clipped = np.clip(colours, 0, 255)
        for index in np.flatnonzero(inside):
            red, green, blue = (float(value) for value in clipped[index])
            cv2.fillPoly(self.samples, [places[index]], (red, green, blue, _FULL), shift=_SHIFT)

    def cut(self, outline: Points) -> None:
        """A hole through everything drawn so far."""
        cv2.fillPoly(self.samples, [_fine(outline)], (0, 0, 0, 0), shift=_SHIFT)

    def paint(self, shape: Shape, colours: Callable[[tuple[int, int, int, int], Floats], Floats]) -> None:
        """`shape` with a colour for each pixel: `colours` gets its box (left, top, right, bottom) and its coverage there, (h, w) 0..1, and
        gives (h, w, 3)."""
        box = shape.box(self.width, self.height)
        if box is None:
            return
        left, top, right, bottom = box
        mask = np.zeros(((bottom - top) * FINE, (right - left) * FINE), np.uint8)
        shape.draw(mask, (left, top))
        covered = cv2.resize(mask, (right - left, bottom - top), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        texture = np.empty((*covered.shape, 4), np.uint8)
        texture[..., :3] = np.clip(colours(box, covered), 0, 255)
        texture[..., 3] = _FULL
        fine = cv2.resize(texture, mask.shape[::-1], interpolation=cv2.INTER_LINEAR)
        fine[..., 3] = _FULL
        cv2.copyTo(fine, mask, self.samples[top * FINE : bottom * FINE, left * FINE : right * FINE])

    def resolved(self) -> Floats:
        """(h, w, 4) float32: colour 0..255 premultiplied by alpha, and alpha 0..1."""
        sums = self.samples.astype(np.uint16) * np.uint16(FINE**2)  # so that the mean of a pixel's samples isn't rounded
        whole = cv2.resize(sums, (self.width, self.height), interpolation=cv2.INTER_AREA).astype(np.float32) / FINE**2
        whole[..., 3] /= _FULL
        return whole


def _fine(points: Points) -> npt.NDArray[np.int32]:
    return np.rint((np.asarray(points, np.float64) * FINE - 0.5) * (1 << _SHIFT)).clip(-(2**27), 2**27).astype(np.int32)


def _in_view(outlines: Points, width: int, height: int) -> npt.NDArray[np.bool_]:
    low, high = outlines.min(1), outlines.max(1)
    return np.asarray((high[:, 0] > 0) & (high[:, 1] > 0) & (low[:, 0] < width) & (low[:, 1] < height))


@dataclass
class Shape:
    """Polygons, tubes and disks as one thing; what overlaps is filled all the same."""

    polygons: list[Points]
    """Each filled by itself."""
    tubes: list[tuple[Points, Floats]]
    """Lines with a radius at each point: limbs, tails, wires. Finely enough divided that they look smooth."""

    def box(self, width: int, height: int) -> tuple[int, int, int, int] | None:
        """Left, top, right and bottom of the pixels that it touches of the picture; None when it is outside."""
        lows = [points.min(0) for points in self.polygons] + [(points - radii[:, None]).min(0) for points, radii in self.tubes]
        highs = [points.max(0) for points in self.polygons] + [(points + radii[:, None]).max(0) for points, radii in self.tubes]
        low, high = np.floor(np.min(lows, 0)) - 1, np.ceil(np.max(highs, 0)) + 1
        left, top = (int(max(0, value)) for value in low)
        right, bottom = int(min(width, high[0])), int(min(height, high[1]))
        return (left, top, right, bottom) if right > left and bottom > top else None

    def draw(self, mask: npt.NDArray[np.uint8], origin: tuple[int, int]) -> None:
        """Set the covered samples of `mask`, whose first pixel is `origin`, to 255."""
        offset = np.array(origin, np.float64)
        for points in self.polygons:
            cv2.fillPoly(mask, [_fine(points - offset)], 255, shift=_SHIFT)
        for points, radii in self.tubes:
            centres = _fine(points - offset)
            for centre, radius in zip(centres, radii, strict=True):
                cv2.circle(
                    mask, (int(centre[0]), int(centre[1])), max(1, round(float(radius) * FINE * (1 << _SHIFT))), 255, -1, shift=_SHIFT
                )
            sides = across(points) * radii[:, None]
            left, right = _fine(points - offset + sides), _fine(points - offset - sides)
            for index in range(len(points) - 1):
                quad = np.stack([left[index], left[index + 1], right[index + 1], right[index]])
                cv2.fillPoly(mask, [quad], 255, shift=_SHIFT)


def across(points: Points) -> Points:
    """Unit vectors at right angles to a line (..., n, 2) at each of its points."""
    along = np.gradient(np.asarray(points, np.float64), axis=-2)
    length = np.maximum(np.hypot(along[..., 0], along[..., 1]), 1e-9)
    return np.stack([-along[..., 1], along[..., 0]], -1) / length[..., None]


def ribbons(lines: Points, widths: Points) -> Points:
    """Outlines (n, 2k, 2) of lines (n, k, 2) that are `widths` (n, k) or (k,) pixels wide."""
    sides = across(lines) * (np.broadcast_to(widths, lines.shape[:-1]) / 2)[..., None]
    return np.concatenate([lines + sides, (lines - sides)[:, ::-1]], 1)


@dataclass(frozen=True)
class Camera:
    """What lies between the scene and the picture."""

    softness: float
    """Standard deviation of the lens's and sensor's spread, pixels."""
    defocus: float
    """Radius of the circle of confusion, pixels; 0 is sharp."""
    shutter: float
    """The share of the time from one frame to the next for which it is open."""


def film(draw: Callable[[Canvas, float], None], size: tuple[int, int], frame: float, speed: float, camera: Camera) -> tuple[Floats, Floats]:
    """The picture of `draw`, which draws the scene at a time in frames, on frame `frame`; `size` (width, height).

    `speed`: pixels a frame of what moves fastest; says how many moments are averaged. Returns alpha (h, w) 0..1 and the straight colour
    (h, w, 3) 0..255, which goes on beyond the edge.
    """
    moments = int(np.clip(np.ceil(speed * camera.shutter / 0.8), 1, 10))
    total = np.zeros((size[1], size[0], 4), np.float32)
    for moment in range(moments):
        canvas = Canvas(*size)
        draw(canvas, frame + ((moment + 0.5) / moments - 0.5) * camera.shutter)
        total += canvas.resolved()
    total /= moments
    return split(spread(total, camera))


def spread(picture: Floats, camera: Camera) -> Floats:
    """A premultiplied picture (h, w, c), as the camera's optics soften it. What is outside the picture is taken to go on as at its rim."""
    if camera.defocus > 0.3:
        picture = np.asarray(cv2.filter2D(picture, -1, disc(camera.defocus), borderType=cv2.BORDER_REPLICATE), np.float32)
    if camera.softness > 0.05:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), camera.softness, borderType=cv2.BORDER_REPLICATE), np.float32)
    return np.asarray(picture, np.float32)


def disc(radius: float) -> Floats:
    """A disk of `radius` pixels as a kernel whose sum is 1, its rim by coverage."""
    side = int(np.ceil(radius)) * 2 + 1
    fine = 8
    line = (np.arange(side * fine) + 0.5) / fine - side / 2
    covered = (line[:, None] ** 2 + line**2 <= radius * radius).astype(np.float32)
    kernel = covered.reshape(side, fine, side, fine).mean((1, 3))
    return np.asarray(kernel / kernel.sum(), np.float32)


def split(picture: Floats) -> tuple[Floats, Floats]:
    """Alpha (h, w) and straight colour (h, w, 3) of a premultiplied picture (h, w, 4).

    Where there is no alpha to divide by, the colour is that of the nearest places that have some, blurred the farther away they are.
    """
    levels = [np.ascontiguousarray(picture, np.float32)]
    while min(levels[-1].shape[:2]) > 2:
        levels.append(np.asarray(cv2.pyrDown(levels[-1]), np.float32))
    colour = _divided(levels[-1])
    for level in reversed(levels[:-1]):
        above = cv2.pyrUp(colour, dstsize=(level.shape[1], level.shape[0]))
        trust = np.clip(level[..., 3:] / 0.02, 0, 1)
        colour = np.asarray(trust * _divided(level) + (1 - trust) * above, np.float32)
    alpha = np.clip(levels[0][..., 3], 0, 1)
    return np.where(alpha < 1e-4, np.float32(0), alpha), np.clip(colour, 0, 255)


def _divided(level: Floats) -> Floats:
    return np.asarray(level[..., :3] / np.maximum(level[..., 3:], 1e-4), np.float32)
