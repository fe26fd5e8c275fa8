"""What every tracker is: a function from one picture and a bounded memory of earlier ones to a prediction.

A tracker keeps nothing between frames. The job that drives it holds the past (frame numbers and scores of all, logits on disk), asks
`recall` which past frames the next step needs, and hands just these over. So memory is bounded whatever the clip's length, a stopped job
goes on with the very bytes that an unbroken one would have written, and one frame's result depends on nothing that its key leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from ..shot import Point, Prompts

if TYPE_CHECKING:
    from .image_model import Embedding


@dataclass(frozen=True)
class Prediction:
    """One object on one frame."""

    logits: npt.NDArray[np.float16]
    """(h, w) at the model's resolution, stretched over the whole picture; above 0 is object. Half float, as it is stored."""
    score: float
    """How far to trust it, 0 to 1; rounded to single precision, as it is stored."""
    pointer: npt.NDArray[np.float32] | None = None
    """(256,) SAM 2's object pointer, what its memory attention knows the object by; None from a model or a tracker that has none."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "score", float(np.float32(self.score)))


@dataclass(frozen=True)
class Past:
    """A frame that is done, in the order in which the frames were tracked."""

    frame: int
    score: float


@dataclass(frozen=True)
class Memory:
    """A past frame in full, as a step gets it."""

    frame: int
    prompted: bool
    prediction: Prediction
    look: Callable[[], Embedding]
    """Gives the frame's embedding, which may have to be encoded anew: asked only where it is needed."""

    @property
    def embedding(self) -> Embedding:
        return self.look()


class Tracker(Protocol):
    """One object at a time; objects don't know of each other."""

    version: str
    """Part of every frame's key: changes when the same input would give other bytes."""

    def start(self, embedding: Embedding, prompts: Prompts, mask: npt.NDArray[np.bool_] | None) -> Prediction:
        """The object on a frame that the user prompted.

        `prompts` is in pixels of the picture; `mask` is the content of ``prompts.mask``, (height, width), when there is one.
        """
        ...

    def recall(self, anchors: Sequence[int], history: Sequence[Past]) -> Sequence[int]:
        """The frames that `step` wants to see for the next frame, from the prompted `anchors` and the tracked `history`.

        `history` is ordered as tracked, the latest last; the answer is bounded in length whatever the history's, depends on nothing
        else, and holds no frame twice.
        """
        ...

    def step(self, frame: int, embedding: Embedding, memory: Sequence[Memory], points: Sequence[Point] = ()) -> Prediction:
        """The object on the next frame, from the frames that `recall` named (anchors are marked as prompted).

        `points`, pixels of the picture, say what is the object there and what isn't; they guide the tracker, and need not be enough to say
        which object it is.
        """
        ...
