"""The tracker that SAM 2 was trained to be: memory attention over a few earlier frames, by the sam2 package's own modules.

Method: Ravi et al., "SAM 2: Segment Anything in Images and Videos" (2024). The package's video predictor loads a whole clip and keeps what
it made of every frame. Here each step gets the frames that it attends to: the prompted ones in view, the six before it (their memory,
made anew from picture and mask where it is not at hand) and the fifteen before it (their object pointers, which are stored with the
logits). So memory is bounded whatever the clip's length, and any frame can be the next one after a stop.

What comes out is the package's result (sam2 1.1.0, `SAM2VideoPredictor` with each prompted frame a conditioning frame), up to the half
floats in which logits are stored, with two differences, both so that a correction reaches the neighbouring prompted frames and no further:
a prompted frame stands for itself, and the frames after it remember nothing of those before it.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as functional
from torch import Tensor

from ..shot import MattewrightError, Point, Prompts
from .image_model import Embedding, ImageModel
from .image_prompts import resized
from .tracker import Memory, Past, Prediction
from .trackers import VERSIONS

GONE = -1024.0
"""What SAM 2 writes for logits where it says that the object is not there; exact as a half float."""
KEPT = 128
"""Frames' memories that are kept at hand, at most: half a mebibyte each. An object needs six and its prompted frames'."""
_ENDLESS = 1 << 30
"""The clip's length as far as SAM 2 is concerned, which only asks whether there are as many frames as pointers."""


