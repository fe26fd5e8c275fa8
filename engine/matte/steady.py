"""Alpha that doesn't boil: in the soft band, what the frames next to it say of the same place of the object is asked as well.

Neighbouring frames' alphas are brought to the frame along the optical flow (Kroeger et al., "Fast Optical Flow using Dense Inverse Search",
ECCV 2016, as OpenCV has it), and count as far as the flow there and back agree and the pictures do. Where nothing agrees, as behind what
moves away, the frame stands alone: so motion isn't smeared.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import numpy.typing as npt

from .method import Alpha, Picture, shares

VERSION = "steady-1"
"""Part of every steadied alpha's key."""
REACH = 1
"""Frames to either side that are asked."""
SIDE = 960
"""Pixels: pictures with a longer side are made smaller for the flow."""
ASTRAY = 0.5
"""Pixels of the flow's picture between the way there and back at which a neighbour counts e times less."""
UNLIKE = 0.03
"""Difference of colour, 0 to 1, at which a neighbour counts e times less."""
BAND = 2
"""Pixels around what is soft that may change too."""
ROWS = 256
"""Rows at a time: what bounds the memory beyond the pictures themselves."""
Flow = npt.NDArray[np.float32]


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
    here = _grey(pictures[0])
    total, weight = alpha.copy(), np.ones(alpha.shape, np.float32)
    for offset in near:
        flow, trust = _flow(here, _grey(pictures[offset]))
        for top in range(0, alpha.shape[0], ROWS):
            rows = slice(top, min(top + ROWS, alpha.shape[0]))
            if not soft[rows].any():
                continue
            found, share = _brought(flow, trust, alphas[offset], pictures[offset], pictures[0], rows)
            share *= np.float32(strength)
            total[rows] += share * found
            weight[rows] += share
    return np.asarray(np.where(soft > 0, np.clip(total / weight, 0.0, 1.0), alpha), np.float32)


def _grey(picture: Picture) -> npt.NDArray[np.uint8]:
    """(h, w), at most SIDE along the longer side."""
    height, width = picture.shape[:2]
    times = min(1.0, SIDE / max(height, width))
    size = max(1, round(width * times)), max(1, round(height * times))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32) if times < 1 else picture
    return np.rint(cv2.cvtColor(shares(small), cv2.COLOR_RGB2GRAY) * 255).astype(np.uint8)


def _flow(here: npt.NDArray[np.uint8], there: npt.NDArray[np.uint8]) -> tuple[Flow, Alpha]:
    """(h, w, 2): where each pixel of `here` is in `there`, x and y, less where it is; and how far that is to be trusted, 0 to 1."""
    if min(here.shape) < 16:  # too small for the search's patches: nothing moves
        return np.zeros((*here.shape, 2), np.float32), np.ones(here.shape, np.float32)
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    nothing = np.zeros((*here.shape, 2), np.float32)
    ahead, back = search.calc(here, there, nothing.copy()), search.calc(there, here, nothing)
    rows, columns = np.indices(here.shape, dtype=np.float32)
    returned = cv2.remap(back, columns + ahead[..., 0], rows + ahead[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    off = np.square(ahead + returned).sum(axis=2)
    return np.asarray(ahead, np.float32), np.exp(-off / np.float32(ASTRAY**2)).astype(np.float32)


def _brought(flow: Flow, trust: Alpha, alpha: Alpha, there: Picture, here: Picture, rows: slice) -> tuple[Alpha, Alpha]:
    """In those rows: the neighbour's alpha, brought to where it is now, and how much it counts, 0 to 1."""
    height, width = alpha.shape
    down, across = flow.shape[0] / height, flow.shape[1] / width
    y, x = np.mgrid[rows, 0:width].astype(np.float32)
    small_x, small_y = (
        (x + np.float32(0.5)) * np.float32(across) - np.float32(0.5),
        (y + np.float32(0.5)) * np.float32(down) - np.float32(0.5),
    )
    moved = cv2.remap(flow, small_x, small_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    share = cv2.remap(trust, small_x, small_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    x += moved[..., 0] / np.float32(across)
    y += moved[..., 1] / np.float32(down)
    share = np.where((x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5), np.float32(0), share)
    found = cv2.remap(shares(alpha), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    color = cv2.remap(shares(there), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    unlike = cv2.blur(np.square(color - shares(here[rows])).sum(axis=2), (3, 3))
    return np.asarray(found, np.float32), np.asarray(share * np.exp(-unlike / np.float32(UNLIKE**2)), np.float32)
