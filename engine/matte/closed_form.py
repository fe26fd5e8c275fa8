"""Alpha without weights: the closed form, and learning based matting, which asks the same windows another question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .laplacian import Problem, Reals, Windows, solve
from .method import Alpha, Picture, Trimap, check
from .tiles import by_tiles

if TYPE_CHECKING:
    from ..segment.image_model import Embedding

PULL = 3e-3
"""How hard alpha is pulled to the guide where that is sure, 0 or 1; the less sure the less, nothing at a half."""
HOLD = 0.04
"""As PULL, for what is surely the object: colours inside that are like the background's make no holes in it."""
FIRM = 10.0
"""How many times as hard as to a mask's guide alpha is pulled to one that knows more of the picture, where that is sure."""
FLAT = 1e-5
"""The paper's epsilon: the variance of colour, 0 to 1, below which a window counts as flat. More smooths."""


def pull(guide: Alpha, trust: Alpha | None = None) -> Alpha:
    """(h, w): the weight of the guide in each pixel; `trust`, (h, w), 0 to 1, is how far it knows more than a mask does; None: nowhere."""
    sure = (2 * guide - 1) ** 2
    usual = PULL * sure + HOLD * np.where(guide > 0.5, sure**4, 0)
    if trust is None:
        return np.asarray(usual, np.float32)
    firm = FIRM * (PULL * sure**2 + HOLD * np.where(guide > 0.5, sure**3, 0))
    return np.asarray(usual + trust * (firm - usual), np.float32)


def closed_form(windows: Reals) -> Reals:
    """Alpha is a line in colour within a window: Levin, Lischinski and Weiss, "A Closed-Form Solution to Natural Image Matting" (PAMI
    2008), equation 12."""
    centered = windows - windows.mean(axis=1, keepdims=True)
    covariance = np.einsum("wia,wib->wab", centered, centered) / 9 + np.eye(3) * (FLAT / 9)
    together = np.matmul(np.matmul(centered, np.linalg.inv(covariance)), centered.transpose(0, 2, 1))
    return np.asarray(np.eye(9) - (1.0 + together) / 9)


def learning_based(windows: Reals) -> Reals:
    """Each pixel's alpha is learnt from its window's by ridge regression in colour: Zheng and Kambhamettu, "Learning Based Digital Matting"
    (ICCV 2009), with the linear kernel."""
    features = np.concatenate([windows, np.ones((*windows.shape[:2], 1))], axis=2)
    kernel = np.matmul(features, features.transpose(0, 2, 1))
    rest = np.eye(9) - np.linalg.solve(kernel + FLAT * np.eye(9), kernel)
    return np.asarray(np.matmul(rest, rest.transpose(0, 2, 1)))


@dataclass(frozen=True)
class WindowMethod:
    """An AlphaMethod by windows of 3 x 3. Exact up to `tiles.WHOLE` unknown pixels; of more, tiles follow a smaller picture."""

    version: str
    windows: Windows
    needs_features: bool = False
    sequential: bool = False

    def alpha(self, picture: Picture, trimap: Trimap, guide: Alpha, features: Embedding | None = None) -> Alpha:
        check(picture, trimap, guide)
        return by_tiles(picture, trimap, guide, self.solved, pull)

    def solved(self, problem: Problem) -> Alpha:
        """One picture's, or a part's, unknown pixels."""
        return solve(problem, self.windows)


CLOSED_FORM = WindowMethod("closed_form-1", closed_form)
LEARNING_BASED = WindowMethod("learning_based-1", learning_based)
