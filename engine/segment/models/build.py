"""SAM 2 as the sam2 package builds it, from the package's own configurations, with the parts that the weights have."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

import torch
import torch.nn.functional as functional
from sam2.modeling.backbones.hieradet import Hiera
from sam2.modeling.sam2_base import SAM2Base
from torch import Tensor, nn

from ...shot import MattewrightError
from .registry import Model

_SURE = 10.0
"""The object score logit that sam2's mask decoder gives when it has no head for it."""


class FixedPositionHiera(Hiera):  # type: ignore[misc]
    """The image encoder's trunk for weights that hold the position embedding already summed at 256x256.

    ``position``: (1, 256, 256, 96), as it serves pictures of 1024x1024. For others it is taken apart again (`summands`).
    """

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)
        channels = self.pos_embed.shape[1]
        self._background: tuple[int, int] = tuple(self.window_pos_embed_bkg_spatial_size)
        del self.pos_embed, self.pos_embed_window
        self.position = nn.Parameter(torch.zeros(1, 256, 256, channels))

    def _get_pos_embed(self, hw: tuple[int, int]) -> Tensor:
        """(1, h, w, channels). Raises MattewrightError where it is not the sum that Hiera makes, and another size is asked for."""
        if tuple(hw) == tuple(self.position.shape[1:3]):
            return self.position
        background, window = summands(self.position[0], self._background, self.window_spec[0])
        height, width = hw
        broad = functional.interpolate(background.permute(2, 0, 1)[None], size=(height, width), mode="bicubic").permute(0, 2, 3, 1)
        return broad + window.repeat(height // window.shape[0], width // window.shape[1], 1)[None]


_RESIDUAL = 1e-4
"""How far off the parts' sum may be from a position embedding whose values are about 0.1; it is 1e-6 when it is made of these parts."""


def summands(position: Tensor, background: tuple[int, int], window: int) -> tuple[Tensor, Tensor]:
    """What Hiera's position embedding was summed from: a picture (h, w, channels), upsampled, and a tile (window, window, channels).

    Least squares, in double precision; what both parts can say, a constant, may be in either. Raises MattewrightError when `position`,
    (H, W, channels), is no such sum.
    """
    rows, columns, channels = position.shape
    up = [
        functional.interpolate(torch.eye(few, dtype=torch.float64)[None, :, None], size=(1, many), mode="bicubic")[0, :, 0].T
        for few, many in zip(background, (rows, columns), strict=True)
    ]
    tiled = [torch.eye(window, dtype=torch.float64).repeat(-(-many // window), 1)[:many] for many in (rows, columns)]
    parts = torch.cat([torch.einsum("yi,xj->yxij", *pair).reshape(rows * columns, -1) for pair in (up, tiled)], 1)
    wanted = position.detach().cpu().double().reshape(rows * columns, channels)
    found = torch.linalg.pinv(parts.T @ parts, hermitian=True) @ (parts.T @ wanted)
    if float((parts @ found - wanted).abs().max()) > _RESIDUAL:
        raise MattewrightError("the weights' position embedding is no sum of a picture and a tile: they serve pictures of 1024x1024 alone")
    few = background[0] * background[1]
    broad, tile = found[:few].reshape(*background, channels), found[few:].reshape(window, window, channels)
    return broad.to(position), tile.to(position)


class _AlwaysThere(nn.Module):
    """Stands in for the object score head where the weights have none: (batch, 256) -> (batch, 1)."""

    def forward(self, token: Tensor) -> Tensor:
        return token.new_full((token.shape[0], 1), _SURE)


def build(model: Model, state: Mapping[str, Tensor], side: int = 1024) -> SAM2Base:
    """The model with `state` in it, in evaluation mode on the CPU, its parameters frozen. It takes pictures of `side` x `side`.

    The mask decoder falls back from an unstable single mask to the best of three, as `sam2.build_sam.build_sam2` sets it. A model
    without memory has no memory modules at all: what needs them fails with AttributeError or TypeError.

    Raises MattewrightError when a tensor is missing, left over or of another shape.
    """
    network = instantiated(model, side)
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as error:
        detail = " ".join(str(error).split())
        raise MattewrightError(f"model '{model.name}': the weights don't fit the network: {detail[:300]}") from None
    return network.eval().requires_grad_(False)


def instantiated(model: Model, side: int = 1024) -> SAM2Base:
    """The network before it has its weights, without hydra's global registry of configurations."""
    from hydra.utils import instantiate
    from omegaconf import OmegaConf

    text = resources.files("sam2").joinpath(model.config).read_text(encoding="utf-8")
    config = OmegaConf.create(text).model
    config.sam_mask_decoder_extra_args = {
        "dynamic_multimask_via_stability": True,
        "dynamic_multimask_stability_delta": 0.05,
        "dynamic_multimask_stability_thresh": 0.98,
    }
    config.image_size = side
    config.binarize_mask_from_pts_for_mem_enc = True  # both as `build_sam2_video_predictor` sets them
    if not model.has_memory:
        config.image_encoder.trunk._target_ = f"{FixedPositionHiera.__module__}.{FixedPositionHiera.__qualname__}"
        config.update({"memory_attention": None, "memory_encoder": None, "num_maskmem": 0})
        config.update({"use_obj_ptrs_in_encoder": False, "fixed_no_obj_ptr": False, "use_mlp_for_obj_ptr_proj": False})
    OmegaConf.resolve(config)
    with torch.random.fork_rng(devices=[]):  # the modules draw random weights, which are replaced
        network: SAM2Base = instantiate(config, _recursive_=True)
    if not model.has_memory:
        network.sam_mask_decoder.pred_obj_score_head = _AlwaysThere()
        del network.maskmem_tpos_enc, network.no_mem_pos_enc
    return network
