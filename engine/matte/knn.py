"""Alpha from pixels that look alike, near or far: KNN matting, Chen, Li and Tang (PAMI 2013), with the weights that pymatting takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from .closed_form import pull
from .guide import disk
from .laplacian import Matrix, Problem, finished, sparse
from .method import FOREGROUND, UNKNOWN, Alpha, Picture, Trimap, check
from .tiles import by_tiles

if TYPE_CHECKING:
    from ..segment.image_model import Embedding

NEIGHBORS = ((20, 2.0), (10, 0.1))
"""How many, and how much a whole picture's side of distance counts against a whole channel's difference of colour."""
AROUND = 0.03
"""Of the picture's longer side: known pixels so near to the unknown ones are asked too."""
WHOLE = 60_000
"""As `tiles.WHOLE`: fewer, as the neighbours' tree and the solver's steps cost more than windows do."""

HARDER = 30.0
"""Than in the closed form alpha is pulled to the guide: pixels that look alike on both sides of an edge say little."""


@dataclass(frozen=True)
class Knn:
    """An AlphaMethod. Not the same in tiles as in whole: a tile knows none of the pixels outside."""

    version: str = "knn-1"
    needs_features: bool = False
    sequential: bool = False

    def alpha(self, picture: Picture, trimap: Trimap, guide: Alpha, features: Embedding | None = None) -> Alpha:
        check(picture, trimap, guide)
        return by_tiles(picture, trimap, guide, _solved, _pull, WHOLE)


def _pull(guide: Alpha, trust: Alpha | None = None) -> Alpha:
    return pull(guide, trust) * np.float32(HARDER)


def _solved(problem: Problem) -> Alpha:
    unknown = problem.trimap == UNKNOWN
    reach = max(2, round(AROUND * problem.side))
    near = cv2.dilate(unknown.view(np.uint8), disk(reach)) > 0
    rows, columns = np.nonzero(near)
    place = np.stack([columns, rows], axis=1) / np.float32(max(1, problem.side))
    hidden = unknown[near]
    colors = problem.picture[near]
    weights = sparse((len(rows), len(rows)), (len(rows), len(rows)))
    for count, distance in NEIGHBORS:
        weights = weights + _alike(np.concatenate([colors, place * distance], axis=1), hidden, min(count, len(rows)))
    weights = weights + weights.T
    degrees = np.asarray(weights.sum(axis=1)).ravel()
    # A row of the Laplacian for each unknown pixel: its degree, less its neighbours; scaled so that a pixel's cost is about 1.
    scale = 1.0 / (2 * sum(count for count, _ in NEIGHBORS))
    among = weights[hidden]
    matrix = (_diagonal(degrees[hidden]) - among[:, hidden]) * scale
    right = among[:, ~hidden] @ (problem.trimap[near][~hidden] == FOREGROUND).astype(np.float64) * scale
    return finished(problem, matrix, right, "jacobi")


def _alike(features: npt.NDArray[np.float32], hidden: npt.NDArray[np.bool_], count: int) -> Matrix:
    """Ones from each hidden pixel to the `count` pixels most like it."""
    from scipy.spatial import cKDTree  # type: ignore[import-untyped]

    asked = np.flatnonzero(hidden)
    _, found = cKDTree(features).query(features[asked], count)
    found = np.asarray(found).reshape(len(asked), -1)
    rows = np.repeat(asked, found.shape[1])
    return sparse((np.ones(found.size), (rows, found.ravel())), (len(features), len(features)))


def _diagonal(values: npt.NDArray[np.float64]) -> Matrix:
    places = np.arange(len(values))
    return sparse((values, (places, places)), (len(values), len(values)))
