"""The decoder's layers that we put in the place of torch's."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_sam2 import network
from torch import nn

from engine.segment.decoder import Doubling, hasten
from engine.segment.linear import fused


@settings(max_examples=25, deadline=None)
@given(batch=st.integers(1, 3), inputs=st.integers(1, 40), outputs=st.integers(1, 20), height=st.integers(1, 17), width=st.integers(1, 17))
def test_doubling_is_the_transposed_convolution(batch: int, inputs: int, outputs: int, height: int, width: int) -> None:
    torch.manual_seed(batch * inputs + outputs)
    layer = nn.ConvTranspose2d(inputs, outputs, 2, 2).requires_grad_(False)
    picture = torch.randn(batch, inputs, height, width)
    with torch.inference_mode():
        expected, found = layer(picture), Doubling(layer)(picture)
    assert found.shape == expected.shape
    assert torch.allclose(found, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    "other", [{"kernel_size": 3, "stride": 2}, {"kernel_size": 2, "stride": 1}, {"kernel_size": 2, "stride": 2, "bias": False}]
)
def test_no_other_convolution_is_taken_for_one(other: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="not a 2 x 2"):
        Doubling(nn.ConvTranspose2d(4, 4, **other))


@pytest.mark.skipif(not fused(), reason="torch has no oneDNN here: the layers stay")
def test_the_decoder_has_them() -> None:
    made = network()
    hasten(made)
    assert [type(layer) for layer in made.sam_mask_decoder.output_upscaling if isinstance(layer, (Doubling, nn.ConvTranspose2d))] == [
        Doubling
    ] * 2
