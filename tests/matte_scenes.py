"""A soft disk over a background, with the alpha that is true."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]


def disk_scene(
    height: int = 96, width: int = 128, center: tuple[float, float] | None = None, radius: float = 30.0, soft: float = 4.0
) -> tuple[Plane, Plane]:
    """The picture, (h, w, 3), of an orange disk whose edge is `soft` pixels wide over a blue slope, and its alpha."""
    y, x = np.indices((height, width), np.float32)
    cy, cx = center or (height / 2, width / 2)
    alpha = np.clip((radius - np.hypot(y - cy, x - cx)) / soft + 0.5, 0, 1).astype(np.float32)
    back = np.stack([0.1 + 0.1 * x / width, 0.2 + 0.1 * y / height, np.full_like(x, 0.7)], axis=2)
    front = np.stack([np.full_like(x, 0.9), 0.5 + 0.1 * y / height, np.full_like(x, 0.1)], axis=2)
    picture = alpha[..., None] * front + (1 - alpha[..., None]) * back
    return picture.astype(np.float32), alpha
