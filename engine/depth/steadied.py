"""Depth that doesn't pump: a frame's shares are brought to the scale of the frame before it, and hold on to what that said.

What the last frame said is brought along by optical flow (`engine.flow`), and counts where that is to be trusted. The network's own idea
of the frame is scaled and shifted to agree with it there, for networks know what is nearer than what better than by how much; then
the two are averaged. Behind what moves away, and after a cut, the frame stands alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..flow import brought, flow_between, grey
from .network import LARGEST

Floats = npt.NDArray[np.float32]

VERSION = "steady depth 1"
"""Part of the key of everything that was steadied."""
MOST = 0.9
"""How much the last frame counts at full steadiness where it is to be trusted entirely: the rest lets in what is new."""
ENOUGH = 0.05
"""The share of the picture that must be trusted; with less, the scene is another."""
RETURN = 0.02
"""How much of each frame's scale and shift is given back, so that a long shot doesn't drift away from the network's own."""
SCALES = (0.5, 2.0)
"""How much a frame may be scaled."""
ASTRAY = 0.05
"""Difference of shares at which a pixel says little about scale and shift."""
ROUNDS = 3


def steadied(now: Floats, before: Floats, picture: Floats, last: Floats, strength: float) -> Floats:
    """The shares `now`, held by those of the frame `before`; all (h, w) float32, and the frames' pictures (h, w, 3), 0 to 1 as displayed.

    `strength` is 0 to 1.
    """
    flow, trust = flow_between(grey(picture), grey(last))
    # What is brought along is within 0 to 1.
    found, share = brought(flow, trust, before / np.float32(LARGEST), last, picture, slice(0, now.shape[0]))
    found *= np.float32(LARGEST)
    if float(share.mean()) < ENOUGH:
        return now
    scale, shift = alike(now, found, share)
    scaled = np.float32(scale) * now + np.float32(shift)
    kept = share * np.float32(MOST * strength)
    return np.asarray(np.clip(kept * found + (1 - kept) * scaled, 0.0, LARGEST), np.float32)


def alike(values: Floats, wanted: Floats, weights: Floats) -> tuple[float, float]:
    """The scale and shift that bring `values` nearest to `wanted`: least squares by `weights`, what is far off counting less."""
    scale, shift = 1.0, 0.0
    x, y = values.ravel().astype(np.float64), wanted.ravel().astype(np.float64)
    counts = weights.ravel().astype(np.float64)
    for _ in range(ROUNDS):
        off = scale * x + shift - y
        weight = counts / (1 + np.square(off / ASTRAY))
        whole = weight.sum()
        middle, goal = (weight @ x) / whole, (weight @ y) / whole
        spread = weight @ np.square(x - middle)
        if spread <= 1e-9 * whole:  # nothing to measure a scale by
            scale = 1.0
        else:
            scale = float(np.clip((weight @ ((x - middle) * (y - goal))) / spread, *SCALES))
        shift = float(goal - scale * middle)
    return 1 + (scale - 1) * (1 - RETURN), shift * (1 - RETURN)
