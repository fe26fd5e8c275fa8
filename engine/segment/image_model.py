"""SAM 2 on one picture: its features, and masks from prompts. What every tracker stands on.

Pictures are (H, W, 3) uint8, R'G'B' as displayed (sRGB-like), no alpha. Positions are pixels of the picture as in the shot document:
x to the right, y down, (0, 0) its top left corner and (W, H) its bottom right one, so that a pixel's centre is at halves.

Method: Ravi et al., "SAM 2: Segment Anything in Images and Videos" (2024); the preparation and the prompts' conventions follow
`sam2.sam2_image_predictor` and `sam2.utils.transforms` (not imported: they need torchvision), the networks are the package's own.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as functional
from torch import Tensor

from ..shot import MattewrightError, Prompts, Scribble
from . import models
from .device import pick_device
from .tracker import Prediction

if TYPE_CHECKING:
    from sam2.modeling.sam2_base import SAM2Base

SIDE = 1024
"""The network's picture is SIDE x SIDE, whatever the shape of what it shows."""
LOGITS_SIDE = 256
"""Masks come out, and go in, LOGITS_SIDE x LOGITS_SIDE."""
NEGATIVE, POSITIVE, TOP_LEFT, BOTTOM_RIGHT, PADDING = 0, 1, 2, 3, -1
"""The labels that SAM 2 knows a point by; a box is its two corners."""

_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)
_SCRIBBLE_POINTS = 8
"""Points that a stroke is turned into. SAM 2 was trained with up to 8 clicks a frame."""
_MASK_LOGIT = 10.0
"""What a given mask's inside becomes (its outside the negative): SAM2Base._use_mask_as_output."""


@dataclass(frozen=True)
class Embedding:
    """What the image encoder made of one picture; float32, on the model's device."""

    image_embed: Tensor
    """(1, 256, 64, 64): the deepest features, with SAM 2's no-memory embedding added, as its image predictor feeds the mask decoder."""
    high_res_feats: tuple[Tensor, Tensor]
    """(1, 32, 256, 256) and (1, 64, 128, 128)."""
    size: tuple[int, int]
    """(height, width) of the picture, pixels."""

    @property
    def nbytes(self) -> int:
        """Bytes of the tensors."""
        return sum(tensor.nbytes for tensor in (self.image_embed, *self.high_res_feats))


@dataclass(frozen=True)
class PixelPrompts:
    """Points and a box in pixels of the picture, with what each says."""

    points: npt.NDArray[np.float32]
    """(N, 2): x, y."""
    labels: npt.NDArray[np.int32]
    """(N,): NEGATIVE, POSITIVE, or TOP_LEFT and BOTTOM_RIGHT for a box's corners, which come first."""

    @classmethod
    def of(cls, prompts: Prompts) -> PixelPrompts:
        """What the user said, as points: the box's corners, the clicks, then points along each stroke."""
        points: list[tuple[float, float]] = []
        labels: list[int] = []
        if prompts.box is not None:
            points += [(prompts.box.left, prompts.box.top), (prompts.box.right, prompts.box.bottom)]
            labels += [TOP_LEFT, BOTTOM_RIGHT]
        for point in prompts.points:
            points.append((point.x, point.y))
            labels.append(POSITIVE if point.positive else NEGATIVE)
        for scribble in prompts.scribbles:
            sampled = along(scribble, _SCRIBBLE_POINTS)
            points += sampled
            labels += [POSITIVE if scribble.positive else NEGATIVE] * len(sampled)
        return cls(np.array(points, np.float32).reshape(-1, 2), np.array(labels, np.int32))


@dataclass(frozen=True)
class Decoded:
    """The mask decoder's answer to one set of prompts."""

    logits: npt.NDArray[np.float32]
    """(n, 256, 256), over the whole picture; above 0 is object. n is 3 for multimask, else 1."""
    scores: npt.NDArray[np.float32]
    """(n,): the IoU with the object that the model expects of each, 0 to 1."""

    @property
    def best(self) -> int:
        """The index of the highest score."""
        return int(self.scores.argmax())


