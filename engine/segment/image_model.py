"""SAM 2 on one picture: its features, and masks from prompts. What every tracker stands on.

Pictures are (H, W, 3) uint8, R'G'B' as displayed (sRGB-like), no alpha. Positions are pixels of the picture as in the shot document:
x to the right, y down, (0, 0) its top left corner and (W, H) its bottom right one, so that a pixel's centre is at halves.

Method: Ravi et al., "SAM 2: Segment Anything in Images and Videos" (2024); the preparation and the prompts' conventions follow
`sam2.sam2_image_predictor` and `sam2.utils.transforms` (not imported: they need torchvision), the networks are the package's own.
In float32 unless asked otherwise. On a machine, the same picture and prompts give the same bytes (with the same number of torch threads,
which is left alone).
"""

from __future__ import annotations

import copy
import weakref
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as functional
from torch import Tensor

from ..shot import MattewrightError, Prompts
from . import models
from .decoder import hasten
from .device import limit_memory, pick_device
from .encoder import Encoder, suits
from .encoding import SIDES
from .image_cache import EmbeddingCache
from .image_prompts import (
    BOTTOM_RIGHT,
    LOGITS_SIDE,
    NEGATIVE,
    PADDING,
    POSITIVE,
    TOP_LEFT,
    PixelPrompts,
    along,
    heeded,
    marked,
    mask_logits,
    on_mask,
    resized,
    steps,
)
from .tracker import Prediction

if TYPE_CHECKING:
    from sam2.modeling.sam2_base import SAM2Base

__all__ = [
    "BOTTOM_RIGHT",
    "LOGITS_SIDE",
    "NEGATIVE",
    "PADDING",
    "POSITIVE",
    "SIDE",
    "TOP_LEFT",
    "Decoded",
    "Embedding",
    "EmbeddingCache",
    "ImageModel",
    "PixelPrompts",
    "along",
    "load_image_model",
    "mask_logits",
    "prepare",
    "steps",
]

SIDE = next(iter(SIDES))
"""The network's picture is SIDE x SIDE, whatever the shape of what it shows, unless another size is asked for."""

_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)
_LOGIT_LIMIT = 32.0
"""Logits that are fed back into the decoder are cut off here, as in sam2's predictors."""


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
class Decoded:
    """The mask decoder's answer to one set of prompts."""

    logits: npt.NDArray[np.float32]
    """(n, 256, 256), over the whole picture; above 0 is object. n is 3 for multimask, else 1."""
    scores: npt.NDArray[np.float32]
    """(n,): the IoU with the object that the model expects of each, 0 to 1."""
    pointers: npt.NDArray[np.float32] | None = None
    """(n, 256): SAM 2's object pointer for each; None from weights without memory."""

    @property
    def best(self) -> int:
        """The index of the highest score."""
        return int(self.scores.argmax())


