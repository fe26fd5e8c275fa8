"""How far a matte is from the truth: SAD, MAD, MSE, Grad, Conn and dtSSD, in the units in which Robust Video Matting reports them.

SAD, MSE, Grad and Conn: Rhemann et al., "A Perceptually Motivated Online Benchmark for Image Matting", CVPR 2009, with the parameters of
its evaluation (alphamatting.com). dtSSD: Erofeev et al., "Perceptually Motivated Benchmark for Video Matting", BMVC 2015. Units: Lin et
al., "Robust High-Resolution Video Matting with Temporal Guidance", WACV 2022. All are errors: 0 is perfect.

Mattes are (h, w) of any real type, 0 (background) to 1 (foreground); 8-bit ones divided by 255. `region`, a (h, w) mask of bool, is the
part that is measured, such as a given trimap's unknown pixels (the literature's way with stills); None is the whole picture. What lies
outside of it still lends its values to gradients and to what is connected.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass

import cv2
import numpy as np
import numpy.typing as npt

Matte = npt.NDArray[np.floating]
Region = npt.NDArray[np.bool_]

GRADIENT_SIGMA = 1.4
"""Pixels, of the Gaussian whose derivative takes the gradient."""
GRADIENT_CUT = 0.01
"""Where the Gaussian's derivative is cut off: a share of its height."""
CONNECTED_STEP = 0.1
CONNECTED_TOLERANCE = 0.15
"""A pixel counts as fully connected that is no further than this above the level at which it hangs together with the rest."""


@dataclass(frozen=True)
class Figures:
    """A matte's errors, or their means over frames."""

    sad: float
    """Sum of absolute differences / 1e3."""
    mad: float
    """Mean absolute difference x 1e3."""
    mse: float
    """Mean squared difference x 1e3."""
    grad: float
    """Sum of squared differences of the gradients' lengths / 1e3."""
    conn: float
    """Sum of differences of connectedness / 1e3."""
    dtssd: float | None = None
    """Root mean square of the differences of the changes since the frame before, x 1e2; None without a frame before."""


def measure(matte: Matte, truth: Matte, region: Region | None = None, *, before: tuple[Matte, Matte] | None = None) -> Figures:
    """All of a frame's errors. `before`: the matte and the truth of the frame before.

    Raises ValueError when sizes differ.
    """
    return Figures(
        sad(matte, truth, region),
        mad(matte, truth, region),
        mse(matte, truth, region),
        grad(matte, truth, region),
        conn(matte, truth, region),
        None if before is None else dtssd((before[0], matte), (before[1], truth), region),
    )


def mean(figures: Iterable[Figures]) -> Figures:
    """Each error's mean over frames; dtSSD's over those that have one.

    Raises ValueError without frames.
    """
    rows = [astuple(one) for one in figures]
    if not rows:
        raise ValueError("no frames to take the mean of")
    columns = [[value for value in column if value is not None] for column in zip(*rows, strict=True)]
    return Figures(*(float(np.mean(column)) if column else None for column in columns))  # type: ignore[arg-type]


def clip(mattes: Iterable[Matte], truths: Iterable[Matte]) -> Figures:
    """The mean over a clip's frames in order, all of one size. Only two frames are held at a time.

    Raises ValueError when there are no frames, or not as many mattes as truths.
    """
    before: tuple[Matte, Matte] | None = None
    figures = []
    for matte, truth in zip(mattes, truths, strict=True):
        figures.append(measure(matte, truth, before=before))
        before = matte, truth
    return mean(figures)


def sad(matte: Matte, truth: Matte, region: Region | None = None) -> float:
    """Sum of absolute differences / 1e3."""
    return float(np.abs(_within(_difference(matte, truth), region)).sum()) / 1e3


def mad(matte: Matte, truth: Matte, region: Region | None = None) -> float:
    """Mean absolute difference x 1e3."""
    return float(np.abs(_within(_difference(matte, truth), region)).mean()) * 1e3