class MemoryTracker:
    """See `engine.segment.tracker.Tracker`. One instance serves one clip; what it keeps is a cache and changes no result."""

    version = VERSIONS["memory"]

    def __init__(self, model: ImageModel) -> None:
        """Raises MattewrightError when the model has no memory weights."""
        if not model.network.use_obj_ptrs_in_encoder or model.network.num_maskmem == 0:
            raise MattewrightError(
                f"model '{model.name}': has no memory weights, which the tracker 'memory' needs: choose a SAM 2.1 model or 'matching'"
            )
        self.model = model
        self.network = model.network
        self._memories: OrderedDict[tuple[int, bool, bytes], Tensor] = OrderedDict()
        self._positions: list[Tensor] | None = None

    def start(self, embedding: Embedding, prompts: Prompts, mask: npt.NDArray[np.bool_] | None) -> Prediction:
        """The object on a prompted frame: what the model makes of the prompts; of a mask alone, the mask."""
        alone = mask is not None and not (prompts.points or prompts.scribbles or prompts.box)
        if mask is None or not alone:
            return self.model.segment(embedding, prompts, mask)
        if mask.shape != embedding.size:
            return self.model.segment(embedding, prompts, mask)  # raises, with the one wording that there is
        return self._of_mask(embedding, torch.from_numpy(mask.astype(np.float32)))

    def recall(self, anchors: Sequence[int], history: Sequence[Past]) -> Sequence[int]:
        """The prompted frames in view, and as many of the latest frames as SAM 2 takes pointers of."""
        latest = [item.frame for item in history[-(self.network.max_obj_ptrs_in_encoder - 1) :]]
        return [*anchors, *(frame for frame in latest if frame not in anchors)]

    @torch.inference_mode()
    def step(self, frame: int, embedding: Embedding, memory: Sequence[Memory], points: Sequence[Point] = ()) -> Prediction:
        """The object on the next frame; logits (256, 256), `GONE` everywhere when it is not there, then with a score near 0."""
        features, sizes = self._flat(embedding)
        prompted = {item.frame: self._remembered(item, frame) for item in memory if item.prompted}
        tracked = {item.frame: self._remembered(item, frame) for item in memory if not item.prompted}
        with self.model.autocast():
            _, heads, _, _ = self.network._track_step(
                frame_idx=frame,
                is_init_cond_frame=False,
                current_vision_feats=features,
                current_vision_pos_embeds=[self._picture_positions(embedding)],
                feat_sizes=sizes,
                point_inputs=self._points(points, embedding.size),
                mask_inputs=None,
                output_dict={"cond_frame_outputs": prompted, "non_cond_frame_outputs": {f: out for f, out in tracked.items() if out}},
                num_frames=_ENDLESS,
                track_in_reverse=all(frame < anchor for anchor in prompted),
                prev_sam_mask_logits=None,
            )
        _, _, scores, logits, _, pointer, present = heads
        score = float((scores.max() * present.float().sigmoid()).clamp(0, 1))
        return Prediction(logits[0, 0].float().cpu().numpy(), score, pointer[0].float().cpu().numpy())

    def _points(self, points: Sequence[Point], size: tuple[int, int]) -> dict[str, Tensor] | None:
        """Clicks as SAM 2's tracking takes them; the picture is `size` (height, width)."""
        if not points:
            return None
        side = self.network.image_size
        # The prompt encoder takes a pixel's index and adds a half for its centre; these positions are of the plane already.
        places = [(point.x * side / size[1] - 0.5, point.y * side / size[0] - 0.5) for point in points]
        return {
            "point_coords": torch.tensor([places], dtype=torch.float32, device=self.model.device),
            "point_labels": torch.tensor([[int(point.positive) for point in points]], dtype=torch.int32, device=self.model.device),
        }

    def _remembered(self, item: Memory, frame: int) -> dict[str, Any]:
        """What SAM 2's `output_dict` holds of a frame; empty when the frame can't serve."""
        distance = abs(frame - item.frame)
        attended = item.prompted or distance < self.network.num_maskmem
        pointer = item.prediction.pointer
        if pointer is None:
            if not attended:
                return {}  # a locked frame of another tracker, too far off to be worth encoding again for its pointer alone
            inside = torch.from_numpy(item.prediction.logits.astype(np.float32) > 0).float()
            pointer = self._of_mask(item.embedding, inside).pointer
        assert pointer is not None
        remembered: dict[str, Any] = {"obj_ptr": torch.from_numpy(pointer)[None].to(self.model.device)}
        if attended:
            remembered["maskmem_features"] = self._memory(item)
            remembered["maskmem_pos_enc"] = self._positions
        return remembered

    def _memory(self, item: Memory) -> Tensor:
        """(1, 64, 64, 64) bfloat16: the frame and its mask as the memory encoder sees them."""
        key = item.frame, item.prompted, hashlib.sha256(item.prediction.logits.tobytes()).digest()
        kept = self._memories.get(key)
        if kept is not None:
            self._memories.move_to_end(key)
            return kept
        features, sizes = self._flat(item.embedding)
        logits = torch.from_numpy(item.prediction.logits.astype(np.float32)).to(self.model.device)
        side = self.network.image_size
        with self.model.autocast():
            made, positions = self.network._encode_new_memory(
                current_vision_feats=features,
                feat_sizes=sizes,
                pred_masks_high_res=functional.interpolate(logits[None, None], size=(side, side), mode="bilinear", align_corners=False),
                object_score_logits=torch.where(logits.max() > GONE, 1.0, -1.0).reshape(1, 1),
                is_mask_from_pts=item.prompted,
            )
        if self._positions is None:
            self._positions = positions
        memory: Tensor = made.to(torch.bfloat16)
        self._memories[key] = memory
        while len(self._memories) > KEPT:
            self._memories.popitem(last=False)
        return memory

    @torch.inference_mode()
    def _of_mask(self, embedding: Embedding, mask: Tensor) -> Prediction:
        """A mask (h, w), 0 or 1, taken as the answer, with the pointer that the decoder gives it."""
        pixels = (resized(mask, self.network.image_size) >= 0.5).float().to(self.model.device)
        features = self._deep(embedding)
        with self.model.autocast():
            _, _, _, logits, _, pointer, _ = self.network._use_mask_as_output(features, list(embedding.high_res_feats), pixels)
        return Prediction(logits[0, 0].float().cpu().numpy(), 1.0, pointer[0].float().cpu().numpy())

    def _deep(self, embedding: Embedding) -> Tensor:
        """(1, 256, 64, 64): the deepest features without SAM 2's no-memory embedding, which is for pictures without a past."""
        deep: Tensor = embedding.image_embed - self.network.no_mem_embed.reshape(1, -1, 1, 1)
        return deep

    def _flat(self, embedding: Embedding) -> tuple[list[Tensor], list[tuple[int, int]]]:
        """The features as SAM 2's tracking takes them, finest first, each (cells, 1, channels); and each one's (height, width)."""
        levels = [*embedding.high_res_feats, self._deep(embedding)]
        flat = [level.flatten(2).permute(2, 0, 1) for level in levels]
        return flat, [(int(level.shape[-2]), int(level.shape[-1])) for level in levels]

    def _picture_positions(self, embedding: Embedding) -> Tensor:
        """(cells, 1, 256): the sine encoding of the deepest features' places."""
        encoded: Tensor = self.network.image_encoder.neck.position_encoding(embedding.image_embed)
        return encoded.flatten(2).permute(2, 0, 1)
