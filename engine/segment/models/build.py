"""SAM 2 as the sam2 package builds it, from the package's own configurations, with the parts that the weights have."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

import torch
from sam2.modeling.backbones.hieradet import Hiera
from sam2.modeling.sam2_base import SAM2Base
from torch import Tensor, nn

from ...shot import MattewrightError
from .registry import Model

_SURE = 10.0
"""The object score logit that sam2's mask decoder gives when it has no head for it."""


class FixedPositionHiera(Hiera):  # type: ignore[misc]
    """The image encoder's trunk for weights that hold the position embedding already summed at 256x256.

    ``position``: (1, 256, 256, 96), which serves pictures of 1024x1024 alone.
    """

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)
        channels = self.pos_embed.shape[1]
        del self.pos_embed, self.pos_embed_window
        self.position = nn.Parameter(torch.zeros(1, 256, 256, channels))

    def _get_pos_embed(self, hw: tuple[int, int]) -> Tensor:
        return self.position


class _AlwaysThere(nn.Module):
    """Stands in for the object score head where the weights have none: (batch, 256) -> (batch, 1)."""

    def forward(self, token: Tensor) -> Tensor:
        return token.new_full((token.shape[0], 1), _SURE)


def build(model: Model, state: Mapping[str, Tensor]) -> SAM2Base:
    """The model with `state` in it, in evaluation mode on the CPU, its parameters frozen.

    The mask decoder falls back from an unstable single mask to the best of three, as `sam2.build_sam.build_sam2` sets it. A model
    without memory has no memory modules at all: what needs them fails with AttributeError or TypeError.

    Raises MattewrightError when a tensor is missing, left over or of another shape.
    """
    network = instantiated(model)
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as error:
        detail = " ".join(str(error).split())
        raise MattewrightError(f"model '{model.name}': the weights don't fit the network: {detail[:300]}") from None
    return network.eval().requires_grad_(False)


def instantiated(model: Model) -> SAM2Base:
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