class ImageModel:
    """SAM 2's image encoder, prompt encoder and mask decoder on one device.

    A network built for smaller pictures has fewer cells: for a `side` of S its features are (1, 256, S/16, S/16), (1, 32, S/4, S/4) and
    (1, 64, S/8, S/8). Masks go in and come out LOGITS_SIDE x LOGITS_SIDE all the same.
    """

    def __init__(
        self, name: str, checksum: str, network: SAM2Base, device: str, precision: str = "float32", *, compiled: bool = False
    ) -> None:
        self.name = name
        self.precision = precision
        """``float32``, ``bfloat16`` or ``float16``: what the networks calculate in. What goes in and comes out is float32."""
        self.compiled = compiled
        """Whether the image encoder goes through torch.compile."""
        self.checksum = checksum
        """The SHA-256 of the weights."""
        self.device = device
        self.network = network.to(device)
        """The sam2 package's module; with memory where the weights have it."""
        self.side = int(network.image_size)
        """Pixels: pictures are squashed to `side` x `side`."""
        self.variant = SIDES.get(self.side, f"{SIDES[SIDE]}:{self.side}")
        """Which way features are made, for a frame's key."""
        self._encoder = Encoder(network) if self._in_order(network) else None
        if device == "cpu" and precision == "float32":
            hasten(self.network)
        if compiled:
            self.network.image_encoder.compile()
        self._places: Tensor = _dense_positions(self.network)
        # For the package's own methods, which the memory tracker calls, to come to the same numbers as `decode_batch`.
        self.network.sam_prompt_encoder.get_dense_pe = lambda: self._places
        self._latest: tuple[weakref.ref[Embedding], list[tuple[bytes, Decoded]]] | None = None
        """The steps of the latest `segment`: one more click on the same picture takes one more step, not all of them again."""

    def beside(self) -> ImageModel:
        """The same networks, which hold nothing of a picture, for another thread: what is kept of the latest `segment` is its own."""
        made = copy.copy(self)
        made._latest = None
        return made

    def autocast(self) -> AbstractContextManager[object]:
        """What the networks run under: torch's mixed precision, or nothing for float32."""
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(torch.device(self.device).type, getattr(torch, self.precision))

    @torch.inference_mode()
    def encode(self, rgb: npt.NDArray[np.uint8]) -> Embedding:
        """The features of a picture, (H, W, 3) uint8. This is the slow part; decoding is not."""
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or 0 in rgb.shape:
            raise ValueError(f"expected a picture (H, W, 3) uint8, got {rgb.shape} {rgb.dtype}")
        picture = prepare(rgb, self.side).to(self.device)
        with self.autocast():
            pyramid = self._encoder(picture) if self._encoder else self._features(picture)
        image_embed = pyramid[2].float() + self.network.no_mem_embed.reshape(1, -1, 1, 1)
        return Embedding(image_embed, (pyramid[0].float(), pyramid[1].float()), (rgb.shape[0], rgb.shape[1]))

    def _in_order(self, network: SAM2Base) -> bool:
        """Whether the image encoder's work is put in the processor's order by `Encoder`."""
        return self.device == "cpu" and self.precision == "float32" and not self.compiled and suits(network)

    def _features(self, picture: Tensor) -> list[Tensor]:
        """The package's own way to a picture's features."""
        try:
            pyramid: list[Tensor] = self.network.forward_image(picture)["backbone_fpn"]
        except RuntimeError as error:
            # By the module's name: the compiler's own errors can't be imported without loading the compiler.
            if not type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
                raise
            reason = next(line for line in [*str(error).splitlines(), type(error).__name__] if line and not line.endswith("raised:"))
            raise MattewrightError(
                f"tracking.compiled: torch.compile can't work here ({reason}):"
                " turn it off, or install a C++ compiler (for the CPU) or Triton (for CUDA)"
            ) from None
        return pyramid

    @torch.inference_mode()
    def decode_batch(
        self, embedding: Embedding, points: Tensor, labels: Tensor, mask_input: Tensor | None = None, *, multimask: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Masks for B sets of prompts at once.

        `points` (B, N, 2) float, pixels of the picture; `labels` (B, N) int, PADDING where a set has fewer than N; `mask_input`
        (B, 1, 256, 256) float logits of an earlier mask, or None. Returns logits (B, n, 256, 256) and scores (B, n), float32 on the
        model's device, n = 3 for `multimask`, else 1: the single mask, or the best of the three where that is not stable.
        """
        logits, scores, _ = self._decoded(embedding, points, labels, mask_input, multimask)
        return logits, scores

    def _decoded(
        self, embedding: Embedding, points: Tensor, labels: Tensor, mask_input: Tensor | None, multimask: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        """`decode_batch`, and the tokens (B, n or 1, 256) that the masks came from."""
        height, width = embedding.size
        # SAM 2 takes a pixel's index and adds a half for its centre; these positions are of the plane already.
        scale = torch.tensor([self.side / width, self.side / height], dtype=torch.float32, device=self.device)
        coordinates = points.to(self.device, torch.float32) * scale - 0.5
        with self.autocast():
            sparse, dense = self.network.sam_prompt_encoder(
                points=(coordinates, labels.to(self.device)), boxes=None, masks=None if mask_input is None else self._shown(mask_input)
            )
            logits, scores, tokens, _ = self.network.sam_mask_decoder(
                image_embeddings=embedding.image_embed,
                image_pe=self._places,
                sparse_prompt_embeddings=sparse,
                dense_prompt_embeddings=dense,
                multimask_output=multimask,
                repeat_image=points.shape[0] > 1,
                high_res_features=list(embedding.high_res_feats),
            )
        return self._of_size(logits.float()), scores.float(), tokens

    def _shown(self, mask_input: Tensor) -> Tensor:
        """A mask (B, 1, 256, 256) as large as the prompt encoder takes it."""
        side = int(self.network.sam_prompt_encoder.mask_input_size[0])
        return functional.interpolate(mask_input, size=(side, side), mode="area" if LOGITS_SIDE % side == 0 else "bilinear").to(self.device)

    def _of_size(self, logits: Tensor) -> Tensor:
        """Logits (B, n, h, w) as (B, n, 256, 256)."""
        if logits.shape[-1] == LOGITS_SIDE:
            return logits
        return functional.interpolate(logits, size=(LOGITS_SIDE, LOGITS_SIDE), mode="bilinear", align_corners=False)

    @torch.inference_mode()
    def decode(
        self,
        embedding: Embedding,
        prompts: PixelPrompts | Prompts,
        mask_logits: npt.NDArray[np.floating] | None = None,
        *,
        multimask: bool | None = None,
    ) -> Decoded:
        """Masks for one set of prompts, all at once. Without a word on `multimask`, a lone click gives three to choose from, all else one.

        `mask_logits`: (h, w), what is known of the mask already, above 0 inside; resized to 256x256. A `Prompts`' own mask is not read.
        """
        pixels = prompts if isinstance(prompts, PixelPrompts) else PixelPrompts.of(prompts)
        prior = None if mask_logits is None else resized(torch.from_numpy(np.asarray(mask_logits, np.float32)), LOGITS_SIDE)
        if multimask is None:
            multimask = prior is None and len(pixels.labels) == 1
        points, labels = torch.from_numpy(pixels.points)[None], torch.from_numpy(pixels.labels)[None]
        logits, scores, tokens = self._decoded(embedding, points, labels, prior, multimask)
        pointers = None
        if self.network.use_obj_ptrs_in_encoder:
            pointers = self.network.obj_ptr_proj(tokens[0]).float().expand(logits.shape[1], -1).cpu().numpy()
        return Decoded(logits[0].cpu().numpy(), scores[0].cpu().numpy(), pointers)

    def segment(self, embedding: Embedding, prompts: Prompts, mask: npt.NDArray[np.bool_] | None = None) -> Prediction:
        """The object that the user's prompts describe on this picture. `mask`: the content of ``prompts.mask``, (H, W), or None.

        The prompts are taken one after the other (`image_prompts.steps`), each step from the mask of the one before, as SAM 2 was
        trained: all at once, one click more often made the mask worse (DAVIS, 22 frames, clicks where the mask was most wrong: mean IoU
        after 1 to 6 clicks .757 .834 .888 .896 .915 .926 so, .757 .781 .893 .835 .872 .892 at once). A click that the decoder passes over
        is marked in that mask, which makes it heed 93 % of them instead of 77 %. A lone first click is ambiguous: the one of three masks
        with the best score. A mask alone is the answer; one with clicks is what they correct (`image_prompts.on_mask`).

        Raises MattewrightError when nothing says where the object is.
        """
        taken = steps(prompts, with_mask=mask is not None)
        if mask is not None and mask.shape != embedding.size:
            height, width = embedding.size
            raise MattewrightError(
                f"{prompts.mask}: {mask.shape[1]}x{mask.shape[0]} pixels, expected the footage's {width}x{height}: make the mask anew"
            )
        if mask is None and not taken:
            raise MattewrightError(
                f"prompts on frame {prompts.frame}: nothing says where the object is: click on it, or draw a box around it"
            )
        prior = None if mask is None else mask_logits(mask)
        if prior is not None and not taken:
            return Prediction(prior.astype(np.float16), 1.0)
        shown = taken if mask is None or prompts.box is not None else [on_mask(step, mask) for step in taken]
        decoded = self._stepped(embedding, taken, shown, prior)
        best = decoded.best
        pointer = None if decoded.pointers is None else np.ascontiguousarray(decoded.pointers[best])
        return Prediction(decoded.logits[best].astype(np.float16), float(decoded.scores[best]), pointer)

    def _stepped(
        self, embedding: Embedding, taken: list[PixelPrompts], shown: list[PixelPrompts], prior: npt.NDArray[np.float32] | None
    ) -> Decoded:
        """The steps of what was said, `taken`, as the decoder gets them, `shown`."""
        known: list[tuple[bytes, Decoded]] = []
        if self._latest is not None and self._latest[0]() is embedding:
            known = self._latest[1]
        kept: list[tuple[bytes, Decoded]] = []
        start = b"" if prior is None else prior.tobytes()
        said = 0
        for number, (said_now, step) in enumerate(zip(taken, shown, strict=True)):
            key = start + step.points.tobytes() + step.labels.tobytes()
            if number < len(known) and known[number][0] == key:
                decoded = known[number][1]
            else:
                known = []  # a step depends on all before it
                decoded = self._step(embedding, step, len(said_now.labels) - said == 1, prior)
            said = len(said_now.labels)
            kept.append((key, decoded))
            prior = decoded.logits[decoded.best].clip(-_LOGIT_LIMIT, _LOGIT_LIMIT)
        self._latest = weakref.ref(embedding), kept
        return decoded

    def _step(self, embedding: Embedding, step: PixelPrompts, click: bool, prior: npt.NDArray[np.float32] | None) -> Decoded:
        """One step from the mask before it. The decoder may pass over a `click` that comes last: then it is marked in the mask, too."""
        decoded = self.decode(embedding, step, prior)
        if prior is None or not click:
            return decoded
        place, positive = (float(step.points[-1, 0]), float(step.points[-1, 1])), bool(step.labels[-1] == POSITIVE)
        if heeded(decoded.logits[decoded.best], place, positive, embedding.size):
            return decoded
        again = self.decode(embedding, step, marked(prior, place, positive, embedding.size))
        return again if heeded(again.logits[again.best], place, positive, embedding.size) else decoded


def load_image_model(
    name: str,
    device: str | None = None,
    side: int = SIDE,
    precision: str = "float32",
    *,
    compiled: bool = False,
    memory: int | None = None,
) -> ImageModel:
    """The installed model `name` on `device` (`pick_device`), for pictures of `side` x `side`, one of `encoding.SIDES`.

    `precision`: ``float32``, or ``bfloat16`` or ``float16`` for torch's mixed precision. `compiled`: the image encoder by torch.compile,
    which takes a minute or more the first time, and rounds in another way. `memory`: bytes of a GPU that may be taken; None for no limit.

    Raises MattewrightError when it isn't installed, its file has changed, or there is no such size.
    """
    if side not in SIDES:
        raise MattewrightError(f"size {side}: no such working size: choose from {', '.join(map(str, SIDES))}")
    checksum = models.checksum(name)
    chosen = pick_device(device)
    limit_memory(chosen, memory)
    if chosen.startswith("cuda"):
        torch.backends.cudnn.deterministic = True  # else cuDNN may choose algorithms whose sums come out another way next time
    from .models.build import build

    return ImageModel(name, checksum, build(models.REGISTRY[name], models.state_dict(name), side), chosen, precision, compiled=compiled)


def _dense_positions(network: SAM2Base) -> Tensor:
    """(1, 256, 64, 64): where the cells are, as the mask decoder takes it: the prompt encoder's `get_dense_pe` in double precision.

    In float32 about one process in twenty came to other last bits there, and so to other masks from the same picture and prompts.
    """
    gaussian = network.sam_prompt_encoder.pe_layer.positional_encoding_gaussian_matrix
    across, down = gaussian.detach().cpu().numpy().astype(np.float64)
    rows, columns = network.sam_prompt_encoder.image_embedding_size
    y, x = (((np.arange(count) + 0.5) / count * 2 - 1) for count in (rows, columns))
    turns = 2 * np.pi * (x[None, :, None] * across + y[:, None, None] * down)
    places = np.concatenate([np.sin(turns), np.cos(turns)], -1).transpose(2, 0, 1).astype(np.float32)
    return torch.from_numpy(np.ascontiguousarray(places))[None].to(gaussian.device)


def prepare(rgb: npt.NDArray[np.uint8], side: int = SIDE) -> Tensor:
    """(H, W, 3) uint8 -> (1, 3, side, side) float32: squashed to the square, ImageNet's mean and deviation taken out.

    On the CPU for every device: Apple's GPUs lack this resize, and so the network sees the same numbers everywhere.
    """
    # By NumPy, whose memory the C library gives again to the next picture of the size: torch's is aligned, and glibc before 2.38 does not
    # find such a gap fit for another of its kind, so that a long clip left one behind every few frames.
    plane = np.empty((3, *rgb.shape[:2]), np.float32)
    np.divide(rgb.transpose(2, 0, 1), np.float32(255), out=plane)
    picture = torch.from_numpy(plane)[None]
    mean, deviation = (torch.tensor(values).reshape(1, 3, 1, 1) for values in (_MEAN, _DEVIATION))
    return (resized(picture, side) - mean) / deviation
