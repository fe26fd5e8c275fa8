"""SAM 2.1 hiera-tiny at a small size with seeded random weights, memory and all: what the memory tracker is compared on.

Made from the sam2 package's own configuration; the real weights are in no package that a registry has, and the arithmetic is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.segment.image_model import Embedding, ImageModel, prepare

SIDE = 256
"""Pixels; the real one takes 1024. A step costs a hundredth."""
OVERRIDES = {
    "sam_mask_decoder_extra_args": {
        "dynamic_multimask_via_stability": True,
        "dynamic_multimask_stability_delta": 0.05,
        "dynamic_multimask_stability_thresh": 0.98,
    },
    "binarize_mask_from_pts_for_mem_enc": True,
}
"""As `sam2.build_sam.build_sam2_video_predictor` sets them."""


def network(target: str = "sam2.modeling.sam2_base.SAM2Base", seed: int = 3, side: int = SIDE) -> Any:
    """A network of the class `target` for pictures of `side` x `side`, the same weights for the same seed."""
    from hydra.utils import instantiate
    from omegaconf import OmegaConf

    text = resources.files("sam2").joinpath("configs/sam2.1/sam2.1_hiera_t.yaml").read_text(encoding="utf-8")
    config = OmegaConf.create(text).model
    config.update({**OVERRIDES, "image_size": side, "_target_": target})
    config.memory_attention.layer.self_attention.feat_sizes = [side // 16, side // 16]
    config.memory_attention.layer.cross_attention.feat_sizes = [side // 16, side // 16]
    OmegaConf.resolve(config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = instantiate(config, _recursive_=True)
        made.no_obj_embed_spatial.data.normal_(std=0.5)
        for name, parameter in made.named_parameters():
            if name.endswith("gamma"):  # the memory encoder's blocks start out doing nothing
                parameter.data.uniform_(0.1, 0.5)
            if "cross_attn_image" in name and name.endswith(("v_proj.weight", "out_proj.weight")):
                parameter.data.mul_(4)  # so that what is remembered shows in the masks
            if "output_hypernetworks_mlps" in name and name.endswith("layers.2.weight"):
                parameter.data.mul_(30)
    return made.eval().requires_grad_(False)


@dataclass
class Clip:
    """Pictures that drift and change, enough for a random network to see one from another."""

    count: int
    height: int = 90
    width: int = 160

    def picture(self, index: int) -> np.ndarray:
        """(height, width, 3) uint8."""
        y, x = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32)
        turn = index / 9
        channels = [np.sin(x / 17 + turn + k) * np.cos(y / (9 + k) - turn * (1 + k / 3)) for k in range(3)]
        return np.clip(127 + 120 * np.stack(channels, -1), 0, 255).astype(np.uint8)

    def tensor(self, index: int) -> Tensor:
        """(1, 3, SIDE, SIDE), as the network takes it."""
        return torch.nn.functional.interpolate(prepare(self.picture(index)), size=(SIDE, SIDE), mode="area")

    def mask(self, index: int, number: int) -> np.ndarray:
        """(height, width) bool: a disk, another one for each `number`."""
        y, x = np.mgrid[0 : self.height, 0 : self.width]
        return np.hypot(x - 40 - 60 * number - index, y - 45) < 25


def embed(model: ImageModel, clip: Clip, index: int) -> Embedding:
    """What the encoder makes of picture `index`."""
    with torch.inference_mode():
        pyramid = model.network.forward_image(clip.tensor(index))["backbone_fpn"]
        deep = pyramid[2] + model.network.no_mem_embed.reshape(1, -1, 1, 1)
    return Embedding(deep, (pyramid[0], pyramid[1]), (clip.height, clip.width))