class ImageModel:
    """SAM 2's image encoder, prompt encoder and mask decoder on one device."""

    def __init__(self, name: str, checksum: str, network: SAM2Base, device: str) -> None:
        self.name = name
        self.checksum = checksum
        """The SHA-256 of the weights."""
        self.device = device
        self.network = network.to(device)
        """The sam2 package's module; with memory where the weights have it."""

    @torch.inference_mode()
    def encode(self, rgb: npt.NDArray[np.uint8]) -> Embedding:
        """The features of a picture, (H, W, 3) uint8. This is the slow part; decoding is not."""
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or 0 in rgb.shape:
            raise ValueError(f"expected a picture (H, W, 3) uint8, got {rgb.shape} {rgb.dtype}")
        picture = prepare(rgb).to(self.device)
        pyramid = self.network.forward_image(picture)["backbone_fpn"]
        image_embed = pyramid[2] + self.network.no_mem_embed.reshape(1, -1, 1, 1)
        return Embedding(image_embed, (pyramid[0], pyramid[1]), (rgb.shape[0], rgb.shape[1]))

    @torch.inference_mode()
    def decode_batch(
        self, embedding: Embedding, points: Tensor, labels: Tensor, mask_input: Tensor | None = None, *, multimask: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Masks for B sets of prompts at once.

        `points` (B, N, 2) float, pixels of the picture; `labels` (B, N) int, PADDING where a set has fewer than N; `mask_input`
        (B, 1, 256, 256) float logits of an earlier mask, or None. Returns logits (B, n, 256, 256) and scores (B, n), float32 on the
        model's device, n = 3 for `multimask`, else 1: the single mask, or the best of the three where that is not stable.
        """
        height, width = embedding.size
        # SAM 2 takes a pixel's index and adds a half for its centre; these positions are of the plane already.
        scale = torch.tensor([SIDE / width, SIDE / height], dtype=torch.float32, device=self.device)
        coordinates = points.to(self.device, torch.float32) * scale - 0.5
        sparse, dense = self.network.sam_prompt_encoder(
            points=(coordinates, labels.to(self.device)), boxes=None, masks=None if mask_input is None else mask_input.to(self.device)
        )
        count = points.shape[0]
        logits, scores, _, _ = self.network.sam_mask_decoder(
            image_embeddings=embedding.image_embed,
            image_pe=self.network.sam_prompt_encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=multimask,
            repeat_image=count > 1,
            high_res_features=list(embedding.high_res_feats),
        )
        return logits.float(), scores.float()

    def decode(
        self,
        embedding: Embedding,
        prompts: PixelPrompts | Prompts,
        mask_logits: npt.NDArray[np.floating] | None = None,
        *,
        multimask: bool | None = None,
    ) -> Decoded:
        """Masks for one set of prompts. Without a word on `multimask`, a lone click gives three masks to choose from, all else one.

        `mask_logits`: (h, w), what is known of the mask already, above 0 inside; resized to 256x256. A `Prompts`' own mask is not read.
        """
        pixels = prompts if isinstance(prompts, PixelPrompts) else PixelPrompts.of(prompts)
        prior = None if mask_logits is None else _resized(torch.from_numpy(np.asarray(mask_logits, np.float32)), LOGITS_SIDE)
        if multimask is None:
            multimask = prior is None and len(pixels.labels) == 1
        points, labels = torch.from_numpy(pixels.points)[None], torch.from_numpy(pixels.labels)[None]
        logits, scores = self.decode_batch(embedding, points, labels, prior, multimask=multimask)
        return Decoded(logits[0].cpu().numpy(), scores[0].cpu().numpy())

    def segment(self, embedding: Embedding, prompts: Prompts, mask: npt.NDArray[np.bool_] | None = None) -> Prediction:
        """The object that the user's prompts describe on this picture. `mask`: the content of ``prompts.mask``, (H, W), or None.

        A mask alone is the answer, at the logits' resolution. Raises MattewrightError when nothing says where the object is.
        """
        pixels = PixelPrompts.of(prompts)
        if mask is not None and mask.shape != embedding.size:
            height, width = embedding.size
            raise MattewrightError(
                f"{prompts.mask}: {mask.shape[1]}x{mask.shape[0]} pixels, expected the footage's {width}x{height}: make the mask anew"
            )
        if mask is None and not (pixels.labels != NEGATIVE).any():
            raise MattewrightError(
                f"prompts on frame {prompts.frame}: nothing says where the object is: click on it, or draw a box around it"
            )
        prior = None if mask is None else mask_logits(mask)
        if prior is not None and not len(pixels.labels):
            return Prediction(prior.astype(np.float16), 1.0)
        decoded = self.decode(embedding, pixels, prior)
        return Prediction(decoded.logits[decoded.best].astype(np.float16), float(decoded.scores[decoded.best]))


def load_image_model(name: str, device: str | None = None) -> ImageModel:
    """The installed model `name` on `device` (`pick_device`). Raises MattewrightError when it isn't installed, or its file has changed."""
    checksum = models.checksum(name)
    chosen = pick_device(device)
    from .models.build import build

    return ImageModel(name, checksum, build(models.REGISTRY[name], models.state_dict(name)), chosen)


def prepare(rgb: npt.NDArray[np.uint8]) -> Tensor:
    """(H, W, 3) uint8 -> (1, 3, 1024, 1024) float32: squashed to the square, ImageNet's mean and deviation taken out.

    On the CPU for every device: the resize that torchvision's Resize does, which Apple's GPUs lack, and the same numbers everywhere.
    """
    picture = torch.from_numpy(np.ascontiguousarray(rgb)).permute(2, 0, 1)[None].float() / 255
    mean, deviation = (torch.tensor(values).reshape(1, 3, 1, 1) for values in (_MEAN, _DEVIATION))
    return (_resized(picture, SIDE) - mean) / deviation


def mask_logits(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """A given mask (H, W) as logits (256, 256): +10 inside, -10 outside, between them where a cell is covered in part."""
    return _resized(torch.from_numpy(mask.astype(np.float32) * (2 * _MASK_LOGIT) - _MASK_LOGIT), LOGITS_SIDE)[0, 0].numpy()


def along(scribble: Scribble, count: int) -> list[tuple[float, float]]:
    """At most `count` points spread evenly along a stroke, by its length; each the middle of its part. A dot gives one."""
    line = np.array(scribble.points, np.float64).reshape(-1, 2)
    if not len(line):
        return []
    travelled = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    if travelled[-1] == 0:
        return [(float(line[0, 0]), float(line[0, 1]))]
    places = (np.arange(count) + 0.5) * (travelled[-1] / count)
    return [(float(x), float(y)) for x, y in zip(*(np.interp(places, travelled, line[:, axis]) for axis in (0, 1)), strict=True)]


def _resized(picture: Tensor, side: int) -> Tensor:
    """(..., H, W) -> (1 or B, C, side, side), bilinear, antialiased."""
    while picture.ndim < 4:
        picture = picture[None]
    if picture.shape[-2:] == (side, side):
        return picture
    return functional.interpolate(picture, size=(side, side), mode="bilinear", align_corners=False, antialias=True)


class EmbeddingCache:
    """Embeddings of recent pictures, so that a second prompt on a frame answers at the decoder's speed. For one model; thread-safe.

    Bounded in bytes: the least recently used go first.
    """

    def __init__(self, limit: int = 512 << 20) -> None:
        self.limit = limit
        """Bytes of tensors that are kept at most."""
        self.hits = 0
        self.misses = 0
        self.nbytes = 0
        self._kept: OrderedDict[str, Embedding] = OrderedDict()
        self._lock = threading.RLock()

    def get(self, identity: str, make: Callable[[], Embedding]) -> Embedding:
        """The embedding of the picture called `identity`, from `make` when it isn't kept."""
        with self._lock:
            found = self._kept.get(identity)
            if found is not None:
                self.hits += 1
                self._kept.move_to_end(identity)
                return found
            self.misses += 1
            made = make()
            if made.nbytes <= self.limit:
                self._kept[identity] = made
                self.nbytes += made.nbytes
            while self.nbytes > self.limit:
                self.nbytes -= self._kept.popitem(last=False)[1].nbytes
            return made

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()
            self.nbytes = 0
