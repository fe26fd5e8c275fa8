"""Masks as PNG files: what other readers make of them."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from engine.store import png

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40))


@settings(deadline=None)
@given(pixels=SHAPES.flatmap(lambda shape: st.sampled_from([np.uint8, np.uint16]).flatmap(lambda kind: arrays(kind, shape))))
def test_every_reader_sees_the_pixels(pixels: np.ndarray) -> None:
    content = png.encode(pixels, {"key": "abc"})
    assert np.array_equal(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED), pixels)
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        assert np.array_equal(np.asarray(image).astype(pixels.dtype), pixels)
        assert image.info["key"] == "abc"


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_same_bytes_and_small(kind: type) -> None:
    pixels = np.zeros((1080, 1920), kind)
    pixels[300:700, 500:1500] = np.iinfo(kind).max
    assert png.encode(pixels, {}) == png.encode(np.asfortranarray(pixels), {})
    assert len(png.encode(pixels, {})) < 30_000
