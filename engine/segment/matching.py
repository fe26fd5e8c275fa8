"""The tracker that needs no memory weights: image features are matched, and the matched mask prompts SAM 2's mask decoder.

A frame's cells (64 x 64, the image encoder's deepest features) look for the cells most like them in a few earlier frames, and take over
the mask found there: label propagation, as in Wang et al., "Learning Correspondence from the Cycle-consistency of Time" (CVPR 2019) and
Oh et al., "Video Object Segmentation using Space-Time Memory Networks" (ICCV 2019), with features that were trained for neither. The
result knows which thing is meant, but its edges are soft; the mask decoder knows edges. So the one becomes the other's prompt: once by
itself, and once with a box and a click drawn from it. The two answers err in different places, and their logits are averaged. What was
tried is in NOTES.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..shot import Point, Prompts
from . import prior
from .image_model import BOTTOM_RIGHT, NEGATIVE, PADDING, POSITIVE, TOP_LEFT, Embedding, ImageModel
from .image_prompts import heeded, marked
from .shapes import main_parts, middle
from .tracker import Memory, Past, Prediction
from .trackers import VERSIONS

MAX_ANCHORS = 4
"""Prompted frames that are looked back at, at most."""
BANK = (5, 15)
"""How far back, in frames, more tracked frames are looked at: of those about as far, the most trusted one."""
TRUSTED = 0.7
"""The least score of such a frame: a doubtful one is better forgotten."""
GONE_LOGIT = -10.0
PROMPT_GAIN = 2.0
"""The matched mask's log odds are stretched by this to look like the logits that the decoder was trained to take."""
WEIGHTS = (1 / 3, 2 / 3)
"""Of the answer to box, click and matched mask, and of that to the matched mask by itself. Where the matched mask misses a part or strays,
the box does so too, and the decoder keeps within it; but the mask by itself loses hold of a thing among others of its kind."""
_SURE = 20.0
"""Logits are cut off here before they are averaged, so that neither answer shouts the other down."""


