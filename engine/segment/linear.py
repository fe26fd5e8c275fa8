"""A linear layer with what comes right after it: the bias, a GELU, a residual sum."""

from __future__ import annotations

import platform
from typing import cast

import torch
import torch.nn.functional as functional
from torch import Tensor, nn


def fused() -> bool:
    """Whether this build of torch has oneDNN's linear layers that do it all at once. On ARM, where nobody has tried them, they are left."""
    there = bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]
    return there and platform.machine() in ("x86_64", "AMD64") and hasattr(torch.ops.mkldnn, "_linear_pointwise")


class Linear:
    """``x @ weight.T + bias`` in float32 on the CPU, for weights that stay as they are."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self.outputs = weight.shape[0]
        self._bias = bias.detach().contiguous()
        self._weight = weight.detach().contiguous()
        self._fused = fused()
        if self._fused:
            self._weight = torch.ops.mkldnn._reorder_linear_weight(self._weight, None)

    @classmethod
    def of(cls, layer: nn.Linear) -> Linear:
        return cls(layer.weight, layer.bias)

    def __call__(self, x: Tensor, *, gelu: bool = False, plus: Tensor | None = None) -> Tensor:
        """(..., inputs) -> (..., outputs), then the exact GELU, or `plus` (..., outputs) added."""
        if self._fused and plus is not None:
            return cast(Tensor, torch.ops.mkldnn._linear_pointwise.binary(x, plus, self._weight, self._bias, "add"))
        if self._fused:
            after, how = ("gelu", "none") if gelu else ("none", "")
            return cast(Tensor, torch.ops.mkldnn._linear_pointwise(x, self._weight, self._bias, after, [], how))
        y = functional.linear(x, self._weight, self._bias)
        if plus is not None:
            y += plus
        return functional.gelu(y) if gelu else y
