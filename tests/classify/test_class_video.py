"""The movie of classes: the footage's own luma and chroma, mixed with the colours of what is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import movie_scene
import numpy as np
import own_networks
import pytest

from engine.export.label_planes import colors_of, labelled, planes_of
from engine.footage import probe
from engine.jobs import OpenShot, classify_job
from engine.jobs.export import export_job
from engine.shot import Classes, FrameRange, Output, Shot, to_json

WARM = np.array([255, 128, 0])
RANDOM = np.random.default_rng(3)


def rgb_of(frame: av.VideoFrame, matrix: int) -> np.ndarray[Any, Any]:
    return frame.reformat(format="rgb24", src_colorspace=matrix, dst_color_range=2).to_ndarray().astype(int)


@pytest.mark.parametrize(("matrix", "full"), [(1, False), (5, False), (1, True)])
def test_each_layout_shows_the_footage_as_it_is_and_classes_in_their_colours(
    matrix: int, full: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path / "models"))
    own_networks.warm(tmp_path / "models")  # red is; grey isn't
    movie_scene.movie(tmp_path / "clip.mp4", 4, matrix=matrix, full=full, sound="")
    footage = replace(probe(tmp_path / "clip.mp4"), path="clip.mp4")
    layouts = ("over", "beside", "alone")
    outputs = tuple(Output(layout, "class_video", values={"layout": layout, "opacity": 0.5, "quality": 4}) for layout in layouts)
    said = Shot("clip", footage, FrameRange(1, 4), classes=Classes("warm"), outputs=outputs)
    (tmp_path / "shot.json").write_text(to_json(said), encoding="utf-8")
    with OpenShot(tmp_path) as opened:
        for _ in classify_job(opened):
            pass
        for _ in export_job(opened):
            pass
        assert opened.reader.picture(1).pixels.shape == (movie_scene.HEIGHT, movie_scene.WIDTH, 3)
    half = movie_scene.WIDTH // 2
    for layout in layouts:
        with av.open(str(tmp_path / "exports" / f"{layout}.mp4")) as movie:
            frames = list(movie.decode(video=0))
        assert [round(float(frame.time) * 24000 / 1001) for frame in frames] == [0, 1, 2, 3]
        for number, frame in enumerate(frames):
            assert (int(frame.colorspace), int(frame.color_range)) == (1 if matrix == 1 else 6, 1)
            seen, picture = rgb_of(frame, frame.colorspace), movie_scene.picture(number).astype(int)
            inside, outside = np.s_[8:-8, 8 : half - 8], np.s_[8:-8, half + 8 : 2 * half - 8]
            if layout == "over":
                expected = [(inside, (picture[inside] + WARM) / 2), (outside, picture[outside])]
            elif layout == "beside":
                right = np.s_[8:-8, 2 * half + 8 : 3 * half - 8]
                expected = [(inside, picture[inside]), (outside, picture[outside]), (right, np.broadcast_to(WARM, picture[inside].shape))]
                assert seen.shape == (movie_scene.HEIGHT, 4 * half, 3) and seen[8:-8, 3 * half + 8 : -8].max() < 6
            else:
                expected = [(inside, np.broadcast_to(WARM, picture[inside].shape)), (outside, 0 * picture[outside])]
            for part, wanted in expected:
                assert np.abs(seen[part] - wanted).mean() < 4, (layout, number)


@pytest.mark.parametrize("size", [(48, 64), (47, 63)])
def test_what_is_mixed_in_planes_is_what_is_mixed_in_rgb(size: tuple[int, int]) -> None:
    picture = np.repeat(RANDOM.integers(0, 256, (-(-size[0] // 8), -(-size[1] // 8), 3), np.uint8), 8, axis=0).repeat(8, axis=1)
    picture = np.ascontiguousarray(picture[: size[0], : size[1]])
    labels = np.zeros(size, np.uint8)
    labels[8:32, 16:40], labels[16:40, 40:56] = 1, 2
    colors = np.zeros((256, 3), np.uint8)
    colors[1], colors[2] = (200, 40, 90), (10, 220, 130)
    made = labelled(labels, colors_of(colors, 0, 1), planes_of(picture, 1), "over", 0.6)
    assert (made.height, made.width) == (48, 64)
    seen = rgb_of(made, 1)[: size[0], : size[1]]
    wanted = np.where(labels[..., None] > 0, picture * 0.4 + colors[labels] * 0.6, picture)
    centres = np.s_[3::8, 3::8]  # of the blocks that are of one colour
    assert np.abs(seen[centres] - wanted[centres]).max() < 12
    everywhere = labelled(labels, colors_of(colors, None, 1), planes_of(picture, 1), "over", 0.6)
    assert np.abs(rgb_of(everywhere, 1)[: size[0], : size[1]][3, 3] - picture[3, 3] * 0.4).max() < 6