class MatchingTracker:
    """See `engine.segment.tracker.Tracker`."""

    version = VERSIONS["matching"]

    def __init__(self, model: ImageModel, wraps: bool = False) -> None:
        """`wraps`: a panorama, whose right edge goes on at its left one."""
        self.model = model
        self._wraps = wraps

    def start(self, embedding: Embedding, prompts: Prompts, mask: npt.NDArray[np.bool_] | None) -> Prediction:
        """The object on a prompted frame: what the model makes of the prompts."""
        return self.model.segment(embedding, prompts, mask)

    def recall(self, anchors: Sequence[int], history: Sequence[Past]) -> Sequence[int]:
        """The nearest prompted frames, one trusted frame for each step back in `BANK`, and the latest one tracked."""
        if not history:
            return list(anchors[:MAX_ANCHORS])
        latest = history[-1].frame
        named = sorted(anchors, key=lambda frame: abs(frame - latest))[:MAX_ANCHORS]
        for back in BANK:
            # As tracked, a frame at a time: what is farther back than this in the history is farther in the clip, too.
            window = history[-(back + back // 3 + 1) : -1]
            near = [past for past in window if abs(abs(latest - past.frame) - back) <= back // 3 and past.score > TRUSTED]
            if near:
                best = max(near, key=lambda past: past.score).frame
                if best not in named:
                    named.append(best)
        return [*named, latest]

    @torch.inference_mode()
    def step(self, frame: int, embedding: Embedding, memory: Sequence[Memory], points: Sequence[Point] = ()) -> Prediction:
        """The object on the next frame. Both prompts get the `points` too; those that come to nothing are marked in the mask once more."""
        matched = prior.match(frame, embedding, memory, self._wraps)
        wanted = self._main_parts(matched > 0.5)
        if not wanted.any() and any(point.positive for point in points):
            return self.model.segment(embedding, Prompts(frame, tuple(points)))
        if not wanted.any():
            return Prediction(np.full(matched.shape, GONE_LOGIT, np.float16), 0.0)
        clicks, labels = _prompts(wanted, embedding.size, points, boxed=not (self._wraps and wanted[:, 0].any() and wanted[:, -1].any()))

        def answer(odds: npt.NDArray[np.float32]) -> Prediction:
            shown = torch.from_numpy(odds).expand(len(clicks), 1, -1, -1)
            logits, scores = self.model.decode_batch(embedding, clicks, labels, shown, multimask=True)
            return _combined(logits.cpu(), scores.cpu(), torch.from_numpy(matched))

        found = answer(PROMPT_GAIN * prior.log_odds(matched))
        passed_over = _passed_over(found, points, embedding.size)
        if not passed_over:
            return found
        odds = found.logits.astype(np.float32)
        for point in passed_over:
            odds = marked(odds, (point.x, point.y), point.positive, embedding.size)
        again = answer(odds)
        return again if len(_passed_over(again, points, embedding.size)) < len(passed_over) else found

    def _main_parts(self, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """`main_parts`; where the picture wraps, parts count together that meet across its edges."""
        found = main_parts(mask)
        if not self._wraps:
            return found
        half = mask.shape[1] // 2
        turned = np.ascontiguousarray(np.roll(mask, half, axis=1))
        return found | np.roll(main_parts(turned), -half, axis=1)


def _passed_over(found: Prediction, points: Sequence[Point], size: tuple[int, int]) -> list[Point]:
    """The points that the mask, seen at `size` (height, width), disagrees with."""
    logits = found.logits.astype(np.float32)
    return [point for point in points if not heeded(logits, (point.x, point.y), point.positive, size)]


def _prompts(
    wanted: npt.NDArray[np.bool_], size: tuple[int, int], points: Sequence[Point] = (), boxed: bool = True
) -> tuple[Tensor, Tensor]:
    """Two sets of prompts: a box around `wanted` (256, 256) and a click in its middle; and none. Both with the `points`.

    Without the box where the object is not `boxed`: one that is at both edges of a panorama would have all of it for a box.

    Points (2, 3 + n, 2) in pixels of the picture, which is `size` (height, width) large, and their labels (2, 3 + n).
    """
    ys, xs = np.nonzero(wanted)
    corners = [(xs.min(), ys.min()), (xs.max() + 1, ys.max() + 1)]
    scale = np.array([size[1] / wanted.shape[1], size[0] / wanted.shape[0]], np.float32)
    drawn = torch.from_numpy(np.array([*corners, middle(wanted)], np.float32) * scale)
    said = torch.tensor([(point.x, point.y) for point in points], dtype=torch.float32).reshape(-1, 2)
    labels = [POSITIVE if point.positive else NEGATIVE for point in points]
    return (
        torch.stack([torch.cat([drawn, said]), torch.cat([torch.zeros_like(drawn), said])]),
        torch.tensor([[*((TOP_LEFT, BOTTOM_RIGHT) if boxed else (PADDING, PADDING)), POSITIVE, *labels], [PADDING] * 3 + labels]),
    )


def _combined(logits: Tensor, scores: Tensor, matched: Tensor) -> Prediction:
    """Of each set the mask that is likeliest `matched`, (256, 256) shares; their mean. `logits` (sets, n, 256, 256), `scores` (sets, n)."""
    agreement = torch.stack([prior.expected_iou(mask > 0, matched) for mask in logits.flatten(0, 1)]).reshape(scores.shape)
    trust, best = (scores * agreement).max(1)
    chosen = logits[torch.arange(len(logits)), best].clamp(-_SURE, _SURE)
    weights = torch.tensor(WEIGHTS)
    together = (chosen * weights[:, None, None]).sum(0)
    return Prediction(together.numpy().astype(np.float16), float((trust * weights).sum().clamp(0, 1)))
