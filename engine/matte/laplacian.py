"""Alpha out of what neighbouring pixels have to do with each other: sparse equations among the pixels whose alpha is unknown.

Only windows of 3 x 3 that hold an unknown pixel have a say, so only those are worked out: time and memory go with the band, not with the
picture, and what comes out is what the equations of the whole picture give.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .method import FOREGROUND, UNKNOWN, Alpha, Picture, Trimap
from .parts import part

Places = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Matrix: TypeAlias = Any
"""A csr_matrix. scipy is imported where it is used: what is stale is known without it."""
Windows = Callable[[Reals], Reals]
"""From the colours of windows, (n, 9, 3), to each window's part of the Laplacian, (n, 9, 9)."""

AT_ONCE = 1 << 14
"""Windows worked out at a time: what bounds the memory beyond the matrix itself."""
PRECISION = 1e-4
"""Of the solver's residual: far below what shows."""
STEPS = 2000
LEAST = 1e-7
"""Of every unknown pixel's pull: a speck that no known pixel reaches has an answer too."""


@dataclass(frozen=True)
class Problem:
    """One picture, or a part of one; all arrays are (height, width) of it."""

    picture: Picture
    trimap: Trimap
    wanted: Alpha
    """What alpha is pulled to, 0 to 1 ..."""
    weight: Alpha
    """... and how hard: the cost of a square of the difference, where a window's cost is about 1."""
    start: Alpha
    """Where the search begins: the nearer, the sooner it is done."""
    side: int
    """Of the whole picture, the longer one, pixels."""


def solve(problem: Problem, windows: Windows) -> Alpha:
    """Alpha, (height, width) float32, 0 to 1: the trimap's where it is known, elsewhere the one of least cost."""
    known = np.asarray(problem.trimap == FOREGROUND, np.float32)
    number = numbered(problem.trimap)
    matrix, right = _system(problem.picture, number, known, windows)
    return finished(problem, matrix, right, "ichol")


def numbered(trimap: Trimap) -> Places:
    """(height, width): each pixel's place among the unknown ones, or -1."""
    unknown = trimap == UNKNOWN
    number = np.full(trimap.shape, -1, np.int64)
    number[unknown] = np.arange(np.count_nonzero(unknown))
    return number


def finished(problem: Problem, matrix: Matrix, right: Reals, preconditioner: str) -> Alpha:
    """Solves `matrix` x = `right` among the unknown pixels, and with the pull to what is wanted.

    `preconditioner` is one of pymatting's: ``ichol`` or ``jacobi``.
    """
    alpha = np.asarray(problem.trimap == FOREGROUND, np.float32)
    unknown = problem.trimap == UNKNOWN
    if not unknown.any():
        return alpha
    pull = np.maximum(problem.weight[unknown].astype(np.float64), LEAST)
    right = right + pull * problem.wanted[unknown]
    if not right.any():
        alpha[unknown] = 0.0
        return alpha
    from scipy.sparse import diags  # type: ignore[import-untyped]

    whole = (matrix + diags(pull)).tocsc()
    made = part(f"preconditioner.{preconditioner}", preconditioner)(whole)
    start = problem.start[unknown].astype(np.float64)
    found = part("solver.cg", "cg")(whole, right, x0=start, M=made, rtol=PRECISION, maxiter=STEPS)
    alpha[unknown] = np.clip(np.nan_to_num(found), 0.0, 1.0)
    return alpha


def sparse(content: Any, shape: tuple[int, int]) -> Matrix:
    """A matrix of `content`, as csr_matrix takes it, in float64."""
    from scipy.sparse import csr_matrix

    return csr_matrix(content, shape=shape, dtype=np.float64)


def _system(picture: Picture, number: Places, known: Alpha, windows: Windows) -> tuple[Matrix, Reals]:
    """The Laplacian among the unknown pixels, and what the known ones give to the right-hand side."""
    width, count = picture.shape[1], int(number.max(initial=-1)) + 1
    centers = _centers(number >= 0)
    around = (np.arange(-1, 2)[:, None] * width + np.arange(-1, 2)[None, :]).ravel()
    colors, numbers, shares = picture.reshape(-1, 3), number.ravel(), known.ravel()
    matrix = sparse((count, count), (count, count))
    right = np.zeros(count, np.float64)
    for first in range(0, len(centers), AT_ONCE):
        pixels = centers[first : first + AT_ONCE, None] + around
        values = windows(colors[pixels].astype(np.float64))
        places = numbers[pixels].astype(np.int32)
        rows = np.broadcast_to(places[:, :, None], values.shape)
        columns = np.broadcast_to(places[:, None, :], values.shape)
        inside = (rows >= 0) & (columns >= 0)
        matrix = matrix + sparse((values[inside], (rows[inside], columns[inside])), matrix.shape)
        there = places >= 0
        given = np.einsum("wij,wj->wi", values, np.where(there, 0.0, shares[pixels]))
        right -= np.bincount(places[there], given[there], count)
    return matrix, right


def _centers(unknown: npt.NDArray[np.bool_]) -> Places:
    """Places in the flattened picture of the windows, whole in the picture, that hold an unknown pixel."""
    height, width = unknown.shape
    if height < 3 or width < 3:
        return np.zeros(0, np.int64)
    rows = unknown[:-2] | unknown[1:-1] | unknown[2:]
    holds = rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:]
    down, across = np.nonzero(holds)
    return np.asarray((down + 1) * width + across + 1, np.int64)
