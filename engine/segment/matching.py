"""The tracker that needs no memory weights: image features are matched, and the matched mask prompts SAM 2's mask decoder.

A frame's cells (64 x 64, the image encoder's deepest features) look for the cells most like them in a few earlier frames, and take over
the mask found there: label propagation, as in Wang et al., "Learning Correspondence from the Cycle-consistency of Time" (CVPR 2019) and
Oh et al., "Video Object Segmentation using Space-Time Memory Networks" (ICCV 2019), with features that were trained for neither. The
result knows which thing is meant, but its edges are soft; the mask decoder knows edges. So the one becomes the other's prompt.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..shot import Prompts
from . import prior
from .image_model import Embedding, ImageModel
from .tracker import Memory, Past, Prediction
from .trackers import VERSIONS

MAX_ANCHORS = 4
"""Prompted frames that are looked back at, at most."""
GONE_LOGIT = -10.0
PROMPT_GAIN = 2.0
"""The matched mask's log odds are stretched by this to look like the logits that the decoder was trained to take."""


class MatchingTracker:
    """See `engine.segment.tracker.Tracker`."""

    version = VERSIONS["matching"]

    def __init__(self, model: ImageModel) -> None:
        self.model = model

    def start(self, embedding: Embedding, prompts: Prompts, mask: npt.NDArray[np.bool_] | None) -> Prediction:
        """The object on a prompted frame: what the model makes of the prompts."""
        return self.model.segment(embedding, prompts, mask)

    def recall(self, anchors: Sequence[int], history: Sequence[Past]) -> Sequence[int]:
        """The nearest prompted frames, and the latest one tracked."""
        if not history:
            return list(anchors[:MAX_ANCHORS])
        latest = history[-1].frame
        return [*sorted(anchors, key=lambda frame: abs(frame - latest))[:MAX_ANCHORS], latest]

    @torch.inference_mode()
    def step(self, frame: int, embedding: Embedding, memory: Sequence[Memory]) -> Prediction:
        """The object on the next frame."""
        matched = prior.match(frame, embedding, memory)
        wanted = prior.main_parts(matched > 0.5)
        if not wanted.any():
            return Prediction(np.full(matched.shape, GONE_LOGIT, np.float16), 0.0)
        points, labels = _prompts(wanted, embedding.size)
        odds = torch.from_numpy(PROMPT_GAIN * prior.log_odds(matched))[None, None]
        logits, scores = self.model.decode_batch(embedding, points, labels, odds, multimask=True)
        return _choose(logits[0].cpu(), scores[0].cpu(), torch.from_numpy(matched))


def _prompts(wanted: npt.NDArray[np.bool_], size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """A box around `wanted` (256, 256) and a click in its middle: points (1, 3, 2) in pixels of the picture, and their labels (1, 3)."""
    ys, xs = np.nonzero(wanted)
    corners = [(xs.min(), ys.min()), (xs.max() + 1, ys.max() + 1)]
    points = np.array([*corners, prior.middle(wanted)], np.float32)
    scale = np.array([size[1] / wanted.shape[1], size[0] / wanted.shape[0]], np.float32)
    return torch.from_numpy(points * scale)[None], torch.tensor([[2, 3, 1]])


def _choose(logits: Tensor, scores: Tensor, matched: Tensor) -> Prediction:
    """Of (n, 256, 256) logits, the one most likely to be the matched object's, (256, 256) shares."""
    agreement = torch.stack([prior.expected_iou(candidate > 0, matched) for candidate in logits])
    trust = scores * agreement
    best = int(trust.argmax())
    return Prediction(logits[best].numpy().astype(np.float16), float(trust[best].clamp(0, 1)))
