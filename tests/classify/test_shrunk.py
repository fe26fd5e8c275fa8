"""Movies' pictures that are shrunk before they are RGB: the same as those that are RGB first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import movie_scene
import numpy as np
import pytest

from engine.footage import display_rgb8, open_footage, probe
from engine.footage.shrunk import Shrunk, resized
from engine.shot import MattewrightError

SIZE = 33, 51
COUNT = 3


def movie(path: Path, pixels: str, rotation: int = 0, **tags: int) -> Path:
    """Smooth pictures without loss, of 96 x 64, as `pixels` (ffmpeg's name)."""
    y, x = np.mgrid[:64, :96] / 64
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("libx264" if rotation else "ffv1", rate=25, options={"qp": "0"} if rotation else {})
        video.height, video.width, video.pix_fmt = 64, 96, pixels
        video.codec_context.colorspace, video.codec_context.color_range = tags.get("matrix", 1), tags.get("range", 1)
        if rotation:
            video.set_display_rotation(rotation)
        for number in range(COUNT):
            made = np.stack([x / 1.5, y, (x + y + number / 4) % 1], axis=-1) * 200 + 20
            frame = av.VideoFrame.from_ndarray(made.astype(np.uint8), format="rgb24").reformat(
                format=pixels, dst_colorspace=tags.get("matrix", 1), dst_color_range=tags.get("range", 1)
            )
            frame.pts = number
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return path


@pytest.mark.parametrize(
    ("pixels", "tags"),
    [
        ("yuv420p", {}),
        ("yuv420p", {"matrix": 5}),
        ("yuv422p", {"range": 2}),
        ("yuv444p", {}),
        ("yuv420p10le", {}),
        ("bgr0", {"matrix": 0, "range": 2}),
        ("yuv420p", {"rotation": 90}),
    ],
)
def test_a_shrunk_picture_is_the_picture_made_smaller(pixels: str, tags: dict[str, int], tmp_path: Path) -> None:
    path = movie(tmp_path / ("clip.mov" if "rotation" in tags else "clip.mkv"), pixels, **tags)
    with open_footage(probe(path), Path("/")) as reader:
        small = Shrunk(reader, SIZE)
        for frame in range(1, COUNT + 1):
            found, whole = small.picture(frame), display_rgb8(reader.picture(frame))
            assert found.pixels.shape == (*SIZE, 3) and found.pixels.dtype == np.uint8 and found.frame == frame
            # Near the blue's leap chroma of half the size makes other mixtures.
            off = np.abs(found.pixels.astype(int) - resized(whole, SIZE))
            assert np.median(off) <= 1 and off.mean() < 2
            assert small.identity(frame) == reader.identity(frame)
        assert (whole.shape[0] > whole.shape[1]) == ("rotation" in tags) and (small.height, small.width) == SIZE
        with pytest.raises(MattewrightError, match=f"no picture at frame {COUNT + 1}"):
            small.picture(COUNT + 1)


def test_pictures_of_a_sequence_are_shrunk_too(tmp_path: Path) -> None:
    import cv2

    picture = movie_scene.picture(2)
    cv2.imwrite(str(tmp_path / "clip_0001.png"), picture[..., ::-1])
    with open_footage(probe(tmp_path / "clip_0001.png"), Path("/")) as reader:
        assert (Shrunk(reader, SIZE).picture(1).pixels == resized(picture, SIZE)).all()
