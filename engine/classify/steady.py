"""Labels that don't flicker: what the network says of the same places on the frames around is asked as well.

The scores of neighbouring frames are brought to the frame along the optical flow (Kroeger et al., "Fast Optical Flow using Dense Inverse
Search", ECCV 2016, as OpenCV has it) at the network's own resolution, before any label is chosen, and count as far as the pictures
agree there. Where nothing agrees, as behind what moves away, the frame stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from .scores import Scores, in_the_running

VERSION = "steady 1"
REACH = 3
"""Frames to either side that are asked."""
UNLIKE = 12.0
"""Difference of grey, 0 to 255, at which a neighbour counts e times less."""
Grey = npt.NDArray[np.uint8]


class Seen(NamedTuple):
    """A frame as the network has seen it."""

    scores: Scores
    grey: Grey
    """(h, w), of the scores' size."""


def steadied(frames: Mapping[int, Seen], strength: float) -> Scores:
    """The scores of frame 0, held by its neighbours. `frames` go by how many frames they are off, 0 among them.

    `strength`, 0 to 1, is how much a neighbour that agrees counts beside the frame itself.
    """
    here = frames[0]
    near = {offset: seen for offset, seen in sorted(frames.items()) if offset and seen.scores.shape == here.scores.shape}
    if not strength or not near or min(here.grey.shape) < 16:  # too small for the search's patches
        return here.scores
    running = sorted({index for seen in (here, *near.values()) for index in in_the_running(seen.scores)})
    if len(running) == 1:
        return here.scores
    rows, columns = np.indices(here.grey.shape, dtype=np.float32)
    total = here.scores[running]
    weight = np.ones(here.grey.shape, np.float32)
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    for seen in near.values():
        # Not OpenCV's own memory of the last flow: what comes out must not depend on what was asked before.
        flow = search.calc(here.grey, seen.grey, np.zeros((*here.grey.shape, 2), np.float32))
        x, y = columns + flow[..., 0], rows + flow[..., 1]
        brought = cv2.remap(seen.grey, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
        off = cv2.blur(cv2.absdiff(brought, here.grey).astype(np.float32), (3, 3))
        share = np.exp(-np.square(off / np.float32(UNLIKE))) * np.float32(strength)
        weight += share
        for place, index in enumerate(running):
            total[place] += share * cv2.remap(seen.scores[index], x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    scores = here.scores.copy()
    scores[running] = total / weight
    return scores
