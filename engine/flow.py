"""Where each pixel of a picture is in another one, how far that is to be trusted, and what lies there, brought here.

Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016, as OpenCV has it. A place counts as far as the flow there and
back agree and the pictures do: so what lies behind something that moves away counts for nothing.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .matte.method import Picture, shares

Floats = npt.NDArray[np.float32]
Flow = npt.NDArray[np.float32]

SIDE = 960
"""Pixels: pictures with a longer side are made smaller for the flow."""
ASTRAY = 0.5
"""Pixels of the flow's picture between the way there and back at which a place counts e times less."""
UNLIKE = 0.03
"""Difference of colour, 0 to 1, at which a place counts e times less."""


def grey(picture: Picture, side: int = SIDE) -> npt.NDArray[np.uint8]:
    """(h, w), at most `side` along the longer side."""
    height, width = picture.shape[:2]
    times = min(1.0, side / max(height, width))
    size = max(1, round(width * times)), max(1, round(height * times))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32) if times < 1 else picture
    return np.rint(cv2.cvtColor(shares(small), cv2.COLOR_RGB2GRAY) * 255).astype(np.uint8)


def flow_between(here: npt.NDArray[np.uint8], there: npt.NDArray[np.uint8]) -> tuple[Flow, Floats]:
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


def brought(flow: Flow, trust: Floats, values: Floats, there: Picture, here: Picture, rows: slice) -> tuple[Floats, Floats]:
    """In those rows of the picture `here`: the values (height, width), 0 to 1, of the picture `there`, brought to where they are now, and
    how much they count, 0 to 1. `flow` and `trust` may be of smaller pictures."""
    height, width = values.shape
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
    found = cv2.remap(shares(values), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    color = cv2.remap(shares(there), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    unlike = cv2.blur(np.square(color - shares(here[rows])).sum(axis=2), (3, 3))
    return np.asarray(found, np.float32), np.asarray(share * np.exp(-unlike / np.float32(UNLIKE**2)), np.float32)
