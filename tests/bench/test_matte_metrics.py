"""The mattes' errors against a plain reference, pixel by pixel, and against values that can be worked out by hand."""

from __future__ import annotations

import math
from collections import deque

import cv2
import matte_metrics
import numpy as np
import pytest


def soft(seed, shape=(23, 31)):
    """A matte with flat, opaque and soft parts, in 8-bit steps."""
    noise = np.random.default_rng(seed).random(shape).astype(np.float32)
    blurred = cv2.GaussianBlur(noise, (0, 0), 3)
    spread = np.clip((blurred - blurred.mean()) / blurred.std() + 0.5, 0, 1)
    return np.round(spread.astype(np.float64) * 255) / 255


# The reference: loops, and nothing of the module's.


def kernel():
    sigma, cut = 1.4, 0.01
    reach = math.ceil(sigma * math.sqrt(-2 * math.log(math.sqrt(2 * math.pi) * sigma * cut)))

    def gauss(x):
        return math.exp(-(x**2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))

    def slope(x):
        return -x * gauss(x) / sigma**2

    span = range(-reach, reach + 1)
    plain = np.array([[gauss(row) * slope(column) for column in span] for row in span])
    return plain / math.sqrt((plain**2).sum()), reach


def reference_grad(matte, truth):
    weights, reach = kernel()

    def lengths(image):
        image = (image - image.min()) / (image.max() - image.min())
        height, width = image.shape
        out = np.zeros(image.shape)
        for row in range(height):
            for column in range(width):
                across = down = 0.0
                for dy in range(-reach, reach + 1):
                    for dx in range(-reach, reach + 1):
                        value = image[min(max(row + dy, 0), height - 1), min(max(column + dx, 0), width - 1)]
                        across += value * weights[dy + reach, dx + reach]
                        down += value * weights[dx + reach, dy + reach]
                out[row, column] = math.sqrt(across**2 + down**2)
        return out

    return ((lengths(matte) - lengths(truth)) ** 2).sum() / 1000


def largest(mask):
    seen, best = set(), set()
    for start in zip(*np.nonzero(mask), strict=True):
        if start in seen:
            continue
        part, queue = {start}, deque([start])
        while queue:
            row, column = queue.popleft()
            for near in ((row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)):
                inside = 0 <= near[0] < mask.shape[0] and 0 <= near[1] < mask.shape[1]
                if inside and mask[near] and near not in part:
                    part.add(near)
                    queue.append(near)
        seen |= part
        if len(part) > len(best):
            best = part
    return best


def reference_conn(matte, truth):
    levels = {}
    for tenth in range(1, 11):
        kept = largest((matte >= tenth / 10) & (truth >= tenth / 10))
        for pixel in np.ndindex(matte.shape):
            if pixel not in levels and pixel not in kept:
                levels[pixel] = (tenth - 1) / 10

    def connected(value, level):
        above = value - level
        return 1 - above if above >= 0.15 else 1

    return sum(abs(connected(matte[p], levels.get(p, 1)) - connected(truth[p], levels.get(p, 1))) for p in np.ndindex(matte.shape)) / 1000


@pytest.mark.parametrize("seed", [0, 3])
def test_each_error_is_the_references(seed):
    matte, truth = soft(seed), soft(seed + 1)
    found = matte_metrics.measure(matte, truth)
    differences = [abs(float(matte[pixel]) - float(truth[pixel])) for pixel in np.ndindex(matte.shape)]
    assert found.sad == pytest.approx(sum(differences) / 1000)
    assert found.mad == pytest.approx(1000 * sum(differences) / len(differences))
    assert found.mse == pytest.approx(1000 * sum(value**2 for value in differences) / len(differences))
    assert found.grad == pytest.approx(reference_grad(matte, truth))
    assert found.conn == pytest.approx(reference_conn(matte, truth))
    assert found.dtssd is None


def test_a_perfect_matte_has_no_errors():
    truth = soft(5)
    assert matte_metrics.measure(truth, truth, before=(truth, truth)) == matte_metrics.Figures(0, 0, 0, 0, 0, 0)


def test_half_everywhere_against_nothing():
    half, nothing = np.full((20, 50), 0.5), np.zeros((20, 50))
    found = matte_metrics.measure(half, nothing)
    assert (found.sad, found.mad, found.mse) == (0.5, 500, 250)
    assert found.grad == 0, "a flat matte has no slope"


def test_what_hangs_loose_is_not_connected():
    truth = np.zeros((30, 30))
    truth[5:15, 5:15] = 1
    loose = truth.copy()
    loose[20:24, 20:24] = 1
    assert matte_metrics.conn(loose, truth) == pytest.approx(16 / 1000), "16 pixels that should not be there"
    joined = truth.copy()
    joined[15:17, 5:15] = 0.1
    assert matte_metrics.conn(joined, truth) == 0, "below the tolerance"


def test_a_still_error_does_not_flicker_and_a_changing_one_does():
    truth = soft(7)
    off = np.clip(truth - 0.25, 0, 1)
    assert matte_metrics.dtssd((off, off), (truth, truth)) == 0
    changed = truth.copy()
    changed[0, 0] += 0.5
    assert matte_metrics.dtssd((truth, changed), (truth, truth)) == pytest.approx(100 * math.sqrt(0.25 / truth.size))


def test_motion_that_the_truth_has_too_does_not_flicker():
    first, second = soft(8), soft(9)
    assert matte_metrics.dtssd((first * 0.5 + 0.1, second * 0.5 + 0.1), (first * 0.5, second * 0.5)) == pytest.approx(0, abs=1e-12)


def test_only_the_region_counts():
    truth = np.zeros((10, 10))
    matte = truth.copy()
    matte[0, 0], matte[5, 5] = 1, 0.5
    region = np.zeros((10, 10), bool)
    region[5, 4:6] = True
    assert matte_metrics.sad(matte, truth, region) == 0.5 / 1000
    assert matte_metrics.mad(matte, truth, region) == 250


def test_a_clips_mean_has_the_flicker_of_all_frames_but_the_first():
    truths = [soft(seed) for seed in (1, 2, 3)]
    mattes = [np.clip(truth + 0.1, 0, 1) for truth in truths]
    found = matte_metrics.clip(iter(mattes), iter(truths))
    assert found.mad == pytest.approx(np.mean([matte_metrics.mad(*pair) for pair in zip(mattes, truths, strict=True)]))
    pairs = [matte_metrics.dtssd(tuple(mattes[i : i + 2]), tuple(truths[i : i + 2])) for i in (0, 1)]
    assert found.dtssd == pytest.approx(np.mean(pairs))


def test_a_clip_without_its_truth_is_refused():
    with pytest.raises(ValueError):
        matte_metrics.clip([soft(1)], [])
    with pytest.raises(ValueError, match="no frames"):
        matte_metrics.clip([], [])


def test_other_sizes_are_refused():
    with pytest.raises(ValueError, match="one size"):
        matte_metrics.measure(np.zeros((3, 4)), np.zeros((4, 3)))
