"""Wavelets in torch: PyWavelets' numbers, and back again."""

from __future__ import annotations

import numpy as np
import pytest
import pywt
import torch

from engine.matte.refiner.wavelet import WAVELETS, analysis, kernels, synthesis


@pytest.fixture
def picture() -> torch.Tensor:
    return torch.randn(2, 3, 32, 48, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("wavelet", WAVELETS)
def test_bands_are_pywavelets(wavelet: str, picture: torch.Tensor) -> None:
    bands = analysis(picture, wavelet)
    assert bands.shape == (2, 12, 16, 24)
    for channel in range(3):
        near, (down, across, both) = pywt.dwt2(picture[1, channel].numpy(), wavelet, mode="periodization")
        for place, band in enumerate((near, down, across, both)):
            np.testing.assert_allclose(bands[1, 4 * channel + place].numpy(), band, atol=2e-6)


@pytest.mark.parametrize("wavelet", WAVELETS)
def test_synthesis_gives_back_what_analysis_took(wavelet: str, picture: torch.Tensor) -> None:
    torch.testing.assert_close(synthesis(analysis(picture, wavelet), wavelet), picture, atol=1e-5, rtol=0)
    # And as PyWavelets puts it together.
    bands = analysis(picture, wavelet)[0, :4].numpy()
    np.testing.assert_allclose(pywt.idwt2((bands[0], tuple(bands[1:])), wavelet, mode="periodization"), picture[0, 0].numpy(), atol=1e-5)


@pytest.mark.parametrize("wavelet", WAVELETS)
def test_the_transform_is_orthonormal(wavelet: str, picture: torch.Tensor) -> None:
    torch.testing.assert_close(analysis(picture, wavelet).square().sum(), picture.square().sum(), rtol=1e-5, atol=0)


def test_an_unknown_wavelet_is_named() -> None:
    with pytest.raises(ValueError, match="wavelet haar"):
        kernels("haar")
