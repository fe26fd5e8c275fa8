"""A linear layer with what comes right after it: the bias, a GELU, a residual sum. In float32, or its products in int8."""

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


def has_int8() -> bool:
    """Whether this processor multiplies 8-bit integers faster than floats (AVX-512's or AVX's VNNI), and this torch makes use of it."""
    if not fused() or not hasattr(torch.ops.onednn, "qlinear_pointwise"):
        return False
    capabilities = torch.backends.cpu.get_cpu_capability()
    return capabilities == "AVX512" and bool(torch.cpu._is_vnni_supported())


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


class Int8Linear:
    """The same sums with 8-bit products: a scale for each row of the weights, and one for all tokens of a call, by their ends.

    Method: Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference" (2018).
    """

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self.outputs = weight.shape[0]
        self._bias = bias.detach().contiguous()
        rows = weight.detach()
        self._scales = rows.abs().amax(1).clamp(min=1e-12) / 127
        self._zeros = torch.zeros(self.outputs, dtype=torch.long)
        self._weight = torch.ops.onednn.qlinear_prepack((rows / self._scales[:, None]).round().to(torch.int8).contiguous(), None)

    @classmethod
    def of(cls, layer: nn.Linear) -> Int8Linear:
        return cls(layer.weight, layer.bias)

    def __call__(self, x: Tensor, *, gelu: bool = False, plus: Tensor | None = None) -> Tensor:
        """(..., inputs) -> (..., outputs) float32, then the exact GELU, or `plus` (..., outputs) added."""
        flat = x.reshape(-1, x.shape[-1])
        low, high = (float(end) for end in torch.aminmax(flat))
        low, high = min(low, 0.0), max(high, 0.0)
        scale = max((high - low) / 255, 1e-8)
        zero = round(-low / scale)
        # A half more, then cut off: rounded.
        tokens = torch.add(torch.tensor(zero + 0.5), flat, alpha=1 / scale).clamp_(0.0, 255.0).to(torch.uint8)
        after, how = ("gelu", "none") if gelu else ("none", "")
        y: Tensor = torch.ops.onednn.qlinear_pointwise(
            tokens, scale, zero, self._weight, self._scales, self._zeros, self._bias, 1.0, 0, torch.float32, after, [], how
        )
        y = y.reshape(*x.shape[:-1], self.outputs)
        return y if plus is None else y.add_(plus)
