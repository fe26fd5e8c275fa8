"""Alpha that doesn't boil: in the soft band, what the frames next to it say of the same place of the object is asked as well.

Neighbouring frames' alphas are brought to the frame along the optical flow (`engine.flow`), and count as far as the flow there and back
agree and the pictures do. Where nothing agrees, as behind what moves away, the frame stands alone: so motion isn't smeared.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from ..flow import brought, flow_between, grey
from .method import Alpha, Picture, shares

VERSION = "steady-1"
"""Part of every steadied alpha's key."""
REACH = 1
"""Frames to either side that are asked."""
BAND = 2
"""Pixels around what is soft that may change too."""
ROWS = 256
"""Rows at a time: what bounds the memory beyond the pictures themselves."""


def steady(alphas: Mapping[int, Alpha], pictures: Mapping[int, Picture], strength: float) -> Alpha:
    """The alpha of frame 0, (height, width) float32, 0 to 1, held by its neighbours.

    `alphas` and `pictures` (RGB, 0 to 1, as displayed) go by how many frames they are off, -REACH to REACH, 0 among them;
    neighbours without either are left out. `strength`, 0 to 1, is how much they count. Raises
    ValueError where sizes differ or frame 0 is missing.
    """
    if 0 not in alphas:
        raise ValueError("expected the alpha of frame 0")
    if not 0.0 <= strength <= 1.0:
        raise ValueError(f"steadiness: expected 0 to 1, got {strength}")
    alpha = shares(alphas[0])
    near = sorted(offset for offset in alphas if offset and offset in pictures and abs(offset) <= REACH)
    soft = cv2.dilate(((alpha > 0) & (alpha < 1)).view(np.uint8), np.ones((2 * BAND + 1, 2 * BAND + 1), np.uint8))
    if not strength or not near or 0 not in pictures or not soft.any():
        return alpha
    if any(alphas[offset].shape != alpha.shape or pictures[offset].shape[:2] != alpha.shape for offset in (0, *near)):
        raise ValueError("expected alphas and pictures of one size")
    here = grey(pictures[0])
    total, weight = alpha.copy(), np.ones(alpha.shape, np.float32)
    for offset in near:
        flow, trust = flow_between(here, grey(pictures[offset]))
        for top in range(0, alpha.shape[0], ROWS):
            rows = slice(top, min(top + ROWS, alpha.shape[0]))
            if not soft[rows].any():
                continue
            found, share = brought(flow, trust, alphas[offset], pictures[offset], pictures[0], rows)
            share *= np.float32(strength)
            total[rows] += share * found
            weight[rows] += share
    return np.asarray(np.where(soft > 0, np.clip(total / weight, 0.0, 1.0), alpha), np.float32)
