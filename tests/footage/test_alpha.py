"""What the footage's own alpha means: by the document, or by what its files say."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
import OpenImageIO
import pytest

from engine.footage import open_footage
from engine.footage.quicktime import PREMULTIPLIED, graphics_mode, set_graphics_mode
from engine.footage.view import srgb_decoded, srgb_encoded
from engine.shot import Footage, SourceAlpha

HEIGHT, WIDTH = 24, 40
COLOR = np.float32([0.8, 0.4, 0.2])
"""As displayed, straight."""
ALPHA = np.linspace(0.25, 1, WIDTH, dtype=np.float32)[None].repeat(HEIGHT, 0)
OVER_BLACK = srgb_encoded(srgb_decoded(COLOR) * ALPHA[..., None])
"""What is seen of it."""


def stored(full: int, multiplied: bool) -> npt.NDArray[np.float32]:
    """(HEIGHT, WIDTH, 4) RGBA; multiplied as displayed."""
    colors = COLOR * (ALPHA[..., None] if multiplied else np.ones_like(ALPHA)[..., None])
    return np.rint(np.dstack([colors, ALPHA]) * full)


def image(path: Path, pixels: npt.NDArray[Any], straight: bool = True) -> None:
    spec = OpenImageIO.ImageSpec(WIDTH, HEIGHT, 4, pixels.dtype.name)
    spec.attribute("oiio:UnassociatedAlpha", int(straight))
    out = OpenImageIO.ImageOutput.create(str(path))
    assert out.open(str(path), spec) and out.write_image(pixels) and out.close()


def movie(path: Path, codec: str, pixels: str, multiplied: bool) -> None:
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
        frame = av.VideoFrame.from_ndarray(stored(65535, multiplied).astype(np.uint16), format="rgba64le")
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        out.mux(stream.encode(frame.reformat(format=pixels, threads=1)))  # on several, libswscale 9.5 mixes up pixels here
        out.mux(stream.encode(None))


def seen(path: Path, alpha: SourceAlpha) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any] | None, str]:
    """What is seen, straight colours, both 0 to 1, their alpha, and what the picture is known by."""
    moving = path.suffix in (".mov", ".mkv", ".webm")
    footage = Footage(path.name, "movie" if moving else "sequence", WIDTH, HEIGHT, 1, fps=25 if moving else 0, alpha=alpha)
    with open_footage(footage, path.parent) as reader:
        picture, (straight, share) = reader.picture(1), reader.straight(1)
        full = {"uint8": 255, "uint16": 65535, "float32": 1}[picture.pixels.dtype.name]
        return picture.pixels / full, straight.pixels / full, share, reader.identity(1)


@pytest.mark.parametrize("multiplied", [False, True])
@pytest.mark.parametrize(
    ("name", "codec", "pixels", "most"),
    [
        ("a_1.png", "", "uint8", 0.02),
        ("a_1.tif", "", "uint16", 1e-4),
        ("a.mkv", "ffv1", "gbrap16le", 1e-4),
        ("a.mov", "prores_ks", "yuva444p10le", 0.02),
        ("a.webm", "libvpx-vp9", "yuva420p", 0.05),
    ],
)
def test_what_is_stated_counts(tmp_path: Path, name: str, codec: str, pixels: str, most: float, multiplied: bool) -> None:
    path = tmp_path / name
    if codec:
        movie(path, codec, pixels, multiplied)
    else:
        image(path, stored(np.iinfo(pixels).max, multiplied).astype(pixels))
    over, colors, share, known = seen(path, "premultiplied" if multiplied else "straight")
    assert share is not None and np.abs(share - ALPHA).max() < most
    assert np.abs(colors - COLOR).max() < 2 * most
    assert np.abs(over - OVER_BLACK).max() < 2 * most
    bare, same, none, other = seen(path, "ignored")
    assert none is None and np.array_equal(bare, same)
    assert np.abs(bare - (COLOR * ALPHA[..., None] if multiplied else COLOR)).max() < 2 * most
    assert known != other


def test_openexr_is_premultiplied_unless_stated(tmp_path: Path) -> None:
    path, light = tmp_path / "a_1.exr", srgb_decoded(COLOR)
    for alpha in ("auto", "premultiplied", "straight"):
        share = ALPHA[..., None] if alpha != "straight" else np.ones_like(ALPHA)[..., None]
        image(path, np.dstack([light * share, ALPHA]).astype(np.float32), straight=False)
        over, colors, found, _ = seen(path, alpha)  # type: ignore[arg-type]
        assert np.allclose(over, light * ALPHA[..., None], atol=1e-3)
        assert np.allclose(colors, light, atol=1e-3)
        assert found is not None and np.allclose(found, ALPHA, atol=1e-3)
    assert np.allclose(seen(path, "ignored")[0], light, atol=1e-3)


@pytest.mark.parametrize("says", ["associated", "unassociated", "nothing"])
def test_a_tiff_is_what_it_says(tmp_path: Path, says: str) -> None:
    path, multiplied = tmp_path / "a_1.tif", says == "associated"
    pixels = stored(65535, multiplied).astype(np.uint16)
    if says == "nothing":
        assert cv2.imwrite(str(path), pixels[..., [2, 1, 0, 3]])
    else:
        image(path, pixels, straight=not multiplied)
    over, colors, _, known = seen(path, "auto")
    assert np.abs(colors - COLOR).max() < 1e-4 and np.abs(over - OVER_BLACK).max() < 1e-4
    assert known == seen(path, "premultiplied" if multiplied else "straight")[3]


def test_a_quicktime_movie_is_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "é a.mov"
    movie(path, "prores_ks", "yuva444p10le", multiplied=True)
    assert graphics_mode(path) == 0
    straight = seen(path, "auto")
    assert np.abs(straight[1] - COLOR * ALPHA[..., None]).max() < 0.02
    set_graphics_mode(path, PREMULTIPLIED)
    assert graphics_mode(path) == PREMULTIPLIED
    multiplied = seen(path, "auto")
    assert np.abs(multiplied[1] - COLOR).max() < 0.04
    assert multiplied[3] not in (straight[3], seen(path, "straight")[3])
    other = tmp_path / "a.mkv"
    movie(other, "ffv1", "gbrap16le", multiplied=True)
    assert graphics_mode(other) == 0
    with pytest.raises(ValueError, match="no video media header"):
        set_graphics_mode(other, PREMULTIPLIED)
