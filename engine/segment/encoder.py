"""SAM 2's image encoder on a CPU: the package's own weights and sums, put in an order that suits a processor's caches.

Against `SAM2Base.forward_image` of the sam2 package, in float32 throughout (the features differ by rounding alone):

- Up to the first block whose windows are not those before it, a window's tokens meet no others: the windows go through these blocks
  a chunk at a time, which stays in the cache, and are never taken apart and put together in between.
- Linear layers are oneDNN's, with bias, GELU and the residual sum inside; the MLPs' hidden layer exists for a chunk of tokens at a time.
- A window that reaches over the picture's edge is filled with what the package's zeros become (the bias), instead of computing it.
- Two 1x1 convolutions with nothing between them (the neck's, then the mask decoder's of the fine features) are one.
- The neck's position encodings, which nothing here reads, are not made; nor are max pooling's indices.

Method: Ryali et al., "Hiera: A Hierarchical Vision Transformer without the Bells-and-Whistles" (2023), with the windows, the global
attention blocks and the neck of `sam2.modeling.backbones`, version 1.1.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from .. import interrupt
from .linear import Linear

if TYPE_CHECKING:
    from sam2.modeling.sam2_base import SAM2Base

WINDOW_TOKENS = 16384
"""Tokens of the first stage that go through the windowed blocks at once."""
MLP_TOKENS = 4096
"""Tokens whose hidden layer there is at once."""

Pyramid = tuple[Tensor, Tensor, Tensor]


def suits(network: SAM2Base) -> bool:
    """Whether `network` is made as this encoder expects; what isn't goes through the package's own modules."""
    encoder = network.image_encoder
    trunk, neck = encoder.trunk, encoder.neck
    return (
        network.use_high_res_features_in_sam
        and encoder.scalp == 1
        and len(trunk.stage_ends) == 4
        and tuple(trunk.q_stride) == (2, 2)
        and neck.fpn_top_down_levels == [2, 3]
        and neck.fpn_interp_model == "nearest"
        and neck.fuse_type == "sum"
        and all(conv.conv.kernel_size == (1, 1) for conv in neck.convs)
        and _nested(trunk) > trunk.stage_ends[1]
    )


class Encoder:
    """The image encoder of one network on the CPU, and its pyramid as `SAM2Base.forward_image` gives it."""

    def __init__(self, network: SAM2Base) -> None:
        encoder, decoder = network.image_encoder, network.sam_mask_decoder
        self._trunk = encoder.trunk
        self._patches = self._trunk.patch_embed.proj
        self._kernel = self._patches.weight.to(memory_format=torch.channels_last)
        blocks = [_Block(block) for block in self._trunk.blocks]
        nested = _nested(self._trunk)
        self._windowed, self._rest = blocks[:nested], blocks[nested:]
        self._ends: list[int] = self._trunk.stage_ends
        self._window: int = self._trunk.blocks[0].window_size
        convolutions = [module.conv for module in encoder.neck.convs]
        deepest, deep, middle, fine = convolutions
        self._fine = _joined(fine, decoder.conv_s0)
        self._middle = _joined(middle, decoder.conv_s1)
        self._deep = Linear(deep.weight[:, :, 0, 0], deep.bias)
        self._deepest = Linear(deepest.weight[:, :, 0, 0], deepest.bias)
        self._position: Tensor | None = None

    def __call__(self, picture: Tensor) -> Pyramid:
        """(1, 3, S, S) float32 as `image_model.prepare` makes it -> (1, 32, S/4, S/4), (1, 64, S/8, S/8), (1, 256, S/16, S/16)."""
        patches = self._patches
        picture = picture.to(memory_format=torch.channels_last)
        tokens = functional.conv2d(picture, self._kernel, patches.bias, patches.stride, patches.padding).permute(0, 2, 3, 1)[0]
        fine, middle, x = self._windows(tokens)
        kept = []
        for number, block in enumerate(self._rest, len(self._windowed)):
            interrupt.check()
            x = block.whole(x)
            if number in self._ends:
                kept.append(x)
        deep, deepest = kept
        above = self._deepest(deepest).permute(2, 0, 1)[None]
        summed = self._deep(deep).permute(2, 0, 1)[None].contiguous() + functional.interpolate(above, scale_factor=2.0, mode="nearest")
        return fine, middle, summed

    def _windows(self, tokens: Tensor) -> Pyramid:
        """The blocks whose windows are nested: (S/4, S/4, C) patches -> the fine and the middle features, and (S/16, S/16, 4C) tokens."""
        height, width, _ = tokens.shape
        side = self._window
        position = self._positions(height, width)
        fine = tokens.new_empty(1, self._fine.outputs, height, width)
        middle = tokens.new_empty(1, self._middle.outputs, height // 2, width // 2)
        deep = tokens.new_empty(height // 4, width // 4, self._windowed[-1].outputs)
        rows = max(1, WINDOW_TOKENS // (side * width)) * side
        for top in range(0, height, rows):
            interrupt.check()
            part = slice(top, min(top + rows, height))
            x = _windowed(tokens[part], side) + position[part.start * width // side**2 : part.stop * width // side**2]
            for number, block in enumerate(self._windowed):
                x = block.windows(x)
                if number == self._ends[0]:
                    fine[0, :, part] = _raster(self._fine(x), width).permute(2, 0, 1)
                elif number == self._ends[1]:
                    middle[0, :, part.start // 2 : part.stop // 2] = _raster(self._middle(x), width // 2).permute(2, 0, 1)
            deep[part.start // 4 : part.stop // 4] = _raster(x, width // 4)
        return fine, middle, deep

    def _positions(self, height: int, width: int) -> Tensor:
        """The position embedding, (windows, side, side, C)."""
        if self._position is None or len(self._position) * self._window**2 != height * width:
            self._position = _windowed(self._trunk._get_pos_embed((height, width))[0], self._window).contiguous()
        return self._position


class _Block:
    """One of Hiera's blocks: attention, pooled queries where a stage begins, and an MLP."""

    def __init__(self, block: Any) -> None:
        self.norm1, self.norm2 = block.norm1, block.norm2
        self.window: int = block.window_size
        self.pools = block.pool is not None
        self.heads: int = block.attn.num_heads
        self.outputs: int = block.dim_out
        self.shortcut = Linear.of(block.proj) if block.dim != block.dim_out else None
        self.qkv, self.proj = Linear.of(block.attn.qkv), Linear.of(block.attn.proj)
        self.outside: Tensor = block.attn.qkv.bias
        hidden, out = block.mlp.layers
        self.hidden, self.out = Linear.of(hidden), Linear.of(out)
        self._places: dict[tuple[int, int], tuple[Tensor, Tensor, Tensor]] = {}

    def windows(self, x: Tensor) -> Tensor:
        """(windows, side, side, C) -> the same windows, half the side where the block pools."""
        y = self.norm1(x)
        shortcut = x if self.shortcut is None else self._pooled(self.shortcut(y))
        return self._mlp(self.proj(self._attend(self.qkv(y)), plus=shortcut))

    def whole(self, x: Tensor) -> Tensor:
        """(H, W, C) of the whole picture -> the same, half as high and wide where the block pools."""
        height, width, _ = x.shape
        y = self.norm1(x)
        shortcut = x if self.shortcut is None else self._pooled(self.shortcut(y)[None])[0]
        qkv = self.qkv(y)
        if self.window == 0:
            seen = self._attend(qkv[None])[0]
        else:
            gather, outside, back = self._place(height, width)
            flat = qkv.reshape(height * width, -1).index_select(0, gather)
            if len(outside):
                flat[outside] = self.outside
            seen = self._attend(flat.reshape(-1, self.window, self.window, flat.shape[-1]))
            seen = seen.reshape(-1, self.outputs).index_select(0, back).reshape(shortcut.shape)
        return self._mlp(self.proj(seen, plus=shortcut))

    def _place(self, height: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
        """Which token stands at each place of the windows, which places are beyond the edge, and where each output token stands."""
        if (height, width) not in self._places:
            whole = torch.arange(height * width).reshape(height, width, 1)
            beyond = functional.pad(whole, (0, 0, 0, -width % self.window, 0, -height % self.window), value=-1)
            gather = _windowed(beyond, self.window).flatten()
            by = 2 if self.pools else 1
            side = self.window // by
            rows, columns = height // by, width // by
            places = torch.arange(gather.numel() // by**2).reshape(-1, side, side, 1)
            back = _raster(places, beyond.shape[1] // by)[:rows, :columns].flatten()
            self._places[height, width] = gather.clamp(min=0), (gather < 0).nonzero()[:, 0], back
        return self._places[height, width]

    def _attend(self, qkv: Tensor) -> Tensor:
        """(windows, h, w, 3 C) -> (windows, h, w, C), h and w halved where the block pools: each window's tokens see one another."""
        count, channels = qkv.shape[0], self.outputs
        q, k, v = qkv[..., :channels], qkv[..., channels : 2 * channels], qkv[..., 2 * channels :]
        if self.pools:
            q = self._pooled(q)
        each, shape = channels // self.heads, q.shape
        q, k, v = (part.reshape(count, -1, self.heads, each).transpose(1, 2) for part in (q, k, v))
        if count == 1:  # one large window reads its keys many times over
            q, k, v = q.contiguous(), k.contiguous(), v.contiguous()
        return functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(shape)

    def _mlp(self, x: Tensor) -> Tensor:
        flat = x.reshape(-1, x.shape[-1])
        made = [self.out(self.hidden(self.norm2(part), gelu=True), plus=part) for part in torch.split(flat, MLP_TOKENS)]
        return (made[0] if len(made) == 1 else torch.cat(made)).reshape(x.shape)

    def _pooled(self, x: Tensor) -> Tensor:
        """(n, h, w, C) -> (n, h / 2, w / 2, C): the largest of each four, where the block pools."""
        if not self.pools:
            return x
        rows = torch.maximum(x[:, ::2], x[:, 1::2])
        return torch.maximum(rows[:, :, ::2], rows[:, :, 1::2])


def _nested(trunk: Any) -> int:
    """How many of the first blocks see no token beyond the first block's windows."""
    side: int = trunk.blocks[0].window_size
    for number, block in enumerate(trunk.blocks):
        if block.window_size != side or side == 0 or (block.pool is not None and side % 2):
            return number
        if block.pool is not None:
            side //= 2
    return len(trunk.blocks)


def _joined(first: nn.Conv2d, second: nn.Conv2d) -> Linear:
    """Two 1x1 convolutions, one after the other, as one; worked out in double precision."""
    a, b = (convolution.weight[:, :, 0, 0].double() for convolution in (first, second))
    assert first.bias is not None and second.bias is not None
    return Linear((b @ a).float(), (b @ first.bias.double() + second.bias.double()).float())


def _windowed(x: Tensor, side: int) -> Tensor:
    """(H, W, C) -> (windows, side, side, C), a view; both a multiple of `side`."""
    height, width, channels = x.shape
    return x.reshape(height // side, side, width // side, side, channels).transpose(1, 2).reshape(-1, side, side, channels)


def _raster(x: Tensor, width: int) -> Tensor:
    """(windows, side, side, C) -> (H, width, C)."""
    side, channels = x.shape[1], x.shape[3]
    return x.reshape(-1, width // side, side, side, channels).transpose(1, 2).reshape(-1, width, channels)