def mse(matte: Matte, truth: Matte, region: Region | None = None) -> float:
    """Mean squared difference x 1e3."""
    return float(np.square(_within(_difference(matte, truth), region)).mean()) * 1e3


def grad(matte: Matte, truth: Matte, region: Region | None = None) -> float:
    """Sum of squared differences of the gradients' lengths / 1e3, each matte stretched to 0..1 first, as the benchmark does."""
    return float(np.square(_within(_difference(_slope(matte), _slope(truth)), region)).sum()) / 1e3


def conn(matte: Matte, truth: Matte, region: Region | None = None) -> float:
    """Sum of differences of connectedness / 1e3.

    The source is the largest part, of pixels that touch by their sides, that is opaque in both mattes. Each pixel has a level: the highest
    at which both mattes, cut there, still connect it with their largest common part. What a matte has above the level isn't connected.
    """
    ours, true = np.asarray(matte, np.float64), np.asarray(truth, np.float64)
    _difference(ours, true)
    level = np.ones(ours.shape)
    undecided = np.ones(ours.shape, bool)
    steps = round(1 / CONNECTED_STEP)
    for step in range(1, steps + 1):
        threshold = step / steps
        lost = undecided & ~_largest_part((ours >= threshold) & (true >= threshold))
        level[lost] = (step - 1) / steps
        undecided &= ~lost
    return float(np.abs(_within(_connected(ours - level) - _connected(true - level), region)).sum()) / 1e3


def dtssd(mattes: tuple[Matte, Matte], truths: tuple[Matte, Matte], region: Region | None = None) -> float:
    """Of a frame (second) and the one before it (first): how differently the mattes change, root mean square x 1e2.

    A still error costs nothing here; flicker that the truth doesn't have does.
    """
    change = _difference(_difference(mattes[1], mattes[0]), _difference(truths[1], truths[0]))
    return float(np.sqrt(np.square(_within(change, region)).mean())) * 1e2


def _difference(one: npt.ArrayLike, other: npt.ArrayLike) -> npt.NDArray[np.float64]:
    first, second = np.asarray(one, np.float64), np.asarray(other, np.float64)
    if first.shape != second.shape or first.ndim != 2:
        raise ValueError(f"mattes to compare are (h, w) and of one size, not {first.shape} and {second.shape}")
    return first - second


def _within(values: npt.NDArray[np.float64], region: Region | None) -> npt.NDArray[np.float64]:
    return values if region is None else values[np.asarray(region, bool)]


def _slope(matte: Matte) -> npt.NDArray[np.float64]:
    """The length of the matte's gradient, of a Gaussian's derivative whose filter has a sum of squares of 1; edges are continued."""
    values = np.asarray(matte, np.float64)
    low, high = float(values.min()), float(values.max())
    values = (values - low) / (high - low) if high > low else np.zeros_like(values)
    reach = int(np.ceil(GRADIENT_SIGMA * np.sqrt(-2 * np.log(np.sqrt(2 * np.pi) * GRADIENT_SIGMA * GRADIENT_CUT))))
    at = np.arange(-reach, reach + 1) / GRADIENT_SIGMA
    bell = np.exp(-(at**2) / 2)
    rise = at * bell
    bell, rise = bell / np.linalg.norm(bell), rise / np.linalg.norm(rise)
    across = cv2.sepFilter2D(values, cv2.CV_64F, rise, bell, borderType=cv2.BORDER_REPLICATE)
    down = cv2.sepFilter2D(values, cv2.CV_64F, bell, rise, borderType=cv2.BORDER_REPLICATE)
    length: npt.NDArray[np.float64] = np.hypot(across, down)
    return length


def _largest_part(mask: Region) -> Region:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    if count < 2:
        return np.zeros(mask.shape, bool)
    part: Region = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return part


def _connected(above: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """1 where a matte is connected, from how far it is above its level; less by that where that is much."""
    return 1 - above * (above >= CONNECTED_TOLERANCE)
