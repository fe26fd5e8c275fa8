"""Who is who: masks of one frame against where the people known so far are expected to be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]

ALIKE = 0.7
"""Two masks of one frame with a higher IoU are the same person's."""
SAME = 0.3
"""The least IoU of a person's mask with where the person was expected."""


def overlap(one: Mask, other: Mask) -> float:
    """The IoU of two masks of one size; 0 where both are empty."""
    union = int(np.count_nonzero(one | other))
    return int(np.count_nonzero(one & other)) / union if union else 0.0


def within(one: Mask, other: Mask) -> float:
    """Which part of a mask another one of its size covers; 0 where it is empty."""
    area = int(np.count_nonzero(one))
    return int(np.count_nonzero(one & other)) / area if area else 0.0


def distinct(masks: Sequence[Mask], least: float = ALIKE) -> list[int]:
    """The indices of the masks that are not empty, nor much the same as one before them."""
    kept: list[int] = []
    for index, mask in enumerate(masks):
        if mask.any() and all(overlap(mask, masks[other]) <= least for other in kept):
            kept.append(index)
    return kept


def matched(found: Sequence[Mask], expected: Sequence[Mask], least: float = SAME) -> dict[int, int]:
    """By the index of a found mask, that of the expected one that it is: so that the IoUs' sum is as large as can be (Kuhn, 1955).

    Pairs below the `least` IoU are none.
    """
    if not found or not expected:
        return {}
    from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

    alike = np.array([[overlap(one, other) for other in expected] for one in found], np.float64)
    alike[alike < least] = 0.0
    pairs = zip(*linear_sum_assignment(alike, maximize=True), strict=True)
    return {int(row): int(column) for row, column in pairs if alike[row, column] > 0}
